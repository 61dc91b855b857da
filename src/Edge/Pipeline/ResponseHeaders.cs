using System.Globalization;
using System.Text;
using Edge.Cache;
using Edge.Guard;
using Edge.Limits;
using Edge.Metering;
using Edge.Upstream;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Edge.Pipeline;

/// <summary>The headers that every answer carries, and those of the provider's that pass.</summary>
public static class ResponseHeaders
{
    public static readonly StringValues Json = "application/json";
    public static readonly StringValues EventStream = "text/event-stream; charset=utf-8";

    private static readonly StringValues _noCache = "no-cache";
    private static readonly StringValues _no = "no";
    private static readonly StringValues _on = "on";
    private static readonly StringValues _bypass = "bypass";

    // What clients' SDKs read: request ids, rate limits, processing time. Everything else of a provider's head stays behind (cookies, CDN marks, alt-svc).
    private static ReadOnlySpan<byte> RateLimitPrefix => "x-ratelimit-"u8;
    private static ReadOnlySpan<byte> AnthropicRateLimitPrefix => "anthropic-ratelimit-"u8;
    private static ReadOnlySpan<byte> OpenAiPrefix => "openai-"u8;

    /// <summary>Request id, provider, model, cache and time of each stage, and what the guard found: an answer that is whole has been looked at.</summary>
    public static void Add(RequestContext context) => Add(context, GuardStage.Report(context), isWhole: true);

    private static void Add(RequestContext context, GuardReport? guard, bool isWhole)
    {
        var headers = context.Response.Headers;
        headers["x-edge-request-id"] = context.Id;
        // The provider's own id, where it gives one in the header that the client reads, is worth more: it is what the provider's support asks for.
        if (!headers.ContainsKey(context.Client.RequestIdHeader)) headers[context.Client.RequestIdHeader] = OtherId(headers) ?? context.Id;
        if (guard?.Header() is { Length: > 0 } found) headers["x-edge-guard"] = found;
        RouteHeaders.Add(context);
        LimitHeaders.Add(context);
        if (context.Cache is { } cache) CacheHeaders.Add(context, cache, headers);
        CostHeader.Add(context, headers, isWhole);
        if (NotEnforced(context) is var idle && idle != ChatField.None) headers["x-edge-not-enforced"] = ExtensionFields.NotEnforced(idle);
        if (context.Route is not { } route) return;
        headers["x-edge-provider"] = route.Target.NameHeader;
        if (route.ModelHeader.Count > 0) headers["x-edge-model"] = route.ModelHeader;
        if (context.Cache is null) headers["x-edge-cache"] = _bypass;
        if (context.OutputCap > 0) headers["x-edge-output-cap"] = context.OutputCap.ToString(CultureInfo.InvariantCulture);
        if (context.IsDowngraded) headers["x-edge-downgraded"] = _on;
        if (context.DroppedFields is { } dropped) headers["x-edge-dropped"] = dropped;
        if (context.SentAt > 0) headers["Server-Timing"] = ServerTiming(context);
    }

    private static ChatField NotEnforced(RequestContext context) =>
        context.Fields.Extended & ~(ChatField.Safety | ChatField.Routing | ChatField.Budget | (context.Cache is null ? ChatField.None : ChatField.Cache));

    public static void AddStream(RequestContext context)
    {
        // Of the answer nearly nothing has come.
        Add(context, context.GuardReport, isWhole: false);
        var headers = context.Response.Headers;
        headers.ContentType = EventStream;
        headers.CacheControl = _noCache;
        if (context.Recovery is not null) headers["x-edge-recovery"] = _on;
        // Proxies of nginx's kind would collect the events otherwise.
        headers["x-accel-buffering"] = _no;
    }

    /// <summary>Copies what may pass from the provider's head.</summary>
    public static void Forward(UpstreamResponse from, IHeaderDictionary to)
    {
        for (var i = 0; i < from.HeaderCount; i++)
        {
            from.GetHeader(i, out var name, out var value);
            if (!IsPlain(value)) continue;
            if (IsRateLimit(name) && LimitHeaders.AreIn(to)) continue;
            if (!Passes(name))
            {
                // Under the name that clients read, unless the provider has it under that one too.
                if (IsForeignRequestId(name) && !value.IsEmpty && !to.ContainsKey("x-request-id")) to["x-request-id"] = Encoding.ASCII.GetString(value);
                continue;
            }
            if (IsRequestId(name)) to[Encoding.ASCII.GetString(name)] = Encoding.ASCII.GetString(value);
            else to.Append(Encoding.ASCII.GetString(name), Encoding.ASCII.GetString(value));
        }
    }

