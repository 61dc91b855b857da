using System.Text;
using Edge.Providers;

namespace Edge.Tests.Matrix;

internal static partial class Answers
{
    // https://platform.openai.com/docs/api-reference/responses-streaming
    private static IEnumerable<Answer> Responses =>
    [
        Typed("text", "completed", MessageItem("""H\u00e9llo \"world\" \ud83c\udf89"""), "", 10, 5,
            Added(0, """{"id":"msg_1","type":"message","status":"in_progress","role":"assistant","content":[]}"""), PartAdded(0), TextDelta(0, """H\u00e9llo \"wor"""), TextDelta(0, """ld\" \ud83c\udf89""")),
        Typed("tools", "completed", MessageItem("Let me look.") + "," + CallItem(1, "get_weather", """{\"city\":\"Paris\"}""") + "," + CallItem(2, "get_time", "{}"), "", 20, 9,
            Added(0, """{"id":"msg_1","type":"message","status":"in_progress","role":"assistant","content":[]}"""), PartAdded(0), TextDelta(0, "Let me look."),
            Added(1, CallItem(1, "get_weather", "")), ArgumentsDelta(1, """{\"ci"""), ArgumentsDelta(1, """ty\":\"Paris\"}"""), Added(2, CallItem(2, "get_time", "")), ArgumentsDelta(2, "{}")),
        Typed("thinking", "completed", """{"id":"rs_1","type":"reasoning","summary":[{"type":"summary_text","text":"Six times seven."}]},""" + MessageItem("42"), "", 12, 8,
            Added(0, """{"id":"rs_1","type":"reasoning","summary":[]}"""), """{"type":"response.reasoning_summary_part.added","item_id":"rs_1","output_index":0,"summary_index":0,"part":{"type":"summary_text","text":""}}""",
            """{"type":"response.reasoning_summary_text.delta","item_id":"rs_1","output_index":0,"summary_index":0,"delta":"Six times"}""",
            """{"type":"response.reasoning_summary_text.delta","item_id":"rs_1","output_index":0,"summary_index":0,"delta":" seven."}""",
            Added(1, """{"id":"msg_1","type":"message","status":"in_progress","role":"assistant","content":[]}"""), PartAdded(1), TextDelta(1, "42")),
        Typed("length", "incomplete", MessageItem("Once upon"), "max_output_tokens", 10, 3,
            Added(0, """{"id":"msg_1","type":"message","status":"in_progress","role":"assistant","content":[]}"""), PartAdded(0), TextDelta(0, "Once upon")),
        TypedEvents("error", Created, Added(0, """{"id":"msg_1","type":"message","status":"in_progress","role":"assistant","content":[]}"""), PartAdded(0), TextDelta(0, "Once"),
            """{"type":"error","code":"server_error","message":"overloaded","param":null}"""),
    ];

    private const string Created = """{"type":"response.created","response":{"id":"resp_1","object":"response","created_at":1700000000,"status":"in_progress","model":"m-1","output":[]}}""";

    private static Answer Typed(string name, string status, string output, string incomplete, int input, int generated, params string[] events)
    {
        var details = incomplete.Length == 0 ? "null" : "{\"reason\":\"" + incomplete + "\"}";
        var response = "{\"id\":\"resp_1\",\"object\":\"response\",\"created_at\":1700000000,\"status\":\"" + status + "\",\"error\":null,\"incomplete_details\":" + details + ",\"model\":\"m-1\",\"output\":[" + output
            + "],\"usage\":{\"input_tokens\":" + input + ",\"input_tokens_details\":{\"cached_tokens\":0},\"output_tokens\":" + generated + ",\"output_tokens_details\":{\"reasoning_tokens\":0},\"total_tokens\":" + (input + generated) + "}}";
        return TypedEvents(name, [Created, .. events, "{\"type\":\"response." + status + "\",\"response\":" + response + "}"]) with { Whole = response };
    }

    private static Answer TypedEvents(string name, params string[] data) => new(Dialect.Responses, name,
        Encoding.UTF8.GetBytes(string.Concat(data.Select(one => $"event: {one.Split('"')[3]}\ndata: {one}\n\n"))), "");

    private static string MessageItem(string text) =>
        "{\"id\":\"msg_1\",\"type\":\"message\",\"status\":\"completed\",\"role\":\"assistant\",\"content\":[{\"type\":\"output_text\",\"text\":\"" + text + "\",\"annotations\":[]}]}";

    private static string CallItem(int number, string name, string arguments) =>
        "{\"id\":\"fc_" + number + "\",\"type\":\"function_call\",\"status\":\"completed\",\"call_id\":\"call_" + number + "\",\"name\":\"" + name + "\",\"arguments\":\"" + arguments + "\"}";

    private static string Added(int index, string item) => "{\"type\":\"response.output_item.added\",\"output_index\":" + index + ",\"item\":" + item + "}";

    private static string PartAdded(int index) =>
        "{\"type\":\"response.content_part.added\",\"item_id\":\"msg_1\",\"output_index\":" + index + ",\"content_index\":0,\"part\":{\"type\":\"output_text\",\"text\":\"\",\"annotations\":[]}}";

    private static string TextDelta(int index, string text) =>
        "{\"type\":\"response.output_text.delta\",\"item_id\":\"msg_1\",\"output_index\":" + index + ",\"content_index\":0,\"delta\":\"" + text + "\"}";

    private static string ArgumentsDelta(int index, string text) =>
        "{\"type\":\"response.function_call_arguments.delta\",\"item_id\":\"fc_" + index + "\",\"output_index\":" + index + ",\"delta\":\"" + text + "\"}";
}
