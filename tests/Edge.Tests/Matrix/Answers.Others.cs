using System.Text;
using Edge.Providers;

namespace Edge.Tests.Matrix;

internal static partial class Answers
{
    // https://ai.google.dev/api/generate-content#v1beta.GenerateContentResponse: no end mark, the usage grows with each event, reasoning is a part of its own.
    private static IEnumerable<Answer> Gemini =>
    [
        Sse(Dialect.Gemini, "text", GeminiChunk("""{"text":"H\u00e9llo \"wor"}"""), GeminiChunk("""{"text":"ld\" \ud83c\udf89"}""", "STOP", 10, 5)) with
        {
            Whole = GeminiChunk("""{"text":"H\u00e9llo \"world\" \ud83c\udf89"}""", "STOP", 10, 5),
        },
        Sse(Dialect.Gemini, "tools", GeminiChunk("""{"text":"Let me look."}"""),
            GeminiChunk("""{"functionCall":{"name":"get_weather","args":{"city":"Paris"}},"thoughtSignature":"c2ln"},{"functionCall":{"name":"get_time","args":{}}}"""), GeminiChunk("""{"text":""}""", "STOP", 20, 9)) with
        {
            Whole = GeminiChunk("""{"text":"Let me look."},{"functionCall":{"name":"get_weather","args":{"city":"Paris"}},"thoughtSignature":"c2ln"},{"functionCall":{"name":"get_time","args":{}}}""", "STOP", 20, 9),
        },
        Sse(Dialect.Gemini, "thinking", GeminiChunk("""{"text":"Six times","thought":true}"""), GeminiChunk("""{"text":" seven.","thought":true}"""), GeminiChunk("""{"text":"42"}""", "STOP", 12, 2, 6)) with
        {
            Whole = GeminiChunk("""{"text":"Six times seven.","thought":true},{"text":"42"}""", "STOP", 12, 2, 6),
        },
        Sse(Dialect.Gemini, "length", GeminiChunk("""{"text":"Once upon"}"""), GeminiChunk("""{"text":""}""", "MAX_TOKENS", 10, 3)) with
        {
            Whole = GeminiChunk("""{"text":"Once upon"}""", "MAX_TOKENS", 10, 3),
        },
        Sse(Dialect.Gemini, "error", GeminiChunk("""{"text":"Once"}"""), """{"error":{"code":503,"message":"The model is overloaded.","status":"UNAVAILABLE"}}"""),
    ];

