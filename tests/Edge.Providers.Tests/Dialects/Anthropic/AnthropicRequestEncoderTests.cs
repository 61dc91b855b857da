using System.Text;
using System.Text.Json;
using Edge.Providers.Chat;
using Edge.Providers.Dialects;
using Edge.Providers.Dialects.Anthropic;
using Edge.Providers.Dialects.OpenAi;

namespace Edge.Providers.Tests.Dialects.Anthropic;

public class AnthropicRequestEncoderTests
{
    private const string Hi = """{"role":"user","content":[{"type":"text","text":"Hi"}]}""";

    /// <summary>OpenAI messages -> the system and messages members.</summary>
    public static TheoryData<string, string, string> Conversations => new()
    {
        {
            "system and developer messages become system blocks wherever they stand",
            """{"role":"system","content":"S1"},{"role":"user","content":"A"},{"role":"developer","content":[{"type":"text","text":"D\n\"2\""},{"type":"text","text":" "}]},{"role":"user","content":"B"}""",
            """
            "system":[{"type":"text","text":"S1"},{"type":"text","text":"D\n\"2\""}],"messages":[{"role":"user","content":[{"type":"text","text":"A"},{"type":"text","text":"B"}]}]
            """
        },
        {
            "a call, two results in one message, what the user says with them",
            """
            {"role":"user","content":"A"},
            {"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{\"a\":[1,\"\\\"x\\u00e9\\\"\"]}"}},{"id":"c2","type":"function","function":{"name":"g","arguments":""}}]},
            {"role":"tool","tool_call_id":"c1","content":"one"},{"role":"tool","tool_call_id":"c2","content":[{"type":"text","text":"two"},{"type":"image_url","image_url":{"url":"https://x/y.png"}}]},
            {"role":"user","content":"B"}
            """,
            """
            "messages":[{"role":"user","content":[{"type":"text","text":"A"}]},{"role":"assistant","content":[{"type":"tool_use","id":"c1","name":"f","input":{"a":[1,"\"xé\""]}},{"type":"tool_use","id":"c2","name":"g","input":{}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"c1","content":"one"},{"type":"tool_result","tool_use_id":"c2","content":[{"type":"text","text":"two"},{"type":"image","source":{"type":"url","url":"https://x/y.png"}}]},{"type":"text","text":"B"}]}]
            """
        },
        {
            "functions, the older form, are numbered",
            """{"role":"user","content":"A"},{"role":"assistant","content":null,"function_call":{"name":"f","arguments":"{}"}},{"role":"function","name":"f","content":"one"},{"role":"assistant","content":null,"function_call":{"name":"f","arguments":" "}},{"role":"function","name":"f","content":null}""",
            """
            "messages":[{"role":"user","content":[{"type":"text","text":"A"}]},{"role":"assistant","content":[{"type":"tool_use","id":"function_call_1","name":"f","input":{}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"function_call_1","content":"one"}]},{"role":"assistant","content":[{"type":"tool_use","id":"function_call_2","name":"f","input":{}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"function_call_2"}]}]
            """
        },
        {
            "functions that are called in a row are answered in their order",
            """{"role":"user","content":"A"},{"role":"assistant","function_call":{"name":"f"}},{"role":"assistant","function_call":{"name":"g"}},{"role":"function","name":"f","content":"one"},{"role":"function","name":"g","content":"two"}""",
            """
            "messages":[{"role":"user","content":[{"type":"text","text":"A"}]},{"role":"assistant","content":[{"type":"tool_use","id":"function_call_1","name":"f","input":{}},{"type":"tool_use","id":"function_call_2","name":"g","input":{}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"function_call_1","content":"one"},{"type":"tool_result","tool_use_id":"function_call_2","content":"two"}]}]
            """
        },
        {
            "images and files by URL and by data, slashes escaped or not",
            """{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/jpg;base64,AA/+="}},{"type":"image_url","image_url":{"url":"data:image\/webp;charset=x;base64,A\/A="}},{"type":"image_url","image_url":{"url":"https:\/\/x\/y"}},{"type":"file","file":{"filename":"a.pdf","file_data":"data:application/pdf;base64,JVBE"}},{"type":"file","file":{"filename":"b.PDF","file_data":"JVBE"}},{"type":"file","file":{"file_data":"https://x/z.pdf"}},{"type":"file","file":{"filename":"n.txt","file_data":"data:text/plain;base64,YSJiCg=="}}]}""",
            """
            "messages":[{"role":"user","content":[{"type":"image","source":{"type":"base64","media_type":"image/jpeg","data":"AA/+="}},{"type":"image","source":{"type":"base64","media_type":"image/webp","data":"A/A="}},{"type":"image","source":{"type":"url","url":"https://x/y"}},{"type":"document","source":{"type":"base64","media_type":"application/pdf","data":"JVBE"},"title":"a.pdf"},{"type":"document","source":{"type":"base64","media_type":"application/pdf","data":"JVBE"},"title":"b.PDF"},{"type":"document","source":{"type":"url","url":"https://x/z.pdf"}},{"type":"document","source":{"type":"text","media_type":"text/plain","data":"a\"b\n"},"title":"n.txt"}]}]
            """
        },
        {
            "thinking goes back with its signature and not without",
            """{"role":"user","content":"A"},{"role":"assistant","reasoning_content":"why","content":"B"},{"role":"user","content":"C"},{"role":"assistant","content":"D","reasoning_content":"t1","thinking_blocks":[{"type":"thinking","thinking":"t\n1","signature":"s1"},{"type":"redacted_thinking","data":"e"}]},{"role":"user","content":"E"}""",
            """
            "messages":[{"role":"user","content":[{"type":"text","text":"A"}]},{"role":"assistant","content":[{"type":"text","text":"B"}]},{"role":"user","content":[{"type":"text","text":"C"}]},{"role":"assistant","content":[{"type":"thinking","thinking":"t\n1","signature":"s1"},{"type":"redacted_thinking","data":"e"},{"type":"text","text":"D"}]},{"role":"user","content":[{"type":"text","text":"E"}]}]
            """
        },
        {
            "cache marks stay with their block, a message's with its last one",
            """{"role":"system","content":"S","cache_control":{"type":"ephemeral"}},{"role":"user","content":[{"type":"text","text":"A","cache_control":{"type":"ephemeral","ttl":"1h"}},{"type":"text","text":"B"}],"cache_control":{"type":"ephemeral"}}""",
            """
            "system":[{"type":"text","text":"S","cache_control":{"type":"ephemeral"}}],"messages":[{"role":"user","content":[{"type":"text","text":"A","cache_control":{"type":"ephemeral","ttl":"1h"}},{"type":"text","text":"B","cache_control":{"type":"ephemeral"}}]}]
            """
        },
        {
            "the assistant speaks first, and its last words lose their trailing space",
            """{"role":"assistant","content":"Hello"},{"role":"user","content":"A"},{"role":"user","content":"\n "},{"role":"assistant","content":"C:\\n \n\t "}""",
            """
            "messages":[{"role":"user","content":[{"type":"text","text":"(The assistant begins.)"}]},{"role":"assistant","content":[{"type":"text","text":"Hello"}]},{"role":"user","content":[{"type":"text","text":"A"}]},{"role":"assistant","content":[{"type":"text","text":"C:\\n"}]}]
            """
        },
    };

