using System.Text.Json;
using Edge.Providers.Tests.Dialects.Cohere;

namespace Edge.Providers.Tests.Dialects.Ollama;

public class OllamaRequestEncoderTests
{
    private static readonly Codec _codec = Codec.Of(Dialect.Ollama, Framing.Ndjson);

    private const string Hi = """{"role":"user","content":"Hi"}""";

    public static TheoryData<string, string, string> Conversations => new()
    {
        {
            "parts are one text, developers are system",
            """{"role":"developer","content":"S\n\"1\""},{"role":"user","content":[{"type":"text","text":"A"},{"type":"text","text":"B"}]},{"role":"assistant","content":"C"}""",
            """{"role":"system","content":"S\n\"1\""},{"role":"user","content":"A\nB"},{"role":"assistant","content":"C"}"""
        },
        {
            "arguments are objects, results name their tool",
            """
            {"role":"user","content":"A"},
            {"role":"assistant","content":"I look.","reasoning_content":"why","tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{\"a\":\"x\"}"}},{"id":"c2","type":"function","function":{"name":"g","arguments":""}}]},
            {"role":"tool","tool_call_id":"c2","content":"two"},{"role":"tool","tool_call_id":"c1","content":[{"type":"text","text":"one"}]}
            """,
            """{"role":"user","content":"A"},{"role":"assistant","content":"I look.","thinking":"why","tool_calls":[{"id":"c1","function":{"name":"f","arguments":{"a":"x"}}},{"id":"c2","function":{"name":"g","arguments":{}}}]},{"role":"tool","content":"two","tool_call_id":"c2","tool_name":"g"},{"role":"tool","content":"one","tool_call_id":"c1","tool_name":"f"}"""
        },
        {
            "parallel calls as a message each, and ids that are used again in the next turn",
            """
            {"role":"user","content":"A"},{"role":"assistant","tool_calls":[{"id":"1","type":"function","function":{"name":"f","arguments":"{}"}}]},{"role":"assistant","tool_calls":[{"id":"2","type":"function","function":{"name":"g","arguments":"{}"}}]},
            {"role":"tool","tool_call_id":"1","content":"x"},{"role":"tool","tool_call_id":"2","content":"y"},{"role":"assistant","tool_calls":[{"id":"1","type":"function","function":{"name":"h","arguments":"{}"}}]},{"role":"tool","tool_call_id":"1","content":"z"}
            """,
            """{"role":"user","content":"A"},{"role":"assistant","content":"","tool_calls":[{"id":"1","function":{"name":"f","arguments":{}}}]},{"role":"assistant","content":"","tool_calls":[{"id":"2","function":{"name":"g","arguments":{}}}]},{"role":"tool","content":"x","tool_call_id":"1","tool_name":"f"},{"role":"tool","content":"y","tool_call_id":"2","tool_name":"g"},{"role":"assistant","content":"","tool_calls":[{"id":"1","function":{"name":"h","arguments":{}}}]},{"role":"tool","content":"z","tool_call_id":"1","tool_name":"h"}"""
        },
        {
            "functions, the older form",
            """{"role":"user","content":"A"},{"role":"assistant","content":null,"function_call":{"name":"f","arguments":"{}"}},{"role":"function","name":"f","content":"one"}""",
            """{"role":"user","content":"A"},{"role":"assistant","content":"","tool_calls":[{"id":"function_call_1","function":{"name":"f","arguments":{}}}]},{"role":"tool","content":"one","tool_call_id":"function_call_1","tool_name":"f"}"""
        },
        {
            "pictures are bare base64, text files are text",
            """{"role":"user","content":[{"type":"file","file":{"filename":"a.txt","file_data":"data:text/plain;base64,YSJiCg=="}},{"type":"image_url","image_url":{"url":"data:image/png;base64,AA\/+="}},{"type":"text","text":"?"},{"type":"image_url","image_url":{"url":"data:image/webp;base64,BB=="}}]}""",
            """{"role":"user","content":"a.txt:\na\"b\n\n?","images":["AA/+=","BB=="]}"""
        },
    };

    [Theory]
    [MemberData(nameof(Conversations))]
    public void Conversations_are_translated(string name, string messages, string expected)
    {
        var (json, dropped, error) = _codec.Encode(Requests.With("", "qwen3", messages));

        Assert.True(error is null, $"{name}: {error}");
        Assert.Equal($$"""{"stream":false,"model":"qwen3","messages":[{{expected}}]}""", json);
        Assert.Empty(dropped);
    }

