using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Edge.EndToEnd.Routing;

/// <summary>Where a fault finds the answer: this decides whether another target may still be asked.</summary>
internal enum Stage
{
    /// <summary>Nothing of an answer has reached the client.</summary>
    Before,

    /// <summary>The client has a part of the answer.</summary>
    Begun,

    /// <summary>The answer comes all the same.</summary>
    Harmless,
}

/// <summary>One way in which a provider fails, and the provider that fails so.</summary>
internal sealed class Fault : IAsyncDisposable
{
    /// <summary>What a sick provider says before it fails: nobody else says it.</summary>
    public const string Part = "Partly";

    // What a client has of the answer to a prompt: a provider that fails behind its first content waits until that has arrived, else the gateway may still keep it back and ask another.
    private static readonly ConcurrentDictionary<string, TaskCompletionSource> _arrivals = new();
    private static readonly string _begun = FakeExchange.StreamHead() + Chunks(OpenAiWire.Event(OpenAiWire.Text(Part)));

    private readonly IAsyncDisposable? _provider;

    private Fault(string name, IAsyncDisposable? provider, string url)
    {
        Name = name;
        _provider = provider;
        Url = url;
    }

    public string Name { get; }

    /// <summary>Where the provider lives, without a path.</summary>
    public string Url { get; }

    /// <summary>Keys of the provider's configuration.</summary>
    public string Config { get; private init; } = "";

    public Stage Streamed { get; private init; }

    public Stage Whole { get; private init; }

    /// <summary>The prompts of the requests that the provider read; null = it reads none.</summary>
    public IEnumerable<string>? Prompts => _provider switch
    {
        FakeUpstream upstream => upstream.Requests.Select(exchange => PromptOf(exchange.Text)),
        Http2FakeProvider provider => provider.Requests.Select(PromptOf),
        _ => null,
    };

    /// <summary>Requests that one call may come to: over HTTP/2 a request that the provider says it has not looked at goes out once more, on another connection.</summary>
    public int Sent { get; private init; } = 1;

    public Stage StageOf(bool stream) => stream ? Streamed : Whole;

    /// <summary>The client has a part of the answer to this prompt, or all of it.</summary>
    public static void Arrived(string prompt) => Arrival(prompt).TrySetResult();

    public static string PromptOf(string body) => JsonDocument.Parse(body).RootElement.GetProperty("messages")[0].GetProperty("content").GetString()!;

    public ValueTask DisposeAsync() => _provider?.DisposeAsync() ?? default;