    [Theory]
    [MemberData(nameof(Conversations))]
    public void Conversations_are_translated(string name, string messages, string expected)
    {
        var (json, dropped, error) = Requests.ToAnthropic(Requests.With("", messages: messages));

        Assert.True(error is null, $"{name}: {error}");
        Assert.Equal($$"""{"model":"claude-sonnet-4-5","max_tokens":4096,{{expected.Trim()}}}""", json);
        // Reasoning that nobody signed is the one thing in these that the API does not take.
        Assert.Equal(messages.Contains("\"why\"", StringComparison.Ordinal) ? ["messages.reasoning_content"] : [], dropped);
    }

    /// <summary>Model, further members of the request -> further members of the body, and what was dropped.</summary>
    [Theory]
    [InlineData("claude-sonnet-4-5", """ "temperature":1.5 """, """ "temperature":1 """, "temperature")]
    [InlineData("claude-sonnet-4-5", """ "temperature":0.25,"top_p":0.5 """, """ "temperature":0.25 """, "top_p")]
    [InlineData("claude-sonnet-4-5", """ "temperature":0.25,"top_p":1 """, """ "temperature":0.25 """, "")]
    [InlineData("claude-3-5-haiku-20241022", """ "temperature":0.25,"top_p":0.5,"top_k":7 """, """ "top_k":7,"temperature":0.25,"top_p":0.5 """, "")]
    [InlineData("claude-opus-4-7", """ "temperature":0.25,"top_p":0.5,"top_k":7 """, "", "temperature top_p top_k")]
    [InlineData("claude-opus-4-7", """ "temperature":1,"top_p":1 """, "", "")]
    [InlineData("claude-sonnet-4-5", """ "stop":"a" """, """ "stop_sequences":["a"] """, "")]
    [InlineData("claude-sonnet-4-5", """ "stop":["\n"," ","b\n"] """, """ "stop_sequences":["b\n"] """, "stop")]
    [InlineData("claude-sonnet-4-5", """ "stop":["\n"] """, "", "stop")]
    [InlineData("claude-sonnet-4-5", """ "user":"u\"1","service_tier":"default","stream":true """, """ "metadata":{"user_id":"u\"1"},"service_tier":"standard_only","stream":true """, "")]
    [InlineData("claude-sonnet-4-5", """ "user":"u","safety_identifier":"s" """, """ "metadata":{"user_id":"s"} """, "user")]
    [InlineData("claude-sonnet-4-5", """ "service_tier":"flex" """, "", "service_tier")]
    [InlineData("claude-sonnet-4-5", """ "seed":1,"presence_penalty":1,"frequency_penalty":1,"logit_bias":{"1":1},"logprobs":true,"top_logprobs":2,"verbosity":"low" """, "", "seed presence_penalty frequency_penalty logit_bias logprobs top_logprobs verbosity")]
    [InlineData("claude-sonnet-4-5", """ "seed":null,"presence_penalty":0,"frequency_penalty":0,"logit_bias":{},"logprobs":false,"top_logprobs":0,"n":1 """, "", "")]
    [InlineData("claude-sonnet-4-5", """ "tools":[],"tool_choice":"auto","parallel_tool_calls":false """, "", "")]
    [InlineData("claude-sonnet-4-5", """ "tools":[{"type":"function","function":{"name":"f"}}],"parallel_tool_calls":false """, """ "tools":[{"name":"f","input_schema":{"type":"object","properties":{}}}],"tool_choice":{"type":"auto","disable_parallel_tool_use":true} """, "")]
    [InlineData("claude-sonnet-4-5", """ "tools":[{"type":"function","function":{"name":"f","description":"d\"","parameters":{ "properties":{"type":{}}},"strict":true},"cache_control":{"type":"ephemeral"}}],"tool_choice":"required" """, """ "tools":[{"name":"f","description":"d\"","input_schema":{"type":"object","properties":{"type":{}},"additionalProperties":false},"strict":true,"cache_control":{"type":"ephemeral"}}],"tool_choice":{"type":"any"} """, "")]
    [InlineData("claude-3-opus-latest", """ "tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object"},"strict":true}}],"tool_choice":{"type":"function","function":{"name":"f"}},"parallel_tool_calls":false """, """ "tools":[{"name":"f","input_schema":{"type":"object"}}],"tool_choice":{"type":"tool","name":"f","disable_parallel_tool_use":true} """, "tools.strict")]
    [InlineData("claude-sonnet-4-5", """ "tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object"}}},{"type":"function","function":{"name":"g","parameters":{"type":"object"}}}],"tool_choice":{"type":"allowed_tools","allowed_tools":{"mode":"required","tools":[{"type":"function","function":{"name":"\u0067"}}]}} """, """ "tools":[{"name":"g","input_schema":{"type":"object"}}],"tool_choice":{"type":"any"} """, "")]
    [InlineData("claude-sonnet-4-5", """ "functions":[{"name":"f","parameters":{"type":"object"}}],"function_call":{"name":"f"} """, """ "tools":[{"name":"f","input_schema":{"type":"object"}}],"tool_choice":{"type":"tool","name":"f"} """, "")]
    [InlineData("claude-sonnet-4-5", """ "tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object"}}}],"tool_choice":"none","parallel_tool_calls":false """, """ "tools":[{"name":"f","input_schema":{"type":"object"}}],"tool_choice":{"type":"none"} """, "")]
    [InlineData("claude-sonnet-4-5", """ "response_format":{"type":"json_schema","json_schema":{"name":"n","strict":true,"schema":{"type":"object","properties":{}}}} """, """ "output_config":{"format":{"type":"json_schema","schema":{"type":"object","properties":{},"additionalProperties":false}}} """, "")]
    [InlineData("claude-sonnet-4-5", """ "response_format":{"type":"json_schema","json_schema":{"name":"n","schema":{"type":"object","additionalProperties":false,"properties":{"type":{"type":["object","null"],"additionalProperties":false}}}}} """, """ "output_config":{"format":{"type":"json_schema","schema":{"type":"object","additionalProperties":false,"properties":{"type":{"type":["object","null"],"additionalProperties":false}}}}} """, "")]
    [InlineData("claude-sonnet-4-5", """ "response_format":{"type":"text"} """, "", "")]
    [InlineData("claude-sonnet-4-5", """ "response_format":{"type":"json_schema","json_schema":{"name":"n","description":"d","strict":true,"schema":{"type":"object","properties":{}}}} """, """ "output_config":{"format":{"type":"json_schema","schema":{"type":"object","properties":{},"additionalProperties":false}}} """, "response_format.json_schema.description")]
    [InlineData("claude-sonnet-4-5", """ "metadata":{"a":"b"},"store":true,"prompt_cache_key":"k","prompt_cache_retention":"24h","safety_identifier":"s" """, """ "metadata":{"user_id":"s"} """, "metadata prompt_cache_key store prompt_cache_retention")]
    [InlineData("claude-sonnet-4-5", """ "metadata":{ },"store":false,"prompt_cache_key":null """, "", "")]
    [InlineData("claude-sonnet-4-5", """ "x":1,"x":2,"größe":1,"a, b":1,"x-edge\r\n":1 """, "", "x gr%C3%B6%C3%9Fe a%2C%20b x-edge%0D%0A")]
    [InlineData("claude-sonnet-4-5", """ "":1 """, "", "\"\"")]
    [InlineData("claude-sonnet-4-5", """ "tool_choice":"required" """, "", "tool_choice")]
    [InlineData("claude-sonnet-4-5", """ "max_tokens":4095,"max_completion_tokens":4096 """, "", "max_tokens")]
    [InlineData("claude-sonnet-4-5", """ "tools":[],"functions":[{"name":"f"}],"tool_choice":"auto","function_call":"auto" """, "", "functions function_call")]
    public void Settings_are_translated(string model, string members, string expected, string dropped)
    {
        var (json, droppedNames, error) = Requests.ToAnthropic(Requests.With(members.Trim(), model));

        Assert.Null(error);
        Assert.Equal($$"""{"model":"{{model}}","max_tokens":4096,"messages":[{{Hi}}]{{(expected.Length > 0 ? "," + expected.Trim() : "")}}}""", json);
        Assert.Equal(dropped, string.Join(' ', droppedNames));
    }

