using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Edge.Providers.Chat;
using Edge.Providers.Dialects;
using Edge.Providers.Dialects.OpenAi;
using Edge.Providers.Json;

namespace Edge.Providers.Tests.Dialects.OpenAi;

/// <summary>Tools that take free text: functions of one argument at every other provider, custom again to the client. https://platform.openai.com/docs/guides/function-calling#custom-tools</summary>
public sealed class CustomToolTests
{
    private const string Tools =
        """ "tools":[{"type":"custom","custom":{"name":"shell","description":"Runs it.","format":{"type":"text"}}},{"type":"function","function":{"name":"f"}}] """;

    private static readonly Codec _anthropic = Codec.Of(Dialect.Anthropic);

    [Fact]
    public void One_goes_out_as_a_function_of_one_text()
    {
        var (json, dropped, error) = _anthropic.Encode(Requests.With(Tools + """,  "tool_choice":{"type":"custom","custom":{"name":"shell"}} """));

        Assert.Null(error);
        Assert.Empty(dropped);
        var body = JsonDocument.Parse(json).RootElement;
        var tool = body.GetProperty("tools")[0];
        Assert.Equal(("shell", "Runs it."), (tool.GetProperty("name").GetString(), tool.GetProperty("description").GetString()));
        Assert.Equal("string", tool.GetProperty("input_schema").GetProperty("properties").GetProperty("input").GetProperty("type").GetString());
        Assert.Equal("""{"type":"tool","name":"shell"}""", body.GetProperty("tool_choice").GetRawText());
    }

    [Fact]
    public void A_grammar_is_left_out_by_name()
    {
        var (_, dropped, error) = _anthropic.Encode(Requests.With(
            """ "tools":[{"type":"custom","custom":{"name":"sql","format":{"type":"grammar","grammar":{"syntax":"lark","definition":"start: \"x\""}}}}] """));

        Assert.Null(error);
        Assert.Equal(["tools.custom.format"], dropped);
    }

    [Fact]
    public void Its_calls_go_back_in_that_form()
    {
        var (json, _, error) = _anthropic.Encode(Requests.With(
            Tools,
            messages: """{"role":"user","content":"A"},{"role":"assistant","tool_calls":[{"id":"c","type":"custom","custom":{"name":"shell","input":"echo \"é\"\n"}}]},{"role":"tool","tool_call_id":"c","content":"r"}"""));

        Assert.Null(error);
        var call = JsonDocument.Parse(json).RootElement.GetProperty("messages")[1].GetProperty("content")[0];
        Assert.Equal("echo \"é\"\n", call.GetProperty("input").GetProperty("input").GetString());
    }

    [Theory]
    [InlineData(""" "tools":[{"type":"custom"}] """, "tools[0].custom")]
    [InlineData(""" "tools":[{"type":"custom","custom":{}}] """, "tools[0].custom.name")]
    [InlineData(""" "tools":[{"type":"custom","custom":{"name":"a","format":1}}] """, "tools[0].custom.format")]
    [InlineData(""" "tools":[{"type":"odd"}] """, "tools[0].type")]
    [InlineData(""" "tool_choice":{"type":"custom"} """, "tool_choice.custom")]
    [InlineData(""" "tool_choice":{"type":"custom","custom":{"name":1}} """, "tool_choice.custom.name")]
    public void What_is_wrong_is_named(string members, string field) => Assert.Equal(field, Requests.Decode(Requests.With(members), out _)?.Field);

    [Theory]
    [InlineData("""{"type":"custom"}""", "messages[0].tool_calls[0].custom")]
    [InlineData("""{"type":"custom","custom":{"name":"a","input":{}}}""", "messages[0].tool_calls[0].custom.input")]
    public void What_is_wrong_with_a_call_is_named(string call, string field) =>
        Assert.Equal(field, Requests.Decode(Requests.WithMessages("""{"role":"assistant","tool_calls":[{"id":"c",""" + call[1..] + "]}"), out _)?.Field);

    [Fact]
    public void A_call_of_one_comes_back_with_its_text()
    {
        string[] fragments = ["{\"in", "put\": \"echo \\\"", "é\\\"\\n\"}"];
        Action<IChatEventSink> push = sink =>
        {
            sink.Start(default);
            sink.ToolCallStart(0, 0, Plain("a"), Plain("shell"));
            sink.ToolCallStart(0, 1, Plain("b"), Plain("f"));
            foreach (var fragment in fragments)
            {
                sink.ToolCallArguments(0, 0, Plain(fragment));
                sink.ToolCallArguments(0, 1, Plain(fragment));
            }
            sink.Finish(0, FinishReason.ToolCalls, default);
            sink.End();
        };
        const string Expected =
            """[{"id":"a","type":"custom","custom":{"name":"shell","input":"echo \u0022\u00E9\u0022\n"}},{"id":"b","type":"function","function":{"name":"f","arguments":"{\u0022input\u0022: \u0022echo \\\u0022\u00E9\\\u0022\\n\u0022}"}}]""";

        var whole = JsonNode.Parse(Run(new OpenAiChatResponseEncoder(), push))!["choices"]![0]!["message"]!["tool_calls"]!.ToJsonString();
        Assert.Equal(Expected, whole);

        // The SDKs' accumulation: texts of one index are joined.
        var calls = new JsonArray();
        foreach (var line in Run(new OpenAiChatStreamEncoder(), push).Split('\n').Where(line => line.StartsWith("data: {", StringComparison.Ordinal)))
        {
            foreach (var delta in JsonNode.Parse(line[6..])!["choices"]![0]!["delta"]!["tool_calls"]?.AsArray() ?? [])
            {
                var index = (int)delta!["index"]!;
                delta.AsObject().Remove("index");
                if (index == calls.Count) calls.Add(delta.DeepClone());
                else
                {
                    var kind = calls[index]!["type"]!.ToString();
                    var text = kind == "custom" ? "input" : "arguments";
                    calls[index]![kind]![text] = calls[index]![kind]![text]!.ToString() + delta[kind]![text];
                }
            }
        }
        Assert.Equal(Expected, calls.ToJsonString());
    }

    [Theory]
    [InlineData("{\"other\":1}", "{\"other\":1}")]
    [InlineData("{\"input\":\"cut o", "{\"input\":\"cut o")]
    [InlineData("", "")]
    public void What_the_model_wrote_otherwise_stays_as_it_is(string arguments, string expected)
    {
        Action<IChatEventSink> push = sink =>
        {
            sink.ToolCallStart(0, 0, Plain("a"), Plain("shell"));
            sink.ToolCallArguments(0, 0, Plain(arguments));
            sink.Finish(0, FinishReason.Length, default);
            sink.End();
        };

        Assert.Equal(expected, (string?)JsonNode.Parse(Run(new OpenAiChatResponseEncoder(), push))!["choices"]![0]!["message"]!["tool_calls"]![0]!["custom"]!["input"]);
    }

    private static string Run(IChatEncoder encoder, Action<IChatEventSink> push)
    {
        var (output, echo) = (new ByteBuffer(), new ByteBuffer());
        var body = Encoding.UTF8.GetBytes(Requests.With(Tools));
        using var index = Wire.Index(body);
        OpenAiChatEcho.Write(new Edge.Providers.Json.JsonValue(body, index.Tokens), echo);
        encoder.Begin(output, Wire.Output with { Echo = echo.Span.ToArray() });
        push(encoder);
        return Encoding.UTF8.GetString(output.Span);
    }

    private static JsonText Plain(string text) => JsonText.Plain(Encoding.UTF8.GetBytes(text));
}
