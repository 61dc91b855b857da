using System.Net.Http.Headers;
using System.Text;
using Edge.Configuration;
using Edge.Guard.Policy;
using Edge.Pipeline;
using Edge.Providers.Json;
using Edge.Simd.Json;
using Edge.Upstream.Credentials;

namespace Edge.Guard.Moderation;

/// <summary>
/// Asks an endpoint of the shape of OpenAI's moderations about a text. https://platform.openai.com/docs/api-reference/moderations/create
/// </summary>
internal sealed class ModerationClient
{
    // A verdict is a few kilobytes.
    private const int MaxAnswer = 1 << 20;
    private const int MaxDepth = 32, MaxTokens = 20_000;

    // One for all: connections are shared by whoever asks the same host. No redirects, which would carry the key and the text elsewhere.
    private static readonly HttpClient _shared =
        new(TokenNetwork.CreateHandler(network: null, isLocal: false)) { MaxResponseContentBufferSize = MaxAnswer, Timeout = System.Threading.Timeout.InfiniteTimeSpan };

    private readonly ModerationConfig _config;
    private readonly HttpClient _client;
    private readonly TimeProvider _time;

    public ModerationClient(ModerationConfig config, TimeProvider time, HttpClient? client = null) => (_config, _time, _client) = (config, time, client ?? _shared);

    public VerdictAction Action => _config.Action ?? VerdictAction.Block;

    /// <summary>Requests pass while it cannot be asked.</summary>
    public bool FailOpen => _config.FailOpen;

    /// <summary>Asks.</summary>
    /// <param name="text">The inside of a JSON string.</param>
    /// <param name="cancel">The client is gone.</param>
    /// <returns>The categories that it names, none where the text is fine; null where it could not be asked, with <c>Problem</c> for the log.</returns>
    public async ValueTask<(IReadOnlyList<string>? Flagged, string? Problem)> AskAsync(ReadOnlyMemory<byte> text, CancellationToken cancel)
    {
        using var limit = new CancellationTokenSource(_config.Timeout, _time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancel, limit.Token);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, _config.Url) { Content = new ByteArrayContent(Body(text.Span)) };
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            if (_config.ApiKey.HasValue) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _config.ApiKey.Reveal());
            using var response = await _client.SendAsync(request, both.Token);
            if (!response.IsSuccessStatusCode) return (null, $"it answered with status {(int)response.StatusCode}");
            return Read(await response.Content.ReadAsByteArrayAsync(both.Token)) is { } flagged ? (flagged, null) : (null, "its answer is no verdict");
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return (null, "it did not answer in time");
        }
        catch (OperationCanceledException)
        {
            return (null, "the client left");
        }
        catch (HttpRequestException e)
        {
            return (null, e.HttpRequestError.ToString());
        }
    }

    private byte[] Body(ReadOnlySpan<byte> text)
    {
        using var body = new PooledBuffer();
        body.Append("{"u8);
        if (_config.Model.Length > 0)
        {
            body.Append("\"model\":\""u8);
            JsonText.Plain(Encoding.UTF8.GetBytes(_config.Model)).WriteEscaped(body);
            body.Append("\","u8);
        }
        body.Append("\"input\":\""u8);
        body.Append(text);
        body.Append("\"}"u8);
        return body.Span.ToArray();
    }

    // Null = no verdict.
    private static List<string>? Read(byte[] answer)
    {
        using var index = new JsonIndex();
        if (!index.TryBuild(answer, MaxDepth, MaxTokens, out _)) return null;
        var results = new JsonValue(answer, index.Tokens)["results"u8];
        if (results.Kind != JsonKind.Array) return null;
        var flagged = new List<string>();
        var any = false;
        foreach (var result in results.Elements)
        {
            if (!result["flagged"u8].TryGetBoolean(out var isFlagged)) return null;
            any = true;
            if (!isFlagged) continue;
            var before = flagged.Count;
            foreach (var category in result["categories"u8].Members)
            {
                if (category.Value.Kind == JsonKind.True && flagged.Count < 32 && IsName(category.Name.ToString())) flagged.Add(category.Name.ToString());
            }
            if (flagged.Count == before) flagged.Add("flagged");
        }
        return any ? flagged : null;
    }

    // It stands in headers and metrics.
    private static bool IsName(string name) => name.Length is > 0 and <= 64 && name.All(static c => char.IsAsciiLetterOrDigit(c) || c is '/' or '-' or '_');
}
