using System.Text;
using Edge.Upstream;

namespace Edge.Tests.Upstream;

public class Http1ExchangeTests
{
    private const string Hello = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello";

    [Fact]
    public async Task The_request_goes_out_as_it_was_given_with_its_length()
    {
        string? head = null;
        byte[] body = [];
        await using var server = new FakeServer(async connection =>
        {
            head = await connection.ReadRequestAsync();
            body = connection.Body;
            await connection.SendAsync(Hello);
            await connection.WaitForCloseAsync();
        });
        await using var client = new UpstreamClient(TimeProvider.System);

        var outcome = await client.FetchAsync(server, UpstreamKit.Request(body: "{\"a\":1}"));

        Assert.Equal(new Outcome(UpstreamFailure.None, 200, "hello"), outcome);
        Assert.Equal(
            "POST /v1/chat/completions HTTP/1.1\r\nhost: example.test\r\ncontent-type: application/json\r\nx-request-id: 7\r\ncontent-length: 7\r\n\r\n", head);
        Assert.Equal("{\"a\":1}", Encoding.ASCII.GetString(body));
    }

    [Theory]
    [InlineData("GET", false)]
    [InlineData("DELETE", false)]
    [InlineData("POST", true)]
    public async Task A_length_is_sent_where_a_body_is_expected(string method, bool expected)
    {
        string? head = null;
        await using var server = new FakeServer(async connection =>
        {
            head = await connection.ReadRequestAsync();
            await connection.SendAsync(Hello);
        });
        await using var client = new UpstreamClient(TimeProvider.System);

        Assert.Equal(200, (await client.FetchAsync(server, UpstreamKit.Request(method, ""))).Status);
        Assert.Equal(expected, head!.Contains("content-length: 0\r\n", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(new[] { 1 })]
    [InlineData(new[] { 40_000 })]
    [InlineData(new[] { 16_384, 1, 16_384 })]
    [InlineData(new[] { 5, 100_000, 3, 70_000, 9, 9 })]
    [InlineData(new[] { 16_000, 16_000, 200, 16_384 })]
    public async Task A_body_of_many_segments_arrives_whole(int[] lengths)
    {
        byte[] received = [];
        await using var server = new FakeServer(async connection =>
        {
            await connection.ReadRequestAsync();
            received = connection.Body;
            await connection.SendAsync(Hello);
        });
        await using var client = new UpstreamClient(TimeProvider.System);
        var request = UpstreamKit.Request(body: "");
        var seed = 0;
        foreach (var length in lengths) request.Body.Add(Enumerable.Range(0, length).Select(_ => (byte)(seed++ * 31 >> 3)).ToArray());

        Assert.Equal("hello", (await client.FetchAsync(server, request)).Body);
        Assert.Equal(request.Body.ToArray(), received);
    }

    [Fact]
    public async Task Headers_are_found_in_lower_case_and_in_order()
    {
        await using var server = FakeServer.Answering(
            "HTTP/1.1 429 Too Many Requests\r\nRetry-After: \t 3 \t\r\nX-Twice: one\r\nx-tWICE: two\r\nx-empty:\r\nContent-Length: 0\r\n\r\n");
        await using var client = new UpstreamClient(TimeProvider.System);
        using var response = await client.StartAsync(server);

        Assert.Equal(429, response.Status);
        Assert.Equal("3", response.Header("retry-after"));
        Assert.Equal("one", response.Header("x-twice"));
        Assert.Equal("", response.Header("x-empty"));
        Assert.Equal("(absent)", response.Header("x-emptx"));
        Assert.Equal(5, response.HeaderCount);
        response.GetHeader(2, out var name, out var value);
        Assert.Equal("x-twice: two", Encoding.ASCII.GetString(name) + ": " + Encoding.ASCII.GetString(value));
        Assert.Equal(0, response.ContentLength);
    }

    [Fact]
    public async Task A_connection_read_to_its_end_is_used_again()
    {
        await using var server = FakeServer.Answering(Hello);
        await using var client = new UpstreamClient(TimeProvider.System);
        for (var i = 0; i < 20; i++) Assert.Equal("hello", (await client.FetchAsync(server)).Body);

        var counters = Assert.Single(client.Counters);
        Assert.Equal((1, 1, 1, 19), (server.Accepted, counters.Open, counters.Idle, counters.Reused));
    }

    [Fact]
    public async Task Pieces_that_have_arrived_are_read_without_waiting()
    {
        await using var server = FakeServer.Answering("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n");
        await using var client = new UpstreamClient(TimeProvider.System);
        using var response = await client.StartAsync(server);

        var text = new StringBuilder();
        var kinds = new List<UpstreamReadKind>();
        while (kinds.Count == 0 || kinds[^1] == UpstreamReadKind.Data)
        {
            var read = await response.ReadAsync();
            kinds.Add(read.Kind);
            text.Append(Encoding.ASCII.GetString(read.Data.Span));
        }
        Assert.Equal("onetwo", text.ToString());
        Assert.True(response.TryRead(out var again));
        Assert.Equal(UpstreamReadKind.End, again.Kind);
        Assert.Null(response.ContentLength);
    }
}