    /// <summary>Copies what describes a body that passes as bytes.</summary>
    public static void ForwardContent(UpstreamResponse from, IHeaderDictionary to)
    {
        foreach (var name in _content)
        {
            if (from.TryGetHeader(Encoding.ASCII.GetBytes(name), out var value) && IsPlain(value)) to[name] = Encoding.ASCII.GetString(value);
        }
    }

    /// <summary>Copies the provider's side of a WebSocket's handshake (RFC 6455 section 4.2.2).</summary>
    public static void ForwardWebSocket(UpstreamResponse from, IHeaderDictionary to)
    {
        to.Upgrade = "websocket";
        for (var i = 0; i < from.HeaderCount; i++)
        {
            from.GetHeader(i, out var name, out var value);
            if (name.StartsWith("sec-websocket-"u8) && IsPlain(value)) to.Append(Encoding.ASCII.GetString(name), Encoding.ASCII.GetString(value));
        }
    }

    private static readonly string[] _content =
        ["content-type", "content-disposition", "content-encoding", "content-range", "accept-ranges", "etag", "last-modified", "cache-control"];

    private static bool Passes(ReadOnlySpan<byte> name) => name.Length switch
    {
        11 => name.SequenceEqual("retry-after"u8),
        10 or 12 when IsRequestId(name) => true,
        14 when name.SequenceEqual("retry-after-ms"u8) => true,
        14 when name.SequenceEqual("x-should-retry"u8) => true,
        _ => IsRateLimit(name) || name.StartsWith(OpenAiPrefix),
    };

    private static bool IsRateLimit(ReadOnlySpan<byte> name) => name.StartsWith(RateLimitPrefix) || name.StartsWith(AnthropicRateLimitPrefix);

    private static bool IsRequestId(ReadOnlySpan<byte> name) => name.SequenceEqual("x-request-id"u8) || name.SequenceEqual("request-id"u8);

    // Of AWS, Azure's API management and Azure, Cohere, DeepSeek and Mistral. Google's APIs have none.
    private static bool IsForeignRequestId(ReadOnlySpan<byte> name) => name.Length switch
    {
        13 => name.SequenceEqual("x-ds-trace-id"u8),
        15 => name.SequenceEqual("apim-request-id"u8) || name.SequenceEqual("x-ms-request-id"u8),
        16 => name.SequenceEqual("x-amzn-requestid"u8) || name.SequenceEqual("x-debug-trace-id"u8),
        22 => name.SequenceEqual("mistral-correlation-id"u8),
        _ => false,
    };

    // A client of Anthropic's dialect reads request-id, all others x-request-id.
    private static string? OtherId(IHeaderDictionary headers) =>
        headers.TryGetValue("x-request-id", out var id) || headers.TryGetValue("request-id", out id) ? id.ToString() : null;

    private static bool IsPlain(ReadOnlySpan<byte> value) => value.IndexOfAnyExceptInRange((byte)' ', (byte)'~') < 0;

    // https://www.w3.org/TR/server-timing/: durations in milliseconds. From whole microseconds, because formatting a double costs more than the stage it tells of.
    private static string ServerTiming(RequestContext context)
    {
        var body = Microseconds(context.StartedAt, context.BodyReadAt);
        var policy = Microseconds(context.BodyReadAt, context.SentAt);
        var upstream = context.HeadAt > 0 ? Microseconds(context.SentAt, context.HeadAt) : 0;
        return string.Create(CultureInfo.InvariantCulture,
            $"body;dur={body / 1000}.{body % 1000:D3}, policy;dur={policy / 1000}.{policy % 1000:D3}, upstream;dur={upstream / 1000}.{upstream % 1000:D3}");
    }

    private static long Microseconds(long from, long to) => (long)TimeProvider.System.GetElapsedTime(from, to).TotalMicroseconds;
}
