using System.Text.Json;

namespace Edge.EndToEnd;

/// <summary>A client's dialect: one request with everything that each provider can express, and how its answers are read.</summary>
public sealed record ClientCase
{
    public required string Name { get; init; }

    public required string Path { get; init; }

    /// <summary>{model}, {stream} and {text} are filled in.</summary>
    public required string Template { get; init; }

    /// <summary>What stands in a stream that ended well, and in no other.</summary>
    public required string GoodEnd { get; init; }

    /// <summary>Text, finish reason and tokens of a whole answer.</summary>
    public required Func<JsonElement, (string Text, string? Finish, int Input, int Output)> Read { get; init; }

    /// <summary>The text of one event of a stream, if it has any.</summary>
    public required Func<JsonElement, string> Delta { get; init; }

    /// <summary>The error object of an event or a whole answer; undefined where it is none.</summary>
    public required Func<JsonElement, JsonElement> ErrorOf { get; init; }

    public static IReadOnlyList<ClientCase> All { get; } =
    [
        new()
        {
            Name = "openai", Path = Kit.Path, GoodEnd = "data: [DONE]\n\n",
            Template = """
                {"model":"{model}","stream":{stream},"max_tokens":100,"temperature":0.5,"messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"{text}"}],
                 "tools":[{"type":"function","function":{"name":"get_weather","description":"Weather","parameters":{"type":"object","properties":{"city":{"type":"string"}}}}}]}
                """,
            Read = answer => (answer.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString()!, answer.GetProperty("choices")[0].GetProperty("finish_reason").GetString(),
                answer.GetProperty("usage").GetProperty("prompt_tokens").GetInt32(), answer.GetProperty("usage").GetProperty("completion_tokens").GetInt32()),
            Delta = chunk => chunk.TryGetProperty("choices", out var choices) && choices.GetArrayLength() > 0 && choices[0].GetProperty("delta").TryGetProperty("content", out var content)
                ? content.GetString() ?? "" : "",
            ErrorOf = value => value.TryGetProperty("error", out var error) ? error : default,
        },
        new()
        {
            Name = "anthropic", Path = "/v1/messages", GoodEnd = "message_stop",
            Template = """
                {"model":"{model}","stream":{stream},"max_tokens":100,"temperature":0.5,"system":"Be brief.","messages":[{"role":"user","content":"{text}"}],
                 "tools":[{"name":"get_weather","description":"Weather","input_schema":{"type":"object","properties":{"city":{"type":"string"}}}}]}
                """,
            Read = answer => (answer.GetProperty("content")[0].GetProperty("text").GetString()!, answer.GetProperty("stop_reason").GetString(),
                answer.GetProperty("usage").GetProperty("input_tokens").GetInt32(), answer.GetProperty("usage").GetProperty("output_tokens").GetInt32()),
            Delta = e => e.GetProperty("type").GetString() == "content_block_delta" && e.GetProperty("delta").TryGetProperty("text", out var text) ? text.GetString()! : "",
            ErrorOf = value => value.TryGetProperty("type", out var type) && type.GetString() == "error" ? value.GetProperty("error") : default,
        },
        new()
        {
            Name = "responses", Path = "/v1/responses", GoodEnd = "event: response.completed",
            Template = """
                {"model":"{model}","stream":{stream},"max_output_tokens":100,"temperature":0.5,"instructions":"Be brief.","input":"{text}","store":false,
                 "tools":[{"type":"function","name":"get_weather","description":"Weather","parameters":{"type":"object","properties":{"city":{"type":"string"}}},"strict":false}]}
                """,
            Read = answer => (answer.GetProperty("output")[0].GetProperty("content")[0].GetProperty("text").GetString()!, answer.GetProperty("status").GetString(),
                answer.GetProperty("usage").GetProperty("input_tokens").GetInt32(), answer.GetProperty("usage").GetProperty("output_tokens").GetInt32()),
            Delta = e => e.GetProperty("type").GetString() == "response.output_text.delta" ? e.GetProperty("delta").GetString()! : "",
            ErrorOf = value => value.TryGetProperty("error", out var error) && error.ValueKind == JsonValueKind.Object ? error
                : value.TryGetProperty("type", out var type) && type.GetString() == "error" ? value
                : value.TryGetProperty("response", out var response) && response.TryGetProperty("error", out error) && error.ValueKind == JsonValueKind.Object ? error : default,
        },
    ];

    /// <summary>What a plain answer's finish is called.</summary>
    public string Stop => Name switch { "openai" => "stop", "anthropic" => "end_turn", _ => "completed" };

    public override string ToString() => Name;

    public string Body(string model, bool stream, string text = "Hi") => Template
        .Replace("{model}", model, StringComparison.Ordinal).Replace("{stream}", stream ? "true" : "false", StringComparison.Ordinal).Replace("{text}", text, StringComparison.Ordinal);

    public async Task<(HttpResponseMessage Response, string Text)> AskAsync(HttpClient client, string model, bool stream, string text = "Hi")
    {
        var response = await client.PostAsync(Path, Kit.Json(Body(model, stream, text)), Kit.Stop);
        return (response, await response.TextAsync());
    }

    /// <summary>The data of a stream's events that are JSON.</summary>
    public static IEnumerable<JsonElement> Events(string stream) => stream.Split('\n').Where(line => line.StartsWith("data: {", StringComparison.Ordinal)).Select(line => JsonDocument.Parse(line[6..]).RootElement);

    /// <summary>The text that a stream has brought.</summary>
    public string TextOf(string stream) => string.Concat(Events(stream).Select(Delta));

    /// <summary>Checks that a stream ended with an error and with nothing that looks like a good end; the error.</summary>
    public JsonElement AssertBroken(string stream)
    {
        Assert.False(stream.Contains(GoodEnd, StringComparison.Ordinal) || stream.Contains("event: response.incomplete", StringComparison.Ordinal), stream);
        Assert.EndsWith("\n\n", stream);
        var error = ErrorOf(Events(stream).Last());
        Assert.True(error.ValueKind == JsonValueKind.Object, stream);
        Assert.False(string.IsNullOrWhiteSpace(error.GetProperty("message").GetString()), stream);
        return error;
    }
}
