using Edge.Providers;

namespace Edge.Tests.Matrix;

/// <summary>The same requests in each client dialect, as its documentation writes them.</summary>
internal static class Requests
{
    public const string Png = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

    /// <summary>By client dialect and name. Every dialect has every case that it can express.</summary>
    public static IReadOnlyDictionary<Dialect, (string Name, string Body)[]> All { get; } = new Dictionary<Dialect, (string, string)[]>
    {
        [Dialect.OpenAi] =
        [
            ("text", """
                {"model":"m","messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"Say \"h\u00e9llo\"\n\ud83c\udf89"},{"role":"assistant","content":"h\u00e9llo"},
                {"role":"user","content":"Again."}],"max_tokens":100,"temperature":0.5,"top_p":0.9,"stop":["END"],"user":"u-1"}
                """),
            ("tools", """
                {"model":"m","messages":[{"role":"user","content":"Weather and time in Paris?"},
                {"role":"assistant","content":"I look.","tool_calls":[{"id":"call_A1","type":"function","function":{"name":"get_weather","arguments":"{\"city\": \"Paris\"}"}},
                {"id":"call_B2","type":"function","function":{"name":"get_time","arguments":"{}"}}]},
                {"role":"tool","tool_call_id":"call_A1","content":"{\"c\":21}"},{"role":"tool","tool_call_id":"call_B2","content":"12:00"},{"role":"user","content":"And now?"}],
                "tools":[{"type":"function","function":{"name":"get_weather","description":"Weather","parameters":{"type":"object","properties":{"city":{"type":"string"}},"required":["city"],"additionalProperties":false},"strict":true}},
                {"type":"function","function":{"name":"get_time","parameters":{"type":"object","properties":{}}}}],"tool_choice":"auto","parallel_tool_calls":true,"max_tokens":100}
                """),
            ("named_tool", """
                {"model":"m","messages":[{"role":"user","content":"hi"}],"tools":[{"type":"function","function":{"name":"a","parameters":{"type":"object","properties":{}}}},
                {"type":"function","function":{"name":"b","parameters":{"type":"object","properties":{}}}}],"tool_choice":{"type":"function","function":{"name":"b"}},"max_tokens":100}
                """),
            ("schema", """
                {"model":"m","messages":[{"role":"user","content":"hi"}],"max_tokens":100,"response_format":{"type":"json_schema","json_schema":{"name":"answer","strict":true,
                "schema":{"type":"object","properties":{"n":{"type":"integer"}},"required":["n"],"additionalProperties":false}}}}
                """),
            ("image", $$$$"""
                {"model":"m","messages":[{"role":"user","content":[{"type":"text","text":"What is it?"},{"type":"image_url","image_url":{"url":"data:image/png;base64,{{{{Png}}}}","detail":"low"}}]}],"max_tokens":100}
                """),
            ("reasoning", """
                {"model":"m","messages":[{"role":"user","content":"hi"}],"reasoning_effort":"high","max_tokens":30000}
                """),
        ],
    };
}
