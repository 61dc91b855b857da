using System.Text;
using Edge.Providers;
using Edge.TestSupport;

namespace Edge.Bench;

/// <summary>The same answer, a number of short text deltas, as each provider streams it; the same bytes in every run.</summary>
internal static class ProviderStreams
{
    public static Framing FramingOf(Dialect dialect) => dialect switch { Dialect.Bedrock => Framing.EventStream, Dialect.Ollama => Framing.Ndjson, _ => Framing.Sse };

    public static byte[] Of(Dialect dialect, int events) => dialect switch
    {
        Dialect.Bedrock => [.. Bedrock(events).SelectMany(message => EventStreamBytes.Event(message.Type, message.Payload))],
        Dialect.Ollama => Encoding.UTF8.GetBytes(string.Concat(Ollama(events).Select(line => line + "\n"))),
        Dialect.OpenAi or Dialect.Gemini => Encoding.UTF8.GetBytes(string.Concat((dialect == Dialect.OpenAi ? OpenAi(events) : Gemini(events)).Select(data => $"data: {data}\n\n"))),
        _ => Encoding.UTF8.GetBytes(string.Concat(Typed(dialect, events).Select(one => $"event: {one.Type}\ndata: {{\"type\":\"{one.Type}\"{one.Members}}}\n\n"))),
    };

    private static IEnumerable<string> OpenAi(int events)
    {
        const string Head = "{\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1700000000,\"model\":\"gpt-4o-mini\",\"system_fingerprint\":\"fp_1\",\"choices\":[";
        for (var i = 0; i < events; i++) yield return Head + "{\"index\":0,\"delta\":{\"content\":\" committee\"},\"logprobs\":null,\"finish_reason\":null}],\"usage\":null}";
        yield return Head + "{\"index\":0,\"delta\":{},\"logprobs\":null,\"finish_reason\":\"stop\"}],\"usage\":null}";
        yield return Head + "],\"usage\":{\"prompt_tokens\":212,\"completion_tokens\":50,\"total_tokens\":262}}";
        yield return "[DONE]";
    }

    private static IEnumerable<string> Gemini(int events)
    {
        for (var i = 0; i < events; i++) yield return Chunk(" committee", "");
        yield return Chunk(".", "\"finishReason\":\"STOP\",");

        static string Chunk(string text, string finish) =>
            $$$"""{"candidates":[{"content":{"parts":[{"text":"{{{text}}}"}],"role":"model"},{{{finish}}}"index":0}],"usageMetadata":{"promptTokenCount":212,"candidatesTokenCount":50,"totalTokenCount":262},"modelVersion":"gemini-2.5-flash","responseId":"r1"}""";
    }

    private static IEnumerable<string> Ollama(int events)
    {
        for (var i = 0; i < events; i++) yield return """{"model":"llama3.2","created_at":"2026-01-02T03:04:05.678Z","message":{"role":"assistant","content":" committee"},"done":false}""";
        yield return """{"model":"llama3.2","created_at":"2026-01-02T03:04:05.678Z","message":{"role":"assistant","content":""},"done_reason":"stop","done":true,"prompt_eval_count":212,"eval_count":50}""";
    }

    private static IEnumerable<(string Type, string Payload)> Bedrock(int events)
    {
        yield return ("messageStart", """{"role":"assistant"}""");
        for (var i = 0; i < events; i++) yield return ("contentBlockDelta", """{"contentBlockIndex":0,"delta":{"text":" committee"},"p":"abcdefghijklmnop"}""");
        yield return ("contentBlockStop", """{"contentBlockIndex":0}""");
        yield return ("messageStop", """{"stopReason":"end_turn"}""");
        yield return ("metadata", """{"usage":{"inputTokens":212,"outputTokens":50,"totalTokens":262},"metrics":{"latencyMs":1}}""");
    }

    private static IEnumerable<(string Type, string Members)> Typed(Dialect dialect, int events) => dialect switch
    {
        Dialect.Anthropic =>
        [
            ("message_start", ""","message":{"id":"msg_1","type":"message","role":"assistant","model":"claude-3-5-haiku","content":[],"usage":{"input_tokens":212,"output_tokens":1}}"""),
            ("content_block_start", ""","index":0,"content_block":{"type":"text","text":""}"""),
            .. Enumerable.Repeat(("content_block_delta", ""","index":0,"delta":{"type":"text_delta","text":" committee"}"""), events),
            ("content_block_stop", ",\"index\":0"),
            ("message_delta", ""","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":50}"""),
            ("message_stop", ""),
        ],
        Dialect.Cohere =>
        [
            ("message-start", ""","id":"c1","delta":{"message":{"role":"assistant","content":[],"tool_plan":"","tool_calls":[],"citations":[]}}"""),
            ("content-start", ""","index":0,"delta":{"message":{"content":{"type":"text","text":""}}}"""),
            .. Enumerable.Repeat(("content-delta", ""","index":0,"delta":{"message":{"content":{"text":" committee"}}}"""), events),
            ("content-end", ",\"index\":0"),
            ("message-end", ""","delta":{"finish_reason":"COMPLETE","usage":{"billed_units":{"input_tokens":212,"output_tokens":50},"tokens":{"input_tokens":212,"output_tokens":50}}}"""),
        ],
        Dialect.Responses =>
        [
            ("response.created", ""","sequence_number":0,"response":{"id":"resp_1","object":"response","created_at":1700000000,"status":"in_progress","model":"gpt-5","output":[]}"""),
            ("response.output_item.added", ""","sequence_number":1,"output_index":0,"item":{"type":"message","id":"msg_1","status":"in_progress","role":"assistant","content":[]}"""),
            .. Enumerable.Repeat(("response.output_text.delta", ""","sequence_number":2,"item_id":"msg_1","output_index":0,"content_index":0,"delta":" committee","logprobs":[]"""), events),
            ("response.completed", ""","sequence_number":3,"response":{"id":"resp_1","object":"response","created_at":1700000000,"status":"completed","model":"gpt-5","output":[{"type":"message","id":"msg_1","status":"completed","role":"assistant","content":[]}],"usage":{"input_tokens":212,"output_tokens":50,"total_tokens":262}}"""),
        ],
        _ => throw new ArgumentOutOfRangeException(nameof(dialect)),
    };
}
