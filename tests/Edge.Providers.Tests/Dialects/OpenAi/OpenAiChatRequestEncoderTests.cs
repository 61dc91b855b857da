using System.Text;
using System.Text.Json;
using Edge.Providers.Chat;
using Edge.Providers.Dialects;
using Edge.Providers.Dialects.OpenAi;
using Edge.Providers.Errors;

namespace Edge.Providers.Tests.Dialects.OpenAi;

public class OpenAiChatRequestEncoderTests
{
    private const string Hi = """{"role":"user","content":"Hi"}""";

    internal static (string Body, List<string> Dropped, RequestError? Error) Encode(ChatRequest request, string provider, string model = "")
    {
        var (output, dropped) = (new ByteBuffer(), new List<string>());
        var options = new ChatEncodeOptions { Sheet = ProviderCatalog.Find(provider), Model = Encoding.UTF8.GetBytes(model) };
        Assert.True(options.Sheet is not null || provider.Length == 0, provider);
        new OpenAiChatRequestEncoder().TryEncode(request, options, output, dropped, out var error);
        return (error is null ? Wire.Compact(Encoding.UTF8.GetString(output.Span)) : "", dropped, error);
    }

    private static (string Body, List<string> Dropped, RequestError? Error) Encode(string json, string provider) => Encode(Requests.Decoded(json), provider);

    private static string Ok(string json, string provider)
    {
        var (body, dropped, error) = Encode(json, provider);
        Assert.Null(error);
        Assert.Empty(dropped);
        return body;
    }

    // What is left out is named, which LeftOutTests assert.
    private static string Taken(string json, string provider)
    {
        var (body, dropped, error) = Encode(json, provider);
        Assert.Null(error);
        Assert.Empty(dropped.Except(["cache_control", "messages.reasoning_content", "messages.thinking_blocks"]));
        return body;
    }

    private static string Part(string body, string path)
    {
        var element = JsonDocument.Parse(body).RootElement;
        foreach (var step in path.Split('.')) element = int.TryParse(step, out var i) ? element[i] : element.GetProperty(step);
        return Wire.Compact(element.GetRawText());
    }

    [Theory]
    [InlineData("vllm", true, ",\"continue_final_message\":true,\"add_generation_prompt\":false")]
    [InlineData("vllm", false, "")]
    [InlineData("groq", true, "")]
    public void A_begun_answer_is_marked_where_the_provider_wants_a_mark(string provider, bool isContinued, string mark)
    {
        var request = Requests.Decoded($$"""{"model":"m","messages":[{{Hi}}]}""");
        request.AddMessage(ChatRole.Assistant, 1);
        request.AddPart(ChatPartKind.Text, -1).Text = request.Derive("Say \"\u00e9\n"u8);
        request.IsContinued = isContinued;

        var (body, dropped, error) = Encode(request, provider);

        Assert.Null(error);
        Assert.Empty(dropped);
        Assert.Equal("""{"model":"m","messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":"Say \"\u00e9\n"}]""".Replace("\\u00e9", "\u00e9", StringComparison.Ordinal) + mark + "}", body);
        request.Clear();
        Assert.False(request.IsContinued);
    }

