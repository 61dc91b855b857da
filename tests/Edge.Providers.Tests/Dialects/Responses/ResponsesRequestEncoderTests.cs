using Edge.Providers.Dialects;
using Edge.Providers.Errors;

namespace Edge.Providers.Tests.Dialects.Responses;

public class ResponsesRequestEncoderTests
{
    [Fact]
    public void A_chat_request_becomes_one_of_Responses()
    {
        var (json, dropped, error) = FromChat(
            """
            {"model":"gpt-4.1","stream":true,"max_tokens":100,"temperature":0.5,"top_p":0.9,"logprobs":true,"top_logprobs":2,"user":"u","metadata":{"a":"b"},"service_tier":"flex","parallel_tool_calls":false,
             "stop":["x"],"seed":1,"presence_penalty":1,"frequency_penalty":0,"logit_bias":{"1":2},"top_k":3,
             "response_format":{"type":"json_schema","json_schema":{"name":"n","description":"d","schema":{"type":"object"},"strict":true}},
             "tools":[{"type":"function","function":{"name":"f","description":"d","parameters":{"type":"object"},"strict":true}},{"type":"function","function":{"name":"g"}}],
             "tool_choice":{"type":"function","function":{"name":"f"}},
             "messages":[{"role":"system","content":"S"},{"role":"developer","content":"D"},
              {"role":"user","content":[{"type":"text","text":"T\u00e9"},{"type":"image_url","image_url":{"url":"https://x/i.png","detail":"low"}},{"type":"file","file":{"file_data":"data:application/pdf;base64,AAAA","filename":"a.pdf"}},{"type":"file","file":{"file_id":"file-1"}},{"type":"input_audio","input_audio":{"data":"AAAA","format":"mp3"}}]},
              {"role":"assistant","content":"A","refusal":"r","tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{\"a\":\"\\n\"}"}},{"id":"c2","type":"function","function":{"name":"g","arguments":""}}]},
              {"role":"tool","tool_call_id":"c1","content":"1"},{"role":"tool","tool_call_id":"c2","content":[{"type":"text","text":"2"},{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}}]}]}
            """);

        Assert.Null(error);
        Assert.Equal(
            Wire.Compact("""
            {"model":"gpt-4.1","store":false,"input":[{"role":"system","content":"S"},{"role":"developer","content":"D"},
             {"role":"user","content":[{"type":"input_text","text":"T\u00e9"},{"type":"input_image","image_url":"https://x/i.png","detail":"low"},{"type":"input_file","filename":"a.pdf","file_data":"data:application/pdf;base64,AAAA"},{"type":"input_file","file_id":"file-1"},{"type":"input_audio","input_audio":{"data":"AAAA","format":"mp3"}}]},
             {"role":"assistant","content":"Ar"},
             {"type":"function_call","call_id":"c1","name":"f","arguments":"{\"a\":\"\\n\"}"},{"type":"function_call","call_id":"c2","name":"g","arguments":"{}"},
             {"type":"function_call_output","call_id":"c1","output":"1"},{"type":"function_call_output","call_id":"c2","output":[{"type":"input_text","text":"2"},{"type":"input_image","image_url":"data:image/png;base64,AAAA","detail":"auto"}]}],
             "tools":[{"type":"function","name":"f","description":"d","parameters":{"type":"object"},"strict":true},{"type":"function","name":"g","parameters":{"type":"object","properties":{}},"strict":false}],
             "tool_choice":{"type":"function","name":"f"},"parallel_tool_calls":false,
             "text":{"format":{"type":"json_schema","name":"n","description":"d","schema":{"type":"object"},"strict":true}},
             "include":["message.output_text.logprobs"],"temperature":0.5,"top_p":0.9,"top_logprobs":2,"max_output_tokens":100,"metadata":{"a":"b"},"user":"u","service_tier":"flex","stream":true}
            """),
            json);
        Assert.Equal(["top_k", "seed", "presence_penalty", "logit_bias", "stop"], dropped);
    }