    /// <summary>Reasoning: model, members, expected max_tokens, expected thinking / effort, dropped.</summary>
    [Theory]
    [InlineData("claude-3-5-sonnet-20241022", """ "reasoning_effort":"high" """, 4096, null, null, "reasoning_effort")]
    [InlineData("claude-sonnet-4-5", """ "reasoning_effort":"none" """, 4096, null, null, "")]
    [InlineData("claude-sonnet-4-5", """ "reasoning_effort":"low","max_tokens":100 """, 100, null, null, "reasoning_effort")]
    [InlineData("claude-sonnet-4-5", """ "reasoning_effort":"high","max_completion_tokens":2047 """, 2047, null, null, "reasoning_effort")]
    [InlineData("claude-sonnet-4-5", """ "reasoning_effort":"high","max_completion_tokens":2048 """, 2048, """{"type":"enabled","budget_tokens":1024}""", null, "")]
    [InlineData("claude-sonnet-4-5", """ "reasoning_effort":"high","max_completion_tokens":4096 """, 4096, """{"type":"enabled","budget_tokens":3072}""", null, "")]
    [InlineData("claude-sonnet-4-5", """ "reasoning_effort":"high","max_completion_tokens":20000 """, 20000, """{"type":"enabled","budget_tokens":15000}""", null, "")]
    [InlineData("claude-sonnet-4-5", """ "reasoning_effort":"high","max_completion_tokens":64000 """, 64000, """{"type":"enabled","budget_tokens":16384}""", null, "")]
    [InlineData("claude-sonnet-4-5", """ "thinking":{"type":"enabled"},"max_tokens":2000 """, 2000, null, null, "thinking")]
    [InlineData("claude-opus-4-8", """ "reasoning_effort":"high","max_completion_tokens":100 """, 100, """{"type":"adaptive","display":"summarized"}""", "high", "")]
    [InlineData("claude-sonnet-4-5", """ "thinking":{"type":"enabled","budget_tokens":5000} """, 9096, """{"type":"enabled","budget_tokens":5000}""", null, "")]
    [InlineData("claude-3-7-sonnet-20250219", """ "reasoning_effort":"minimal","max_tokens":5000 """, 5000, """{"type":"enabled","budget_tokens":1024}""", null, "")]
    [InlineData("claude-sonnet-4-20250514", """ "reasoning_effort":"high" """, 20480, """{"type":"enabled","budget_tokens":16384}""", null, "")]
    [InlineData("claude-sonnet-4-5", """ "thinking":{"type":"enabled","budget_tokens":3000,"novel":1},"max_tokens":3000 """, 3000, """{"type":"enabled","budget_tokens":3000,"novel":1}""", null, "")]
    [InlineData("claude-sonnet-4-5", """ "thinking":{"type":"disabled"},"reasoning_effort":"high" """, 4096, null, null, "reasoning_effort")]
    [InlineData("claude-sonnet-4-5", """ "thinking":{"type":"enabled","budget_tokens":1024},"reasoning_effort":"high" """, 4096, """{"type":"enabled","budget_tokens":1024}""", null, "reasoning_effort")]
    [InlineData("claude-sonnet-4-5", """ "thinking":{"type":"adaptive"} """, 12288, """{"type":"enabled","budget_tokens":8192}""", null, "")]
    [InlineData("claude-opus-4-6", """ "reasoning_effort":"xhigh" """, 4096, """{"type":"adaptive"}""", "high", "")]
    [InlineData("claude-opus-4-6", """ "thinking":{"type":"enabled","budget_tokens":1024} """, 4096, """{"type":"enabled","budget_tokens":1024}""", null, "")]
    [InlineData("claude-opus-4-8", """ "reasoning_effort":"xhigh" """, 4096, """{"type":"adaptive","display":"summarized"}""", "xhigh", "")]
    [InlineData("claude-sonnet-5", """ "thinking":{"type":"enabled","budget_tokens":2000} """, 4096, """{"type":"adaptive","display":"summarized"}""", "low", "thinking.budget_tokens")]
    [InlineData("claude-fable-5", """ "thinking":{"type":"adaptive","display":"omitted"},"reasoning_effort":"max" """, 4096, """{"type":"adaptive","display":"omitted"}""", "max", "")]
    [InlineData("claude-sonnet-4-5", """ "reasoning_effort":"low","tools":[{"type":"function","function":{"name":"f"}}],"tool_choice":"required" """, 4096, null, null, "reasoning_effort")]
    [InlineData("claude-opus-4-8", """ "reasoning_effort":"low","tools":[{"type":"function","function":{"name":"f"}}],"tool_choice":"required" """, 4096, null, "low", "reasoning_effort")]
    [InlineData("claude-sonnet-4-5", """ "reasoning_effort":"low","temperature":0.5,"top_p":0.96,"top_k":3 """, 4096, """{"type":"enabled","budget_tokens":2048}""", null, "temperature top_k")]
    public void Reasoning_is_put_to_each_model_as_it_takes_it(string model, string members, long maxTokens, string? thinking, string? effort, string dropped)
    {
        var (json, droppedNames, error) = Requests.ToAnthropic(Requests.With(members.Trim(), model));

        Assert.Null(error);
        var body = JsonDocument.Parse(json).RootElement;
        Assert.Equal(maxTokens, body.GetProperty("max_tokens").GetInt64());
        Assert.Equal(maxTokens, AnthropicRequestEncoder.MaxTokens(Requests.Decoded(Requests.With(members.Trim(), model)), new()));
        Assert.Equal(thinking, body.TryGetProperty("thinking", out var sent) ? sent.GetRawText() : null);
        Assert.Equal(effort, body.TryGetProperty("output_config", out var config) ? config.GetProperty("effort").GetString() : null);
        Assert.Equal(dropped, string.Join(' ', droppedNames));
        Assert.False(body.TryGetProperty("temperature", out _) && thinking is not null);
    }

