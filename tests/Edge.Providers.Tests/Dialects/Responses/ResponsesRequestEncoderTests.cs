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

    private static (string Body, List<string> Dropped, RequestError? Error) FromChat(string json, ChatEncodeOptions? options = null)
    {
        var error = Requests.Decode(json, out var request);
        return error is null ? ResponsesWire.ToResponses(request, options) : ("", [], error);
    }
}
