using System.Globalization;
using Edge.Endpoints;
using Edge.Pipeline;
using Edge.Providers.Json;
using Edge.Simd.Json;

namespace Edge.Cache;

/// <summary>
/// What a request says of the cache: in its body (<c>cache</c>), its <c>cache-control</c> (RFC 9111 section 5.2.1) and its other members.
/// </summary>
internal ref struct CacheWishes
{
    /// <summary>Why the cache must not be asked.</summary>
    public CacheBypass Bypass { get; private set; }

    /// <summary>A kept answer will not do, but the new one may be kept.</summary>
    public bool IsFresh { get; private set; }

    /// <summary>A provider must not be asked.</summary>
    public bool OnlyIfCached { get; private set; }

    /// <summary>Milliseconds that an answer may be old; negative = as old as the configuration lets it be.</summary>
    public long MaxAge { get; private set; }

    /// <summary>How long the client lets its answer be kept; negative = it does not say.</summary>
    public long TtlSeconds { get; private set; }

    /// <summary>The least similarity that the client accepts; 0 = it does not say.</summary>
    public double SimilarityThreshold { get; private set; }

    public static CacheWishes Of(RequestContext context)
    {
        var wishes = new CacheWishes { MaxAge = -1, TtlSeconds = -1 };
        var control = context.Request.Headers.CacheControl;
        if (control.Count > 0) wishes.ReadControl(control.ToString());
        wishes.ReadBody(context);
        return wishes;
    }

    private void ReadBody(RequestContext context)
    {
        var isResponses = context.Operation == Operation.Responses;
        foreach (var member in new JsonValue(context.Body.Span, context.Index.Tokens).Members)
        {
            var name = member.Name;
            var value = member.Value;
            switch (name.Bytes.Length)
            {
                case 5 when name.Is("cache"u8):
                    ReadCache(value);
                    break;
                case 11 when name.Is("temperature"u8):
                    if (value.TryGetDouble(out var temperature) && temperature > context.State.Cache.Config.MaxTemperature) Bypass = CacheBypass.Temperature;
                    break;
                // What the provider keeps may change, and the answer may change what it keeps.
                case 20 when isResponses && name.Is("previous_response_id"u8):
                case 12 when isResponses && name.Is("conversation"u8):
                case 6 when isResponses && name.Is("prompt"u8):
                case 9 when name.Is("container"u8):
                    if (!value.IsNullOrAbsent) Bypass = CacheBypass.Stateful;
                    break;
                case 10 when isResponses && name.Is("background"u8):
                    if (value.Kind == JsonKind.True) Bypass = CacheBypass.Stateful;
                    break;
                default:
                    break;
            }
        }
    }

    private void ReadCache(JsonValue cache)
    {
        foreach (var member in cache.Members)
        {
            if (member.Name.Is("enabled"u8) && member.Value.Kind == JsonKind.False) Bypass = CacheBypass.Disabled;
            if (member.Name.Is("ttl"u8) && member.Value.TryGetInt64(out var ttl)) TtlSeconds = ttl;
            if ((member.Name.Is("similarityThreshold"u8) || member.Name.Is("similarity_threshold"u8)) && member.Value.TryGetDouble(out var least)) SimilarityThreshold = least;
        }
    }

    private void ReadControl(ReadOnlySpan<char> control)
    {
        foreach (var range in control.Split(','))
        {
            var directive = control[range].Trim();
            if (directive.Equals("no-store", StringComparison.OrdinalIgnoreCase)) Bypass = CacheBypass.NoStore;
            else if (directive.Equals("no-cache", StringComparison.OrdinalIgnoreCase)) IsFresh = true;
            else if (directive.Equals("only-if-cached", StringComparison.OrdinalIgnoreCase)) OnlyIfCached = true;
            else if (directive.StartsWith("max-age=", StringComparison.OrdinalIgnoreCase)
                && long.TryParse(directive[8..].Trim('"'), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds))
            {
                // As old as a lifetime at most: no overflow in milliseconds.
                MaxAge = Math.Min(seconds, 1L << 40) * 1000;
                IsFresh |= seconds == 0;
            }
        }
    }
}