    [Theory]
    [InlineData(false, true)]
    [InlineData(true, false)]
    public void A_budget_waits_while_tool_use_goes_on_without_its_thinking(bool withBlocks, bool isDropped)
    {
        var blocks = withBlocks ? ",\"thinking_blocks\":[{\"type\":\"thinking\",\"thinking\":\"t\",\"signature\":\"s\"}]" : "";
        var messages = $$$"""{"role":"user","content":"A"},{"role":"assistant","tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}]{{{blocks}}}},{"role":"tool","tool_call_id":"c","content":"r"}""";

        var (json, dropped, _) = Requests.ToAnthropic(Requests.With("\"reasoning_effort\":\"low\"", messages: messages));

        Assert.Equal(!isDropped, json.Contains("\"thinking\":{", StringComparison.Ordinal));
        Assert.Equal(isDropped ? ["reasoning_effort"] : [], dropped);
    }

    [Theory]
    [InlineData("claude-sonnet-4-5", """{"type":"json_object"}""", false)]
    [InlineData("claude-sonnet-4-5", """{"type":"json_schema","json_schema":{"name":"n","schema":{"type":"object","title":"\"q\""}}}""", true)]
    [InlineData("claude-3-opus-latest", """{"type":"json_schema","json_schema":{"name":"n","strict":true,"schema":{"type":"object","title":"\"q\""}}}""", true)]
    public void A_format_that_the_API_does_not_enforce_is_an_instruction(string model, string format, bool withSchema)
    {
        var (json, dropped, _) = Requests.ToAnthropic(Requests.With($"\"response_format\":{format}", model, """{"role":"system","content":"S"},{"role":"user","content":"Hi"}"""));

        var body = JsonDocument.Parse(json).RootElement;
        var system = body.GetProperty("system");
        Assert.Equal("S", system[0].GetProperty("text").GetString());
        Assert.StartsWith("Answer with one valid JSON object", system[1].GetProperty("text").GetString(), StringComparison.Ordinal);
        Assert.Equal(withSchema, system[1].GetProperty("text").GetString()!.EndsWith("""{"type":"object","title":"\"q\""}""", StringComparison.Ordinal));
        Assert.False(body.TryGetProperty("output_config", out _));
        Assert.Equal(["response_format"], dropped);
    }

