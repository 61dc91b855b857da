using System.Text;

namespace Edge.Load.Mock;

/// <summary>The bytes of a stream: what opens it, one frame per text event (taken in turn), what closes it.</summary>
internal sealed record StreamFrames(byte[] Opening, byte[][] Texts, byte[] Closing)
{
    /// <summary>The whole stream in one piece.</summary>
    public byte[] Whole(int events)
    {
        using var all = new MemoryStream();
        all.Write(Opening);
        for (var i = 0; i < events; i++)
            all.Write(Texts[i % Texts.Length]);
        all.Write(Closing);
        return all.ToArray();
    }
}

/// <summary>Every answer of the mock, made once per settings, so that a request costs a look-up and a send.</summary>
internal sealed class MockAnswers
{
    private const string Common = "Server: edge-load-mock\r\nx-request-id: req_7d1f0c2b9a4e4c55\r\nx-ratelimit-remaining-requests: 9999\r\n";
    private const string StreamHead = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nCache-Control: no-cache\r\n"
        + "Transfer-Encoding: chunked\r\n" + Common + "\r\n";

    // Sixteen tokens of the lengths that English text has; one of them needs an escape, one is not ASCII.
    private static readonly string[] Words =
        ["The", " gate", "way", " answers", " with", " a", " few", " words", ",", " each", " in", " its", " own", " caf\u00e9", " \\\"event\\\"", ".\\n"];

    public MockAnswers(MockSettings settings)
    {
        OpenAiJson = Json(Pad(settings.Size, """{"id":"chatcmpl-B9MHDbslfkBeAs8l4bebGdFOJ6PeG","object":"chat.completion","created":1741570283,"model":"gpt-4o-mini-2024-07-18","choices":[{"index":0,"message":{"role":"assistant","content":"@","refusal":null,"annotations":[]},"logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":290,"completion_tokens":50,"total_tokens":340,"prompt_tokens_details":{"cached_tokens":0,"audio_tokens":0},"completion_tokens_details":{"reasoning_tokens":0,"audio_tokens":0}},"service_tier":"default","system_fingerprint":"fp_44709d6fcb"}"""));
        AnthropicJson = Json(Pad(settings.Size, """{"id":"msg_01XFDUDYJgAACzvnptvVoYEL","type":"message","role":"assistant","model":"claude-3-5-haiku-20241022","content":[{"type":"text","text":"@"}],"stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":290,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"output_tokens":50}}"""));
        OpenAiStream = OpenAi(usage: false);
        OpenAiStreamWithUsage = OpenAi(usage: true);
        AnthropicStream = Anthropic();
        Health = Json("""{"status":"ok"}""");
        NotFound = Answer("404 Not Found", """{"error":{"message":"no such path","type":"invalid_request_error","param":null,"code":null}}""");
    }

    public byte[] OpenAiJson { get; }

    public byte[] AnthropicJson { get; }

    public StreamFrames OpenAiStream { get; }

    /// <summary>With <c>stream_options.include_usage</c>: every chunk has <c>usage</c>, null until the last.</summary>
    public StreamFrames OpenAiStreamWithUsage { get; }

    public StreamFrames AnthropicStream { get; }

    public byte[] Health { get; }

    public byte[] NotFound { get; }

    public static byte[] Json(string body) => Answer("200 OK", body);

    public static byte[] Answer(string status, string body) =>
        Encoding.UTF8.GetBytes($"HTTP/1.1 {status}\r\nContent-Type: application/json\r\n{Common}Content-Length: {Encoding.UTF8.GetByteCount(body)}\r\n\r\n{body}");

    // https://platform.openai.com/docs/api-reference/chat-streaming
    private static StreamFrames OpenAi(bool usage)
    {
        string Chunk(string delta, string finish) =>
            $$$"""{"id":"chatcmpl-B9MHDbslfkBeAs8l4bebGdFOJ6PeG","object":"chat.completion.chunk","created":1741570283,"model":"gpt-4o-mini-2024-07-18","service_tier":"default","system_fingerprint":"fp_44709d6fcb","choices":[{"index":0,"delta":{{{delta}}},"logprobs":null,"finish_reason":{{{finish}}}}]{{{(usage ? ",\"usage\":null" : "")}}}}""";
        const string Usage = """{"id":"chatcmpl-B9MHDbslfkBeAs8l4bebGdFOJ6PeG","object":"chat.completion.chunk","created":1741570283,"model":"gpt-4o-mini-2024-07-18","service_tier":"default","system_fingerprint":"fp_44709d6fcb","choices":[],"usage":{"prompt_tokens":290,"completion_tokens":50,"total_tokens":340,"prompt_tokens_details":{"cached_tokens":0,"audio_tokens":0},"completion_tokens_details":{"reasoning_tokens":0,"audio_tokens":0}}}""";
        static string Data(string json) => Framed($"data: {json}\n\n");
        return new StreamFrames(
            Encoding.UTF8.GetBytes(StreamHead + Data(Chunk("""{"role":"assistant","content":"","refusal":null}""", "null"))),
            [.. Words.Select(word => Encoding.UTF8.GetBytes(Data(Chunk($$"""{"content":"{{word}}"}""", "null"))))],
            Encoding.UTF8.GetBytes(Data(Chunk("{}", "\"stop\"")) + (usage ? Data(Usage) : "") + Data("[DONE]") + "0\r\n\r\n"));
    }

    // https://docs.anthropic.com/en/api/messages-streaming
    private static StreamFrames Anthropic()
    {
        static string Event(string name, string rest) => Framed($$"""event: {{name}}{{"\n"}}data: {"type":"{{name}}"{{rest}}}{{"\n\n"}}""");
        return new StreamFrames(
            Encoding.UTF8.GetBytes(StreamHead
                + Event("message_start", ""","message":{"id":"msg_01XFDUDYJgAACzvnptvVoYEL","type":"message","role":"assistant","model":"claude-3-5-haiku-20241022","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":290,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"output_tokens":1}}""")
                + Event("content_block_start", ""","index":0,"content_block":{"type":"text","text":""}""")
                + Event("ping", "")),
            [.. Words.Select(word => Encoding.UTF8.GetBytes(Event("content_block_delta", $$""","index":0,"delta":{"type":"text_delta","text":"{{word}}"}""")))],
            Encoding.UTF8.GetBytes(
                Event("content_block_stop", ""","index":0""")
                + Event("message_delta", ""","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":50}""")
                + Event("message_stop", "") + "0\r\n\r\n"));
    }

    private static string Framed(string payload) => $"{Encoding.UTF8.GetByteCount(payload):x}\r\n{payload}\r\n";

    // The @ in the body becomes as much text as brings it to the size.
    private static string Pad(int size, string body)
    {
        const string Sentence = "Hello! How can I assist you today? ";
        var missing = Math.Max(size - body.Length + 1, 1);
        return body.Replace("@", string.Concat(Enumerable.Repeat(Sentence, (missing / Sentence.Length) + 1))[..missing], StringComparison.Ordinal);
    }
}