    /// <summary>Members that come out as they went in.</summary>
    [Theory]
    [InlineData("openai", "gpt-4o", """ "tools":[{"type":"function","function":{"name":"f","description":"d\n\"q\"","parameters":{"type":"object"},"strict":true}}],"tool_choice":"required","parallel_tool_calls":false """)]
    [InlineData("openai", "gpt-4o", """ "tools":[{"type":"function","function":{"name":"f"}}],"tool_choice":{"type":"function","function":{"name":"f"}} """)]
    [InlineData("openai", "gpt-4o", """ "tools":[{"type":"function","function":{"name":"f"}}],"tool_choice":{"type":"allowed_tools","allowed_tools":{"mode":"required","tools":[{"type":"function","function":{"name":"f"}}]}} """)]
    [InlineData("openai", "gpt-4o", """ "response_format":{"type":"json_schema","json_schema":{"name":"n","description":"d","schema":{"type":"object","x":[1.50]},"strict":true}} """)]
    [InlineData("openai", "gpt-4o", """ "response_format":{"type":"json_object"} """)]
    [InlineData("openai", "gpt-4o", """ "temperature":0.25,"top_p":0.5,"presence_penalty":-1,"frequency_penalty":2,"seed":-7,"n":3,"logit_bias":{"5":-100},"logprobs":true,"top_logprobs":4,"stop":["a","\"b\n"],"max_completion_tokens":9,"user":"u","service_tier":"flex" """)]
    [InlineData("openai", "gpt-5", """ "reasoning_effort":"minimal","max_completion_tokens":9 """)]
    [InlineData("openai", "gpt-5.1", """ "reasoning_effort":"none","temperature":0.5 """)]
    [InlineData("vllm", "m", """ "top_k":5,"max_tokens":9,"reasoning_effort":"low" """)]
    [InlineData("openrouter", "m", """ "cache_control":{"type":"ephemeral"},"stream":true,"stream_options":{"include_usage":true} """)]
    public void What_the_provider_takes_goes_as_it_is(string provider, string model, string members)
    {
        var json = Requests.With(members, model, Hi);
        var expected = JsonDocument.Parse(Wire.Compact(json)).RootElement;
        var actual = JsonDocument.Parse(Ok(json, provider)).RootElement;
        Assert.True(JsonElement.DeepEquals(expected, actual), $"{expected}\n{actual}");
    }