    [Theory]
    [InlineData("""{"role":"user","name":"Ann","content":"x"},{"role":"assistant","name":"Bob","content":"y"},{"role":"system","name":"S","content":"z"}""", "messages.name")]
    [InlineData("""{"role":"user","content":[{"type":"image_url","image_url":{"url":"https://x/y","detail":"low"}},{"type":"image_url","image_url":{"url":"https://x/y","detail":"original"}}]}""", "messages.image_url.detail")]
    [InlineData("""{"role":"user","content":[{"type":"image_url","image_url":{"url":"https://x/y","detail":"auto"}}]}""", "")]
    [InlineData("""{"role":"user","content":"x"},{"role":"assistant","content":"y","audio":{"id":"a"}}""", "messages.audio")]
    [InlineData("""{"role":"user","content":"x"},{"role":"assistant","content":"y","reasoning_content":"r","thinking_blocks":[{"type":"redacted_thinking","data":"d"}]}""", "messages.reasoning_content")]
    [InlineData("""{"role":"user","content":"x"},{"role":"assistant","content":"y","thinking_blocks":[{"type":"thinking","thinking":"t","signature":""}]}""", "messages.thinking_blocks")]
    public void What_a_message_loses_is_named_once(string messages, string dropped) =>
        Assert.Equal(dropped, string.Join(' ', Requests.ToAnthropic(Requests.With("", messages: messages)).Dropped));

