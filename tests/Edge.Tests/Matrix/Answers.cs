using System.Text;
using Edge.Providers;

namespace Edge.Tests.Matrix;

/// <summary>One answer of a provider, streamed and whole, as its documentation writes it, and what it says.</summary>
/// <param name="Dialect">Whose.</param>
/// <param name="Name">Which; the same name says the same in every dialect.</param>
/// <param name="Stream">The bytes of the stream; empty = the dialect does not stream it.</param>
/// <param name="Whole">The whole answer; empty = it exists in streams alone.</param>
internal sealed record Answer(Dialect Dialect, string Name, byte[] Stream, string Whole)
{
    public override string ToString() => $"{Dialect}/{Name}";
}

/// <summary>The same answers in each provider dialect.</summary>
internal static partial class Answers
{
    /// <summary>What each answer says: <c>Facts</c> as text.</summary>
    public static IReadOnlyDictionary<string, string> Meaning { get; } = new Dictionary<string, string>
    {
        ["text"] = "text: H\u00e9llo \"world\" \ud83c\udf89\nfinish: Stop\nusage: 10 5\nend\n",
        ["tools"] = "text: Let me look.\ncall: get_weather {\"city\":\"Paris\"}\ncall: get_time {}\nfinish: ToolCalls\nusage: 20 9\nend\n",
        ["thinking"] = "text: 42\nthinking: Six times seven.\nfinish: Stop\nusage: 12 8\nend\n",
        ["length"] = "text: Once upon\nfinish: Length\nusage: 10 3\nend\n",
        ["error"] = "text: Once\nerror\n",
    };

    public static IReadOnlyList<Answer> All { get; } = [.. OpenAi, .. Anthropic, .. Gemini, .. Cohere, .. Ollama, .. Bedrock, .. Responses];

    private static IEnumerable<Answer> OpenAi =>
    [
        Sse(Dialect.OpenAi, "text", Chunk("""{"role":"assistant","content":""}"""), Chunk("""{"content":"H\u00e9llo \"wor"}"""), Chunk("""{"content":"ld\" \ud83c\udf89"}"""), Chunk("{}", "stop"), ChatUsage(10, 5), "[DONE]") with
        {
            Whole = ChatWhole("""{"role":"assistant","content":"H\u00e9llo \"world\" \ud83c\udf89","refusal":null}""", "stop", 10, 5),
        },
        Sse(Dialect.OpenAi, "tools", Chunk("""{"role":"assistant","content":"Let me look."}"""),
            Chunk("""{"tool_calls":[{"index":0,"id":"call_1","type":"function","function":{"name":"get_weather","arguments":""}}]}"""),
            Chunk("""{"tool_calls":[{"index":0,"function":{"arguments":"{\"ci"}}]}"""), Chunk("""{"tool_calls":[{"index":0,"function":{"arguments":"ty\":\"Paris\"}"}}]}"""),
            Chunk("""{"tool_calls":[{"index":1,"id":"call_2","type":"function","function":{"name":"get_time","arguments":"{}"}}]}"""), Chunk("{}", "tool_calls"), ChatUsage(20, 9), "[DONE]") with
        {
            Whole = ChatWhole("""{"role":"assistant","content":"Let me look.","tool_calls":[{"id":"call_1","type":"function","function":{"name":"get_weather","arguments":"{\"city\":\"Paris\"}"}},{"id":"call_2","type":"function","function":{"name":"get_time","arguments":"{}"}}]}""", "tool_calls", 20, 9),
        },
        Sse(Dialect.OpenAi, "thinking", Chunk("""{"role":"assistant","reasoning_content":"Six times"}"""), Chunk("""{"reasoning_content":" seven."}"""), Chunk("""{"content":"42"}"""), Chunk("{}", "stop"), ChatUsage(12, 8), "[DONE]") with
        {
            Whole = ChatWhole("""{"role":"assistant","reasoning_content":"Six times seven.","content":"42"}""", "stop", 12, 8),
        },
        Sse(Dialect.OpenAi, "length", Chunk("""{"role":"assistant","content":"Once upon"}"""), Chunk("{}", "length"), ChatUsage(10, 3), "[DONE]") with
        {
            Whole = ChatWhole("""{"role":"assistant","content":"Once upon"}""", "length", 10, 3),
        },
        Sse(Dialect.OpenAi, "error", Chunk("""{"role":"assistant","content":"Once"}"""), """{"error":{"message":"overloaded","type":"server_error","code":null}}"""),
    ];