    [Theory]
    [InlineData("openai", "gpt-4o", "\"max_tokens\":5", "\"max_completion_tokens\":5", "")]
    [InlineData("mistral", "m", "\"max_completion_tokens\":5,\"seed\":1", "\"random_seed\":1,\"max_tokens\":5", "")]
    [InlineData("mistral", "m", "\"user\":\"u\",\"logprobs\":true,\"top_logprobs\":2,\"logit_bias\":{\"1\":1}", "", "logit_bias,logprobs,top_logprobs,user")]
    [InlineData("openai", "gpt-4o", "\"top_k\":5", "", "top_k")]
    [InlineData("openai", "gpt-4o", "\"metadata\":{\"a\":\"b\"}", "", "metadata")]
    [InlineData("openai", "gpt-4o", "\"metadata\":{ }", "", "")]
    [InlineData("openai", "gpt-4o", "\"stop\":[\"1\",\"2\",\"3\",\"4\",\"5\"]", "\"stop\":[\"1\",\"2\",\"3\",\"4\"]", "stop")]
    [InlineData("openai", "gpt-4o", "\"reasoning_effort\":\"high\"", "", "reasoning_effort")]
    [InlineData("openai", "gpt-4o", "\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":2048}", "", "thinking")]
    [InlineData("openai", "gpt-4o", "\"thinking\":{\"type\":\"disabled\"}", "", "")]
    [InlineData("openai", "gpt-5", "\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":2048}", "\"reasoning_effort\":\"low\"", "")]
    [InlineData("openai", "gpt-5", "\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":2049}", "\"reasoning_effort\":\"medium\"", "")]
    [InlineData("openai", "gpt-5", "\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":8193}", "\"reasoning_effort\":\"high\"", "")]
    [InlineData("openai", "gpt-5", "\"thinking\":{\"type\":\"adaptive\"}", "\"reasoning_effort\":\"medium\"", "")]
    [InlineData("openai", "gpt-5.2", "\"reasoning_effort\":\"max\"", "\"reasoning_effort\":\"xhigh\"", "")]
    [InlineData("openai", "o3", "\"reasoning_effort\":\"xhigh\"", "\"reasoning_effort\":\"high\"", "")]
    [InlineData("openai", "o3", "\"reasoning_effort\":\"none\"", "", "reasoning_effort")]
    [InlineData("openai", "openai/gpt-5-mini", "\"temperature\":0.5,\"top_p\":1,\"stop\":\"x\",\"presence_penalty\":0", "", "temperature,stop")]
    [InlineData("openai", "o3-mini", "\"stop\":[\"x\"],\"temperature\":0.5", "\"stop\":[\"x\"]", "temperature")]
    [InlineData("openai", "o3", "\"stop\":[\"x\"]", "", "stop")]
    [InlineData("openai", "gpt-4o", "\"verbosity\":\"low\",\"prompt_cache_key\":\"k\",\"safety_identifier\":\"s\"", "\"safety_identifier\":\"s\",\"prompt_cache_key\":\"k\"", "verbosity")]
    [InlineData("openai", "gpt-5", "\"verbosity\":\"low\"", "\"verbosity\":\"low\"", "")]
    [InlineData("groq", "m", "\"prompt_cache_key\":\"k\",\"safety_identifier\":\"s\"", "", "safety_identifier,prompt_cache_key")]
    [InlineData("openai", "gpt-5.1", "\"temperature\":0.5,\"reasoning_effort\":\"high\"", "\"reasoning_effort\":\"high\"", "temperature")]
    [InlineData("openai", "gpt-5-chat-latest", "\"temperature\":0.5", "\"temperature\":0.5", "")]
    [InlineData("deepseek", "m", "\"reasoning_effort\":\"max\"", "\"thinking\":{\"type\":\"enabled\"},\"reasoning_effort\":\"max\"", "")]
    [InlineData("deepseek", "m", "\"thinking\":{\"type\":\"disabled\"}", "\"thinking\":{\"type\":\"disabled\"}", "")]
    [InlineData("openrouter", "m", "\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":3000}", "\"reasoning\":{\"max_tokens\":3000}", "")]
    [InlineData("openrouter", "m", "\"reasoning_effort\":\"xhigh\"", "\"reasoning\":{\"effort\":\"xhigh\"}", "")]
    [InlineData("groq", "m", "\"service_tier\":\"standard_only\"", "\"service_tier\":\"default\"", "")]
    [InlineData("vllm", "m", "\"service_tier\":\"auto\"", "", "")]
    [InlineData("vllm", "m", "\"service_tier\":\"flex\"", "", "service_tier")]
    [InlineData("vllm", "m", "\"stream\":true", "\"stream\":true,\"stream_options\":{\"include_usage\":true}", "")]
    [InlineData("openai", "gpt-4o", "\"tool_choice\":\"required\"", "", "tool_choice")]
    [InlineData("openai", "gpt-4o", "\"tool_choice\":\"auto\",\"parallel_tool_calls\":true", "", "")]
    [InlineData("openai", "gpt-4o", "\"something_new\": [1]", "\"something_new\":[1]", "")]
    [InlineData("mistral", "m", "\"safe_prompt\":true,\"prediction\":{\"type\":\"content\"},\"store\":true,\"prompt_mode\":\"reasoning\",\"metadata\":{\"a\":\"b\"}", "\"metadata\":{\"a\":\"b\"},\"safe_prompt\":true,\"prediction\":{\"type\":\"content\"},\"prompt_mode\":\"reasoning\"", "store")]
    [InlineData("mistral", "m", "\"web_search_options\":{},\"prompt_cache_retention\":\"24h\",\"safe_prompt\":true,\"moderation\":{},\"x\":1,\"guardrails\":[]", "\"safe_prompt\":true,\"guardrails\":[]", "web_search_options,prompt_cache_retention,moderation,x")]
    [InlineData("mistral", "mistral-small-latest", "\"reasoning_effort\":\"none\"", "\"reasoning_effort\":\"none\"", "")]
    [InlineData("mistral", "mistral-small-latest", "\"reasoning_effort\":\"minimal\"", "\"reasoning_effort\":\"none\"", "")]
    [InlineData("mistral", "mistral-small-latest", "\"reasoning_effort\":\"low\"", "\"reasoning_effort\":\"none\"", "reasoning_effort")]
    [InlineData("mistral", "mistral-medium-latest", "\"reasoning_effort\":\"medium\"", "\"reasoning_effort\":\"high\"", "reasoning_effort")]
    [InlineData("mistral", "mistral-medium-latest", "\"reasoning_effort\":\"high\"", "\"reasoning_effort\":\"high\"", "")]
    [InlineData("mistral", "mistral-medium-latest", "\"reasoning_effort\":\"xhigh\"", "\"reasoning_effort\":\"high\"", "")]
    [InlineData("mistral", "mistral-medium-latest", "\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":1024}", "\"reasoning_effort\":\"high\"", "")]
    [InlineData("mistral", "mistral-medium-latest", "\"thinking\":{\"type\":\"disabled\"}", "\"reasoning_effort\":\"none\"", "")]
    [InlineData("mistral", "magistral-medium-latest", "\"reasoning_effort\":\"high\"", "", "")]
    [InlineData("mistral", "magistral-medium-latest", "\"reasoning_effort\":\"low\"", "", "reasoning_effort")]
    [InlineData("mistral", "magistral-medium-latest", "\"thinking\":{\"type\":\"disabled\"}", "", "thinking")]
    [InlineData("mistral", "magistral-medium-latest", "\"thinking\":{\"type\":\"adaptive\"}", "", "")]
    [InlineData("mistral", "m", "\"random_seed\":1,\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\"}}],\"tool_choice\":\"any\"", "\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\"}}],\"tool_choice\":\"required\",\"random_seed\":1", "")]
    [InlineData("mistral", "m", "\"random_seed\":1,\"seed\":2", "\"random_seed\":2", "random_seed")]
    [InlineData("openai", "gpt-4o", "\"response_format\":{\"type\":\"text\"}", "", "")]
    [InlineData("deepseek", "m", "\"response_format\":{\"type\":\"json_object\"}", "\"response_format\":{\"type\":\"json_object\"}", "")]
    public void What_the_provider_takes_otherwise_is_adapted_or_named(string provider, string model, string members, string expected, string dropped)
    {
        var (body, names, error) = Encode(Requests.With(members, model, Hi), provider);
        Assert.Null(error);
        Assert.Equal(Wire.Compact($$"""{"model":"{{model}}","messages":[{{Hi}}]{{(expected.Length > 0 ? "," : "")}}{{expected}}}"""), body);
        Assert.Equal(dropped, string.Join(',', names));
    }

    [Fact]
    public void A_limit_of_tools_shortens_the_list_where_the_provider_knows_no_other()
    {
        var json = Requests.With("""
            "tools":[{"type":"function","function":{"name":"f"}},{"type":"function","function":{"name":"g"}}],"tool_choice":{"type":"allowed_tools","allowed_tools":{"mode":"auto","tools":[{"type":"function","function":{"name":"g"}}]}}
            """, "m", Hi);
        var body = Ok(json, "groq");
        Assert.Equal("""[{"type":"function","function":{"name":"g"}}]""", Part(body, "tools"));
        Assert.Equal("\"auto\"", Part(body, "tool_choice"));
    }

    [Fact]
    public void A_schema_that_the_provider_cannot_enforce_becomes_an_instruction()
    {
        var (body, dropped, _) = Encode(Requests.With("""
            "response_format":{"type":"json_schema","json_schema":{"name":"n","schema":{"type":"object","properties":{"a\"b":{}}}}}
            """, "m", Hi), "deepseek");
        Assert.Equal("""{"type":"json_object"}""", Part(body, "response_format"));
        Assert.Contains("""a\\\"b""", Part(body, "messages.0.content"), StringComparison.Ordinal);
        Assert.Equal(["response_format"], dropped);
    }

    [Theory]
    [InlineData("openai", """[{"type":"text","text":"A\n"},{"type":"text","text":"B"}]""", """[{"type":"text","text":"A\n"},{"type":"text","text":"B"}]""")]
    [InlineData("deepseek", """[{"type":"text","text":"A"},{"type":"text","text":"B"}]""", "\"A\\n\\nB\"")]
    [InlineData("openai", """[{"type":"image_url","image_url":{"url":"https://x/y","detail":"low"}}]""", """[{"type":"image_url","image_url":{"url":"https://x/y","detail":"low"}}]""")]
    [InlineData("openai", """[{"type":"image_url","image_url":{"url":"data:image\/png;base64,A\/A="}}]""", """[{"type":"image_url","image_url":{"url":"data:image/png;base64,A/A="}}]""")]
    [InlineData("openai", """[{"type":"input_audio","input_audio":{"data":"AA==","format":"mp3"}}]""", """[{"type":"input_audio","input_audio":{"data":"AA==","format":"mp3"}}]""")]
    [InlineData("openai", """[{"type":"file","file":{"filename":"a.pdf","file_data":"data:application/pdf;base64,JVBE"}}]""", """[{"type":"file","file":{"filename":"a.pdf","file_data":"data:application/pdf;base64,JVBE"}}]""")]
    [InlineData("openai", """[{"type":"file","file":{"file_data":"data:application/pdf;base64,JVBE"}}]""", """[{"type":"file","file":{"filename":"document.pdf","file_data":"data:application/pdf;base64,JVBE"}}]""")]
    [InlineData("openai", """[{"type":"file","file":{"filename":"n.txt","file_data":"data:text/plain;base64,YSJiCg=="}}]""", """[{"type":"text","text":"n.txt:\na\"b\n"}]""")]
    [InlineData("openai", """[{"type":"file","file":{"file_data":"data:image/png;base64,AAAA"}}]""", """[{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}}]""")]
    [InlineData("openai", """[{"type":"file","file":{"file_id":"file-1"}}]""", """[{"type":"file","file":{"file_id":"file-1"}}]""")]
    [InlineData("openrouter", """[{"type":"file","file":{"filename":"a.pdf","file_data":"https://x/a.pdf"}}]""", """[{"type":"file","file":{"filename":"a.pdf","file_data":"https://x/a.pdf"}}]""")]
    [InlineData("openrouter", """[{"type":"text","text":"A","cache_control":{"type":"ephemeral"}}]""", """[{"type":"text","text":"A","cache_control":{"type":"ephemeral"}}]""")]
    [InlineData("openai", """[{"type":"text","text":"A","cache_control":{"type":"ephemeral"}}]""", "\"A\"")]
    public void Parts_of_a_user(string provider, string content, string expected) =>
        Assert.Equal(Wire.Compact(expected), Part(Taken(Requests.WithMessages($$"""{"role":"user","content":{{content}}}"""), provider), "messages.0.content"));

    [Theory]
    [InlineData("openai", """{"type":"file","file":{"file_data":"https://x/a.pdf"}}""", "messages[0].content[0].file.file_data")]
    [InlineData("openai", """{"type":"file","file":{"file_id":"file_011CNha8iCJcU1wXNR6q4V8w"}}""", "messages[0].content[0].file.file_id")]
    [InlineData("groq", """{"type":"file","file":{"file_id":"file-1"}}""", "messages[0].content[0].file.file_id")]
    [InlineData("openai", """{"type":"file","file":{"file_data":"data:text/plain;base64,????"}}""", "messages[0].content[0].file.file_data")]
    public void Parts_that_the_provider_cannot_read_are_refused_by_name(string provider, string part, string field) =>
        Assert.Equal(field, Encode(Requests.WithMessages($$"""{"role":"user","content":[{{part}}]}"""), provider).Error?.Field);

    [Fact]
    public void Audio_output_is_refused() => Assert.Equal("modalities", Encode(Requests.With("\"modalities\":[\"text\",\"audio\"]"), "openai").Error?.Field);

    private const string Call = """{"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{\"a\":\"\\\"\\n\"}"}},{"id":"c2","type":"function","function":{"name":"g","arguments":""}}]}""";

    [Fact]
    public void Media_of_results_wait_for_the_user_behind_all_results()
    {
        var results = """{"role":"tool","tool_call_id":"c1","content":[{"type":"text","text":"one"},{"type":"image_url","image_url":{"url":"https://x/1"}}]},{"role":"tool","tool_call_id":"c2","content":"two"}""";
        var expected = """[{"type":"text","text":"Media of the result of tool call c1:"},{"type":"image_url","image_url":{"url":"https://x/1"}}""";
        var body = Ok(Requests.WithMessages(Hi, Call, results), "openai");
        Assert.Equal("""{"role":"tool","tool_call_id":"c1","content":"one\n(Its media follow in the next message of the user.)"}""", Part(body, "messages.2"));
        Assert.Equal("""{"role":"tool","tool_call_id":"c2","content":"two"}""", Part(body, "messages.3"));
        Assert.Equal($$"""{"role":"user","content":{{expected}}]}""", Part(body, "messages.4"));

        body = Ok(Requests.WithMessages(Hi, Call, results, Hi), "openai");
        Assert.Equal(expected + """,{"type":"text","text":"Hi"}]""", Part(body, "messages.4.content"));

        body = Ok(Requests.WithMessages(Hi, Call, results, """{"role":"assistant","content":"B"}"""), "openai");
        Assert.Equal("\"user\"", Part(body, "messages.4.role"));
        Assert.Equal("\"assistant\"", Part(body, "messages.5.role"));
    }

    [Fact]
    public void Calls_keep_their_arguments_to_the_byte()
    {
        var body = Ok(Requests.WithMessages(Hi, Call, """{"role":"tool","tool_call_id":"c1","content":"r"}"""), "openai");
        var calls = JsonDocument.Parse(body).RootElement.GetProperty("messages")[1].GetProperty("tool_calls");
        Assert.Equal("{\"a\":\"\\\"\\n\"}", calls[0].GetProperty("function").GetProperty("arguments").GetString());
        Assert.Equal("{}", calls[1].GetProperty("function").GetProperty("arguments").GetString());
        Assert.Equal("c1", calls[0].GetProperty("id").GetString());
    }

    [Fact]
    public void Arguments_that_are_JSON_become_a_string_of_it()
    {
        const string arguments = """{ "a": ["\"é\n", 1.50, {"b":null}] }""";
        var json = Encoding.UTF8.GetBytes($$"""{"a":{{arguments}},"n":"f","i":"c1"}""");
        using var index = Wire.Index(json);
        var root = new Edge.Providers.Json.JsonValue(json, index.Tokens);
        var request = new ChatRequest { Body = json };
        request.AddMessage(ChatRole.Assistant, 0);
        ref var part = ref request.AddPart(ChatPartKind.ToolCall, 0);
        part.ArgumentsAreJson = true;
        part.Text = BodyRange.Of(root["a"u8]);
        part.Name = BodyRange.Of(root["n"u8]);
        part.Id = BodyRange.Of(root["i"u8]);
        ref var result = ref request.AddMessage(ChatRole.Tool, 1);
        result.ToolCallId = part.Id;
        result.IsError = true;
        request.AddPart(ChatPartKind.Text, -1).Text = BodyRange.Of(root["n"u8]);
        var body = Encode(request, "openai", "gpt-4o").Body;
        Assert.Equal(arguments, JsonDocument.Parse(body).RootElement.GetProperty("messages")[0].GetProperty("tool_calls")[0].GetProperty("function").GetProperty("arguments").GetString());
        Assert.Equal("\"Error: f\"", Part(body, "messages.1.content"));
    }

    [Theory]
    [InlineData("openai", "toolu_01A09q90qw90lq917835lq9", "toolu_01A09q90qw90lq917835lq9")]
    [InlineData("openai", "call_0123456789012345678901234567890123456", null)]
    [InlineData("mistral", "abcDEF123", "abcDEF123")]
    [InlineData("mistral", "toolu_01A09q90qw90lq917835lq9", null)]
    [InlineData("groq", "call_0123456789012345678901234567890123456", "call_0123456789012345678901234567890123456")]
    public void Ids_that_a_provider_refuses_are_replaced_alike_on_both_sides(string provider, string id, string? expected)
    {
        var body = Ok(Requests.WithMessages(
            Hi,
            $$$"""{"role":"assistant","tool_calls":[{"id":"{{{id}}}","type":"function","function":{"name":"f","arguments":"{}"}},{"id":"{{{id}}}x","type":"function","function":{"name":"f","arguments":"{}"}}]}""",
            $$"""{"role":"tool","tool_call_id":"{{id}}","content":"r"}"""), provider);
        var called = Part(body, "messages.1.tool_calls.0.id").Trim('"');
        Assert.Equal(called, Part(body, "messages.2.tool_call_id").Trim('"'));
        Assert.NotEqual(called, Part(body, "messages.1.tool_calls.1.id").Trim('"'));
        if (expected is not null) Assert.Equal(expected, called);
        else Assert.Matches(provider == "mistral" ? "^[a-zA-Z0-9]{9}$" : "^call_[a-z0-9]{13}$", called);
    }

    [Fact]
    public void Calls_without_an_id_get_one()
    {
        var body = Ok(Requests.WithMessages(Hi, """{"role":"assistant","content":null,"function_call":{"name":"f","arguments":"{}"}}""", """{"role":"function","name":"f","content":"r"}"""), "mistral");
        Assert.Equal("\"call00001\"", Part(body, "messages.1.tool_calls.0.id"));
        Assert.Equal("\"call00001\"", Part(body, "messages.2.tool_call_id"));
    }

    private const string Thought = """{"role":"assistant","reasoning_content":"why","content":"B"}""";

    [Fact]
    public void Reasoning_goes_back_to_those_that_take_it()
    {
        Assert.Equal("""{"role":"assistant","content":"B"}""", Part(Taken(Requests.WithMessages(Hi, Thought, Hi), "openai"), "messages.1"));
        Assert.Equal("""{"role":"assistant","content":"B","reasoning_content":"why"}""", Part(Ok(Requests.WithMessages(Hi, Thought, Hi), "deepseek"), "messages.1"));
        var call = Call[..^1] + ""","reasoning_content":null}""";
        Assert.Contains("\"reasoning_content\":\"\"", Part(Ok(Requests.WithMessages(Hi, call, Hi), "deepseek"), "messages.1"), StringComparison.Ordinal);
        var signed = """{"role":"assistant","content":"B","thinking_blocks":[{"type":"thinking","thinking":"t","signature":"s"},{"type":"redacted_thinking","data":"openai.e"},{"type":"redacted_thinking","data":"gemini.g"},{"type":"redacted_thinking","data":"a"}]}""";
        Assert.Equal(
            """[{"type":"reasoning.text","text":"t","signature":"s","format":"anthropic-claude-v1","index":0},{"type":"reasoning.encrypted","data":"e","format":"openai-responses-v1","index":1},{"type":"reasoning.encrypted","data":"g","format":"google-gemini-v1","index":2},{"type":"reasoning.encrypted","data":"a","format":"anthropic-claude-v1","index":3}]""",
            Part(Ok(Requests.WithMessages(Hi, signed, Hi), "openrouter"), "messages.1.reasoning_details"));
    }

    [Fact]
    public void Googles_signature_of_a_call_goes_back_only_to_those_that_read_it()
    {
        var call = """{"role":"assistant","tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{}"},"extra_content":{"google":{"thought_signature":"A\/="}}}]}""";
        Assert.Equal(
            """{"id":"c1","type":"function","function":{"name":"f","arguments":"{}"},"extra_content":{"google":{"thought_signature":"A/="}}}""",
            Part(Ok(Requests.WithMessages(Hi, call), "openai_compatible"), "messages.1.tool_calls.0"));
        Assert.DoesNotContain("extra_content", Ok(Requests.WithMessages(Hi, call), "openai"), StringComparison.Ordinal);
        Assert.Equal("""[{"type":"reasoning.encrypted","data":"A/=","format":"google-gemini-v1","id":"c1","index":0}]""", Part(Ok(Requests.WithMessages(Hi, call), "openrouter"), "messages.1.reasoning_details"));
    }

    [Fact]
    public void OpenRouters_details_go_round()
    {
        const string details = """[{"type":"reasoning.text","text":"t","signature":"s","format":"anthropic-claude-v1","index":0},{"type":"reasoning.encrypted","data":"e","format":"openai-responses-v1","index":1}]""";
        var message = $$"""{"role":"assistant","content":"B","reasoning":"t","reasoning_details":{{details}}}""";
        Assert.Equal(details, Part(Ok(Requests.WithMessages(Hi, message), "openrouter"), "messages.1.reasoning_details"));
        Assert.Equal("\"t\"", Part(Taken(Requests.WithMessages(Hi, message), "deepseek"), "messages.1.reasoning_content"));
    }

    [Fact]
    public void Roles_names_refusals_and_a_prefix()
    {
        var messages = Requests.WithMessages("""{"role":"developer","content":"S"}""", """{"role":"user","name":"bob","content":"A"}""", """{"role":"assistant","content":null,"refusal":"no"}""", """{"role":"assistant","content":"The"}""");
        Assert.Equal(
            Wire.Compact("""[{"role":"system","content":"S"},{"role":"user","name":"bob","content":"A"},{"role":"assistant","content":null,"refusal":"no"},{"role":"assistant","content":"The"}]"""),
            Part(Ok(messages, "openai"), "messages"));
        var (body, dropped, _) = Encode(messages, "mistral");
        Assert.Equal("""{"role":"assistant","content":"The","prefix":true}""", Part(body, "messages.3"));
        Assert.Equal(["messages.name"], dropped);
    }

    [Fact]
    public void A_long_name_of_a_user_goes_as_its_hash()
    {
        var user = new string('u', 65);
        var body = Ok(Requests.With($"\"user\":\"{user}\"", "gpt-4o", Hi), "openai");
        Assert.Equal(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes(user))), Part(body, "user").Trim('"'));
        Assert.Equal(user[1..], Part(Ok(Requests.With($"\"user\":\"{user[1..]}\"", "gpt-4o", Hi), "openai"), "user").Trim('"'));
    }

    [Theory]
    [InlineData("gpt-5.2", "high", true, "high", "")]
    [InlineData("gpt-5.4", "high", true, "", "reasoning_effort")]
    [InlineData("gpt-5.4-mini", null, true, "", "")]
    [InlineData("gpt-5.5", "none", true, "", "")]
    [InlineData("gpt-5.6-terra", null, true, "none", "")]
    [InlineData("gpt-5.6-terra", "low", true, "none", "reasoning_effort")]
    [InlineData("gpt-5.6-terra", "low", false, "low", "")]
    [InlineData("gpt-6", "low", true, "none", "reasoning_effort")]
    public void Effort_beside_tools_is_said_as_the_model_takes_it(string model, string? effort, bool tools, string expected, string named)
    {
        var members = (effort is null ? "" : $"\"reasoning_effort\":\"{effort}\",") + (tools ? """ "tools":[{"type":"function","function":{"name":"f"}}] """ : "\"n\":1");
        Assert.Null(Requests.Decode(Requests.With(members, model), out var request));
        var (output, dropped) = (new Edge.Providers.Dialects.ByteBuffer(), new List<string>());
        new Edge.Providers.Dialects.OpenAi.OpenAiChatRequestEncoder().TryEncode(request, new() { Sheet = ProviderCatalog.Find("openai") }, output, dropped, out var error);

        Assert.Null(error);
        var body = System.Text.Json.JsonDocument.Parse(output.Span.ToArray()).RootElement;
        Assert.Equal(expected, body.TryGetProperty("reasoning_effort", out var said) ? said.GetString() : "");
        Assert.Equal(named, string.Join(' ', dropped));
    }
}