    [Theory]
    [InlineData("qwen3", """ "stream":true """, "", "")]
    [InlineData("qwen3", """ "max_tokens":9,"seed":3,"top_k":4,"temperature":0.25,"top_p":0.5,"presence_penalty":1,"frequency_penalty":-1,"stop":["a","\n"] """, """ "options":{"num_predict":9,"seed":3,"top_k":4,"temperature":0.25,"top_p":0.5,"presence_penalty":1,"frequency_penalty":-1,"stop":["a","\n"]} """, "")]
    [InlineData("qwen3", """ "stop":"x" """, """ "options":{"stop":["x"]} """, "")]
    [InlineData("qwen3", """ "response_format":{"type":"json_object"} """, """ "format":"json" """, "")]
    [InlineData("qwen3", """ "response_format":{"type":"json_schema","json_schema":{"name":"n","schema":{"type":"object"}}} """, """ "format":{"type":"object"} """, "")]
    [InlineData("qwen3", """ "reasoning_effort":"high" """, """ "think":true """, "")]
    [InlineData("qwen3", """ "reasoning_effort":"none" """, """ "think":false """, "")]
    [InlineData("qwen3", """ "thinking":{"type":"enabled","budget_tokens":99} """, """ "think":true """, "thinking.budget_tokens")]
    [InlineData("qwen3", """ "thinking":{"type":"disabled"} """, """ "think":false """, "")]
    [InlineData("gpt-oss:20b", """ "reasoning_effort":"minimal" """, """ "think":"low" """, "")]
    [InlineData("gpt-oss:20b", """ "reasoning_effort":"xhigh" """, """ "think":"high" """, "")]
    [InlineData("gpt-oss:20b", """ "thinking":{"type":"adaptive"} """, """ "think":"medium" """, "")]
    [InlineData("qwen3", """ "logprobs":true,"top_logprobs":2 """, """ "logprobs":true,"top_logprobs":2 """, "")]
    [InlineData("qwen3", """ "tools":[{"type":"function","function":{"name":"f","description":"d","strict":true}}],"tool_choice":"required","parallel_tool_calls":false """, """ "tools":[{"type":"function","function":{"name":"f","description":"d","parameters":{"type":"object","properties":{}}}}] """, "parallel_tool_calls tool_choice tools.strict")]
    [InlineData("qwen3", """ "tools":[{"type":"function","function":{"name":"f"}},{"type":"function","function":{"name":"g","parameters":{"type":"object"}}}],"tool_choice":{"type":"function","function":{"name":"g"}} """, """ "tools":[{"type":"function","function":{"name":"g","parameters":{"type":"object"}}}] """, "tool_choice")]
    [InlineData("qwen3", """ "tools":[{"type":"function","function":{"name":"f"}}],"tool_choice":"none" """, "", "")]
    [InlineData("qwen3", """ "tools":[{"type":"function","function":{"name":"f"}}],"tool_choice":"auto" """, """ "tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object","properties":{}}}}] """, "")]
    [InlineData("qwen3", """ "user":"u","metadata":{"a":"b"},"logit_bias":{"1":1},"service_tier":"flex" """, "", "logit_bias metadata user service_tier")]
    public void Settings_are_translated(string model, string members, string expected, string dropped)
    {
        var (json, droppedNames, error) = _codec.Encode(Requests.With(members.Trim(), model));

        Assert.Null(error);
        var stream = members.Contains("\"stream\":true", StringComparison.Ordinal) ? "true" : "false";
        Assert.Equal($$"""{"stream":{{stream}},"model":"{{model}}","messages":[{{Hi}}]{{(expected.Length > 0 ? "," + expected.Trim() : "")}}}""", json);
        Assert.Equal(dropped, string.Join(' ', droppedNames));
    }

    [Theory]
    [InlineData(Hi, "\"n\":2", "n")]
    [InlineData(Hi, "\"modalities\":[\"text\",\"audio\"]", "modalities")]
    [InlineData("""{"role":"user","content":[{"type":"input_audio","input_audio":{"data":"AA","format":"wav"}}]}""", "", "messages[0].content[0].input_audio")]
    [InlineData("""{"role":"user","content":[{"type":"image_url","image_url":{"url":"https://x/y"}}]}""", "", "messages[0].content[0].image_url.url")]
    [InlineData("""{"role":"user","content":[{"type":"file","file":{"filename":"a.pdf","file_data":"data:application/pdf;base64,JVBE"}}]}""", "", "messages[0].content[0].file.file_data")]
    [InlineData("""{"role":"user","content":"x"},{"role":"assistant","tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"nope"}}]}""", "", "messages[1].tool_calls[0].function.arguments")]
    public void What_has_no_counterpart_is_an_error_that_names_the_field(string messages, string members, string field) =>
        Assert.Equal(field, _codec.Encode(Requests.With(members, messages: messages)).Error?.Field);

    [Theory]
    [InlineData("openai_chat")]
    [InlineData("groq")]
    [InlineData("huggingface")]
    public void Requests_that_were_taken_become_valid_ones(string file) => RequestRules.Check(file, _codec, body =>
    {
        Assert.True(body.TryGetProperty("stream", out _));
        foreach (var message in body.GetProperty("messages").EnumerateArray())
        {
            Assert.Contains(message.GetProperty("role").GetString(), new[] { "system", "user", "assistant", "tool" });
            Assert.Equal(JsonValueKind.String, message.GetProperty("content").ValueKind);
            if (message.TryGetProperty("tool_calls", out var calls)) Assert.All(calls.EnumerateArray(), call => Assert.Equal(JsonValueKind.Object, call.GetProperty("function").GetProperty("arguments").ValueKind));
            if (message.GetProperty("role").GetString() == "tool") Assert.True(message.TryGetProperty("tool_name", out _));
        }
    });
}
