using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Edge.Providers.Tests.Dialects;

/// <summary>
/// What a provider's body asks for, in the same words whichever dialect it is in: who says what, calls, results, tools, and the settings that change the answer. A walk over the JSON that
/// knows nothing of our encoders. What a dialect says by itself (an empty schema's form, the wrapper of a result) is made the same.
/// </summary>
internal static class RequestMeaning
{
    public static List<string> Of(string dialect, JsonElement body)
    {
        var facts = new List<(string Kind, string Text)>();
        switch (dialect)
        {
            case "completions": Chat(body, facts); break;
            case "messages": Messages(body, facts); break;
            case "bedrock": Bedrock(body, facts); break;
            case "gemini": Gemini(body, facts); break;
            case "responses": Responses(body, facts); break;
            default: throw new NotSupportedException(dialect);
        }
        // Texts of one speaker are one text, however many parts it has.
        var lines = new List<string>();
        for (var i = 0; i < facts.Count; i++)
        {
            var text = new StringBuilder(facts[i].Text);
            while (facts[i].Kind.EndsWith(" says", StringComparison.Ordinal) && i + 1 < facts.Count && facts[i + 1].Kind == facts[i].Kind) text.Append(facts[++i].Text);
            lines.Add($"{facts[i].Kind}: {text}");
        }
        // System texts stand wherever a dialect has them, settings and tools have no order.
        string[] said = ["user", "assistant", "call", "result", "image", "thought"];
        return
        [
            "system says: " + string.Concat(lines.Where(line => line.StartsWith("system says: ", StringComparison.Ordinal)).Select(line => line["system says: ".Length..])),
            .. lines.Where(line => said.Any(kind => line.StartsWith(kind, StringComparison.Ordinal) && !line.StartsWith("user:", StringComparison.Ordinal))),
            .. lines.Where(line => line.StartsWith("user:", StringComparison.Ordinal) || !said.Append("system").Any(kind => line.StartsWith(kind, StringComparison.Ordinal))).Order(StringComparer.Ordinal),
        ];
    }

    private static void Chat(JsonElement body, List<(string, string)> facts)
    {
        foreach (var message in body.GetProperty("messages").EnumerateArray())
        {
            var role = Text(message, "role") is "developer" ? "system" : Text(message, "role");
            if (role == "tool")
            {
                facts.Add(($"result {Text(message, "tool_call_id")}", Content(message.GetProperty("content"))));
                continue;
            }
            if (message.TryGetProperty("content", out var content)) Parts(role, content, facts);
            foreach (var call in List(message, "tool_calls")) Call(Text(call, "id"), call.GetProperty("function"), "arguments", facts);
        }
        foreach (var tool in List(body, "tools"))
        {
            if (tool.TryGetProperty("function", out var function)) Tool(function, "parameters", facts);
        }
        Setting(body, facts, "limit", "max_completion_tokens", "max_tokens");
        foreach (var name in new[] { "temperature", "top_p", "seed", "presence_penalty", "frequency_penalty", "reasoning_effort", "user" }) Setting(body, facts, name, name);
        if (body.TryGetProperty("stop", out var stop)) facts.Add(("stop", stop.ValueKind == JsonValueKind.String ? $"[{stop.GetRawText()}]" : Canonical(stop)));
        if (body.TryGetProperty("response_format", out var format) && format.TryGetProperty("json_schema", out var schema)) facts.Add(("schema", Canonical(schema.GetProperty("schema"))));
        if (body.TryGetProperty("tool_choice", out var choice))
        {
            facts.Add(("choice", choice.ValueKind == JsonValueKind.String ? choice.GetString()! : Text(choice.GetProperty("function"), "name")));
        }
    }

