namespace Edge.Providers.Tests.Dialects.Bedrock;

/// <summary>Answers of Converse, each as a stream and as the whole answer that says the same.</summary>
internal static class BedrockGoldens
{
    private const string Open = """{"messageStart":{"role":"assistant","p":"abc"}}""";

    private const string UsageOf =
        """{"inputTokens":10,"outputTokens":25,"totalTokens":42,"cacheReadInputTokens":4,"cacheWriteInputTokens":3,"cacheDetails":[{"ttl":"5m","inputTokens":1},{"ttl":"1h","inputTokens":2}],"serverToolUsage":{}}""";

    private const string Metadata = $$$"""{"metadata":{"metrics":{"latencyMs":5},"p":"abcd","usage":{{{UsageOf}}}}}""";

    public sealed record Case(string Name, string[] Events, string Whole)
    {
        public byte[] Stream => BedrockWire.Stream(Events);
    }

    public static IReadOnlyList<Case> All { get; } =
    [
        new("text, its block opened by its first delta",
            [
                Open,
                """{"contentBlockDelta":{"contentBlockIndex":0,"delta":{"text":""},"p":"x"}}""",
                """{"contentBlockDelta":{"contentBlockIndex":0,"delta":{"text":"Hello, \"w\u00f6rld\""}}}""",
                """{"contentBlockDelta":{"contentBlockIndex":0,"delta":{"text":"\n \ud83d"}}}""",
                """{"contentBlockDelta":{"contentBlockIndex":0,"delta":{"text":"\ude00"}}}""",
                """{"contentBlockStop":{"contentBlockIndex":0}}""",
                """{"messageStop":{"stopReason":"end_turn"}}""",
                Metadata,
            ],
            Whole("""{"text":"Hello, \"wörld\"\n 😀"}""", "end_turn")),
        new("reasoning, then two parallel calls",
            [
                Open,
                """{"contentBlockDelta":{"contentBlockIndex":0,"delta":{"reasoningContent":{"text":"Let me "}}}}""",
                """{"contentBlockDelta":{"contentBlockIndex":0,"delta":{"reasoningContent":{"text":"see."}}}}""",
                """{"contentBlockDelta":{"contentBlockIndex":0,"delta":{"reasoningContent":{"signature":"c2ln+/="}}}}""",
                """{"contentBlockStop":{"contentBlockIndex":0}}""",
                """{"contentBlockDelta":{"contentBlockIndex":1,"delta":{"reasoningContent":{"redactedContent":"Wlc1ag=="}}}}""",
                """{"contentBlockStop":{"contentBlockIndex":1}}""",
                """{"contentBlockDelta":{"contentBlockIndex":2,"delta":{"text":"I look."}}}""",
                """{"contentBlockStop":{"contentBlockIndex":2}}""",
                """{"contentBlockStart":{"contentBlockIndex":3,"start":{"toolUse":{"toolUseId":"tooluse_1","name":"weather"}}}}""",
                """{"contentBlockDelta":{"contentBlockIndex":3,"delta":{"toolUse":{"input":""}}}}""",
                """{"contentBlockDelta":{"contentBlockIndex":3,"delta":{"toolUse":{"input":"{\"city\":\"Pa"}}}}""",
                """{"contentBlockDelta":{"contentBlockIndex":3,"delta":{"toolUse":{"input":"ris \\\"P\\\"\"}"}}}}""",
                """{"contentBlockStop":{"contentBlockIndex":3}}""",
                """{"contentBlockStart":{"contentBlockIndex":4,"start":{"toolUse":{"toolUseId":"tooluse_2","name":"now","type":"tool_use"}}}}""",
                """{"contentBlockStop":{"contentBlockIndex":4}}""",
                """{"messageStop":{"stopReason":"tool_use"}}""",
                Metadata,
            ],
            Whole(
                """{"reasoningContent":{"reasoningText":{"text":"Let me see.","signature":"c2ln+/="}}},{"reasoningContent":{"redactedContent":"Wlc1ag=="}},{"text":"I look."},{"toolUse":{"toolUseId":"tooluse_1","name":"weather","input":{"city":"Paris \"P\""}}},{"toolUse":{"toolUseId":"tooluse_2","name":"now","input":{}}}""",
                "tool_use")),
        new("the provider's own tools and the unknown are left out",
            [
                Open,
                """{"contentBlockStart":{"contentBlockIndex":0,"start":{"toolUse":{"toolUseId":"t","name":"nova_code_interpreter","type":"server_tool_use"}}}}""",
                """{"contentBlockDelta":{"contentBlockIndex":0,"delta":{"toolUse":{"input":"{\"snippet\":\"1\"}"}}}}""",
                """{"contentBlockStop":{"contentBlockIndex":0}}""",
                """{"contentBlockStart":{"contentBlockIndex":1,"start":{"toolResult":{"toolUseId":"t","type":"nova_code_interpreter_result","status":"success"}}}}""",
                """{"contentBlockDelta":{"contentBlockIndex":1,"delta":{"toolResult":[{"json":{"stdOut":"1"}}]}}}""",
                """{"contentBlockStop":{"contentBlockIndex":1}}""",
                """{"contentBlockDelta":{"contentBlockIndex":2,"delta":{"sparkle":{"text":"no"}}}}""",
                """{"novelty":{"delta":{"text":"no"}}}""",
                """{"contentBlockDelta":{"contentBlockIndex":3,"delta":{"text":"One."}}}""",
                """{"contentBlockStop":{"contentBlockIndex":3}}""",
                """{"messageStop":{"stopReason":"end_turn"}}""",
                Metadata,
            ],
            Whole(
                """{"toolUse":{"toolUseId":"t","name":"nova_code_interpreter","type":"server_tool_use","input":{"snippet":"1"}}},{"toolResult":{"toolUseId":"t","content":[{"json":{"stdOut":"1"}}],"status":"success"}},{"sparkle":{"text":"no"}},{"text":"One."}""",
                "end_turn")),
        new("citations",
            [
                Open,
                """{"contentBlockDelta":{"contentBlockIndex":0,"delta":{"text":"Cited."}}}""",
                """{"contentBlockDelta":{"contentBlockIndex":0,"delta":{"citation":{"title":"T","sourceContent":[{"text":"words"}],"location":{"documentChar":{"documentIndex":1,"start":2,"end":7}}}}}}""",
                """{"contentBlockDelta":{"contentBlockIndex":0,"delta":{"citation":{"title":"W","source":"s","location":{"web":{"url":"https://x/y","domain":"x"}}}}}}""",
                """{"contentBlockStop":{"contentBlockIndex":0}}""",
                """{"messageStop":{"stopReason":"end_turn"}}""",
                Metadata,
            ],
            Whole(
                """{"citationsContent":{"content":[{"text":"Cited."}],"citations":[{"title":"T","sourceContent":[{"text":"words"}],"location":{"documentChar":{"documentIndex":1,"start":2,"end":7}}},{"title":"W","source":"s","location":{"web":{"url":"https://x/y","domain":"x"}}}]}}""",
                "end_turn")),
        new("a picture in two pieces",
            [
                Open,
                """{"contentBlockStart":{"contentBlockIndex":0,"start":{"image":{"format":"webp"}}}}""",
                """{"contentBlockDelta":{"contentBlockIndex":0,"delta":{"image":{"source":{"bytes":"YQ=="}}}}}""",
                """{"contentBlockDelta":{"contentBlockIndex":0,"delta":{"image":{"source":{"bytes":"YmM="}}}}}""",
                """{"contentBlockStop":{"contentBlockIndex":0}}""",
                """{"messageStop":{"stopReason":"end_turn"}}""",
                Metadata,
            ],
            Whole("""{"image":{"format":"webp","source":{"bytes":"YWJj"}}}""", "end_turn")),
        new("a stop sequence by name, the usage before the stop",
            [
                Open,
                """{"contentBlockDelta":{"contentBlockIndex":0,"delta":{"text":"One"}}}""",
                Metadata,
                """{"messageStop":{"stopReason":"stop_sequence","additionalModelResponseFields":{"stop_sequence":"T\"wo"}}}""",
            ],
            $$"""{"output":{"message":{"role":"assistant","content":[{"text":"One"}]} },"stopReason":"stop_sequence","additionalModelResponseFields":{"stop_sequence":"T\"wo"},"usage":{{UsageOf}} }"""),
        new("nothing said",
            [Open, """{"messageStop":{"stopReason":"guardrail_intervened"}}""", Metadata],
            Whole("", "guardrail_intervened")),
    ];

    public static TheoryData<string> Names => [.. All.Select(golden => golden.Name)];

    public static Case Find(string name) => All.Single(golden => golden.Name == name);

    private static string Whole(string content, string reason) =>
        $$"""{"metrics":{"latencyMs":5},"output":{"message":{"role":"assistant","content":[{{content}}]} },"stopReason":"{{reason}}","usage":{{UsageOf}} }""";
}