    /// <summary>All of them, each with a provider of its own that runs.</summary>
    public static async Task<List<Fault>> StartAllAsync()
    {
        var closed = FakeUpstream.Json("{}");
        await closed.DisposeAsync();
        return
        [
            new("connection refused", null, closed.Url),
            new("host name does not resolve", null, "http://nothing.invalid"),
            Rude("TLS handshake fails", "https", RudeProvider.NoTls),
            Rude("reset before the request is read", "http", RudeProvider.ResetAtOnce),
            Rude("accepts, reads nothing, says nothing", "http", RudeProvider.Silent, "first_byte_timeout: 300ms", "response_timeout: 300ms"),
            Http1("reset after the request", (exchange, _) => Reset(exchange)),
            Http1("half-closed before the answer", (exchange, _) => exchange.CloseAsync()),
            Http1("no HTTP", (exchange, _) => SayAndClose(exchange, "SSH-2.0-OpenSSH_9.2\r\n")),
            Http1("oversized headers", (exchange, _) => SayAndClose(exchange, $"HTTP/1.1 200 OK\r\nx-long: {new string('x', 128 << 10)}\r\n\r\n")),
            Http1("hangs before the headers", (exchange, _) => exchange.HangAsync(), "first_byte_timeout: 300ms", "response_timeout: 300ms"),
            Http1("hangs after the headers", (exchange, stream) => SayAndHang(exchange, stream ? FakeExchange.StreamHead() : WholeHead), "first_token_timeout: 300ms", "stream_idle_timeout: 300ms"),
            Http1("reset after the headers", (exchange, stream) => SayAndReset(exchange, stream ? FakeExchange.StreamHead() : WholeHead)),
            Http1("half-closed after the headers", (exchange, stream) => SayAndClose(exchange, stream ? FakeExchange.StreamHead() : WholeHead)),
            Http1("hangs inside the answer", (exchange, stream) => SayAndHang(exchange, stream ? _begun : WholeHead + HalfBody), Stage.Begun, "stream_idle_timeout: 300ms"),
            Http1("reset inside the answer", (exchange, stream) => BreakAsync(exchange, stream, exchange => Reset(exchange)), Stage.Begun),
            Http1("half-closed inside the answer", (exchange, stream) => BreakAsync(exchange, stream, exchange => exchange.CloseAsync()), Stage.Begun),
            Http1("drips, and is whole in the end", DripAsync, Stage.Harmless, Stage.Harmless),
            Http1("drips, and never ends", DripForEverAsync, Stage.Begun, Stage.Before, "timeout: 1500ms"),
            Status(429, "429 without retry-after"),
            Status(429, "429 with retry-after in seconds", static () => "retry-after: 17\r\n"),
            Status(429, "429 with retry-after as a date", static () => $"retry-after: {DateTimeOffset.UtcNow.AddHours(1).ToString("R", CultureInfo.InvariantCulture)}\r\n"),
            Status(500, "500"),
            Http1("502 with a page", (exchange, _) => exchange.SendAsync("HTTP/1.1 502 Bad Gateway\r\ncontent-type: text/html\r\ncontent-length: 13\r\n\r\n<html></html>")),
            Status(503, "503"),
            Status(529, "529"),
            Http1("error inside a 200, before any content", (exchange, stream) => stream ? Stream(exchange, OpenAiWire.Event(ErrorBody)) : exchange.JsonAsync(ErrorBody)),
            Http1("error inside a 200, after content", (exchange, stream) => stream ? BeginAsync(exchange, OpenAiWire.Event(ErrorBody)) : exchange.JsonAsync(ErrorBody), Stage.Begun),
            Http1("malformed, before any content", (exchange, stream) => stream ? Stream(exchange, "data: {\"id\":]\n\n" + OpenAiWire.Done) : exchange.JsonAsync("<html>hello</html>")),
            Http1("malformed, after content", (exchange, stream) => stream ? BeginAsync(exchange, "data: {\"id\":]\n\n" + OpenAiWire.Done) : exchange.JsonAsync(Body + "}"), Stage.Begun),
            Http1("truncated JSON", (exchange, stream) => stream ? BeginAsync(exchange, "data: {\"id\":\"chatcmpl-3\",\"choi\n\n" + OpenAiWire.Done) : exchange.JsonAsync(HalfBody), Stage.Begun),
            Http1("ends without its end mark", (exchange, stream) => stream ? BeginAsync(exchange, "") : exchange.JsonAsync(""), Stage.Begun),
            Http2("HTTP/2: GOAWAY before the answer", async c => await c.GoAwayAsync(last: 0, code: 0), sent: 2),
            Http2("HTTP/2: GOAWAY that leaves the request alone", async c =>
            {
                await c.GoAwayAsync(c.Stream, code: 0);
                await c.AnswerAsync();
            }, Stage.Harmless, Stage.Harmless),
            Http2("HTTP/2: GOAWAY inside the answer", async c =>
            {
                await c.BeginAsync();
                await ArrivalAsync(c.Text);
                await c.GoAwayAsync(last: 0, code: 2);
            }, Stage.Begun),
            Http2("HTTP/2: stream refused", c => c.ResetStreamAsync(code: 7), sent: 2),
            Http2("HTTP/2: RST_STREAM before the answer", c => c.ResetStreamAsync(code: 2)),
            Http2("HTTP/2: RST_STREAM inside the answer", async c =>
            {
                await c.BeginAsync();
                await ArrivalAsync(c.Text);
                await c.ResetStreamAsync(code: 2);
            }, Stage.Begun),
        ];
    }

    internal static string Body => OpenAiWire.Completion(Part);

    internal static string HalfBody => Body[..(Body.Length / 2)];

    internal static string WholeHead => $"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {Body.Length}\r\n\r\n";

    private static string ErrorBody => OpenAiWire.Error("The model is busy.", "server_error", "model_busy");

    private static Fault Rude(string name, string scheme, Func<System.Net.Sockets.Socket, Task> serve, params string[] config)
    {
        var provider = new RudeProvider(serve);
        return new Fault(name, provider, $"{scheme}://127.0.0.1:{provider.Port}") { Config = Lines(config) };
    }