    private static void Messages(JsonElement body, List<(string, string)> facts)
    {
        if (body.TryGetProperty("system", out var system)) Parts("system", system, facts);
        foreach (var message in body.GetProperty("messages").EnumerateArray()) Parts(Text(message, "role"), message.GetProperty("content"), facts);
        foreach (var tool in List(body, "tools"))
        {
            if (tool.TryGetProperty("input_schema", out _)) Tool(tool, "input_schema", facts);
            else facts.Add(($"tool {Text(tool, "type")}", ""));
        }
        Setting(body, facts, "limit", "max_tokens");
        foreach (var name in new[] { "temperature", "top_p", "top_k", "thinking" }) Setting(body, facts, name, name);
        Setting(body, facts, "stop", "stop_sequences");
        if (body.TryGetProperty("metadata", out var metadata)) Setting(metadata, facts, "user", "user_id");
        if (body.TryGetProperty("output_config", out var output))
        {
            if (output.TryGetProperty("format", out var format)) facts.Add(("schema", Canonical(format.GetProperty("schema"))));
            Setting(output, facts, "reasoning_effort", "effort");
        }
        else if (body.TryGetProperty("output_format", out var old)) facts.Add(("schema", Canonical(old.GetProperty("schema"))));
        if (body.TryGetProperty("tool_choice", out var choice)) facts.Add(("choice", Text(choice, "type") switch { "tool" => Text(choice, "name"), "any" => "required", var type => type }));
    }

    private static void Bedrock(JsonElement body, List<(string, string)> facts)
    {
        foreach (var block in List(body, "system"))
        {
            if (block.TryGetProperty("text", out var text)) facts.Add(("system says", text.GetString()!));
        }
        foreach (var message in body.GetProperty("messages").EnumerateArray())
        {
            foreach (var block in message.GetProperty("content").EnumerateArray())
            {
                if (block.TryGetProperty("text", out var text)) facts.Add(($"{Text(message, "role")} says", text.GetString()!));
                else if (block.TryGetProperty("image", out var image)) facts.Add(("image", image.GetProperty("source").GetProperty("bytes").GetString()!));
                else if (block.TryGetProperty("toolUse", out var use)) facts.Add(($"call {Text(use, "toolUseId")} {Text(use, "name")}", Canonical(use.GetProperty("input"))));
                else if (block.TryGetProperty("toolResult", out var result)) facts.Add(($"result {Text(result, "toolUseId")}", Content(result.GetProperty("content"))));
                else if (block.TryGetProperty("reasoningContent", out var thought) && thought.TryGetProperty("reasoningText", out var reasoning))
                {
                    facts.Add(("thought", $"{Text(reasoning, "text")} {Text(reasoning, "signature")}"));
                }
            }
        }
        if (body.TryGetProperty("toolConfig", out var config))
        {
            foreach (var tool in List(config, "tools"))
            {
                if (!tool.TryGetProperty("toolSpec", out var spec)) continue;
                facts.Add(($"tool {Text(spec, "name")}", $"{Text(spec, "description")} {Schema(spec.GetProperty("inputSchema").GetProperty("json"))}"));
            }
            if (config.TryGetProperty("toolChoice", out var choice) && choice.ValueKind == JsonValueKind.Object)
            {
                var kind = choice.EnumerateObject().First();
                facts.Add(("choice", kind.Name switch { "any" => "required", "tool" => Text(kind.Value, "name"), var name => name }));
            }
        }
        if (body.TryGetProperty("inferenceConfig", out var inference))
        {
            Setting(inference, facts, "limit", "maxTokens");
            Setting(inference, facts, "temperature", "temperature");
            Setting(inference, facts, "top_p", "topP");
            Setting(inference, facts, "stop", "stopSequences");
        }
        if (body.TryGetProperty("additionalModelRequestFields", out var more) && more.ValueKind == JsonValueKind.Object)
        {
            Setting(more, facts, "thinking", "thinking");
            Setting(more, facts, "top_k", "top_k");
            if (more.TryGetProperty("output_config", out var output)) Setting(output, facts, "reasoning_effort", "effort");
        }
        if (body.TryGetProperty("outputConfig", out var format) && format.TryGetProperty("textFormat", out var given))
        {
            facts.Add(("schema", Canonical(JsonDocument.Parse(given.GetProperty("structure").GetProperty("jsonSchema").GetProperty("schema").GetString()!).RootElement)));
        }
    }

