using System.Text;
using Edge.Upstream;

namespace Edge.Tests.Upstream;

/// <summary>Time that stands still until a test moves it.</summary>
internal sealed class ManualTime : TimeProvider
{
    private long _now = 1_000_000_000;

    public override long TimestampFrequency => 1_000_000_000;

    public override long GetTimestamp() => Volatile.Read(ref _now);

    /// <summary>Moves time and lets the client look at it.</summary>
    public void Advance(TimeSpan span, UpstreamClient client) => client.Sweep(Interlocked.Add(ref _now, span.Ticks * 100));
}

/// <summary>What a response came to.</summary>
/// <param name="Failure">Of the head or of the body; None when the body ended by its framing.</param>
/// <param name="Status">0 without a head.</param>
/// <param name="Body">What came of it.</param>
/// <param name="Detail">The client's words for a failed head.</param>
/// <param name="IsCloseDelimited">The end of the connection was the end of the body.</param>
internal sealed record Outcome(UpstreamFailure Failure, int Status, string Body, string? Detail = null, bool IsCloseDelimited = false);

internal static class UpstreamKit
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public static UpstreamEndpoint Endpoint(int port) => new() { Host = "127.0.0.1", Port = port };

    public static UpstreamRequest Request(string method = "POST", string body = "{}")
    {
        var request = new UpstreamRequest
        {
            Method = method,
            Path = "/v1/chat/completions"u8.ToArray(),
            TargetHeaders = "host: example.test\r\ncontent-type: application/json\r\n"u8.ToArray(),
            RequestHeaders = "x-request-id: 7\r\n"u8.ToArray(),
        };
        request.Body.Add(Encoding.Latin1.GetBytes(body));
        return request;
    }

    public static Task<UpstreamResponse> StartAsync(this UpstreamClient client, FakeServer server, UpstreamRequest? request = null) =>
        client.SendAsync(Endpoint(server.Port), request ?? Request(), TestContext.Current.CancellationToken).AsTask()
            .WaitAsync(Patience, TestContext.Current.CancellationToken);

    /// <summary>Sends and reads to the end; disposes.</summary>
    public static async Task<Outcome> FetchAsync(
        this UpstreamClient client, UpstreamEndpoint endpoint, UpstreamRequest? request = null)
    {
        using var response = await client.SendAsync(endpoint, request ?? Request(), TestContext.Current.CancellationToken).AsTask()
            .WaitAsync(Patience, TestContext.Current.CancellationToken);
        if (response.Failure != UpstreamFailure.None) return new Outcome(response.Failure, 0, "", response.FailureDetail);
        return await response.DrainAsync();
    }

    public static Task<Outcome> FetchAsync(this UpstreamClient client, FakeServer server, UpstreamRequest? request = null) =>
        client.FetchAsync(Endpoint(server.Port), request);

    public static async Task<Outcome> DrainAsync(this UpstreamResponse response)
    {
        var body = new StringBuilder();
        while (true)
        {
            var read = await response.ReadAsync().AsTask().WaitAsync(Patience, TestContext.Current.CancellationToken);
            if (read.Kind != UpstreamReadKind.Data) return new Outcome(read.Failure, response.Status, body.ToString(), null, response.IsCloseDelimited);
            Assert.NotEqual(0, read.Data.Length);
            body.Append(Encoding.Latin1.GetString(read.Data.Span));
        }
    }

    /// <summary>One exchange with a server that sends exactly these bytes and then closes.</summary>
    public static async Task<Outcome> ExchangeAsync(byte[] response, string method = "GET", int maxHead = 64 * 1024)
    {
        await using var server = FakeServer.SendingOnce(response);
        await using var client = new UpstreamClient(TimeProvider.System);
        return await client.FetchAsync(Endpoint(server.Port) with { MaxResponseHeaderSize = maxHead }, Request(method, ""));
    }

    public static Task<Outcome> ExchangeAsync(string response, string method = "GET") => ExchangeAsync(Encoding.Latin1.GetBytes(response), method);

    public static string Header(this UpstreamResponse response, string name) =>
        response.TryGetHeader(Encoding.ASCII.GetBytes(name), out var value) ? Encoding.Latin1.GetString(value) : "(absent)";

    /// <summary>Waits for something that another thread is about to do.</summary>
    public static async Task EventuallyAsync(Func<bool> condition)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (!condition())
        {
            Assert.False(patience.IsCancellationRequested, "It did not happen.");
            await Task.Yield();
        }
    }
}
