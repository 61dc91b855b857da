using System.Net;
using System.Text;

namespace Edge.EndToEnd;

/// <summary>What the configuration decides of translation: fields that cannot be expressed, media by URL, proxies.</summary>
public class TranslationPolicyTests
{
    private static readonly byte[] _png = Convert.FromBase64String("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==");

    [Theory]
    [InlineData("warn")]
    [InlineData("silent")]
    [InlineData("error")]
    public async Task What_cannot_be_expressed_is_named_left_out_or_refused(string policy)
    {
        var provider = ProviderCases.Find("bedrock api key");
        await using var upstream = provider.Start();
        await using var edge = await provider.GatewayAsync(upstream, $"translation:\n  drop_unsupported: {policy}");
        using var http = edge.CreateClient();
        var chat = ClientCase.All[0].Body(provider.ModelName, stream: false).Replace("\"temperature\"", "\"seed\":7,\"logit_bias\":{\"1\":2},\"temperature\"", StringComparison.Ordinal);
        using var response = await http.PostAsync(chat);
        if (policy == "error")
        {
            await response.AssertErrorAsync(HttpStatusCode.BadRequest, "UNSUPPORTED_FEATURE");
            Assert.Contains("seed", await response.TextAsync());
            Assert.Empty(provider.AskedOf(upstream));
            return;
        }
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.DoesNotContain("logit_bias", provider.AskedOf(upstream)[0].Text);
        if (policy == "silent") Assert.Equal("(absent)", response.HeaderOf("x-edge-dropped"));
        else Assert.Equal(["logit_bias", "seed"], response.HeaderOf("x-edge-dropped").Split(',').Select(name => name.Trim()).Order());
    }

    [Fact]
    public async Task The_client_reads_its_own_names_of_what_was_left_out()
    {
        var provider = ProviderCases.Find("bedrock api key");
        await using var upstream = provider.Start();
        await using var edge = await provider.GatewayAsync(upstream, "translation:\n  drop_unsupported: error");
        using var http = edge.CreateClient();
        var responses = ClientCase.All[2].Body(provider.ModelName, stream: false).Replace("\"temperature\"", "\"top_logprobs\":2,\"temperature\"", StringComparison.Ordinal);
        using var response = await http.PostAsync("/v1/responses", Kit.Json(responses), Kit.Stop);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains("top_logprobs", await response.TextAsync());
        Assert.Empty(provider.AskedOf(upstream));
    }

    [Theory]
    [InlineData("openai", "messages[0].content[1]")]
    [InlineData("anthropic", "messages.0.content.1")]
    public async Task Media_by_URL_is_fetched_where_the_operator_allows_it(string dialect, string field)
    {
        var provider = ProviderCases.Find("bedrock api key");
        await using var pictures = new FakeUpstream(exchange => exchange.SendAsync((byte[])
            [.. Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\ncontent-type: image/png\r\ncontent-length: {_png.Length}\r\n\r\n"), .. _png]));
        await using var upstream = provider.Start();
        var url = $"{pictures.Url}/cat.png";
        var (path, part) = dialect == "openai"
            ? (Kit.Path, $$$"""{"type":"image_url","image_url":{"url":"{{{url}}}"}}""")
            : ("/v1/messages", $$$"""{"type":"image","source":{"type":"url","url":"{{{url}}}"}}""");
        var body = $$"""{"model":"{{provider.ModelName}}","max_tokens":100,"messages":[{"role":"user","content":[{"type":"text","text":"What is it?"},{{part}}]}]}""";

        await using (var off = await provider.GatewayAsync(upstream))
        {
            using var http = off.CreateClient();
            using var refused = await http.PostAsync(path, Kit.Json(body), Kit.Stop);
            Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
            Assert.Contains(field, await refused.TextAsync());
        }
        await using (var publicOnly = await provider.GatewayAsync(upstream, "translation:\n  fetch_media:\n    enabled: true"))
        {
            // Loopback is what a stranger's URL must not reach.
            using var http = publicOnly.CreateClient();
            using var refused = await http.PostAsync(path, Kit.Json(body), Kit.Stop);
            Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        }
        Assert.Empty(pictures.Requests);
        Assert.Empty(provider.AskedOf(upstream));

        await using var on = await provider.GatewayAsync(upstream, "translation:\n  fetch_media:\n    enabled: true\n    allow_private: true");
        using var client = on.CreateClient();
        using var response = await client.PostAsync(path, Kit.Json(body), Kit.Stop);
        Assert.True(response.StatusCode == HttpStatusCode.OK, await response.TextAsync());
        Assert.Equal("GET /cat.png HTTP/1.1", pictures.Single().RequestLine);
        var image = Assert.Single(provider.AskedOf(upstream)).Json.GetProperty("messages")[0].GetProperty("content")[1].GetProperty("image");
        Assert.Equal("png", image.GetProperty("format").GetString());
        Assert.Equal(_png, image.GetProperty("source").GetProperty("bytes").GetBytesFromBase64());
    }

    [Fact]
    public async Task A_proxy_of_the_environment_is_asked_for_what_is_not_this_machine()
    {
        await using var proxy = FakeUpstream.Json(OpenAiWire.Completion());
        await using var edge = await EdgeProcess.StartAsync(
            Kit.OpenAi("http://provider.invalid:8123"), new Dictionary<string, string> { ["HTTP_PROXY"] = proxy.Url.Replace("http://", "http://user:pass@", StringComparison.Ordinal) });
        using var client = edge.CreateClient();
        using var response = await client.PostAsync(Kit.Chat);
        Assert.True(response.StatusCode == HttpStatusCode.OK, await response.TextAsync());
        var asked = proxy.Single();
        Assert.Equal("POST http://provider.invalid:8123/v1/chat/completions HTTP/1.1", asked.RequestLine);
        Assert.Equal("provider.invalid:8123", asked.Header("host"));
        Assert.Equal("Basic " + Convert.ToBase64String("user:pass"u8), asked.Header("proxy-authorization"));
        Assert.DoesNotContain("pass", edge.Log.ToString());
    }

    [Fact]
    public async Task Through_a_proxy_TLS_needs_a_tunnel()
    {
        await using var proxy = new FakeUpstream(async exchange =>
        {
            await exchange.SendAsync("HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n");
            await exchange.CloseAsync();
        });
        await using var edge = await EdgeProcess.StartAsync(Kit.OpenAi("https://provider.invalid"), new Dictionary<string, string> { ["https_proxy"] = proxy.Url });
        using var client = edge.CreateClient();
        using var response = await client.PostAsync(Kit.Chat);
        await response.AssertErrorAsync(HttpStatusCode.BadGateway, "UPSTREAM_UNREACHABLE");
        var asked = proxy.Requests.First();
        Assert.Equal("CONNECT provider.invalid:443 HTTP/1.1", asked.RequestLine);
        // The key is for the provider, inside the tunnel.
        Assert.All(proxy.Requests, request => Assert.DoesNotContain("sk-upstream", request.Head));
    }
}