    // https://docs.cohere.com/v2/docs/streaming
    private static IEnumerable<Answer> Cohere =>
    [
        CohereStream("text", CohereStart, CohereBlock(0, """{"type":"text","text":""}"""), CohereDelta(0, """{"text":"H\u00e9llo \"wor"}"""), CohereDelta(0, """{"text":"ld\" \ud83c\udf89"}"""), CohereBlockEnd(0), CohereEnd("COMPLETE", 10, 5)) with
        {
            Whole = CohereWhole("""{"role":"assistant","content":[{"type":"text","text":"H\u00e9llo \"world\" \ud83c\udf89"}]}""", "COMPLETE", 10, 5),
        },
        CohereStream("tools", CohereStart, """{"type":"tool-plan-delta","delta":{"message":{"tool_plan":"Let me"}}}""", """{"type":"tool-plan-delta","delta":{"message":{"tool_plan":" look."}}}""",
            CohereCall(0, "get_weather_1", "get_weather"), CohereArguments(0, """{\"ci"""), CohereArguments(0, """ty\":\"Paris\"}"""), """{"type":"tool-call-end","index":0}""",
            CohereCall(1, "get_time_2", "get_time"), CohereArguments(1, "{}"), """{"type":"tool-call-end","index":1}""", CohereEnd("TOOL_CALL", 20, 9)) with
        {
            Whole = CohereWhole("""{"role":"assistant","tool_plan":"Let me look.","tool_calls":[{"id":"get_weather_1","type":"function","function":{"name":"get_weather","arguments":"{\"city\":\"Paris\"}"}},{"id":"get_time_2","type":"function","function":{"name":"get_time","arguments":"{}"}}]}""", "TOOL_CALL", 20, 9),
        },
        CohereStream("thinking", CohereStart, CohereBlock(0, """{"type":"thinking","thinking":""}"""), CohereDelta(0, """{"thinking":"Six times"}"""), CohereDelta(0, """{"thinking":" seven."}"""), CohereBlockEnd(0),
            CohereBlock(1, """{"type":"text","text":""}"""), CohereDelta(1, """{"text":"42"}"""), CohereBlockEnd(1), CohereEnd("COMPLETE", 12, 8)) with
        {
            Whole = CohereWhole("""{"role":"assistant","content":[{"type":"thinking","thinking":"Six times seven."},{"type":"text","text":"42"}]}""", "COMPLETE", 12, 8),
        },
        CohereStream("length", CohereStart, CohereBlock(0, """{"type":"text","text":""}"""), CohereDelta(0, """{"text":"Once upon"}"""), CohereBlockEnd(0), CohereEnd("MAX_TOKENS", 10, 3)) with
        {
            Whole = CohereWhole("""{"role":"assistant","content":[{"type":"text","text":"Once upon"}]}""", "MAX_TOKENS", 10, 3),
        },
        CohereStream("error", CohereStart, CohereBlock(0, """{"type":"text","text":""}"""), CohereDelta(0, """{"text":"Once"}"""), """{"type":"message-end","delta":{"finish_reason":"ERROR","error":"internal error"}}"""),
    ];

    // https://docs.ollama.com/api/chat: a line an event, calls whole and without ids.
    private static IEnumerable<Answer> Ollama =>
    [
        Lines("text", OllamaLine("""{"role":"assistant","content":"H\u00e9llo \"wor"}"""), OllamaLine("""{"role":"assistant","content":"ld\" \ud83c\udf89"}"""), OllamaDone("""{"role":"assistant","content":""}""", "stop", 10, 5)) with
        {
            Whole = OllamaDone("""{"role":"assistant","content":"H\u00e9llo \"world\" \ud83c\udf89"}""", "stop", 10, 5),
        },
        Lines("tools", OllamaLine("""{"role":"assistant","content":"Let me look."}"""),
            OllamaLine("""{"role":"assistant","content":"","tool_calls":[{"function":{"name":"get_weather","arguments":{"city":"Paris"}}},{"function":{"name":"get_time","arguments":{}}}]}"""), OllamaDone("""{"role":"assistant","content":""}""", "stop", 20, 9)) with
        {
            Whole = OllamaDone("""{"role":"assistant","content":"Let me look.","tool_calls":[{"function":{"name":"get_weather","arguments":{"city":"Paris"}}},{"function":{"name":"get_time","arguments":{}}}]}""", "stop", 20, 9),
        },
        Lines("thinking", OllamaLine("""{"role":"assistant","content":"","thinking":"Six times"}"""), OllamaLine("""{"role":"assistant","content":"","thinking":" seven."}"""), OllamaLine("""{"role":"assistant","content":"42"}"""), OllamaDone("""{"role":"assistant","content":""}""", "stop", 12, 8)) with
        {
            Whole = OllamaDone("""{"role":"assistant","content":"42","thinking":"Six times seven."}""", "stop", 12, 8),
        },
        Lines("length", OllamaLine("""{"role":"assistant","content":"Once upon"}"""), OllamaDone("""{"role":"assistant","content":""}""", "length", 10, 3)) with
        {
            Whole = OllamaDone("""{"role":"assistant","content":"Once upon"}""", "length", 10, 3),
        },
        Lines("error", OllamaLine("""{"role":"assistant","content":"Once"}"""), """{"error":"an error was encountered while running the model"}"""),
    ];

