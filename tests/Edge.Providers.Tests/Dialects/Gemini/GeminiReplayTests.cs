using System.Text.Json;
using System.Text.Json.Nodes;
using Edge.Providers.Chat;
using Edge.Providers.Tests.Dialects.Anthropic;
using Edge.Providers.Tests.Dialects.Responses;

namespace Edge.Providers.Tests.Dialects.Gemini;

/// <summary>What clients of the three dialects send back of an answer, unaltered, is what Gemini said.</summary>
public class GeminiReplayTests
{
    private const string Signed =
        """{"text":"hi "},{"functionCall":{"id":"c0","name":"f","args":{"a":1}},"thoughtSignature":"S1"},{"functionCall":{"id":"c1","name":"f","args":{"a":2}}},{"text":"","thoughtSignature":"S2"}""";

    private static readonly string[] _parts =
    [
        """{"text":"hi "}""",
        """{"functionCall":{"id":"c0","name":"f","args":{"a":1}},"thoughtSignature":"S1"}""",
        """{"functionCall":{"id":"c1","name":"f","args":{"a":2}}}""",
        """{"text":"","thoughtSignature":"S2"}""",
    ];

    public static TheoryData<bool> Forms => [true, false];

    [Theory]
    [MemberData(nameof(Forms))]
    public void Signatures_return_to_their_parts_from_chat(bool stream)
    {
        var message = JsonDocument.Parse(GeminiWire.ToOpenAi(false, Push(stream))).RootElement.GetProperty("choices")[0].GetProperty("message").GetRawText();
        Assert.Null(Requests.Decode(Turn(message), out var request));
        AssertReplayed(request);
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public void Signatures_return_to_their_parts_from_messages(bool stream)
    {
        var content = stream ? StrictMessage.Whole(Messages.Stream(Push(true))).GetProperty("content").GetRawText() : JsonNode.Parse(Messages.Whole(Push(false)))!["content"]!.ToJsonString();
        AssertReplayed(Messages.Decoded(Messages.With(
            "", """{"role":"user","content":"Hi"},{"role":"assistant","content":""" + content + """},{"role":"user","content":[{"type":"tool_result","tool_use_id":"c0","content":"r"},{"type":"tool_result","tool_use_id":"c1","content":"r"}]}""")));
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public void Signatures_return_to_their_parts_from_responses(bool stream)
    {
        var (streamed, whole) = ResponsesWire.Encode(Push(stream));
        var output = (stream ? ResponsesAccumulator.Of(streamed).Final! : JsonNode.Parse(whole)!)["output"]!.AsArray();
        var items = output.Select(item => item!.ToJsonString())
            .Prepend("""{"role":"user","content":"Hi"}""")
            .Append("""{"type":"function_call_output","call_id":"c0","output":"1"}""")
            .Append("""{"type":"function_call_output","call_id":"c1","output":"2"}""");
        AssertReplayed(ResponsesWire.Decoded(ResponsesWire.WithInput(items)));
    }

    [Theory]
    [InlineData(true, "")]
    [InlineData(false, "")]
    [InlineData(true, "later")]
    public void A_signature_at_the_end_leaves_the_sources_with_their_text(bool stream, string sources)
    {
        const string Grounding =
            ""","groundingMetadata":{"groundingChunks":[{"web":{"uri":"https://a/","title":"A"}}],"groundingSupports":[{"segment":{"startIndex":0,"endIndex":5,"text":"Paris"},"groundingChunkIndices":[0]}]}""";
        string[] end = sources.Length == 0
            ? ["""{"candidates":[{"content":{"parts":[{"text":"","thoughtSignature":"S"}]},"finishReason":"STOP" """ + Grounding + "}]}"]
            : ["""{"candidates":[{"content":{"parts":[{"text":"","thoughtSignature":"S"}]}}]}""", "{\"candidates\":[{\"finishReason\":\"STOP\"" + Grounding + "}]}"];
        Action<IChatEventSink> push = stream
            ? sink => GeminiWire.Decode(sink, System.Text.Encoding.UTF8.GetBytes(GeminiWire.Stream(end.Prepend("""{"candidates":[{"content":{"parts":[{"text":"Paris is nice."}]}}]}"""))))
            : sink => GeminiWire.Whole("""{"candidates":[{"content":{"parts":[{"text":"Paris is nice."},{"text":"","thoughtSignature":"S"}]},"finishReason":"STOP" """ + Grounding + "}]}", sink);

        foreach (var content in new[] { JsonNode.Parse(StrictMessage.Whole(Messages.Stream(push)).GetProperty("content").GetRawText())!.AsArray(), JsonNode.Parse(Messages.Whole(push))!["content"]!.AsArray() })
        {
            Assert.Equal("https://a/", (string?)content[0]!["citations"]![0]!["url"]);
            Assert.Equal("gemini.x.S", (string?)content[1]!["signature"]);
        }
        var (streamed, whole) = ResponsesWire.Encode(push);
        foreach (var answer in new[] { ResponsesAccumulator.Of(streamed).Final!, JsonNode.Parse(whole)! })
        {
            Assert.Equal(
                """{"type":"url_citation","start_index":0,"end_index":5,"url":"https://a/","title":"A"}""",
                Wire.Compact(answer["output"]![0]!["content"]![0]!["annotations"]![0]!.ToJsonString()));
        }
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public void A_signature_of_code_returns_with_the_text_that_stands_for_it(bool stream)
    {
        const string Parts = """{"text":"hi "},{"executableCode":{"language":"PYTHON","code":"1"},"thoughtSignature":"S1"},{"functionCall":{"id":"c0","name":"f","args":{}},"thoughtSignature":"S2"},{"functionCall":{"id":"c1","name":"f","args":{}}}""";
        Action<IChatEventSink> push = sink => GeminiWire.Whole("""{"candidates":[{"content":{"parts":[""" + Parts + """]},"finishReason":"STOP"}],"responseId":"r"}""", sink);
        const string Expected = """[{"text":"hi \n```python\n1\n```\n","thoughtSignature":"S1"},{"functionCall":{"id":"c0","name":"f","args":{}},"thoughtSignature":"S2"},{"functionCall":{"id":"c1","name":"f","args":{}}}]""";

        var content = stream ? StrictMessage.Whole(Messages.Stream(push)).GetProperty("content").GetRawText() : JsonNode.Parse(Messages.Whole(push))!["content"]!.ToJsonString();
        var ofMessages = Messages.Decoded(Messages.With(
            "", """{"role":"user","content":"Hi"},{"role":"assistant","content":""" + content + """},{"role":"user","content":[{"type":"tool_result","tool_use_id":"c0","content":"r"},{"type":"tool_result","tool_use_id":"c1","content":"r"}]}"""));
        var message = JsonDocument.Parse(GeminiWire.ToOpenAi(false, push)).RootElement.GetProperty("choices")[0].GetProperty("message").GetRawText();
        Assert.Null(Requests.Decode(Turn(message), out var ofChat));

        foreach (var request in new[] { ofMessages, ofChat })
        {
            var (json, _, error) = GeminiWire.Encode(request, "gemini-3-flash-preview");
            Assert.Null(error);
            Assert.Equal(Expected, Wire.Compact(JsonDocument.Parse(json).RootElement.GetProperty("contents")[1].GetProperty("parts").GetRawText()));
        }
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public void A_call_without_any_id_gets_one_of_the_gateways_own_answer(bool stream)
    {
        const string Answer = """{"candidates":[{"content":{"parts":[{"functionCall":{"name":"f","args":{}}},{"functionCall":{"name":"f","args":{}}}]},"finishReason":"STOP"}]}""";
        string Of(string id)
        {
            var output = new Edge.Providers.Dialects.ByteBuffer();
            Edge.Providers.Dialects.IChatEncoder encoder = stream ? new Edge.Providers.Dialects.OpenAi.OpenAiChatStreamEncoder() : new Edge.Providers.Dialects.OpenAi.OpenAiChatResponseEncoder();
            encoder.Begin(output, Wire.Output with { FallbackId = System.Text.Encoding.ASCII.GetBytes(id) });
            GeminiWire.Whole(Answer, encoder);
            return System.Text.Encoding.UTF8.GetString(output.Span);
        }

        foreach (var id in new[] { "first", "second" })
        {
            Assert.Contains($"\"id\":\"call_{id}_0\"", Of(id), StringComparison.Ordinal);
            Assert.Contains($"\"id\":\"call_{id}_1\"", Of(id), StringComparison.Ordinal);
        }
        Assert.Contains("\"call_" + new string('b', 26) + "_1\"", Of("aa" + new string('b', 26)), StringComparison.Ordinal);
    }

    private static string Turn(string message) =>
        """{"model":"m","messages":[{"role":"user","content":"Hi"},""" + message + """,{"role":"tool","tool_call_id":"c0","content":"r"},{"role":"tool","tool_call_id":"c1","content":"r"}]}""";

    private static Action<IChatEventSink> Push(bool stream)
    {
        if (!stream) return sink => GeminiWire.Whole("""{"candidates":[{"content":{"parts":[""" + Signed + """]},"finishReason":"STOP"}],"responseId":"r"}""", sink);
        var events = _parts.Select(part => """{"candidates":[{"content":{"parts":[""" + part + """]}}],"responseId":"r"}""").Append("""{"candidates":[{"finishReason":"STOP"}],"responseId":"r"}""");
        return sink => GeminiWire.Decode(sink, System.Text.Encoding.UTF8.GetBytes(GeminiWire.Stream(events)));
    }

    private static void AssertReplayed(ChatRequest request)
    {
        var (json, _, error) = GeminiWire.Encode(request, "gemini-3-flash-preview");
        Assert.Null(error);
        Assert.Equal($"[{Signed}]", JsonDocument.Parse(json).RootElement.GetProperty("contents")[1].GetProperty("parts").GetRawText());
    }
}
