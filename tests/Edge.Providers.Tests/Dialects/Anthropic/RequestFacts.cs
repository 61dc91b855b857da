using System.Text;
using System.Text.Json;

namespace Edge.Providers.Tests.Dialects.Anthropic;

/// <summary>What a request of the Messages API says to the model, in one text: strings and blocks alike, results before words, what only Anthropic's servers read left out.</summary>
internal static class RequestFacts
{
    public static string Of(JsonElement request)
    {
        var facts = new StringBuilder();
        if (request.TryGetProperty("system", out var system)) Blocks(facts, "system", system);
        foreach (var message in request.GetProperty("messages").EnumerateArray().Where(message => message.GetProperty("role").GetString() == "system"))
        {
            Blocks(facts, "system", message.GetProperty("content"));
        }
        foreach (var message in request.GetProperty("messages").EnumerateArray())
        {
            var role = message.GetProperty("role").GetString()!;
            if (role != "system") Blocks(facts, role, message.GetProperty("content"));
        }
        var hasTools = false;
        foreach (var tool in request.TryGetProperty("tools", out var tools) ? tools.EnumerateArray().ToArray() : [])
        {
            if (!tool.TryGetProperty("input_schema", out var schema)) continue;
            hasTools = true;
            facts.Append($"tool {tool.GetProperty("name")} {Optional(tool, "description")} {Wire.Compact(schema.GetRawText())} {Optional(tool, "strict")} {Optional(tool, "cache_control")}\n");
        }
        if (hasTools) facts.Append($"choice {Optional(request, "tool_choice")}\n");
        return facts.Append($"max {Optional(request, "max_tokens")} stop {Optional(request, "stop_sequences")} user {Optional(request, "metadata")}\n").ToString();
    }

    private static void Blocks(StringBuilder facts, string role, JsonElement content)
    {
        if (content.ValueKind == JsonValueKind.String)
        {
            facts.Append($"{role} text {content.GetString()}\n");
            return;
        }
        foreach (var block in content.EnumerateArray().OrderBy(block => block.GetProperty("type").GetString() == "tool_result" ? 0 : 1))
        {
            var mark = Optional(block, "cache_control");
            switch (block.GetProperty("type").GetString())
            {
                case "text": facts.Append($"{role} text {block.GetProperty("text").GetString()}{(mark.Length > 0 ? $" {mark}" : "")}\n"); break;
                case "thinking": facts.Append($"{role} thinking {block.GetProperty("thinking")} {block.GetProperty("signature")}\n"); break;
                case "redacted_thinking": facts.Append($"{role} redacted {block.GetProperty("data")}\n"); break;
                case "tool_use": facts.Append($"{role} call {block.GetProperty("id")} {block.GetProperty("name")} {Wire.Compact(block.GetProperty("input").GetRawText())} {mark}\n"); break;
                case "image" or "document":
                    var source = block.GetProperty("source").EnumerateObject().OrderBy(member => member.Name).Select(member => $"{member.Name}={member.Value}");
                    facts.Append($"{role} {block.GetProperty("type")} {string.Join(' ', source)} {Optional(block, "title")} {Optional(block, "citations")} {mark}\n");
                    break;
                case "tool_result":
                    var failed = block.TryGetProperty("is_error", out var error) && error.ValueKind == JsonValueKind.True;
                    facts.Append($"{role} result {block.GetProperty("tool_use_id")} {failed} {mark}\n");
                    if (block.TryGetProperty("content", out var result)) Blocks(facts, "result", result);
                    break;
            }
        }
    }

    private static string Optional(JsonElement element, string name) => element.TryGetProperty(name, out var value) ? Sorted(value) : "";

    private static string Sorted(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => $"{{{string.Join(',', value.EnumerateObject().OrderBy(member => member.Name, StringComparer.Ordinal).Select(member => $"{member.Name}:{Sorted(member.Value)}"))}}}",
        JsonValueKind.Array => $"[{string.Join(',', value.EnumerateArray().Select(Sorted))}]",
        _ => value.ToString(),
    };
}
