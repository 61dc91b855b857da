namespace Edge.Providers.Tests.Dialects;

/// <summary>Answers of the Messages API, each as a stream and as the whole answer that says the same.</summary>
internal static class Goldens
{
    private const string Open =
        """{"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"claude-x","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":10,"cache_creation_input_tokens":3,"cache_read_input_tokens":4,"output_tokens":1,"cache_creation":{"ephemeral_5m_input_tokens":1,"ephemeral_1h_input_tokens":2}}}}""";

    private const string UsageOf =
        """{"input_tokens":10,"cache_creation_input_tokens":3,"cache_read_input_tokens":4,"output_tokens":25,"cache_creation":{"ephemeral_5m_input_tokens":1,"ephemeral_1h_input_tokens":2}}""";

    private const string Stop = """{"type":"message_stop"}""";

    public sealed record Case(string Name, string[] Events, string Whole)
    {
        public string Stream => Wire.AnthropicStream(Events);

        public override string ToString() => Name;
    }

    public static IReadOnlyList<Case> All { get; } =
    [
        new("text",
            [
                Open,
                """{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}""",
                """{"type": "ping"}""",
                """{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hello"}}""",
                """{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":", \"wörld\"\n\\ \ud83d"}}""",
                """{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"\ude00 😀"}}""",
                """{"type":"content_block_stop","index":0}""",
                Ended("end_turn"),
                Stop,
            ],
            Whole("""{"type":"text","text":"Hello, \"wörld\"\n\\ \ud83d\ude00 😀"}""", "end_turn")),
        new("thinking, then two parallel calls",
            [
                Open,
                """{"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}}""",
                """{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"Let me "}}""",
                """{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"see."}}""",
                """{"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"c2ln+/="}}""",
                """{"type":"content_block_stop","index":0}""",
                """{"type":"content_block_start","index":1,"content_block":{"type":"redacted_thinking","data":"ZW5j"}}""",
                """{"type":"content_block_stop","index":1}""",
                """{"type":"content_block_start","index":2,"content_block":{"type":"text","text":""}}""",
                """{"type":"content_block_delta","index":2,"delta":{"type":"text_delta","text":"I look."}}""",
                """{"type":"content_block_stop","index":2}""",
                """{"type":"content_block_start","index":3,"content_block":{"type":"tool_use","id":"toolu_1","name":"weather","input":{}}}""",
                """{"type":"content_block_delta","index":3,"delta":{"type":"input_json_delta","partial_json":""}}""",
                """{"type":"content_block_delta","index":3,"delta":{"type":"input_json_delta","partial_json":"{\"city\":\"Pa"}}""",
                """{"type":"content_block_delta","index":3,"delta":{"type":"input_json_delta","partial_json":"ris \\\"P\\\"\"}"}}""",
                """{"type":"content_block_stop","index":3}""",
                """{"type":"content_block_start","index":4,"content_block":{"type":"tool_use","id":"toolu_2","name":"now","input":{}}}""",
                """{"type":"content_block_stop","index":4}""",
                Ended("tool_use"),
                Stop,
            ],
            Whole(
                """{"type":"thinking","thinking":"Let me see.","signature":"c2ln+/="},{"type":"redacted_thinking","data":"ZW5j"},{"type":"text","text":"I look."},{"type":"tool_use","id":"toolu_1","name":"weather","input":{"city":"Paris \"P\""}},{"type":"tool_use","id":"toolu_2","name":"now","input":{}}""",
                "tool_use")),
        new("server tools, citations and the unknown are left out",
            [
                Open,
                """{"type":"content_block_start","index":0,"content_block":{"type":"server_tool_use","id":"srvtoolu_1","name":"web_search","input":{}}}""",
                """{"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"{\"query\":\"x\"}"}}""",
                """{"type":"content_block_stop","index":0}""",
                """{"type":"content_block_start","index":1,"content_block":{"type":"web_search_tool_result","tool_use_id":"srvtoolu_1","content":[{"type":"web_search_result","title":"t","url":"u","encrypted_content":"e"}]}}""",
                """{"type":"content_block_stop","index":1}""",
                """{"type":"content_block_start","index":2,"content_block":{"type":"text","text":"","citations":[]}}""",
                """{"type":"content_block_delta","index":2,"delta":{"type":"citations_delta","citation":{"type":"web_search_result_location","cited_text":"c"}}}""",
                """{"type":"content_block_delta","index":2,"delta":{"type":"text_delta","text":"Found."}}""",
                """{"type":"content_block_delta","index":2,"delta":{"type":"sparkle_delta","text":"no"}}""",
                """{"type":"content_block_stop","index":2}""",
                """{"type":"novel_event","index":2,"delta":{"type":"text_delta","text":"no"}}""",
                Ended("pause_turn"),
                Stop,
            ],
            Whole(
                """{"type":"server_tool_use","id":"srvtoolu_1","name":"web_search","input":{"query":"x"}},{"type":"web_search_tool_result","tool_use_id":"srvtoolu_1","content":[{"type":"web_search_result","title":"t","url":"u","encrypted_content":"e"}]},{"type":"text","text":"Found.","citations":[{"type":"web_search_result_location","cited_text":"c"}]}""",
                "pause_turn")),
        new("nothing said", [Open, Ended("refusal"), Stop], Whole("", "refusal")),
        new("stop sequence",
            [
                Open,
                """{"type":"content_block_start","index":0,"content_block":{"type":"text","text":"One"}}""",
                """{"type":"content_block_stop","index":0}""",
                $$"""{"type":"message_delta","delta":{"stop_reason":"stop_sequence","stop_sequence":"T\"wo"},"usage":{{UsageOf}}}""",
                Stop,
            ],
            $$"""{"id":"msg_1","type":"message","role":"assistant","model":"claude-x","content":[{"type":"text","text":"One"}],"stop_reason":"stop_sequence","stop_sequence":"T\"wo","usage":{{UsageOf}}}"""),
    ];

    public static TheoryData<string> Names => [.. All.Select(golden => golden.Name)];

    public static Case Find(string name) => All.Single(golden => golden.Name == name);

    private static string Ended(string reason) => $$"""{"type":"message_delta","delta":{"stop_reason":"{{reason}}","stop_sequence":null},"usage":{{UsageOf}}}""";

    private static string Whole(string content, string reason) =>
        $$"""{"id":"msg_1","type":"message","role":"assistant","model":"claude-x","content":[{{content}}],"stop_reason":"{{reason}}","stop_sequence":null,"usage":{{UsageOf}}}""";
}
