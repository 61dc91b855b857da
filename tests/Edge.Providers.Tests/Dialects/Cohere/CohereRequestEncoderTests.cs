using System.Text.Json;
using Edge.TestSupport;

namespace Edge.Providers.Tests.Dialects.Cohere;

public class CohereRequestEncoderTests
{
    private static readonly Codec _codec = Codec.Of(Dialect.Cohere);

    private const string Hi = """{"role":"user","content":"Hi"}""";

    public static TheoryData<string, string, string> Conversations => new()
    {
        {
            "system and developer stay where they are; parts stay parts",
            """{"role":"system","content":"S\n\"1\""},{"role":"user","content":[{"type":"text","text":"A"},{"type":"text","text":"B"}]},{"role":"developer","content":"D"},{"role":"assistant","content":"C"},{"role":"user","content":""}""",
            """{"role":"system","content":"S\n\"1\""},{"role":"user","content":[{"type":"text","text":"A"},{"type":"text","text":"B"}]},{"role":"system","content":"D"},{"role":"assistant","content":[{"type":"text","text":"C"}]},{"role":"user","content":""}"""
        },
        {
            "what is said beside calls is their plan; arguments stay a string; results stay strings",
            """
            {"role":"user","content":"A"},
            {"role":"assistant","content":"I look.","tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{\"a\":\"\\\"x\\u00e9\\\"\"}"}},{"id":"c2","type":"function","function":{"name":"g","arguments":""}}]},
            {"role":"tool","tool_call_id":"c1","content":"one"},{"role":"tool","tool_call_id":"c2","content":[{"type":"text","text":"two"},{"type":"text","text":"three"}]}
            """,
            """{"role":"user","content":"A"},{"role":"assistant","tool_plan":"I look.","tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{\"a\":\"\\\"x\\u00e9\\\"\"}"}},{"id":"c2","type":"function","function":{"name":"g","arguments":"{}"}}]},{"role":"tool","tool_call_id":"c1","content":"one"},{"role":"tool","tool_call_id":"c2","content":[{"type":"text","text":"two"},{"type":"text","text":"three"}]}"""
        },
        {
            "functions, the older form, are numbered",
            """{"role":"user","content":"A"},{"role":"assistant","content":null,"function_call":{"name":"f","arguments":"{}"}},{"role":"function","name":"f","content":"one"}""",
            """{"role":"user","content":"A"},{"role":"assistant","tool_calls":[{"id":"function_call_1","type":"function","function":{"name":"f","arguments":"{}"}}]},{"role":"tool","tool_call_id":"function_call_1","content":"one"}"""
        },
        {
            "pictures by URL and by data",
            """{"role":"user","content":[{"type":"text","text":"?"},{"type":"image_url","image_url":{"url":"https:\/\/x\/y.png","detail":"low"}},{"type":"image_url","image_url":{"url":"data:image/png;base64,AA\/+="}}]}""",
            """{"role":"user","content":[{"type":"text","text":"?"},{"type":"image_url","image_url":{"url":"https://x/y.png","detail":"low"}},{"type":"image_url","image_url":{"url":"data:image/png;base64,AA/+="}}]}"""
        },
        {
            "assistants that say nothing fall away",
            """{"role":"user","content":"A"},{"role":"assistant","content":""},{"role":"user","content":"B"}""",
            """{"role":"user","content":"A"},{"role":"user","content":"B"}"""
        },
    };

    [Theory]
    [MemberData(nameof(Conversations))]
    public void Conversations_are_translated(string name, string messages, string expected)
    {
        var (json, dropped, error) = _codec.Encode(Requests.With("", "command-a-03-2025", messages));

        Assert.True(error is null, $"{name}: {error}");
        Assert.Equal($$"""{"stream":false,"model":"command-a-03-2025","messages":[{{expected}}]}""", json.Replace("\\u00e9", "\\u00e9", StringComparison.Ordinal));
        Assert.Empty(dropped);
    }