    [Theory]
    [InlineData("o3", "\"reasoning_effort\":\"high\",\"temperature\":0.5", "\"reasoning\":{\"effort\":\"high\"},\"include\":[\"reasoning.encrypted_content\"]", "temperature")]
    [InlineData("o1-pro", "\"temperature\":1", "\"include\":[\"reasoning.encrypted_content\"]", "")]
    [InlineData("gpt-5.1", "\"reasoning_effort\":\"none\",\"temperature\":0.5", "\"reasoning\":{\"effort\":\"none\"},\"include\":[\"reasoning.encrypted_content\"],\"temperature\":0.5", "")]
    [InlineData("gpt-5-pro", "\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":9000}", "\"reasoning\":{\"effort\":\"high\",\"summary\":\"auto\"},\"include\":[\"reasoning.encrypted_content\"]", "")]
    [InlineData("gpt-4o", "\"reasoning_effort\":\"low\"", "", "reasoning_effort")]
    [InlineData("gpt-4o", "\"max_tokens\":3", "\"max_output_tokens\":16", "max_tokens")]
    [InlineData("gpt-4o", "\"response_format\":{\"type\":\"json_object\"}", "\"text\":{\"format\":{\"type\":\"json_object\"}}", "")]
    public void A_model_gets_what_it_takes(string model, string members, string expected, string dropped)
    {
        var (json, names, error) = FromChat($$"""{"model":"{{model}}","messages":[{"role":"user","content":"Hi"}],{{members}}}""");
        Assert.Null(error);
        Assert.Equal($$"""{"model":"{{model}}","store":false,"input":[{"role":"user","content":"Hi"}]{{(expected.Length > 0 ? "," + expected : "")}}}""", json);
        Assert.Equal(dropped, string.Join(',', names));
    }

    [Theory]
    [InlineData("\"n\":2", "n")]
    [InlineData("\"modalities\":[\"audio\"]", "modalities")]
    [InlineData("\"messages\":[{\"role\":\"assistant\",\"content\":\"\"}]", "messages")]
    public void What_the_client_would_miss_is_an_error(string members, string field)
    {
        var messages = members.StartsWith("\"messages", StringComparison.Ordinal) ? "" : "\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}],";
        Assert.Equal(field, FromChat($$"""{"model":"gpt-4o",{{messages}}{{members}}}""").Error?.Field);
    }

    [Fact]
    public void Only_its_own_reasoning_goes_back()
    {
        var (json, dropped, _) = FromChat(
            """
            {"model":"gpt-5","messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":"A","thinking_blocks":[
             {"type":"thinking","thinking":"own","signature":"openai.gAAA"},{"type":"thinking","thinking":"","signature":"openai.gBBB"},
             {"type":"thinking","thinking":"foreign","signature":"c2ln"},{"type":"redacted_thinking","data":"ZW5j"}]},{"role":"user","content":"B"}]}
            """);
        Assert.Equal(
            Wire.Compact("""
            {"model":"gpt-5","store":false,"input":[{"role":"user","content":"Hi"},
             {"type":"reasoning","summary":[{"type":"summary_text","text":"own"}],"encrypted_content":"gAAA"},{"type":"reasoning","summary":[],"encrypted_content":"gBBB"},
             {"role":"assistant","content":"A"},{"role":"user","content":"B"}],"include":["reasoning.encrypted_content"]}
            """),
            json);
        // An encrypted block of another family says nothing that could be missed.
        Assert.Equal(["messages.thinking_blocks"], dropped);
    }

    private static readonly ChatEncodeOptions _perplexity = new() { Sheet = ProviderCatalog.Find("perplexity") };

    [Fact]
    public void Perplexity_gets_its_own_schema_and_no_member_that_it_has_not()
    {
        var (json, dropped, error) = FromChat(
            """
            {"model":"google/gemini-3-pro","stream":true,"max_tokens":100,"temperature":0.5,"top_p":0.9,"logprobs":true,"top_logprobs":2,"user":"u","metadata":{"a":"b"},"service_tier":"flex",
             "parallel_tool_calls":false,"safety_identifier":"s","prompt_cache_key":"k","verbosity":"low","reasoning_effort":"high",
             "response_format":{"type":"json_schema","json_schema":{"name":"n","description":"d","schema":{"type":"object"},"strict":true}},
             "tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object"},"strict":true}}],"tool_choice":"required",
             "web_search_options":{"search_context_size":"high","user_location":{"type":"approximate","approximate":{"city":"Bonn","country":"DE","timezone":"Europe/Berlin"}}},
             "messages":[{"role":"system","content":"S"},{"role":"user","content":[{"type":"text","text":"T"},{"type":"image_url","image_url":{"url":"https://x/i.png","detail":"low"}}]},
              {"role":"assistant","content":"A","tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{}"},"extra_content":{"google":{"thought_signature":"c2ln"}}}]},
              {"role":"tool","tool_call_id":"c1","content":[{"type":"text","text":"1"},{"type":"text","text":"2"}]}]}
            """,
            _perplexity);

        Assert.Null(error);
        Assert.Equal(
            Wire.Compact("""
            {"model":"google/gemini-3-pro","input":[{"type":"message","role":"system","content":"S"},
             {"type":"message","role":"user","content":[{"type":"input_text","text":"T"},{"type":"input_image","image_url":"https://x/i.png"}]},
             {"type":"message","role":"assistant","content":"A"},{"type":"function_call","call_id":"c1","name":"f","arguments":"{}","thought_signature":"c2ln"},
             {"type":"function_call_output","call_id":"c1","output":"1\n2"}],
             "tools":[{"type":"function","name":"f","parameters":{"type":"object"},"strict":true},{"type":"web_search","user_location":{"city":"Bonn","country":"DE"}}],
             "response_format":{"type":"json_schema","json_schema":{"name":"n","description":"d","schema":{"type":"object"},"strict":true}},
             "reasoning":{"effort":"high"},"max_output_tokens":100,"stream":true}
            """),
            json);
        Assert.Equal(
            ["logprobs", "metadata", "parallel_tool_calls", "prompt_cache_key", "safety_identifier", "service_tier", "temperature", "tool_choice", "top_logprobs", "top_p", "user", "verbosity",
                "web_search_options.search_context_size", "web_search_options.user_location.timezone"],
            dropped.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("\"response_format\":{\"type\":\"json_object\"}", "\"instructions\":\"Answer with one valid JSON object and nothing else: no prose around it, no code fence.\"", "response_format")]
    [InlineData("\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\"}}],\"tool_choice\":\"none\"", "", "")]
    [InlineData("\"tools\":[],\"tool_choice\":\"auto\",\"parallel_tool_calls\":true,\"temperature\":1", "", "")]
    [InlineData("\"reasoning_effort\":\"minimal\"", "\"reasoning\":{\"effort\":\"low\"}", "reasoning_effort")]
    [InlineData("\"reasoning_effort\":\"none\"", "", "reasoning_effort")]
    public void Perplexity_gets_what_it_takes(string members, string expected, string dropped)
    {
        var (json, names, error) = FromChat($$"""{"model":"perplexity/sonar","messages":[{"role":"user","content":"Hi"}],{{members}}}""", _perplexity);
        Assert.Null(error);
        Assert.Equal($$"""{"model":"perplexity/sonar","input":[{"type":"message","role":"user","content":"Hi"}]{{(expected.Length > 0 ? "," + expected : "")}}}""", json);
        Assert.Equal(dropped, string.Join(',', names));
    }

    [Theory]
    [InlineData("""{"role":"user","content":[{"type":"file","file":{"file_data":"data:application/pdf;base64,AAAA"}}]}""", "messages[0].content[0].file.file_data")]
    [InlineData("""{"role":"user","content":[{"type":"input_audio","input_audio":{"data":"AAAA","format":"mp3"}}]}""", "messages[0].content[0].input_audio")]
    [InlineData("""{"role":"user","content":"x"},{"role":"assistant","tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":""}}]},{"role":"tool","tool_call_id":"c","content":[{"type":"image_url","image_url":{"url":"https://x/i.png"}}]}""", "messages[2].content[0].image_url.url")]
    public void Perplexity_takes_text_and_images_alone(string messages, string field) =>
        Assert.Equal(field, FromChat($$"""{"model":"m","messages":[{{messages}}]}""", _perplexity).Error?.Field);

    private static (string Body, List<string> Dropped, RequestError? Error) FromChat(string json, ChatEncodeOptions? options = null)
    {
        var error = Requests.Decode(json, out var request);
        return error is null ? ResponsesWire.ToResponses(request, options) : ("", [], error);
    }
}
