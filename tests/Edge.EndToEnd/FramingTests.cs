using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Edge.EndToEnd;

/// <summary>HTTP/1.1 itself: what a strict parser refuses must not be taken for a request, and what is odd but legal must work.</summary>
public sealed partial class FramingTests : IClassFixture<OpenAiGateway>
{
    // A strict parser's verdict that we do not share, and why. Empty would be best.
    private static readonly Dictionary<string, string> _exceptions = new()
    {
        ["llh-48fbe8720121"] = "a method of RTSP's in HTTP: any token may be a method (RFC 9110, section 9.1), and the answer is 404 or 405",
    };

    // Requests that never end are given up within a second or two; the cases run side by side.
    private static readonly string _impatient = """

        server:
          header_timeout: 300ms
          body_timeout: 300ms
          keep_alive_timeout: 1s
        """;

    private readonly OpenAiGateway _gateway;

    public FramingTests(OpenAiGateway gateway) => _gateway = gateway;

    [Fact]
    public async Task A_strict_parsers_rejections_are_ours()
    {
        await using var upstream = FakeUpstream.Json(OpenAiWire.Completion());
        await using var edge = await EdgeProcess.StartAsync(Kit.OpenAi(upstream) + _impatient);
        var cases = SharedData.Lines("robustness/llhttp.jsonl").Where(record => IsRequest(record, rejected: true)).Select(async record =>
        {
            var id = record.GetProperty("id").GetString()!;
            if (_exceptions.ContainsKey(id)) return null;
            var accepted = await AcceptedAsync(edge, Aimed(Convert.FromBase64String(record.GetProperty("raw_base64").GetString()!)));
            if (accepted.Count <= record.GetProperty("messages_completed").GetInt32()) return null;
            return $"{id} ({record.GetProperty("name")}, {record.GetProperty("reason")}): {string.Join(", ", accepted)}";
        }).ToList();
        Assert.True(cases.Count > 25, $"Only {cases.Count} cases.");
        var wrong = (await Task.WhenAll(cases)).OfType<string>().ToList();
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
        Assert.Empty(upstream.Requests);
        Assert.Empty(upstream.Faults);
    }

    [Fact]
    public async Task A_strict_parsers_acceptances_never_break_us()
    {
        await using var upstream = FakeUpstream.Json(OpenAiWire.Completion());
        await using var edge = await EdgeProcess.StartAsync(Kit.OpenAi(upstream) + _impatient);
        await Task.WhenAll(SharedData.Lines("robustness/llhttp.jsonl").Where(record => IsRequest(record, rejected: false))
            .Select(record => AcceptedAsync(edge, Aimed(Convert.FromBase64String(record.GetProperty("raw_base64").GetString()!)))));
        Assert.Equal(0, edge.Log.Count("request_failed"));
    }

    /// <summary>Two framings of one body, or a framing that two parsers read differently: the root of request smuggling.</summary>
    [Theory]
    [InlineData("content-length: 5\r\ncontent-length: 6\r\n")]
    [InlineData("content-length: 5, 6\r\n")]
    [InlineData("content-length: 0x5\r\n")]
    [InlineData("content-length: -1\r\n")]
    [InlineData("content-length: 99999999999999999999\r\n")]
    [InlineData("content-length : 5\r\n")]
    [InlineData("transfer-encoding: chunked, identity\r\n")]
    [InlineData("transfer-encoding: xchunked\r\n")]
    [InlineData("transfer-encoding: gzip\r\n")]
    [InlineData(" content-length: 5\r\n")]
    [InlineData("x: y\r\n folded\r\ncontent-length: 5\r\n")]
    [InlineData("x: a\0b\r\ncontent-length: 5\r\n")]
    public async Task A_doubtful_framing_is_400(string headers)
    {
        var before = _gateway.Upstream.Requests.Count;
        using var connection = await _gateway.Edge.ConnectAsync();
        await connection.SendAsync($"POST {Kit.Path} HTTP/1.1\r\nhost: edge.test\r\n{headers}\r\nabcde{Kit.Post(Kit.Chat)}");
        var response = await connection.ReceiveAsync();
        Assert.NotNull(response);
        Assert.Equal(400, response.Status);
        Assert.DoesNotContain("INVALID_JSON", response.Text);
        // What followed must not have been read as a request of its own.
        Assert.Null(await connection.ReceiveAsync());
        Assert.Equal(before, _gateway.Upstream.Requests.Count);
    }

    [Fact]
    public async Task Chunked_beside_content_length_never_lets_a_second_request_through()
    {
        var before = _gateway.Upstream.Requests.Count;
        using var connection = await _gateway.Edge.ConnectAsync();
        // RFC 9112, section 6.1: the connection must be closed after such a request, whichever framing won.
        await connection.SendAsync($"POST {Kit.Path} HTTP/1.1\r\nhost: edge.test\r\ncontent-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n{Kit.Post(Kit.Chat)}");
        Assert.NotNull(await connection.ReceiveAsync());
        Assert.Null(await connection.ReceiveAsync());
        Assert.Equal(before, _gateway.Upstream.Requests.Count);
    }

