namespace Edge.TestSupport;

/// <summary>
/// What Anthropic's Messages endpoint answers, written from its reference: <see href="https://docs.anthropic.com/en/api/messages"/>,
/// <see href="https://docs.anthropic.com/en/api/messages-streaming"/> and <see href="https://docs.anthropic.com/en/api/errors"/>.
/// </summary>
public static class AnthropicWire
{
    /// <summary>An answer.</summary>
    /// <param name="content">JSON of the content blocks, without the array's brackets.</param>
    /// <param name="stopReason">As documented: end_turn, max_tokens, stop_sequence, tool_use, pause_turn, refusal.</param>
    /// <param name="usage">JSON of the usage object.</param>
    public static string Message(
        string content = """{"type":"text","text":"Hello there"}""", string stopReason = "end_turn",
        string usage = """{"input_tokens":10,"output_tokens":5}""") =>
        $$$"""{"id":"msg_1","type":"message","role":"assistant","model":"claude-sonnet-4-5","content":[{{{content}}}],"stop_reason":"{{{stopReason}}}","stop_sequence":null,"usage":{{{usage}}}}""";

    public static string Event(string name, string data) => $"event: {name}\ndata: {data}\n\n";

    public static string Start(string usage = """{"input_tokens":10,"output_tokens":1}""") => Event("message_start",
        $$$"""{"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"claude-sonnet-4-5","content":[],"stop_reason":null,"stop_sequence":null,"usage":{{{usage}}}}}""");

    public const string Ping = "event: ping\ndata: {\"type\": \"ping\"}\n\n";

    public static string BlockStart(int index, string block) =>
        Event("content_block_start", $$$"""{"type":"content_block_start","index":{{{index}}},"content_block":{{{block}}}}""");

    public static string Delta(int index, string delta) =>
        Event("content_block_delta", $$$"""{"type":"content_block_delta","index":{{{index}}},"delta":{{{delta}}}}""");

    public static string BlockStop(int index) => Event("content_block_stop", $$"""{"type":"content_block_stop","index":{{index}}}""");

    public static string MessageDelta(string stopReason, string usage = """{"output_tokens":5}""") =>
        Event("message_delta", $$$"""{"type":"message_delta","delta":{"stop_reason":"{{{stopReason}}}","stop_sequence":null},"usage":{{{usage}}}}""");

    public const string Stop = "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n";

    public static string TextBlock(int index, params string[] pieces) =>
        BlockStart(index, """{"type":"text","text":""}""")
        + string.Concat(pieces.Select(piece => Delta(index, $$"""{"type":"text_delta","text":"{{piece}}"}"""))) + BlockStop(index);

    /// <param name="index">Of the content block.</param>
    /// <param name="id">Of the call.</param>
    /// <param name="name">Of the tool.</param>
    /// <param name="pieces">Of the arguments' JSON, each as JSON text between its quotes.</param>
    public static string ToolBlock(int index, string id, string name, params string[] pieces) =>
        BlockStart(index, $$$"""{"type":"tool_use","id":"{{{id}}}","name":"{{{name}}}","input":{}}""")
        + string.Concat(pieces.Select(piece => Delta(index, $$"""{"type":"input_json_delta","partial_json":"{{piece}}"}"""))) + BlockStop(index);

    public static string ThinkingBlock(int index, string thinking, string signature) =>
        BlockStart(index, """{"type":"thinking","thinking":"","signature":""}""")
        + Delta(index, $$"""{"type":"thinking_delta","thinking":"{{thinking}}"}""")
        + Delta(index, $$"""{"type":"signature_delta","signature":"{{signature}}"}""") + BlockStop(index);

    /// <summary>A stream of "Hello there".</summary>
    public static string Stream() => Start() + Ping + TextBlock(0, "Hello", " there") + MessageDelta("end_turn") + Stop;

    public static string Error(string type, string message) =>
        $$"""{"type":"error","error":{"type":"{{type}}","message":"{{message}}"},"request_id":"req_1"}""";
}