    [Theory]
    [InlineData(""" "stream":true,"max_tokens":9 """, """ "max_tokens":9 """, "")]
    [InlineData(""" "temperature":0.25,"top_p":0.5,"top_k":7,"seed":3 """, """ "temperature":0.25,"p":0.5,"k":7,"seed":3 """, "")]
    [InlineData(""" "top_p":1,"top_k":900,"seed":-1 """, """ "p":0.99,"k":500 """, "top_k seed")]
    [InlineData(""" "top_p":0 """, """ "p":0.01 """, "top_p")]
    [InlineData(""" "frequency_penalty":-1,"presence_penalty":0.5 """, """ "frequency_penalty":0,"presence_penalty":0.5 """, "frequency_penalty")]
    [InlineData(""" "frequency_penalty":1.5,"presence_penalty":1.5 """, """ "frequency_penalty":1,"presence_penalty":1 """, "frequency_penalty presence_penalty")]
    [InlineData(""" "logprobs":true,"top_logprobs":2 """, """ "logprobs":true """, "top_logprobs")]
    [InlineData(""" "stop":["a","\n",""] """, """ "stop_sequences":["a","\n"] """, "")]
    [InlineData(""" "user":"u","metadata":{"a":"b"},"logit_bias":{"1":1},"service_tier":"flex","verbosity":"low","store":true """, "", "verbosity store user metadata logit_bias service_tier")]
    [InlineData(""" "tools":[{"type":"function","function":{"name":"f","strict":true}}],"tool_choice":"required" """, """ "tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object","properties":{}}}}],"strict_tools":true,"tool_choice":"REQUIRED" """, "")]
    [InlineData(""" "tools":[{"type":"function","function":{"name":"f","description":"d","parameters":{"type":"object"},"strict":true}},{"type":"function","function":{"name":"g","parameters":{"type":"object"}}}],"tool_choice":"none" """, """ "tools":[{"type":"function","function":{"name":"f","description":"d","parameters":{"type":"object"}}},{"type":"function","function":{"name":"g","parameters":{"type":"object"}}}],"tool_choice":"NONE" """, "tools.strict")]
    [InlineData(""" "tools":[{"type":"function","function":{"name":"f"}},{"type":"function","function":{"name":"g"}}],"tool_choice":{"type":"function","function":{"name":"g"}},"parallel_tool_calls":false """, """ "tools":[{"type":"function","function":{"name":"g","parameters":{"type":"object","properties":{}}}}],"tool_choice":"REQUIRED" """, "parallel_tool_calls")]
    [InlineData(""" "tool_choice":"required" """, "", "tool_choice")]
    [InlineData(""" "response_format":{"type":"json_object"} """, """ "response_format":{"type":"json_object"} """, "")]
    [InlineData(""" "response_format":{"type":"json_schema","json_schema":{"name":"n","schema":{"type":"object"},"description":"d"}} """, """ "response_format":{"type":"json_object","json_schema":{"type":"object"}} """, "response_format.json_schema.description")]
    [InlineData(""" "response_format":{"type":"text"} """, "", "")]
    [InlineData(""" "reasoning_effort":"high" """, "", "reasoning_effort")]
    [InlineData(""" "reasoning_effort":"none" """, "", "")]
    public void Settings_are_translated(string members, string expected, string dropped)
    {
        var (json, droppedNames, error) = _codec.Encode(Requests.With(members.Trim(), "command-a-03-2025"));

        Assert.Null(error);
        var stream = members.Contains("\"stream\":true", StringComparison.Ordinal) ? "true" : "false";
        Assert.Equal($$"""{"stream":{{stream}},"model":"command-a-03-2025","messages":[{{Hi}}]{{(expected.Length > 0 ? "," + expected.Trim() : "")}}}""", json);
        Assert.Equal(dropped.Split(' ').Order(), string.Join(' ', droppedNames).Split(' ').Order());
    }

    [Theory]
    [InlineData(""" "reasoning_effort":"high" """, """{"type":"enabled"}""")]
    [InlineData(""" "reasoning_effort":"low" """, """{"type":"enabled","token_budget":2048}""")]
    [InlineData(""" "reasoning_effort":"medium","max_tokens":4096 """, """{"type":"enabled","token_budget":3072}""")]
    [InlineData(""" "reasoning_effort":"none" """, """{"type":"disabled"}""")]
    [InlineData(""" "thinking":{"type":"enabled","budget_tokens":777} """, """{"type":"enabled","token_budget":777}""")]
    [InlineData(""" "thinking":{"type":"disabled"} """, """{"type":"disabled"}""")]
    [InlineData(""" "thinking":{"type":"adaptive"} """, """{"type":"enabled"}""")]
    public void Thinking_is_asked_for(string members, string expected)
    {
        var (json, dropped, _) = _codec.Encode(Requests.With(members.Trim(), "command-a-reasoning-08-2025"));
        Assert.Equal(expected, JsonDocument.Parse(json).RootElement.GetProperty("thinking").GetRawText());
        Assert.Empty(dropped);
    }

    [Fact]
    public void Reasoning_goes_back_to_a_model_that_thinks_and_to_no_other()
    {
        const string Messages = """{"role":"user","content":"A"},{"role":"assistant","content":"B","reasoning_content":"why"},{"role":"user","content":"C"}""";

        var thinking = _codec.Encode(Requests.With("", "command-a-reasoning-08-2025", Messages));
        var other = _codec.Encode(Requests.With("", "command-r-08-2024", Messages));

        Assert.Contains("""{"role":"assistant","content":[{"type":"thinking","thinking":"why"},{"type":"text","text":"B"}]}""", thinking.Body, StringComparison.Ordinal);
        Assert.Empty(thinking.Dropped);
        Assert.DoesNotContain("why", other.Body, StringComparison.Ordinal);
        Assert.Equal(["messages.reasoning_content"], other.Dropped);
    }