    [Fact]
    public void The_names_are_few_enough_for_a_header()
    {
        var members = string.Join(',', Enumerable.Range(0, 1000).Select(i => $"\"{new string('x', 500)}\":1,\"y{i}\":1"));

        var (_, dropped, _) = Requests.ToAnthropic(Requests.With(members));

        Assert.Equal(64, dropped.Count);
        Assert.Equal(new string('x', 64), dropped[0]);
        Assert.Equal("y62", dropped[^1]);
    }

    [Theory]
    [InlineData("""{"role":"user","content":[{"type":"text","text":"x"},{"type":"input_audio","input_audio":{"data":"AA","format":"wav"}}]}""", "messages[0].content[1].input_audio")]
    [InlineData("""{"role":"user","content":[{"type":"image_url","image_url":{"url":"gs://b/o"}}]}""", "messages[0].content[0].image_url.url")]
    [InlineData("""{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/tiff;base64,AA"}}]}""", "messages[0].content[0].image_url.url")]
    [InlineData("""{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png,plain"}}]}""", "messages[0].content[0].image_url.url")]
    [InlineData("""{"role":"user","content":[{"type":"file","file":{"file_id":"file-1"}}]}""", "messages[0].content[0].file.file_id")]
    [InlineData("""{"role":"user","content":[{"type":"file","file":{"file_data":"data:text/plain;base64,!!"}}]}""", "messages[0].content[0].file.file_data")]
    [InlineData("""{"role":"user","content":[{"type":"file","file":{"file_data":"data:application/zip;base64,AAAA"}}]}""", "messages[0].content[0].file.file_data")]
    [InlineData("""{"role":"user","content":"x"},{"role":"assistant","tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{"}}]}""", "messages[1].tool_calls[0].function.arguments")]
    [InlineData("""{"role":"user","content":"x"},{"role":"assistant","tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"[1]"}}]}""", "messages[1].tool_calls[0].function.arguments")]
    [InlineData("""{"role":"user","content":"x"},{"role":"assistant","tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{} {}"}}]}""", "messages[1].tool_calls[0].function.arguments")]
    [InlineData("""{"role":"user","content":"x"},{"role":"assistant","function_call":{"name":"f","arguments":"nope"}}""", "messages[1].function_call.arguments")]
    [InlineData("""{"role":"system","content":"x"}""", "messages")]
    [InlineData("""{"role":"user","content":"  "}""", "messages")]
    public void What_has_no_counterpart_is_an_error_that_names_the_field(string messages, string field) =>
        Assert.Equal(field, Requests.ToAnthropic(Requests.With("", messages: messages)).Error?.Field);

