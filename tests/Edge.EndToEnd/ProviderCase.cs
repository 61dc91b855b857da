using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Edge.EndToEnd;

/// <summary>
/// A provider as its documentation describes it: how a user configures it, what it is asked, and what it answers. Each answer says "Hello there", 10 tokens in, 5 out.
/// </summary>
public sealed record ProviderCase
{
    public const string Secret = "secret-of-the-provider-1";

    public required string Name { get; init; }

    /// <summary>The lines of the provider's entry but for <c>url</c> and <c>models</c>, indented by four spaces; {url} stands for the fake's.</summary>
    public required string Yaml { get; init; }

    public required string Model { get; init; }

    /// <summary>What clients call the model.</summary>
    public string ModelName => "p/" + Model;

    public required string Path { get; init; }

    /// <summary>Null = the same.</summary>
    public string? StreamPath { get; init; }

    /// <summary>Checks how the request is authorised.</summary>
    public required Action<FakeExchange> Authorized { get; init; }

    /// <summary>Checks the body of the request that <see cref="ClientCase"/> sends, by any client; streamed or not.</summary>
    public required Action<JsonElement, bool> Asked { get; init; }

    public required string Whole { get; init; }

    public string ContentType { get; init; } = "text/event-stream";

    /// <summary>The stream's body, cut into events.</summary>
    public required IReadOnlyList<byte[]> Events { get; init; }

    /// <summary>How many of the events make a complete answer; null = all of them, and the orderly end of the transport is needed as well.</summary>
    public int? CompleteEvents { get; init; }

    /// <summary>A throttled request: 429 with retry-after 7 and "Slow down.".</summary>
    public required string Throttled { get; init; }

    public string ThrottledHeaders { get; init; } = "";

    /// <summary>An error that comes as an event of a stream whose status was 200, with the words "It broke.".</summary>
    public required byte[] Error { get; init; }

    /// <summary>Events that are none, each by itself.</summary>
    public required IReadOnlyList<byte[]> Malformed { get; init; }

    /// <summary>Variables of the gateway; {url} stands for the fake's, {folder} for the gateway's folder.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>Answers requests that are none for the model, such as those for a token: true = it was one.</summary>
    public Func<FakeExchange, Task<bool>>? Aside { get; init; }

    /// <summary>The clients' dialects that are looked at.</summary>
    public IReadOnlyList<string> ClientNames { get; init; } = ["openai", "anthropic", "responses"];

    /// <summary>The client's dialect that the provider speaks itself, so that its bytes go through; null = none.</summary>
    public string? Native { get; init; }

    public IEnumerable<ClientCase> Clients => ClientCase.All.Where(client => ClientNames.Contains(client.Name));

    /// <summary>The clients for whom answers are translated. What goes through as bytes is the provider's own to say.</summary>
    public IEnumerable<ClientCase> Foreign => Clients.Where(client => client.Name != Native);

    public override string ToString() => Name;

    public byte[] Stream(int? events = null) => [.. Events.Take(events ?? Events.Count).SelectMany(e => e)];

    public byte[] StreamHead => Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\ncontent-type: {ContentType}\r\ntransfer-encoding: chunked\r\n\r\n");

    /// <summary>A whole HTTP answer with that stream.</summary>
    public byte[] StreamAnswer(byte[] body) =>
        [.. StreamHead, .. Encoding.ASCII.GetBytes(body.Length.ToString("x", CultureInfo.InvariantCulture) + "\r\n"), .. body, .. "\r\n0\r\n\r\n"u8];

    /// <summary>The fake provider: its tokens, and for everything else the script.</summary>
    public FakeUpstream Start(Func<FakeExchange, Task> script) => new(async exchange =>
    {
        if (Aside is null || !await Aside(exchange)) await script(exchange);
    });

    /// <summary>Answers as a provider in health does, streamed where the path or the body asks for it.</summary>
    public FakeUpstream Start() => Start(exchange => IsStream(exchange) ? exchange.SendAsync(StreamAnswer(Stream())) : exchange.JsonAsync(Whole));

    public bool IsStream(FakeExchange exchange) => StreamPath is { } path && StreamPath != Path
        ? exchange.Target == path
        : exchange.Json.TryGetProperty("stream", out var stream) && stream.ValueKind == JsonValueKind.True;

    /// <summary>The requests for the model.</summary>
    public IReadOnlyList<FakeExchange> AskedOf(FakeUpstream upstream) => [.. upstream.Requests.Where(exchange => exchange.Target == Path || exchange.Target == (StreamPath ?? Path))];

    public async Task<EdgeProcess> GatewayAsync(FakeUpstream upstream, string more = "")
    {
        var folder = EdgeProcess.NewFolder();
        await File.WriteAllTextAsync(System.IO.Path.Combine(folder, "token"), "token-of-the-cluster");
        var environment = Environment.ToDictionary(pair => pair.Key, pair => Fill(pair.Value));
        // The shared files of whoever runs the tests are none of the gateway's business.
        environment.TryAdd("HOME", folder);
        return await EdgeProcess.StartAsync($"""
            providers:
              p:
                url: {upstream.Url}
            {Fill(Yaml)}
            {more}
            """, environment, folder);

        string Fill(string text) => text.Replace("{url}", upstream.Url, StringComparison.Ordinal).Replace("{folder}", folder, StringComparison.Ordinal);
    }
}