    private static IEnumerable<Answer> Anthropic =>
    [
        Messages("text", MessageStart(10), BlockStart(0, """{"type":"text","text":""}"""), BlockDelta(0, """{"type":"text_delta","text":"H\u00e9llo \"wor"}"""), """{"type":"ping"}""",
            BlockDelta(0, """{"type":"text_delta","text":"ld\" \ud83c\udf89"}"""), BlockStop(0), MessageDelta("end_turn", 5), MessageStop) with
        {
            Whole = MessageWhole("""[{"type":"text","text":"H\u00e9llo \"world\" \ud83c\udf89"}]""", "end_turn", 10, 5),
        },
        Messages("tools", MessageStart(20), BlockStart(0, """{"type":"text","text":""}"""), BlockDelta(0, """{"type":"text_delta","text":"Let me look."}"""), BlockStop(0),
            BlockStart(1, """{"type":"tool_use","id":"toolu_1","name":"get_weather","input":{}}"""), BlockDelta(1, """{"type":"input_json_delta","partial_json":""}"""),
            BlockDelta(1, """{"type":"input_json_delta","partial_json":"{\"ci"}"""), BlockDelta(1, """{"type":"input_json_delta","partial_json":"ty\": \"Paris\"}"}"""), BlockStop(1),
            BlockStart(2, """{"type":"tool_use","id":"toolu_2","name":"get_time","input":{}}"""), BlockStop(2), MessageDelta("tool_use", 9), MessageStop) with
        {
            Whole = MessageWhole("""[{"type":"text","text":"Let me look."},{"type":"tool_use","id":"toolu_1","name":"get_weather","input":{"city": "Paris"}},{"type":"tool_use","id":"toolu_2","name":"get_time","input":{}}]""", "tool_use", 20, 9),
        },
        Messages("thinking", MessageStart(12), BlockStart(0, """{"type":"thinking","thinking":"","signature":""}"""), BlockDelta(0, """{"type":"thinking_delta","thinking":"Six times"}"""),
            BlockDelta(0, """{"type":"thinking_delta","thinking":" seven."}"""), BlockDelta(0, """{"type":"signature_delta","signature":"c2ln"}"""), BlockStop(0),
            BlockStart(1, """{"type":"text","text":""}"""), BlockDelta(1, """{"type":"text_delta","text":"42"}"""), BlockStop(1), MessageDelta("end_turn", 8), MessageStop) with
        {
            Whole = MessageWhole("""[{"type":"thinking","thinking":"Six times seven.","signature":"c2ln"},{"type":"text","text":"42"}]""", "end_turn", 12, 8),
        },
        Messages("length", MessageStart(10), BlockStart(0, """{"type":"text","text":""}"""), BlockDelta(0, """{"type":"text_delta","text":"Once upon"}"""), BlockStop(0), MessageDelta("max_tokens", 3), MessageStop) with
        {
            Whole = MessageWhole("""[{"type":"text","text":"Once upon"}]""", "max_tokens", 10, 3),
        },
        Messages("error", MessageStart(10), BlockStart(0, """{"type":"text","text":""}"""), BlockDelta(0, """{"type":"text_delta","text":"Once"}"""), """{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"""),
    ];

    private const string MessageStop = """{"type":"message_stop"}""";

    private static Answer Sse(Dialect dialect, string name, params string[] data) =>
        new(dialect, name, Encoding.UTF8.GetBytes(string.Concat(data.Select(one => $"data: {one}\n\n"))), "");

    private static Answer Messages(string name, params string[] data) => new(Dialect.Anthropic, name,
        Encoding.UTF8.GetBytes(string.Concat(data.Select(one => $"event: {one.Split('"')[3]}\ndata: {one}\n\n"))), "");

    private static string Chunk(string delta, string? finish = null) =>
        $$"""{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1700000000,"model":"m-1","choices":[{"index":0,"delta":{{delta}},"logprobs":null,"finish_reason":{{(finish is null ? "null" : $"\"{finish}\"")}}}]}""";

    private static string ChatUsage(int input, int output) =>
        $$$$"""{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1700000000,"model":"m-1","choices":[],"usage":{"prompt_tokens":{{{{input}}}},"completion_tokens":{{{{output}}}},"total_tokens":{{{{input + output}}}}}}""";

    private static string ChatWhole(string message, string finish, int input, int output) =>
        $$$$"""{"id":"chatcmpl-1","object":"chat.completion","created":1700000000,"model":"m-1","choices":[{"index":0,"message":{{{{message}}}},"logprobs":null,"finish_reason":"{{{{finish}}}}"}],"usage":{"prompt_tokens":{{{{input}}}},"completion_tokens":{{{{output}}}},"total_tokens":{{{{input + output}}}}}}""";

    private static string MessageStart(int input) =>
        $$$$"""{"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"m-1","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":{{{{input}}}},"output_tokens":1}}}""";

    private static string BlockStart(int index, string block) => $$"""{"type":"content_block_start","index":{{index}},"content_block":{{block}}}""";

    private static string BlockDelta(int index, string delta) => $$"""{"type":"content_block_delta","index":{{index}},"delta":{{delta}}}""";

    private static string BlockStop(int index) => $$"""{"type":"content_block_stop","index":{{index}}}""";

    private static string MessageDelta(string reason, int output) =>
        $$$$"""{"type":"message_delta","delta":{"stop_reason":"{{{{reason}}}}","stop_sequence":null},"usage":{"output_tokens":{{{{output}}}}}}""";

    private static string MessageWhole(string content, string reason, int input, int output) =>
        $$$$"""{"id":"msg_1","type":"message","role":"assistant","model":"m-1","content":{{{{content}}}},"stop_reason":"{{{{reason}}}}","stop_sequence":null,"usage":{"input_tokens":{{{{input}}}},"output_tokens":{{{{output}}}}}}""";
}