    private static void Gemini(JsonElement body, List<(string, string)> facts)
    {
        if (body.TryGetProperty("systemInstruction", out var system)) Contents("system", system, facts);
        foreach (var content in body.GetProperty("contents").EnumerateArray()) Contents(Text(content, "role") == "model" ? "assistant" : "user", content, facts);
        foreach (var list in List(body, "tools"))
        {
            foreach (var tool in List(list, "functionDeclarations")) Tool(tool, tool.TryGetProperty("parametersJsonSchema", out _) ? "parametersJsonSchema" : "parameters", facts);
        }
        if (!body.TryGetProperty("generationConfig", out var settings)) return;
        Setting(settings, facts, "limit", "maxOutputTokens");
        Setting(settings, facts, "temperature", "temperature");
        Setting(settings, facts, "top_p", "topP");
        Setting(settings, facts, "stop", "stopSequences");

        static void Contents(string role, JsonElement content, List<(string, string)> facts)
        {
            foreach (var part in content.GetProperty("parts").EnumerateArray())
            {
                if (part.TryGetProperty("text", out var text)) facts.Add(($"{role} says", text.GetString()!));
                else if (part.TryGetProperty("inlineData", out var data)) facts.Add(("image", Text(data, "data")));
                else if (part.TryGetProperty("functionCall", out var call)) facts.Add(($"call {Text(call, "name")}", Canonical(call.GetProperty("args"))));
                else if (part.TryGetProperty("functionResponse", out var result)) facts.Add(($"result {Text(result, "name")}", Result(result.GetProperty("response"))));
            }
        }

        // A wrapper of one member that holds the text of JSON means that JSON.
        static string Result(JsonElement response)
        {
            foreach (var name in new[] { "content", "result", "output" })
            {
                if (response.EnumerateObject().Count() != 1 || !response.TryGetProperty(name, out var inner) || inner.ValueKind != JsonValueKind.String) continue;
                try
                {
                    return Canonical(JsonDocument.Parse(inner.GetString()!).RootElement);
                }
                catch (JsonException)
                {
                    return inner.GetRawText();
                }
            }
            return Canonical(response);
        }
    }

    private static void Responses(JsonElement body, List<(string, string)> facts)
    {
        if (body.TryGetProperty("instructions", out var instructions) && instructions.ValueKind == JsonValueKind.String) facts.Add(("system says", instructions.GetString()!));
        if (body.GetProperty("input").ValueKind == JsonValueKind.String) facts.Add(("user says", body.GetProperty("input").GetString()!));
        else
        {
            foreach (var item in body.GetProperty("input").EnumerateArray())
            {
                switch (Text(item, "type"))
                {
                    case "function_call": facts.Add(($"call {Text(item, "call_id")} {Text(item, "name")}", Arguments(Text(item, "arguments")))); break;
                    case "function_call_output": facts.Add(($"result {Text(item, "call_id")}", Content(item.GetProperty("output")))); break;
                    case "reasoning": facts.Add(("thought", "")); break;
                    default: Parts(Text(item, "role") is "developer" ? "system" : Text(item, "role"), item.GetProperty("content"), facts); break;
                }
            }
        }
        foreach (var tool in List(body, "tools"))
        {
            if (Text(tool, "type") == "function") Tool(tool, "parameters", facts);
            else facts.Add(($"tool {Text(tool, "type")}", ""));
        }
        Setting(body, facts, "limit", "max_output_tokens");
        foreach (var name in new[] { "temperature", "top_p", "user" }) Setting(body, facts, name, name);
        if (body.TryGetProperty("reasoning", out var reasoning)) Setting(reasoning, facts, "reasoning_effort", "effort");
        if (body.TryGetProperty("tool_choice", out var choice)) facts.Add(("choice", choice.ValueKind == JsonValueKind.String ? choice.GetString()! : Text(choice, "name")));
        if (body.TryGetProperty("text", out var text) && text.TryGetProperty("format", out var format) && format.TryGetProperty("schema", out var schema)) facts.Add(("schema", Canonical(schema)));
    }

