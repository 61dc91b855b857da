namespace Edge.TestSupport;

/// <summary>
/// What OpenAI's chat completions endpoint answers, written from its reference:
/// <see href="https://platform.openai.com/docs/api-reference/chat/object"/> and <see href="https://platform.openai.com/docs/api-reference/chat-streaming"/>.
/// </summary>
public static class OpenAiWire
{
    public const string Done = "data: [DONE]\n\n";

    public const string Usage =
        """{"prompt_tokens":9,"completion_tokens":3,"total_tokens":12,"prompt_tokens_details":{"cached_tokens":4,"audio_tokens":0},"completion_tokens_details":{"reasoning_tokens":1}}""";

    /// <summary>A member that no document knows: it must survive.</summary>
    public const string FutureField = "\"x_future\":{\"kept\":[1,2.50,\"\\u00e9\"]}";

    /// <summary>An answer of plain text.</summary>
    /// <param name="content">JSON text between its quotes.</param>
    /// <param name="model">The model that answers.</param>
    public static string Completion(string content = "Hello there", string model = "gpt-4o-mini-2024-07-18") =>
        $$"""{"id":"chatcmpl-1","object":"chat.completion","created":1700000000,"model":"{{model}}","choices":[{"index":0,"message":{"role":"assistant","content":"{{content}}","refusal":null},"logprobs":null,"finish_reason":"stop"}],"usage":{{Usage}},"system_fingerprint":"fp_1",{{FutureField}}}""";

    public const string ToolCalls =
        """{"id":"chatcmpl-2","object":"chat.completion","created":1700000000,"model":"gpt-4o-mini","choices":[{"index":0,"message":{"role":"assistant","content":null,"tool_calls":[{"id":"call_a","type":"function","function":{"name":"get_weather","arguments":"{\"city\":\"Paris\"}"}},{"id":"call_b","type":"function","function":{"name":"get_weather","arguments":"{\"city\":\"Rome\"}"}}]},"finish_reason":"tool_calls"}],"usage":{"prompt_tokens":20,"completion_tokens":30,"total_tokens":50}}""";

    /// <summary>One chunk's JSON.</summary>
    /// <param name="delta">The delta object.</param>
    /// <param name="finish">JSON of finish_reason.</param>
    /// <param name="usage">JSON of the usage member; null = no such member.</param>
    public static string Chunk(string delta, string finish = "null", string? usage = null) =>
        $$"""{"id":"chatcmpl-3","object":"chat.completion.chunk","created":1700000000,"model":"gpt-4o-mini","choices":[{"index":0,"delta":{{delta}},"finish_reason":{{finish}}}]{{(usage is null ? "" : ",\"usage\":" + usage)}}}""";

    /// <summary>The chunk that include_usage brings: no choices.</summary>
    public const string UsageChunk =
        """{"id":"chatcmpl-3","object":"chat.completion.chunk","created":1700000000,"model":"gpt-4o-mini","choices":[],"usage":""" + Usage + "}";

    public static string Text(string content) => Chunk($$"""{"content":"{{content}}"}""");

    /// <summary>A stream of "Hello there": role, two deltas, finish, and the end mark; with the usage chunk before it where asked for.</summary>
    public static string Stream(bool usage = true) =>
        Event(Chunk("""{"role":"assistant","content":""}""")) + Event(Text("Hello")) + Event(Text(" there")) + Event(Chunk("{}", "\"stop\""))
        + (usage ? Event(UsageChunk) : "") + Done;

    public static string Event(string data) => $"data: {data}\n\n";

    public static string Error(string message, string type, string? code = null, string? param = null) =>
        $$$"""{"error":{"message":"{{{message}}}","type":"{{{type}}}","param":{{{Json(param)}}},"code":{{{Json(code)}}}}}""";

    private static string Json(string? text) => text is null ? "null" : $"\"{text}\"";
}