    [Theory]
    [InlineData("\"n\":2", "n")]
    [InlineData("\"modalities\":[\"text\",\"audio\"]", "modalities")]
    public void Settings_without_counterpart_are_errors(string members, string field) => Assert.Equal(field, Requests.ToAnthropic(Requests.With(members)).Error?.Field);

    [Fact]
    public void Foreign_call_ids_are_adapted_the_same_on_both_sides()
    {
        string[] ids = ["call_1-A", "a.b", "a_b", "a:b", "ü\\u00fc", "a\\/b"];
        var calls = ids.Select(id => $$$"""{"id":"{{{id}}}","type":"function","function":{"name":"f","arguments":"{}"}}""");
        var results = ids.Select(id => $$"""{"role":"tool","tool_call_id":"{{id}}","content":"r"}""");
        var messages = $$"""{"role":"user","content":"A"},{"role":"assistant","tool_calls":[{{string.Join(',', calls)}}]},{{string.Join(',', results)}}""";

        var body = JsonDocument.Parse(Requests.ToAnthropic(Requests.With("", messages: messages)).Body).RootElement.GetProperty("messages");

        var sent = body[1].GetProperty("content").EnumerateArray().Select(block => block.GetProperty("id").GetString()!).ToArray();
        Assert.Equal(sent, body[2].GetProperty("content").EnumerateArray().Select(block => block.GetProperty("tool_use_id").GetString()!));
        Assert.All(sent, id => Assert.Matches("^[a-zA-Z0-9_-]+$", id));
        Assert.Equal(ids.Length, sent.Distinct().Count());
        Assert.Equal(("call_1-A", "a_b"), (sent[0], sent[2]));
    }

