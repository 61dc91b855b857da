using System.Text.Json.Nodes;
using Edge.Configuration;
using Edge.Providers;
using Edge.Tests.Guard;
using Edge.Tests.Pipeline;

namespace Edge.Tests.Cache;

/// <summary>A pipeline with a cache, and bodies and answers of every dialect.</summary>
internal static class CacheKit
{
    /// <summary>Path, provider's dialect.</summary>
    public static TheoryData<string, string> Ways => new()
    {
        { "/v1/chat/completions", "OpenAi" },
        { "/v1/chat/completions", "Anthropic" },
        { "/v1/messages", "Anthropic" },
        { "/v1/messages", "OpenAi" },
        { "/v1/responses", "OpenAi" },
        { "/v1/responses", "Anthropic" },
        { "/v1/completions", "Anthropic" },
    };

    public static readonly CachingConfig Exact = new() { Mode = CachingMode.Exact };

    public static PipelineKit Kit(string provider = "OpenAi", CachingConfig? caching = null, EdgeConfig? config = null, TimeProvider? time = null) =>
        new(Enum.Parse<Dialect>(provider), (config ?? new EdgeConfig()) with { Caching = caching ?? Exact }, time: time);

    public static Dialect ClientOf(string path) => path switch { "/v1/messages" => Dialect.Anthropic, "/v1/responses" => Dialect.Responses, "/v1/completions" => Dialect.Completions, _ => Dialect.OpenAi };

    // OpenAI speaks all of its own dialects.
    public static Dialect WireOf(string path, string provider) => provider == "Anthropic" || path == "/v1/messages" ? Enum.Parse<Dialect>(provider) : ClientOf(path);

    public static string Body(Dialect client, string text, bool streamed = false, Action<JsonObject>? change = null)
    {
        var body = client switch
        {
            Dialect.Responses => new JsonObject { ["model"] = "m", ["input"] = text },
            Dialect.Completions => new JsonObject { ["model"] = "m", ["prompt"] = text },
            _ => new JsonObject { ["model"] = "m", ["max_tokens"] = 100, ["messages"] = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = text }) },
        };
        if (streamed) body["stream"] = true;
        change?.Invoke(body);
        return body.ToJsonString();
    }

    public static CannedResponse Answer(Dialect wire, string text, bool streamed, string arguments = "") => streamed
        ? CannedResponse.Events(RestoreWire.Events(wire, text.Chunk(5).Select(bit => new string(bit)), arguments.Length == 0 ? [] : [arguments], escapeAll: false))
        : CannedResponse.Json(RestoreWire.Whole(wire, text, arguments, escapeAll: false));

    public static string TextOf(Dialect client, NullTransport sent, bool streamed) =>
        (streamed ? RestoreWire.Read(client, sent.WrittenText) : RestoreWire.ReadWhole(client, sent.WrittenText)).Text;

    public static Task<NullTransport> SendAsync(this PipelineKit kit, string path, string body, params (string Name, string Value)[] headers) => kit.SendAsync(body, transport =>
    {
        transport.Path = transport.RawTarget = path;
        foreach (var (name, value) in headers) transport.RequestHeaders[name] = value;
    });

    public static string Cache(this NullTransport sent) => sent.ResponseHeaders["x-edge-cache"].ToString();
}
