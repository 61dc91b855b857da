using System.Text;
using Edge.Configuration;
using Edge.Providers.Chat;
using Edge.Providers.Dialects.OpenAi;
using Edge.Providers.Errors;
using Edge.Simd.Json;
using Edge.TestSupport;
using Edge.Upstream.Media;

namespace Edge.Tests.Upstream.Media;

public class MediaFetcherTests
{
    // The smallest head of a PNG that says what it is.
    private static readonly byte[] _png = [0x89, .. "PNG\r\n\x1a\n0123456789"u8];
    private static readonly FetchMediaConfig _open = new() { Enabled = true, AllowPrivate = true, Timeout = TimeSpan.FromSeconds(20) };

    [Fact]
    public async Task An_image_is_attached_by_what_its_bytes_say()
    {
        await using var server = Server("200 OK", "content-type: application/octet-stream\r\n", _png);

        var (request, error) = await FetchAsync(_open, Url(server, "/a.png"));

        Assert.Null(error);
        var part = request.PartsOf(request.Messages[0])[1];
        Assert.True(request.TryMedia(part, out var type, out var data));
        Assert.Equal("image/png", type.ToString());
        Assert.Equal(Convert.ToBase64String(_png), data.ToString());
    }

    [Fact]
    public async Task What_is_off_is_refused_by_name()
    {
        var (_, error) = await FetchAsync(new FetchMediaConfig(), "https://example.com/a.png");

        Assert.Equal("messages[0].content[1].image_url.url", error!.Field);
        Assert.Contains("translation.fetch_media", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://127.0.0.1:PORT/a.png")]
    [InlineData("http://localhost:PORT/a.png")]
    [InlineData("http://[::ffff:127.0.0.1]:PORT/a.png")]
    [InlineData("http://2130706433:PORT/a.png")]
    [InlineData("http://0x7f.1:PORT/a.png")]
    public async Task An_address_of_the_inside_is_never_connected_to(string url)
    {
        await using var server = Server("200 OK", "content-type: image/png\r\n", _png);

        var (_, error) = await FetchAsync(_open with { AllowPrivate = false }, url.Replace("PORT", server.Port.ToString(System.Globalization.CultureInfo.InvariantCulture), StringComparison.Ordinal));

        Assert.NotNull(error);
        Assert.Equal(0, server.Accepted);
    }

    [Theory]
    [InlineData("file:///etc/passwd")]
    [InlineData("ftp://example.com/a")]
    [InlineData("gopher://127.0.0.1/")]
    [InlineData("http://user:pass@example.com/a")]
    [InlineData("not a url")]
    public async Task Only_plain_web_urls_are_fetched(string url) => Assert.NotNull((await FetchAsync(_open, url)).Error);

    [Fact]
    public async Task A_redirect_is_checked_like_the_url_itself()
    {
        await using var inside = Server("200 OK", "content-type: image/png\r\n", _png);
        await using var server = Server("302 Found", $"location: file:///etc/passwd\r\n", []);
        Assert.Equal("Must be an http or https URL.", (await FetchAsync(_open, Url(server, "/"))).Error!.Message);

        await using var other = Server("302 Found", $"location: http://localhost:{inside.Port}/a.png\r\n", []);
        Assert.Contains("host is not one", (await FetchAsync(_open with { Hosts = ["127.0.0.1"] }, Url(other, "/"))).Error!.Message, StringComparison.Ordinal);
        Assert.Equal(0, inside.Accepted);

        await using var good = Server("302 Found", $"location: http://127.0.0.1:{inside.Port}/a.png\r\n", []);
        Assert.Null((await FetchAsync(_open, Url(good, "/"))).Error);

        await using var loop = new FakeUpstream(exchange => exchange.SendAsync("HTTP/1.1 302 Found\r\nlocation: /again\r\ncontent-length: 0\r\n\r\n"));
        Assert.Contains("more than 3 times", (await FetchAsync(_open, Url(loop, "/"))).Error!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Too_much_is_not_read_whether_it_is_announced_or_not()
    {
        var config = _open with { MaxSize = 1024 };
        await using var announced = Server("200 OK", "content-type: image/png\r\n", [.. _png, .. new byte[2000]]);
        Assert.Contains("more than 1024 bytes", (await FetchAsync(config, Url(announced, "/"))).Error!.Message, StringComparison.Ordinal);

        await using var chunked = new FakeUpstream(async exchange =>
        {
            await exchange.SendAsync("HTTP/1.1 200 OK\r\ncontent-type: image/png\r\ntransfer-encoding: chunked\r\n\r\n");
            for (var i = 0; i < 64; i++) await exchange.SendAsync("40\r\n" + new string('x', 64) + "\r\n");
            await exchange.SendAsync("0\r\n\r\n");
        });
        Assert.Contains("more than 1024 bytes", (await FetchAsync(config, Url(chunked, "/"))).Error!.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("404 Not Found", "content-type: image/png\r\n", "status 404")]
    [InlineData("200 OK", "content-type: application/x-msdownload\r\n", "no image")]
    [InlineData("200 OK", "content-type: application/pdf\r\n", "no image")]
    [InlineData("200 OK", "content-type: image/png\r\ncontent-encoding: gzip\r\n", "compressed")]
    public async Task What_is_no_media_is_refused(string status, string headers, string message)
    {
        await using var server = Server(status, headers, "MZ and more"u8.ToArray());

        Assert.Contains(message, (await FetchAsync(_open, Url(server, "/"))).Error!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task More_urls_than_allowed_are_refused_before_the_first_is_fetched()
    {
        await using var server = Server("200 OK", "content-type: image/png\r\n", _png);

        var (_, error) = await FetchAsync(_open with { MaxPerRequest = 1 }, Url(server, "/1"), Url(server, "/2"));

        Assert.Equal("messages[0].content[2].image_url.url", error!.Field);
        Assert.Equal(0, server.Accepted);
    }

    private static string Url(FakeUpstream server, string path) => $"http://127.0.0.1:{server.Port}{path}";

    private static FakeUpstream Server(string status, string headers, byte[] body) => new(async exchange =>
    {
        await exchange.SendAsync($"HTTP/1.1 {status}\r\n{headers}content-length: {body.Length}\r\n\r\n");
        await exchange.SendAsync(body);
    });

    private static async Task<(ChatRequest Request, RequestError? Error)> FetchAsync(FetchMediaConfig config, params string[] urls)
    {
        var images = string.Concat(urls.Select(url => ",{\"type\":\"image_url\",\"image_url\":{\"url\":\"" + url + "\"}}"));
        var body = Encoding.UTF8.GetBytes("{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"t\"}" + images + "]}]}");
        using var index = new JsonIndex();
        Assert.True(index.TryBuild(body, 64, 10_000, out _));
        var request = new ChatRequest();
        Assert.True(OpenAiChatRequestDecoder.TryDecode(body, index.Tokens, request, out _));
        using var fetcher = new MediaFetcher(config);
        return (request, await fetcher.RunAsync(request, TestContext.Current.CancellationToken));
    }
}
