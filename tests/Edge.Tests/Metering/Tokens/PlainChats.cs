using System.Text;
using System.Text.Json;
using Edge.Metering.Tokens;
using Edge.TestSupport;

namespace Edge.Tests.Metering.Tokens;

/// <summary>Recorded requests of nothing but text, whatever their dialect, with the input tokens that the provider reported.</summary>
/// <param name="Family">Of the model.</param>
/// <param name="Estimate">By its rules.</param>
/// <param name="Reported">The truth.</param>
internal sealed record PlainChat(TokenFamily Family, long Estimate, long Reported);

internal static class PlainChats
{
    // What adds tokens that stand in no text, or text that is not where a message is.
    private static readonly string[] _others =
    [
        "tools", "toolConfig", "tool_config", "response_format", "outputConfig", "output_config", "functions", "mcp_servers", "cachedContent", "documents", "outputFormat", "output_format", "container", "prompt", "moderation", "plugins",
        "previous_response_id", "conversation", "thinking", "text",
    ];

    public static IEnumerable<PlainChat> Read()
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var record in SharedData.Lines("tokens/real_usage.jsonl"))
        {
            var (request, model) = (record.GetProperty("request"), record.GetProperty("model").GetString() ?? "");
            // Agents that search by themselves count what they found.
            if (model.Length == 0 || model.Contains("compound", StringComparison.Ordinal) || record.GetProperty("api").GetString()!.Contains("mbed", StringComparison.Ordinal)) continue;
            if (_others.Any(name => Has(request, name)) || Reported(record.GetProperty("usage")) is not { } reported || Texts(request) is not { } messages) continue;
            var family = TokenFamily.Of(model);
            if (!seen.Add($"{family.Name} {reported} {string.Join('|', messages.SelectMany(texts => texts))}")) continue;
            var estimate = family.PerRequest + (family.PerMessage * messages.Count) + messages.SelectMany(texts => texts).Sum(text => TokenEstimator.Estimate(Encoding.UTF8.GetBytes(text), family));
            yield return new PlainChat(family, estimate, reported);
        }
    }

    private static bool Has(JsonElement request, string name) =>
        request.TryGetProperty(name, out var value) && value.ValueKind is not (JsonValueKind.Null or JsonValueKind.False) && !(value.ValueKind == JsonValueKind.Array && value.GetArrayLength() == 0);

    private static long? Reported(JsonElement usage)
    {
        foreach (var name in (string[])["prompt_tokens", "promptTokenCount"])
        {
            if (usage.TryGetProperty(name, out var value)) return value.GetInt64();
        }
        if (usage.TryGetProperty("billed_units", out var billed)) return billed.GetProperty("input_tokens").GetInt64();
        if (!usage.TryGetProperty("input_tokens", out var input)) return null;
        return input.GetInt64() + Cached("cache_read_input_tokens") + Cached("cache_creation_input_tokens");

        long Cached(string name) => usage.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number ? value.GetInt64() : 0;
    }

    /// <summary>The texts of each message; null = there is something else in them.</summary>
    private static List<List<string>>? Texts(JsonElement request)
    {
        var messages = new List<List<string>>();
        foreach (var name in (string[])["system", "instructions", "systemInstruction", "system_instruction", "messages", "contents", "input"])
        {
            if (!Has(request, name)) continue;
            var value = request.GetProperty(name);
            var isTurns = name is "messages" or "contents" or "input" && value.ValueKind == JsonValueKind.Array;
            foreach (var message in isTurns ? value.EnumerateArray() : Enumerable.Repeat(value, 1))
            {
                if (message.ValueKind == JsonValueKind.Object && (message.TryGetProperty("tool_calls", out var calls) && calls.ValueKind == JsonValueKind.Array || message.TryGetProperty("reasoning", out _))) return null;
                if (TextsOf(message) is not { } texts) return null;
                messages.Add(texts);
            }
        }
        return messages.Any(texts => texts.Count > 0) ? messages : null;
    }

    private static List<string>? TextsOf(JsonElement content)
    {
        switch (content.ValueKind)
        {
            case JsonValueKind.String:
                return [content.GetString()!];
            case JsonValueKind.Array:
                var parts = content.EnumerateArray().Select(TextsOf).ToList();
                return parts.Contains(null) ? null : [.. parts.SelectMany(texts => texts!)];
            case JsonValueKind.Object when content.TryGetProperty("content", out var inner) || content.TryGetProperty("parts", out inner):
                return inner.ValueKind == JsonValueKind.Null ? null : TextsOf(inner);
            case JsonValueKind.Object when content.TryGetProperty("text", out var text) && text.ValueKind == JsonValueKind.String && content.EnumerateObject().All(member => member.Name is "text" or "type" or "cache_control" or "prompt_cache_breakpoint"):
                return [text.GetString()!];
            default:
                return null;
        }
    }
}
