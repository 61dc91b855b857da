using System.Text;
using Edge.Providers.Chat;
using Edge.Providers.Dialects.Anthropic;
using Edge.Providers.Dialects.OpenAi;
using Edge.Providers.Dialects.Responses;
using Edge.Providers.Errors;

namespace Edge.Providers.Tests.Dialects;

/// <summary>What a client may list is bounded where the work is the product of two lists.</summary>
public class RequestLimitTests
{
    private static RequestError? Decode(string dialect, string json, out ChatRequest request)
    {
        var body = Encoding.UTF8.GetBytes(json);
        request = new ChatRequest();
        using var index = Wire.Index(body);
        RequestError? error;
        _ = dialect switch
        {
            "chat" => OpenAiChatRequestDecoder.TryDecode(body, index.Tokens, request, out error),
            "messages" => AnthropicRequestDecoder.TryDecode(body, index.Tokens, request, out error),
            _ => ResponsesRequestDecoder.TryDecode(body, index.Tokens, request, out error),
        };
        return error;
    }

    private static string Many(int count, string item) => string.Join(',', Enumerable.Range(0, count).Select(i => item.Replace("#", $"n{i}", StringComparison.Ordinal)));

    [Theory]
    [InlineData("chat", "tools", """{"model":"m","messages":[{"role":"user","content":"x"}],"tools":[MANY]}""", """{"type":"function","function":{"name":"#"}}""")]
    [InlineData("chat", "functions", """{"model":"m","messages":[{"role":"user","content":"x"}],"functions":[MANY]}""", """{"name":"#"}""")]
    [InlineData("chat", "tool_choice.allowed_tools.tools", """{"model":"m","messages":[{"role":"user","content":"x"}],"tools":[{"type":"function","function":{"name":"f"}}],"tool_choice":{"type":"allowed_tools","allowed_tools":{"mode":"auto","tools":[MANY]}}}""", """{"type":"function","function":{"name":"#"}}""")]
    [InlineData("messages", "tools", """{"model":"m","max_tokens":5,"messages":[{"role":"user","content":"x"}],"tools":[MANY]}""", """{"name":"#","input_schema":{"type":"object"}}""")]
    [InlineData("responses", "tools", """{"model":"m","input":"x","tools":[MANY]}""", """{"type":"function","name":"#"}""")]
    [InlineData("responses", "input[0].tools", """{"model":"m","input":[{"type":"additional_tools","tools":[MANY]},{"role":"user","content":"x"}]}""", """{"type":"function","name":"#"}""")]
    [InlineData("responses", "tool_choice.tools", """{"model":"m","input":"x","tools":[{"type":"function","name":"f"}],"tool_choice":{"type":"allowed_tools","mode":"auto","tools":[MANY]}}""", """{"type":"function","name":"#"}""")]
    public void More_tools_than_any_provider_takes_are_refused_by_name(string dialect, string field, string body, string item)
    {
        Assert.Null(Decode(dialect, body.Replace("MANY", Many(1024, item), StringComparison.Ordinal), out _));

        var error = Decode(dialect, body.Replace("MANY", Many(1025, item), StringComparison.Ordinal), out _);

        Assert.Equal(field, error?.Field);
        Assert.Contains("1024", error!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void State_of_more_calls_than_are_searched_is_named_as_dropped()
    {
        var marks = string.Join(',', Enumerable.Range(0, 200).Select(i => $$"""{"type":"reasoning","summary":[],"encrypted_content":"call.4.c{{i:000}}.gemini.S"}"""));
        var calls = string.Join(',', Enumerable.Range(0, 200).Select(i => $$"""{"type":"function_call","call_id":"c{{i:000}}","name":"f","arguments":"{}"}"""));

        Assert.Null(Decode("responses", $$"""{"model":"m","input":[{"role":"user","content":"x"},{{marks}},{{calls}}]}""", out var request));

        var parts = request.PartsOf(request.Messages[1]).ToArray();
        Assert.Equal(128, parts.Count(part => part.Signature.IsPresent));
        Assert.True(parts[127].Signature.IsPresent);
        Assert.Contains("input.reasoning", request.Unsupported);
    }

    [Fact]
    public void State_behind_its_call_is_found_among_the_last_calls()
    {
        var calls = string.Join(',', Enumerable.Range(0, 200).Select(i => $$"""{"type":"function_call","call_id":"c{{i:000}}","name":"f","arguments":"{}"}"""));

        Assert.Null(Decode("responses", $$"""{"model":"m","input":[{"role":"user","content":"x"},{{calls}},{"type":"reasoning","summary":[],"encrypted_content":"call.4.c199.gemini.S"},{"type":"reasoning","summary":[],"encrypted_content":"call.4.c000.gemini.S"}]}""", out var request));

        var parts = request.PartsOf(request.Messages[1]).ToArray();
        Assert.True(parts[199].Signature.IsPresent);
        Assert.False(parts[0].Signature.IsPresent);
    }
}
