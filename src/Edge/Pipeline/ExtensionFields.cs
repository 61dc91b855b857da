using Edge.Guard.Policy;
using Edge.Providers.Errors;
using Edge.Providers.Json;
using Edge.Simd.Json;
using Microsoft.Extensions.Primitives;

namespace Edge.Pipeline;

/// <summary>
/// Checks the gateway's own members of a request body: <c>routing</c>, <c>cache</c>, <c>safety</c>, <c>budget</c>, each with its keys in camelCase or
/// snake_case. An unknown key is an error: a misspelt limit must not be silently no limit.
/// </summary>
public static class ExtensionFields
{
    // Each is looked up, and may become a route that is kept.
    private const int MaxNames = 32;
    private const int MaxName = 256;

    private enum Kind : byte
    {
        Boolean,
        Strings,
        Strategy,
        Seconds,
        Fraction,
        Money,
    }

    private static readonly (ChatField Field, string Camel, string Snake, Kind Kind)[] _keys =
    [
        (ChatField.Routing, "providers", "providers", Kind.Strings),
        (ChatField.Routing, "preferredModels", "preferred_models", Kind.Strings),
        (ChatField.Routing, "strategy", "strategy", Kind.Strategy),
        (ChatField.Cache, "enabled", "enabled", Kind.Boolean),
        (ChatField.Cache, "ttl", "ttl", Kind.Seconds),
        (ChatField.Cache, "similarityThreshold", "similarity_threshold", Kind.Fraction),
        (ChatField.Safety, "piiDetection", "pii_detection", Kind.Boolean),
        (ChatField.Safety, "contentFiltering", "content_filtering", Kind.Boolean),
        (ChatField.Safety, "promptInjectionCheck", "prompt_injection_check", Kind.Boolean),
        (ChatField.Budget, "maxCostPerRequest", "max_cost_per_request", Kind.Money),
        (ChatField.Budget, "maxCostPerDay", "max_cost_per_day", Kind.Money),
    ];

    private static readonly (ChatField Field, string Name)[] _names =
        [(ChatField.Routing, "routing"), (ChatField.Cache, "cache"), (ChatField.Safety, "safety"), (ChatField.Budget, "budget")];

    // Every combination once: the four flags stand side by side, Routing being the lowest.
    private static readonly StringValues[] _notEnforced =
        [.. Enumerable.Range(0, 16).Select(set => (StringValues)string.Join(", ", _names.Where(pair => (set & ((int)pair.Field / (int)ChatField.Routing)) != 0).Select(pair => pair.Name)))];

    private static readonly string[] _strategies = ["cost_optimized", "latency_optimized", "quality_first", "quality", "balanced"];

    public static bool Check(ChatField field, JsonText name, JsonValue value, out RequestError? problem)
    {
        problem = null;
        if (value.Kind == JsonKind.Null) return true;
        if (value.Kind != JsonKind.Object)
        {
            problem = new(name.ToString(), $"Must be an object; its keys: {Allowed(field)}.");
            return false;
        }
        var seen = 0;
        foreach (var member in value.Members)
        {
            var key = member.Name.ToString();
            var index = Array.FindIndex(_keys, k => k.Field == field && (k.Camel == key || k.Snake == key));
            if (index >= 0 && (seen & (1 << index)) != 0)
            {
                // Twice, or once in each spelling: which of the two was meant is nobody's to guess.
                problem = new($"{name.ToString()}.{key}", "The key stands twice.");
                return false;
            }
            if (index < 0)
            {
                problem = new($"{name.ToString()}.{key}", $"Unknown key; allowed: {Allowed(field)}.");
                return false;
            }
            seen |= 1 << index;
            var expected = Expected(_keys[index].Kind, member.Value);
            if (expected is null) continue;
            problem = new($"{name.ToString()}.{key}", $"Must be {expected}.");
            return false;
        }
        return true;
    }

    /// <summary>What a checked <c>safety</c> asks for. False asks for nothing: a request cannot loosen its tenant's policy.</summary>
    public static SafetyFlags Safety(JsonValue safety)
    {
        var flags = SafetyFlags.None;
        foreach (var member in safety.Members)
        {
            if (member.Value.Kind != JsonKind.True) continue;
            flags |= member.Name.ToString() switch
            {
                "piiDetection" or "pii_detection" => SafetyFlags.Pii,
                "contentFiltering" or "content_filtering" => SafetyFlags.Content,
                _ => SafetyFlags.Injection,
            };
        }
        return flags;
    }

    /// <summary>What a checked <c>budget</c> allows, in nano-dollars, rounded down; null = it does not say.</summary>
    public static (long? PerRequest, long? PerDay) Budget(RequestContext context)
    {
        (long? request, long? day) = (null, null);
        foreach (var member in new JsonValue(context.Body.Span, context.Index.Tokens)["budget"u8].Members)
        {
            if (member.Value.Kind != JsonKind.Number) continue;
            // What is too small for a decimal is nothing.
            decimal.TryParse(member.Value.Raw, System.Globalization.NumberStyles.Float, System.Globalization.CultureInfo.InvariantCulture, out var dollars);
            var nanos = (long)(dollars * Configuration.MoneyText.NanosPerDollar);
            if (member.Name.Is("maxCostPerDay"u8) || member.Name.Is("max_cost_per_day"u8)) day = nanos;
            else request = nanos;
        }
        return (request, day);
    }

    // Null = the value is fine.
    private static string? Expected(Kind kind, JsonValue value)
    {
        if (value.Kind == JsonKind.Null) return null;
        switch (kind)
        {
            case Kind.Boolean:
                return value.Kind is JsonKind.True or JsonKind.False ? null : "true or false";
            case Kind.Strings:
                if (value.Kind != JsonKind.Array) return "an array of strings";
                var count = 0;
                foreach (var element in value.Elements)
                {
                    if (element.Kind != JsonKind.String || element.RawText.IsEmpty || element.RawText.Length > MaxName) return $"an array of non-empty strings of at most {MaxName} bytes";
                    if (++count > MaxNames) return $"an array of at most {MaxNames} strings";
                }
                return null;
            case Kind.Strategy:
                var text = value.GetString();
                return text is not null && Array.IndexOf(_strategies, text) >= 0 ? null : "one of " + string.Join(", ", _strategies);
            case Kind.Seconds:
                return value.TryGetInt64(out var seconds) && seconds is >= 0 and <= 31_536_000 ? null : "a whole number of seconds from 0 to 31536000";
            case Kind.Fraction:
                return value.TryGetDouble(out var fraction) && fraction is >= 0 and <= 1 ? null : "a number from 0 to 1";
            default:
                return value.TryGetDouble(out var money) && money is >= 0 and <= 1_000_000 ? null : "an amount in USD from 0 to 1000000";
        }
    }

    /// <summary>The members that are asked for and that this version does not act on yet, for a response header.</summary>
    public static StringValues NotEnforced(ChatField extended) => _notEnforced[(int)(extended & ~(ChatField.Safety | ChatField.Routing | ChatField.Budget)) / (int)ChatField.Routing];

    private static string Allowed(ChatField field) => string.Join(", ", _keys.Where(k => k.Field == field).Select(k => k.Camel));
}