    [Fact]
    public void The_model_and_the_default_limit_come_from_the_options()
    {
        var options = new ChatEncodeOptions { Model = "claude-3-haiku"u8.ToArray(), DefaultMaxTokens = 7 };
        Assert.Equal($$"""{"model":"claude-3-haiku","max_tokens":7,"messages":[{{Hi}}]}""", Requests.ToAnthropic(Requests.With("", model: "my\\\"alias"), options).Body);
    }

    [Fact]
    public void Text_is_copied_with_its_escapes()
    {
        const string Text = """a\u00e9\ud83d\ude00\/\u0000\ud800 é😀""";
        var body = Encoding.UTF8.GetBytes(Requests.WithMessages($$"""{"role":"user","content":"{{Text}}"}"""));
        using var index = Wire.Index(body);
        var (request, output) = (new ChatRequest(), new ByteBuffer());
        Assert.True(OpenAiChatRequestDecoder.TryDecode(body, index.Tokens, request, out _));
        Assert.True(new AnthropicRequestEncoder().TryEncode(request, new(), output, null, out _));

        Assert.Contains($"\"text\":\"{Text}\"", Encoding.UTF8.GetString(output.Span), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("claude-3-opus-20240229", AnthropicThinking.None, true, false)]
    [InlineData("claude-3-7-sonnet-20250219", AnthropicThinking.Budget, true, false)]
    [InlineData("claude-sonnet-4-20250514", AnthropicThinking.Budget, true, false)]
    [InlineData("claude-opus-4-1-20250805", AnthropicThinking.Budget, true, true)]
    [InlineData("claude-haiku-4-5@20251001", AnthropicThinking.Budget, true, true)]
    [InlineData("anthropic.claude-opus-4-6-v1", AnthropicThinking.Both, true, true)]
    [InlineData("anthropic/claude-4.7-opus", AnthropicThinking.Adaptive, false, true)]
    [InlineData("claude-sonnet-5", AnthropicThinking.Adaptive, false, true)]
    [InlineData("claude-mythos-preview", AnthropicThinking.Adaptive, false, true)]
    [InlineData("kimi-k2", AnthropicThinking.Budget, true, false)]
    public void A_models_rules_follow_from_its_name(string name, AnthropicThinking thinking, bool sampling, bool structured)
    {
        var model = AnthropicModel.Of(Encoding.UTF8.GetBytes(name));
        Assert.Equal((thinking, sampling, structured), (model.Thinking, model.TakesSampling, model.StructuredOutputs));
    }

    [Fact]
    public void A_common_request_is_encoded_without_allocation()
    {
        var body = Encoding.UTF8.GetBytes(Requests.With(
            "\"max_tokens\":10,\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\",\"parameters\":{\"type\":\"object\"}}}]",
            messages: """{"role":"system","content":"S"},{"role":"user","content":"A\n"},{"role":"assistant","tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}}]},{"role":"tool","tool_call_id":"c","content":"r"}"""));
        using var index = Wire.Index(body);
        var (request, output, encoder, dropped) = (new ChatRequest(), new ByteBuffer(), new AnthropicRequestEncoder(), new List<string>());
        Run(100);

        var before = GC.GetAllocatedBytesForCurrentThread();
        Run(100);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Run(int count)
        {
            for (var i = 0; i < count; i++)
            {
                output.Clear();
                OpenAiChatRequestDecoder.TryDecode(body, index.Tokens, request, out _);
                encoder.TryEncode(request, new(), output, dropped, out _);
            }
        }
    }
}