    [Theory]
    [InlineData("z\r\nabc\r\n0\r\n\r\n")]
    [InlineData("-1\r\n\r\n0\r\n\r\n")]
    [InlineData("ffffffffffffffffff\r\nabc")]
    [InlineData("3\r\nabcdef\r\n0\r\n\r\n")]
    [InlineData("\r\n0\r\n\r\n")]
    [InlineData("3 \r\nabc\r\n0\r\n\r\n")]
    public async Task A_broken_chunk_is_400(string body)
    {
        var before = _gateway.Upstream.Requests.Count;
        using var connection = await _gateway.Edge.ConnectAsync();
        await connection.SendAsync($"POST {Kit.Path} HTTP/1.1\r\nhost: edge.test\r\ntransfer-encoding: chunked\r\n\r\n{body}");
        var response = await connection.ReceiveAsync();
        Assert.NotNull(response);
        Assert.Equal(400, response.Status);
        Kit.AssertError(response.Text, "INVALID_REQUEST");
        Assert.Equal(before, _gateway.Upstream.Requests.Count);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(1000)]
    public async Task A_chunked_body_arrives_as_it_was_cut_or_not(int size)
    {
        using var connection = await _gateway.Edge.ConnectAsync();
        var request = new StringBuilder($"POST {Kit.Path} HTTP/1.1\r\nhost: edge.test\r\ntransfer-encoding: chunked\r\n\r\n");
        foreach (var piece in Kit.Chat.Chunk(size)) request.Append(System.Globalization.CultureInfo.InvariantCulture, $"{piece.Length:X};ext=\"a;b\"\r\n{new string(piece)}\r\n");
        request.Append("0\r\nx-trailer: 1\r\n\r\n");
        // A byte at a time: each is its own read at the gateway.
        foreach (var b in request.ToString()) await connection.SendAsync(b.ToString());
        var response = await connection.ReceiveAsync();
        Assert.Equal(200, response?.Status);
        Assert.Equal(Kit.Chat, _gateway.Upstream.Requests.Last().Text);
        Assert.Null(_gateway.Upstream.Requests.Last().Header("x-trailer"));
    }

    [Fact]
    public async Task Expect_100_continue_is_answered_before_the_body()
    {
        using var connection = await _gateway.Edge.ConnectAsync();
        await connection.SendAsync($"POST {Kit.Path} HTTP/1.1\r\nhost: edge.test\r\nexpect: 100-continue\r\ncontent-length: {Kit.Chat.Length}\r\n\r\n");
        Assert.Equal(100, (await connection.ReceiveAsync(interim: true))?.Status);
        await connection.SendAsync(Kit.Chat);
        Assert.Equal(200, (await connection.ReceiveAsync())?.Status);
    }

    [Fact]
    public async Task Expect_100_continue_is_not_answered_for_a_body_that_is_too_large()
    {
        using var connection = await _gateway.Edge.ConnectAsync();
        await connection.SendAsync($"POST {Kit.Path} HTTP/1.1\r\nhost: edge.test\r\nexpect: 100-continue\r\ncontent-length: 99999999\r\n\r\n");
        Assert.Equal(413, (await connection.ReceiveAsync(interim: true))?.Status);
    }

    [Fact]
    public async Task Pipelined_requests_are_answered_in_order()
    {
        using var connection = await _gateway.Edge.ConnectAsync();
        await connection.SendAsync(Kit.Post(Kit.Chat) + "GET /v1/models HTTP/1.1\r\nhost: edge.test\r\n\r\n" + Kit.Post("{") + Kit.Post(Kit.StreamedChat) + Kit.Post(Kit.Chat));
        var answers = new List<RawResponse?>();
        for (var i = 0; i < 5; i++) answers.Add(await connection.ReceiveAsync());
        Assert.Equal([200, 200, 400, 200, 200], answers.Select(answer => answer?.Status ?? 0));
        Assert.Equal(OpenAiWire.Completion(), answers[0]!.Text);
        Assert.Contains("\"list\"", answers[1]!.Text);
        Assert.EndsWith(OpenAiWire.Done, answers[3]!.Text);
        Assert.Equal(OpenAiWire.Completion(), answers[4]!.Text);
    }

    [Fact]
    public async Task A_request_without_a_host_is_400()
    {
        using var connection = await _gateway.Edge.ConnectAsync();
        await connection.SendAsync($"POST {Kit.Path} HTTP/1.1\r\ncontent-length: 2\r\n\r\n{{}}");
        Assert.Equal(400, (await connection.ReceiveAsync())?.Status);
    }

    // The request line leads to the chat endpoint, so that what is odd in the head or the body is what decides.
    private static byte[] Aimed(byte[] raw)
    {
        var text = Encoding.Latin1.GetString(raw);
        return Encoding.Latin1.GetBytes(RequestLine().Replace(text, match => $"POST {Kit.Path} HTTP/{match.Groups[1].Value}\r\n", 1));
    }

    // A parser that stops for its caller to take over the connection has not rejected anything.
    private static bool IsRequest(JsonElement record, bool rejected) =>
        record.GetProperty("type").GetString() == "request" && record.GetProperty("rejected").GetBoolean() == rejected
        && record.GetProperty("reason").GetString()?.StartsWith("Pause on", StringComparison.Ordinal) != true;

    // Those of the bytes' requests that were taken for such: a complaint about the path or the JSON says that the HTTP was believed.
    private static async Task<List<string>> AcceptedAsync(EdgeProcess edge, byte[] raw)
    {
        using var connection = await edge.ConnectAsync();
        await connection.TrySendAsync(raw);
        var accepted = new List<string>();
        while (await connection.ReceiveAsync() is { } response)
        {
            Assert.NotEqual(500, response.Status);
            var believed = response.Status < 400 || response.Text.Contains("INVALID_JSON", StringComparison.Ordinal)
                || response.Text.Contains("METHOD_NOT_ALLOWED", StringComparison.Ordinal) || response.Text.Contains("NOT_FOUND", StringComparison.Ordinal);
            if (believed) accepted.Add($"{response.Status} {response.Text}");
        }
        return accepted;
    }

    [GeneratedRegex(@"^(?:GET|PUT|POST) /\S* HTTP/(1\.[01])\r\n")]
    private static partial Regex RequestLine();
}
