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
        [Dialect.Anthropic] =
        [
            ("text", """
                {"model":"m","max_tokens":100,"system":"Be brief.","messages":[{"role":"user","content":"Say \"h\u00e9llo\"\n\ud83c\udf89"},{"role":"assistant","content":[{"type":"text","text":"h\u00e9llo"}]},
                {"role":"user","content":[{"type":"text","text":"Again.","cache_control":{"type":"ephemeral"}}]}],"temperature":0.5,"top_p":0.9,"top_k":40,"stop_sequences":["END"],"metadata":{"user_id":"u-1"}}
                """),
            ("tools", """
                {"model":"m","max_tokens":100,"messages":[{"role":"user","content":"Weather and time in Paris?"},
                {"role":"assistant","content":[{"type":"text","text":"I look."},{"type":"tool_use","id":"toolu_A1","name":"get_weather","input":{"city":"Paris"}},{"type":"tool_use","id":"toolu_B2","name":"get_time","input":{}}]},
                {"role":"user","content":[{"type":"tool_result","tool_use_id":"toolu_A1","content":"{\"c\":21}"},{"type":"tool_result","tool_use_id":"toolu_B2","is_error":true,"content":[{"type":"text","text":"no clock"}]},{"type":"text","text":"And now?"}]}],
                "tools":[{"name":"get_weather","description":"Weather","input_schema":{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}},{"name":"get_time","input_schema":{"type":"object","properties":{}}}],
                "tool_choice":{"type":"auto","disable_parallel_tool_use":true}}
                """),
            ("named_tool", """
                {"model":"m","max_tokens":100,"messages":[{"role":"user","content":"hi"}],"tools":[{"name":"a","input_schema":{"type":"object","properties":{}}},{"name":"b","input_schema":{"type":"object","properties":{}}}],"tool_choice":{"type":"tool","name":"b"}}
                """),
            ("tool_image", $$$$$"""
                {"model":"m","max_tokens":100,"messages":[{"role":"user","content":"Shoot."},{"role":"assistant","content":[{"type":"tool_use","id":"toolu_1","name":"shoot","input":{}}]},
                {"role":"user","content":[{"type":"tool_result","tool_use_id":"toolu_1","content":[{"type":"text","text":"done"},{"type":"image","source":{"type":"base64","media_type":"image/png","data":"{{{{{Png}}}}}"}}]}]}],
                "tools":[{"name":"shoot","input_schema":{"type":"object","properties":{}}}]}
                """),
            ("thinking", """
                {"model":"m","max_tokens":20000,"thinking":{"type":"enabled","budget_tokens":10000},"messages":[{"role":"user","content":"hi"},
                {"role":"assistant","content":[{"type":"thinking","thinking":"Let me see.","signature":"c2ln"},{"type":"tool_use","id":"toolu_1","name":"t","input":{"x":1}}]},
                {"role":"user","content":[{"type":"tool_result","tool_use_id":"toolu_1","content":"1"}]}],"tools":[{"name":"t","input_schema":{"type":"object","properties":{"x":{"type":"integer"}}}}]}
                """),
            ("image", $$$$$"""
                {"model":"m","max_tokens":100,"messages":[{"role":"user","content":[{"type":"text","text":"What is it?"},{"type":"image","source":{"type":"base64","media_type":"image/png","data":"{{{{{Png}}}}}"}}]}]}
                """),
            ("document", """
                {"model":"m","max_tokens":100,"messages":[{"role":"user","content":[{"type":"document","title":"Report","source":{"type":"base64","media_type":"application/pdf","data":"JVBERi0xLjQK"}},{"type":"text","text":"Sum it up."}]}]}
                """),
        ],
        [Dialect.Responses] =
        [
            ("text", """
                {"model":"m","instructions":"Be brief.","input":[{"role":"user","content":"Say \"h\u00e9llo\"\n\ud83c\udf89"},{"type":"message","role":"assistant","content":[{"type":"output_text","text":"h\u00e9llo","annotations":[]}]},
                {"role":"user","content":[{"type":"input_text","text":"Again."}]}],"max_output_tokens":100,"temperature":0.5,"top_p":0.9,"store":false,"user":"u-1"}
                """),
            ("tools", """
                {"model":"m","store":false,"max_output_tokens":100,"input":[{"role":"user","content":"Weather and time in Paris?"},{"type":"message","role":"assistant","content":[{"type":"output_text","text":"I look.","annotations":[]}]},
                {"type":"function_call","call_id":"call_A1","name":"get_weather","arguments":"{\"city\": \"Paris\"}"},{"type":"function_call","call_id":"call_B2","name":"get_time","arguments":"{}"},
                {"type":"function_call_output","call_id":"call_A1","output":"{\"c\":21}"},{"type":"function_call_output","call_id":"call_B2","output":"12:00"},{"role":"user","content":"And now?"}],
                "tools":[{"type":"function","name":"get_weather","description":"Weather","parameters":{"type":"object","properties":{"city":{"type":"string"}},"required":["city"],"additionalProperties":false},"strict":true},
                {"type":"function","name":"get_time","parameters":{"type":"object","properties":{}},"strict":false}],"tool_choice":"required","parallel_tool_calls":false}
                """),
            ("schema", """
                {"model":"m","store":false,"max_output_tokens":100,"input":"hi","text":{"format":{"type":"json_schema","name":"answer","strict":true,"schema":{"type":"object","properties":{"n":{"type":"integer"}},"required":["n"],"additionalProperties":false}}}}
                """),
            ("image", $$$$$"""
                {"model":"m","store":false,"max_output_tokens":100,"input":[{"role":"user","content":[{"type":"input_text","text":"What is it?"},{"type":"input_image","image_url":"data:image/png;base64,{{{{{Png}}}}}","detail":"low"}]}]}
                """),
            ("reasoning", """
                {"model":"m","store":false,"max_output_tokens":30000,"reasoning":{"effort":"high","summary":"auto"},"input":"hi"}
                """),
        ],
        [Dialect.Completions] =
        [
            ("text", """
                {"model":"m","prompt":"Say \"h\u00e9llo\"\n\ud83c\udf89","max_tokens":100,"temperature":0.5,"top_p":0.9,"stop":["END","STOP"],"seed":7,"user":"u-1"}
                """),
        ],
    };
}