    [Theory]
    [InlineData(""" "tools":[{"type":"function","function":{"name":"f"}}],"response_format":{"type":"json_object"} """, false)]
    [InlineData(""" "tools":[{"type":"function","function":{"name":"f"}}],"response_format":{"type":"json_schema","json_schema":{"name":"n","schema":{"title":"\"q\""}}} """, true)]
    public void A_format_beside_tools_is_an_instruction(string members, bool schema)
    {
        var (json, dropped, _) = _codec.Encode(Requests.With(members.Trim()));
        var body = JsonDocument.Parse(json).RootElement;
        var first = body.GetProperty("messages")[0];
        Assert.Equal("system", first.GetProperty("role").GetString());
        Assert.Equal(schema, first.GetProperty("content").GetString()!.EndsWith("""{"title":"\"q\""}""", StringComparison.Ordinal));
        Assert.False(body.TryGetProperty("response_format", out _));
        Assert.Equal(["response_format"], dropped);
    }

    [Fact]
    public void Text_files_are_documents_with_numbers()
    {
        const string Message = """{"role":"user","content":[{"type":"file","file":{"filename":"a.txt","file_data":"data:text/plain;base64,YSJiCg=="}},{"type":"text","text":"?"},{"type":"file","file":{"file_data":"data:text/csv;base64,YQ=="}}]}""";

        var body = JsonDocument.Parse(_codec.Encode(Requests.With("", messages: Message)).Body).RootElement;

        Assert.Equal("""[{"id":"edge_doc_0","data":{"title":"a.txt","text":"a\"b\n"}},{"id":"edge_doc_1","data":{"text":"a"}}]""", body.GetProperty("documents").GetRawText());
        Assert.Equal("""[{"type":"text","text":"?"}]""", body.GetProperty("messages")[0].GetProperty("content").GetRawText());
    }

    [Theory]
    [InlineData(Hi, "\"n\":2", "n")]
    [InlineData(Hi, "\"modalities\":[\"text\",\"audio\"]", "modalities")]
    [InlineData("""{"role":"system","content":"S"}""", "", "messages")]
    [InlineData("""{"role":"user","content":[{"type":"input_audio","input_audio":{"data":"AA","format":"wav"}}]}""", "", "messages[0].content[0].input_audio")]
    [InlineData("""{"role":"user","content":[{"type":"image_url","image_url":{"url":"gs://b/o"}}]}""", "", "messages[0].content[0].image_url.url")]
    [InlineData("""{"role":"user","content":[{"type":"file","file":{"filename":"a.pdf","file_data":"data:application/pdf;base64,JVBE"}}]}""", "", "messages[0].content[0].file.file_data")]
    [InlineData("""{"role":"user","content":[{"type":"file","file":{"file_id":"file-1"}}]}""", "", "messages[0].content[0].file.file_id")]
    [InlineData("""{"role":"user","content":"x"},{"role":"assistant","tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"[1]"}}]}""", "", "messages[1].tool_calls[0].function.arguments")]
    public void What_has_no_counterpart_is_an_error_that_names_the_field(string messages, string members, string field) =>
        Assert.Equal(field, _codec.Encode(Requests.With(members, messages: messages)).Error?.Field);

    [Theory]
    [InlineData("openai_chat")]
    [InlineData("groq")]
    [InlineData("deepseek")]
    [InlineData("huggingface")]
    public void Requests_that_were_taken_become_valid_ones(string file) => RequestRules.Check(file, _codec, body =>
    {
        Assert.True(body.GetProperty("messages").GetArrayLength() > 0);
        foreach (var message in body.GetProperty("messages").EnumerateArray())
        {
            Assert.Contains(message.GetProperty("role").GetString(), new[] { "system", "user", "assistant", "tool" });
            Assert.True(message.TryGetProperty("content", out _) || message.TryGetProperty("tool_calls", out _));
        }
    });
}

/// <summary>Runs recorded OpenAI requests through an encoder.</summary>
internal static class RequestRules
{
    public static void Check(string file, Codec codec, Action<JsonElement> check)
    {
        var taken = 0;
        foreach (var record in SharedData.Lines($"wire/recorded/{file}.jsonl"))
        {
            var body = record.GetProperty("request").GetProperty("body");
            if (record.GetProperty("response").GetProperty("status").GetInt32() != 200 || body.ValueKind != JsonValueKind.Object || !body.TryGetProperty("messages", out _)) continue;
            var (json, _, error) = codec.Encode(body.GetRawText());
            if (error is not null)
            {
                // What is refused has no counterpart: audio, pictures by URL, binary files, Groq's own reasoning effort "default".
                Assert.Matches("audio|file|image_url|reasoning_effort", error.ToString());
                continue;
            }
            taken++;
            check(JsonDocument.Parse(json).RootElement);
        }
        Assert.True(taken > 0);
    }
}