    private const string CohereStart = """{"id":"c1","type":"message-start","delta":{"message":{"role":"assistant","content":[],"tool_plan":"","tool_calls":[],"citations":[]}}}""";

    private static string GeminiChunk(string parts, string? finish = null, int input = 10, int output = 1, int thoughts = 0) =>
        $$$$"""{"candidates":[{"content":{"parts":[{{{{parts}}}}],"role":"model"},{{{{(finish is null ? "" : $"\"finishReason\":\"{finish}\",")}}}}"index":0}],"usageMetadata":{"promptTokenCount":{{{{input}}}},"candidatesTokenCount":{{{{output}}}},"totalTokenCount":{{{{input + output + thoughts}}}}{{{{(thoughts == 0 ? "" : $",\"thoughtsTokenCount\":{thoughts}")}}}}},"modelVersion":"m-1","responseId":"r1"}""";

    private static Answer CohereStream(string name, params string[] data) => new(Dialect.Cohere, name,
        Encoding.UTF8.GetBytes(string.Concat(data.Select(one => $"event: {one[(one.IndexOf("\"type\":\"", StringComparison.Ordinal) + 8)..].Split('"')[0]}\ndata: {one}\n\n"))), "");

    private static string CohereBlock(int index, string content) => $$$$"""{"type":"content-start","index":{{{{index}}}},"delta":{"message":{"content":{{{{content}}}}}}}""";

    private static string CohereDelta(int index, string content) => $$$$"""{"type":"content-delta","index":{{{{index}}}},"delta":{"message":{"content":{{{{content}}}}}}}""";

    private static string CohereBlockEnd(int index) => $$"""{"type":"content-end","index":{{index}}}""";

    private static string CohereCall(int index, string id, string name) =>
        $$$$$$"""{"type":"tool-call-start","index":{{{{{{index}}}}}},"delta":{"message":{"tool_calls":{"id":"{{{{{{id}}}}}}","type":"function","function":{"name":"{{{{{{name}}}}}}","arguments":""}}}}}""".TrimEnd();

    private static string CohereArguments(int index, string fragment) =>
        $$$$$$"""{"type":"tool-call-delta","index":{{{{{{index}}}}}},"delta":{"message":{"tool_calls":{"function":{"arguments":"{{{{{{fragment}}}}}}"}}}}}""";

    private static string CohereEnd(string reason, int input, int output) =>
        $$$$$"""{"type":"message-end","delta":{"finish_reason":"{{{{{reason}}}}}","usage":{"billed_units":{"input_tokens":{{{{{input}}}}},"output_tokens":{{{{{output}}}}}},"tokens":{"input_tokens":999,"output_tokens":999}}}}""";

    private static string CohereWhole(string message, string reason, int input, int output) =>
        $$$$$"""{"id":"c1","finish_reason":"{{{{{reason}}}}}","message":{{{{{message}}}}},"usage":{"billed_units":{"input_tokens":{{{{{input}}}}},"output_tokens":{{{{{output}}}}}},"tokens":{"input_tokens":999,"output_tokens":999}}}""";

    private static Answer Lines(string name, params string[] lines) => new(Dialect.Ollama, name, Encoding.UTF8.GetBytes(string.Concat(lines.Select(line => line + "\n"))), "");

    private static string OllamaLine(string message) => $$"""{"model":"m-1","created_at":"2026-01-02T03:04:05.678Z","message":{{message}},"done":false}""";

    private static string OllamaDone(string message, string reason, int input, int output) =>
        $$"""{"model":"m-1","created_at":"2026-01-02T03:04:05.678Z","message":{{message}},"done_reason":"{{reason}}","done":true,"total_duration":1,"load_duration":1,"prompt_eval_count":{{input}},"prompt_eval_duration":1,"eval_count":{{output}},"eval_duration":1}""";
}