    private static Fault Http1(string name, Func<FakeExchange, bool, Task> script, params string[] config) => Http1(name, script, Stage.Before, Stage.Before, config);

    private static Fault Http1(string name, Func<FakeExchange, bool, Task> script, Stage streamed, params string[] config) => Http1(name, script, streamed, Stage.Before, config);

    private static Fault Http1(string name, Func<FakeExchange, bool, Task> script, Stage streamed, Stage whole, params string[] config)
    {
        var provider = new FakeUpstream(exchange => script(exchange, exchange.Text.Contains("\"stream\":true", StringComparison.Ordinal)));
        return new Fault(name, provider, provider.Url) { Streamed = streamed, Whole = whole, Config = Lines(config) };
    }

    private static Fault Http2(string name, Func<Http2Exchange, Task> script, Stage streamed = Stage.Before, Stage whole = Stage.Before, int sent = 1)
    {
        var provider = new Http2FakeProvider(script);
        return new Fault(name, provider, $"http://127.0.0.1:{provider.Port}") { Streamed = streamed, Whole = whole, Sent = sent, Config = Lines(["http_version: 2"]) };
    }

    private static Fault Status(int status, string name, Func<string>? headers = null) =>
        Http1(name, (exchange, _) => exchange.JsonAsync(OpenAiWire.Error("No.", "server_error", "told_no"), status, headers?.Invoke() ?? ""));

    private static string Lines(IEnumerable<string> config) => string.Concat(config.Select(line => $"    {line}\n"));

    private static string Chunks(string text) => Encoding.UTF8.GetString(FakeExchange.Chunk(text));

    private static TaskCompletionSource Arrival(string prompt) => _arrivals.GetOrAdd(prompt, _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));

    // Of a whole answer the client gets nothing before its end.
    private static async Task ArrivalAsync(string body)
    {
        if (body.Contains("\"stream\":true", StringComparison.Ordinal)) await Patience.For(Arrival(PromptOf(body)).Task, "the first content at the client");
    }

    private static async Task BreakAsync(FakeExchange exchange, bool stream, Func<FakeExchange, Task> end)
    {
        await exchange.SendAsync(stream ? _begun : WholeHead + HalfBody);
        await ArrivalAsync(exchange.Text);
        await end(exchange);
    }

    private static async Task BeginAsync(FakeExchange exchange, string rest)
    {
        await exchange.SendAsync(_begun);
        await ArrivalAsync(exchange.Text);
        if (rest.Length > 0) await exchange.ChunkAsync(rest);
        await exchange.EndStreamAsync();
    }

    private static Task Reset(FakeExchange exchange)
    {
        exchange.Reset();
        return Task.CompletedTask;
    }

    private static async Task SayAndReset(FakeExchange exchange, string text)
    {
        await exchange.SendAsync(text);
        exchange.Reset();
    }

    private static async Task SayAndClose(FakeExchange exchange, string text)
    {
        await exchange.SendAsync(text);
        await exchange.CloseAsync();
    }

    private static async Task SayAndHang(FakeExchange exchange, string text)
    {
        await exchange.SendAsync(text);
        await exchange.HangAsync();
    }

    private static async Task Stream(FakeExchange exchange, string events)
    {
        await exchange.StartStreamAsync();
        await exchange.ChunkAsync(events);
        await exchange.EndStreamAsync();
    }

    // Every byte in a packet of its own.
    private static async Task DripAsync(FakeExchange exchange, bool stream)
    {
        var bytes = stream
            ? Encoding.UTF8.GetBytes(FakeExchange.StreamHead() + Chunks(OpenAiWire.Stream()) + "0\r\n\r\n")
            : FakeExchange.Whole(OpenAiWire.Completion());
        for (var i = 0; i < bytes.Length; i++) await exchange.SendAsync(bytes.AsMemory(i, 1));
    }

    private static async Task DripForEverAsync(FakeExchange exchange, bool stream)
    {
        await exchange.SendAsync(stream ? _begun : WholeHead);
        var i = 0;
        while (!exchange.ClosedByGateway.IsCompleted)
        {
            // A pause that nothing depends upon: it keeps the drops from becoming a flood.
            await Task.WhenAny(exchange.ClosedByGateway, Task.Delay(20));
            await exchange.SendAsync(stream ? Chunks(": still here\n\n") : i < HalfBody.Length ? HalfBody[i++].ToString() : "");
        }
        await exchange.HangAsync();
    }
}