    // Of chat completions, Messages and Responses, whose parts differ in their names alone.
    private static void Parts(string role, JsonElement content, List<(string, string)> facts)
    {
        if (content.ValueKind == JsonValueKind.String) facts.Add(($"{role} says", content.GetString()!));
        if (content.ValueKind != JsonValueKind.Array) return;
        foreach (var part in content.EnumerateArray())
        {
            switch (Text(part, "type"))
            {
                case "text" or "input_text" or "output_text": facts.Add(($"{role} says", Text(part, "text"))); break;
                case "image_url": facts.Add(("image", Data(Text(part.GetProperty("image_url"), "url")))); break;
                case "input_image": facts.Add(("image", Data(Text(part, "image_url")))); break;
                case "image": facts.Add(("image", Text(part.GetProperty("source"), "data") + Text(part.GetProperty("source"), "url"))); break;
                case "tool_use": facts.Add(($"call {Text(part, "id")} {Text(part, "name")}", Canonical(part.GetProperty("input")))); break;
                case "tool_result": facts.Add(($"result {Text(part, "tool_use_id")}", part.TryGetProperty("content", out var result) ? Content(result) : "")); break;
                case "thinking": facts.Add(("thought", $"{Text(part, "thinking")} {Text(part, "signature")}")); break;
                case var other: facts.Add(($"{role} has", other)); break;
            }
        }
    }

    private static string Content(JsonElement content)
    {
        if (content.ValueKind == JsonValueKind.String) return content.GetString()!;
        var text = new StringBuilder();
        foreach (var part in content.EnumerateArray())
        {
            text.Append(part.TryGetProperty("text", out var said) ? said.GetString()
                : part.TryGetProperty("json", out var json) ? Canonical(json)
                : part.TryGetProperty("source", out var source) ? $"<{Text(source, "data")}>"
                : part.TryGetProperty("image", out var image) ? $"<{image.GetProperty("source").GetProperty("bytes").GetString()}>"
                : part.TryGetProperty("image_url", out var url) ? $"<{Data(url.ValueKind == JsonValueKind.String ? url.GetString()! : Text(url, "url"))}>"
                : "?");
        }
        return text.ToString();
    }

    private static void Call(string id, JsonElement function, string arguments, List<(string, string)> facts) => facts.Add(($"call {id} {Text(function, "name")}", Arguments(Text(function, arguments))));

    private static void Tool(JsonElement tool, string schema, List<(string, string)> facts) =>
        facts.Add(($"tool {Text(tool, "name")}", $"{Text(tool, "description")} {(tool.TryGetProperty(schema, out var parameters) ? Schema(parameters) : Schema(default))}"));

    private static string Schema(JsonElement schema)
    {
        if (schema.ValueKind != JsonValueKind.Object) return "{}";
        var node = JsonNode.Parse(schema.GetRawText())!.AsObject();
        node.Remove("$schema");
        if (node.Count <= 2 && (node["properties"] is null || node["properties"]!.AsObject().Count == 0)) return "{}";
        return Canonical(JsonDocument.Parse(node.ToJsonString().ToLowerInvariant()).RootElement);
    }

    private static void Setting(JsonElement body, List<(string, string)> facts, string fact, params string[] names)
    {
        foreach (var name in names)
        {
            if (!body.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null) continue;
            facts.Add((fact, value.ValueKind == JsonValueKind.Number ? value.GetDouble().ToString(CultureInfo.InvariantCulture) : value.ValueKind == JsonValueKind.String ? value.GetString()! : Canonical(value)));
            return;
        }
    }

    private static string Arguments(string json) => json.Length == 0 ? "{}" : Canonical(JsonDocument.Parse(json).RootElement);

    private static string Data(string url) => url.StartsWith("data:", StringComparison.Ordinal) ? url[(url.IndexOf(',', StringComparison.Ordinal) + 1)..] : url;

    private static string Text(JsonElement element, string name) => element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";

    private static JsonElement.ArrayEnumerator List(JsonElement element, string name) => element.TryGetProperty(name, out var list) && list.ValueKind == JsonValueKind.Array ? list.EnumerateArray() : default;

    // Members in order of their names.
    private static string Canonical(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => "{" + string.Join(',', value.EnumerateObject().OrderBy(member => member.Name, StringComparer.Ordinal).Select(member => $"\"{member.Name}\":{Canonical(member.Value)}")) + "}",
        JsonValueKind.Array => "[" + string.Join(',', value.EnumerateArray().Select(Canonical)) + "]",
        _ => value.GetRawText(),
    };
}
