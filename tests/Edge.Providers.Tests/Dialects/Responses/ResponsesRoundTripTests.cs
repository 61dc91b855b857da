using System.Text.Json.Nodes;
using Edge.Providers.Chat;
using Edge.Providers.Json;

namespace Edge.Providers.Tests.Dialects.Responses;

/// <summary>What an answer's items hold comes back when the client sends them with its next turn, as its SDK does.</summary>
public class ResponsesRoundTripTests
{
    [Fact]
    public void Thinking_of_an_Anthropic_model_comes_back_exactly()
    {
        var golden = Goldens.Find("thinking, then two parallel calls");
        var output = ResponsesAccumulator.Of(ResponsesWire.FromAnthropic(golden.Stream).Stream).Final!["output"]!.AsArray();
        var items = output.Select(item => item!.ToJsonString())
            .Prepend("""{"role":"user","content":"Hi"}""")
            .Append("""{"type":"function_call_output","call_id":"toolu_1","output":"1"}""")
            .Append("""{"type":"function_call_output","call_id":"toolu_2","output":"2"}""");

        var (json, dropped, error) = ResponsesWire.ToAnthropic(ResponsesWire.WithInput(items));

        Assert.Null(error);
        Assert.Empty(dropped);
        // The provider's own blocks, byte for byte.
        var expected = JsonNode.Parse(golden.Whole)!["content"]!;
        var messages = JsonNode.Parse(json)!["messages"]!;
        Assert.True(JsonNode.DeepEquals(expected, messages[1]!["content"]), messages[1]!["content"]!.ToJsonString());
        Assert.Equal(3, messages.AsArray().Count);
    }

    [Fact]
    public void Signatures_of_every_family_come_back_with_their_mark()
    {
        var (stream, whole) = ResponsesWire.Encode(sink =>
        {
            sink.Thinking(0, JsonText.Plain("a \"a\""u8));
            sink.ThinkingSignature(0, JsonText.Plain("c2ln"u8));
            sink.ThinkingSignature(0, JsonText.Plain("gemini.c2ln"u8));
            sink.Thinking(0, JsonText.Plain("b"u8));
            sink.ThinkingSignature(0, JsonText.Plain("openai.gAAA"u8));
            sink.RedactedThinking(0, JsonText.Plain("ZW5j"u8));
            sink.Thinking(0, JsonText.Plain("unsigned"u8));
            sink.ToolCallStart(0, 0, JsonText.Plain("functions.f:0"u8), JsonText.Plain("f"u8));
            sink.ToolCallSignature(0, 0, JsonText.Plain("gemini.Y2FsbA=="u8));
            sink.ToolCallStart(0, 1, JsonText.Plain("c2"u8), JsonText.Plain("g"u8));
            sink.Finish(0, FinishReason.ToolCalls, default);
            sink.End();
        });
        foreach (var answer in new[] { ResponsesAccumulator.Of(stream).Final!, JsonNode.Parse(whole)! })
        {
            var request = ResponsesWire.Decoded(ResponsesWire.WithInput(answer["output"]!.AsArray().Select(item => item!.ToJsonString())));

            Assert.Equal(
                ["Thinking:a \"a\"|c2ln", "Thinking:|gemini.c2ln", "Thinking:b|openai.gAAA", "RedactedThinking:ZW5j|", "Thinking:unsigned|", "ToolCall:{}|gemini.Y2FsbA==", "ToolCall:{}|"],
                Assert.Single(request.Messages.ToArray()) is var turn ? Parts(request, turn) : []);
        }
    }

    [Fact]
    public void A_custom_tool_comes_back_as_the_function_that_stood_for_it()
    {
        const string Tools = """
            "tools":[{"type":"custom","name":"sql"}]
            """;
        var (_, whole) = ResponsesWire.Encode(
            sink =>
            {
                sink.ToolCallStart(0, 0, JsonText.Plain("a"u8), JsonText.Plain("sql"u8));
                sink.ToolCallArguments(0, 0, JsonText.Plain("{\"input\":\"SELECT \\\"a\\\"\\n\"}"u8));
                sink.End();
            },
            Wire.Output with { Echo = ResponsesWire.Echo(ResponsesWire.With(Tools)) });
        var item = JsonNode.Parse(whole)!["output"]![0]!.ToJsonString();

        var (json, _, error) = ResponsesWire.ToAnthropic(ResponsesWire.With(Tools, $$"""[{"role":"user","content":"x"},{{item}},{"type":"custom_tool_call_output","call_id":"a","output":"r"}]"""));

        Assert.Null(error);
        var request = JsonNode.Parse(json)!;
        Assert.Equal("""{"input":"SELECT \"a\"\n"}""", Wire.Compact(request["messages"]![1]!["content"]![0]!["input"]!.ToJsonString()));
        Assert.Equal("object", (string?)request["tools"]![0]!["input_schema"]!["type"]);
    }

    private static List<string> Parts(ChatRequest request, ChatMessage message)
    {
        var parts = new List<string>();
        foreach (var part in request.PartsOf(message)) parts.Add($"{part.Kind}:{request.Text(part.Text).ToString()}|{request.Text(part.Signature).ToString()}");
        return parts;
    }
}
