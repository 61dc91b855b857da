using System.Text;
using System.Text.Json.Nodes;
using Edge.Providers.Chat;
using Edge.Providers.Tests.Dialects.Anthropic;
using Edge.Providers.Tests.Dialects.Gemini;
using Edge.Providers.Tests.Dialects.Responses;

namespace Edge.Providers.Tests.Dialects;

/// <summary>The sources that providers give reach clients of every dialect, with what is known of them and nothing invented.</summary>
public class CitationTests
{
    private const string Document = """{"title":"D","sourceContent":[{"text":"w"}],"location":{"documentChar":{"documentIndex":3,"start":5,"end":9}}}""";
    private const string Page = """{"title":"P","sourceContent":[{"text":"w"}],"location":{"documentPage":{"documentIndex":1,"start":2,"end":4}}}""";
    private const string Chunk = """{"location":{"documentChunk":{"documentIndex":0,"start":1,"end":2}}}""";
    private const string Result = """{"source":"kb-1","location":{"searchResultLocation":{"searchResultIndex":2,"start":3,"end":4}}}""";
    private const string Web = """{"title":"W","location":{"web":{"url":"https://x/y","domain":"x"}}}""";

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Mistrals_references_are_sources_of_the_clients_own(bool stream)
    {
        const string Content = """[{"type":"text","text":"Fact"},{"type":"reference","reference_ids":[0,"k\n",null,[1],{"a":2}]},{"type":"text","text":" end"},{"type":"reference","reference_ids":7}]""";
        var codec = Codec.Of(Dialect.OpenAi, Framing.Sse);
        Action<IChatEventSink> push = sink =>
        {
            var decoder = codec.Decoder();
            if (stream)
            {
                decoder.Push(default, Encoding.UTF8.GetBytes($$$"""{"id":"i","choices":[{"index":0,"delta":{"content":{{{Content}}}},"finish_reason":"stop"}]}"""), sink);
                decoder.Push(default, "[DONE]"u8, sink);
            }
            else Whole(decoder, $$$"""{"id":"i","choices":[{"index":0,"message":{"role":"assistant","content":{{{Content}}}},"finish_reason":"stop"}]}""", sink);
        };

        Assert.Equal(
            [
                """{"type":"url_citation","url_citation":{"url":"","title":"","start_index":0,"end_index":0},"file_citation":{"file_id":"0","filename":"","index":0}}""",
                """{"type":"url_citation","url_citation":{"url":"","title":"","start_index":0,"end_index":0},"file_citation":{"file_id":"k\n","filename":"","index":0}}""",
            ],
            OfChat(push));
        Assert.Equal("search_result_location 0", JsonNode.Parse(OfMessages(push)[0]) is { } first ? $"{first["type"]} {first["source"]}" : "");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Places_in_Bedrocks_documents_stay_what_they_are(bool stream)
    {
        string[] all = [Document, Page, Chunk, Result, Web];
        var codec = Codec.Of(Dialect.Bedrock, Framing.EventStream);
        Action<IChatEventSink> push = sink =>
        {
            var decoder = codec.Decoder();
            if (!stream)
            {
                Whole(decoder, """{"output":{"message":{"role":"assistant","content":[{"text":"Hm. "},{"citationsContent":{"content":[{"text":"Cited"}],"citations":[""" + string.Join(',', all) + """]}}]}},"stopReason":"end_turn","usage":{"inputTokens":1,"outputTokens":1,"totalTokens":2}}""", sink);
                return;
            }
            decoder.Push("messageStart"u8, """{"role":"assistant"}"""u8, sink);
            decoder.Push("contentBlockDelta"u8, """{"contentBlockIndex":0,"delta":{"text":"Hm. "}}"""u8, sink);
            decoder.Push("contentBlockDelta"u8, """{"contentBlockIndex":1,"delta":{"text":"Cited"}}"""u8, sink);
            foreach (var citation in all) decoder.Push("contentBlockDelta"u8, Encoding.UTF8.GetBytes("{\"contentBlockIndex\":1,\"delta\":{\"citation\":" + citation + "}}"), sink);
            decoder.Push("messageStop"u8, """{"stopReason":"end_turn"}"""u8, sink);
            decoder.Push("metadata"u8, """{"usage":{"inputTokens":1,"outputTokens":1,"totalTokens":2}}"""u8, sink);
        };

        Assert.Equal(
            [
                """{"type":"char_location","document_index":3,"document_title":"D","start_char_index":5,"end_char_index":9,"file_id":null,"cited_text":"w"}""",
                """{"type":"page_location","document_index":1,"document_title":"P","start_page_number":2,"end_page_number":4,"file_id":null,"cited_text":"w"}""",
                """{"type":"content_block_location","document_index":0,"document_title":null,"start_block_index":1,"end_block_index":2,"file_id":null,"cited_text":""}""",
                """{"type":"search_result_location","source":"kb-1","title":null,"search_result_index":2,"start_block_index":3,"end_block_index":4,"cited_text":""}""",
                """{"type":"web_search_result_location","url":"https://x/y","title":"W","encrypted_index":"","cited_text":""}""",
            ],
            OfMessages(push));
        var chat = OfChat(push);
        Assert.Equal(
            """{"type":"url_citation","url_citation":{"url":"","title":"P","content":"w","start_index":4,"end_index":9},"file_citation":{"file_id":"","filename":"P","index":1,"quote":"w","location":{"type":"page","start":2,"end":4}}}""",
            chat[1]);
        Assert.Equal("""{"type":"url_citation","url_citation":{"url":"https://x/y","title":"W","start_index":4,"end_index":9}}""", chat[4]);
        var responses = OfResponses(push);
        Assert.Equal("""{"type":"file_citation","file_id":"","filename":"D","index":3,"quote":"w","location":{"type":"char","start":5,"end":9}}""", responses[0]);
        Assert.Equal("""{"type":"url_citation","start_index":4,"end_index":9,"url":"https://x/y","title":"W"}""", responses[4]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Places_in_Anthropics_documents_reach_every_client(bool stream)
    {
        const string Cited = """{"type":"page_location","cited_text":"w","document_index":1,"document_title":"P","start_page_number":2,"end_page_number":4,"file_id":"file_1"}""";
        const string Found = """{"type":"search_result_location","cited_text":"w","source":"kb","title":"S","search_result_index":1,"start_block_index":2,"end_block_index":3}""";
        var push = stream
            ? Messages.FromAnthropic(Wire.AnthropicStream(
                Goldens.Find("text").Events[0],
                """{"type":"content_block_start","index":0,"content_block":{"type":"text","text":"","citations":[]}}""",
                """{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Said"}}""",
                "{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"citations_delta\",\"citation\":" + Cited + "}}",
                "{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"citations_delta\",\"citation\":" + Found + "}}",
                """{"type":"content_block_stop","index":0}""",
                """{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":9}}""",
                """{"type":"message_stop"}"""))
            : Messages.FromAnthropicWhole("""{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[{"type":"text","text":"Said","citations":[""" + Cited + "," + Found + """]}],"stop_reason":"end_turn","usage":{"input_tokens":1,"output_tokens":1}}""");

        Assert.Equal(
            """{"type":"url_citation","url_citation":{"url":"","title":"P","content":"w","start_index":0,"end_index":4},"file_citation":{"file_id":"file_1","filename":"P","index":1,"quote":"w","location":{"type":"page","start":2,"end":4}}}""",
            OfChat(push)[0]);
        Assert.Equal(
            [
                """{"type":"page_location","document_index":1,"document_title":"P","start_page_number":2,"end_page_number":4,"file_id":"file_1","cited_text":"w"}""",
                """{"type":"search_result_location","source":"kb","title":"S","search_result_index":1,"start_block_index":2,"end_block_index":3,"cited_text":"w"}""",
            ],
            OfMessages(push));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Coheres_tools_and_documents_are_sources(bool stream)
    {
        const string Tool = """{"start":0,"end":2,"text":"hi","sources":[{"type":"tool","id":"t:0","tool_output":{"a":1}}]}""";
        const string Own = """{"start":3,"end":5,"text":"yo","sources":[{"type":"document","id":"doc:7","document":{"id":"doc:7","text":"words"}}]}""";
        Action<IChatEventSink> push = sink =>
        {
            var decoder = Codec.Of(Dialect.Cohere).Decoder();
            if (!stream)
            {
                Whole(decoder, """{"id":"i","message":{"role":"assistant","content":[{"type":"text","text":"hi yo"}],"citations":[""" + Tool + "," + Own + """]},"finish_reason":"COMPLETE"}""", sink);
                return;
            }
            decoder.Push(default, """{"id":"i","type":"message-start","delta":{"message":{"role":"assistant"}}}"""u8, sink);
            decoder.Push(default, """{"type":"content-delta","index":0,"delta":{"message":{"content":{"text":"hi yo"}}}}"""u8, sink);
            foreach (var citation in new[] { Tool, Own })
            {
                decoder.Push(default, Encoding.UTF8.GetBytes("{\"type\":\"citation-start\",\"index\":0,\"delta\":{\"message\":{\"citations\":" + citation + "}}}"), sink);
            }
            decoder.Push(default, """{"type":"message-end","delta":{"finish_reason":"COMPLETE"}}"""u8, sink);
        };

        Assert.Equal(
            [
                """{"type":"url_citation","url_citation":{"url":"","title":"","content":"{\"a\":1}","start_index":0,"end_index":2},"file_citation":{"file_id":"t:0","filename":"","index":0,"quote":"{\"a\":1}"}}""",
                """{"type":"url_citation","url_citation":{"url":"","title":"","content":"words","start_index":3,"end_index":5},"file_citation":{"file_id":"doc:7","filename":"","index":0,"quote":"words"}}""",
            ],
            OfChat(push));
        Assert.Equal(
            """{"type":"search_result_location","source":"doc:7","title":null,"search_result_index":0,"start_block_index":0,"end_block_index":0,"cited_text":"words"}""",
            OfMessages(push)[1]);
        Assert.Equal("""{"type":"file_citation","file_id":"t:0","filename":"","index":0,"quote":"{\"a\":1}"}""", OfResponses(push)[0]);
    }

    [Fact]
    public void Files_that_Gemini_retrieved_are_sources()
    {
        Action<IChatEventSink> push = sink => GeminiWire.Whole(
            """{"candidates":[{"content":{"parts":[{"text":"a"}]},"finishReason":"STOP","groundingMetadata":{"groundingChunks":[{"retrievedContext":{"title":"B","text":"words","fileSearchStore":"fileSearchStores/s"}}]}}]}""",
            sink);

        Assert.Equal(
            """{"type":"url_citation","url_citation":{"url":"","title":"B","content":"words","start_index":0,"end_index":0},"file_citation":{"file_id":"fileSearchStores/s","filename":"B","index":0,"quote":"words"}}""",
            OfChat(push)[0]);
        Assert.Equal(
            """{"type":"search_result_location","source":"fileSearchStores/s","title":"B","search_result_index":0,"start_block_index":0,"end_block_index":0,"cited_text":"words"}""",
            OfMessages(push)[0]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Sources_of_a_text_before_a_call_stay_with_it(bool stream)
    {
        const string Answer = """{"responseId":"r","candidates":[{"content":{"parts":[{"text":"Said"},{"functionCall":{"name":"f","args":{}}}]},"finishReason":"STOP","groundingMetadata":{"groundingChunks":[{"web":{"uri":"https://x/y","title":"W"}}],"groundingSupports":[{"segment":{"startIndex":0,"endIndex":4},"groundingChunkIndices":[0]}]}}]}""";
        Action<IChatEventSink> push = sink =>
        {
            if (stream) GeminiWire.Decode(sink, Encoding.UTF8.GetBytes(GeminiWire.Stream(Answer)));
            else GeminiWire.Whole(Answer, sink);
        };

        Assert.Equal("""{"type":"web_search_result_location","url":"https://x/y","title":"W","encrypted_index":"","cited_text":""}""", Assert.Single(OfMessages(push)));
        Assert.Single(OfChat(push));
        Assert.Single(OfResponses(push));
    }

    [Fact]
    public void A_source_of_a_text_that_waits_behind_a_call_waits_with_it()
    {
        Action<IChatEventSink> push = sink =>
        {
            sink.Start(default);
            sink.Text(0, Plain("One."));
            sink.ToolCallStart(0, 0, Plain("a"), Plain("f"));
            // The text is still open on the wire.
            sink.Citation(0, Source("https://one"));
            sink.ToolCallArguments(0, 0, Plain("{"));
            sink.Text(0, Plain("Two."));
            sink.Citation(0, Source("https://two"));
            sink.Citation(0, Source("https://too"));
            sink.Text(0, Plain("Three."));
            sink.ToolCallStart(0, 1, Plain("b"), Plain("g"));
            sink.Citation(0, Source("https://three"));
            sink.ToolCallArguments(0, 0, Plain("}"));
            sink.ToolCallArguments(0, 1, Plain("{}"));
            sink.Finish(0, FinishReason.ToolCalls, default);
            sink.End();
        };

        var content = StrictMessage.Whole(Messages.Stream(push)).GetProperty("content").EnumerateArray().Select(block => block.GetProperty("type").GetString() == "text"
            ? block.GetProperty("text").GetString() + " " + string.Join(' ', block.GetProperty("citations").EnumerateArray().Select(citation => citation.GetProperty("url").GetString()))
            : block.GetProperty("name").GetString() + block.GetProperty("input").GetRawText());
        Assert.Equal(["One. https://one", "f{}", "Two. https://two https://too", "Three. https://three", "g{}"], content);

        static ChatCitation Source(string url) => new() { Url = Plain(url), Start = -1, End = -1, Document = -1 };
    }

    private static Edge.Providers.Json.JsonText Plain(string text) => Edge.Providers.Json.JsonText.Plain(Encoding.UTF8.GetBytes(text));

    private static void Whole(Edge.Providers.Dialects.IChatResponseDecoder decoder, string json, IChatEventSink sink)
    {
        var bytes = Encoding.UTF8.GetBytes(json);
        using var index = Wire.Index(bytes);
        decoder.Whole(new(bytes, index.Tokens), sink);
    }

    // The whole form and the stream say the same.
    private static List<string> OfChat(Action<IChatEventSink> push)
    {
        var whole = List(JsonNode.Parse(GeminiWire.ToOpenAi(false, push))!["choices"]![0]!["message"]!["annotations"]);
        var streamed = Facts.Data(GeminiWire.ToOpenAi(true, push))
            .Where(chunk => chunk.GetProperty("choices").GetArrayLength() > 0)
            .Select(chunk => chunk.GetProperty("choices")[0].GetProperty("delta"))
            .Where(delta => delta.TryGetProperty("annotations", out _))
            .SelectMany(delta => delta.GetProperty("annotations").EnumerateArray().Select(entry => Wire.Compact(entry.GetRawText())))
            .ToList();
        Assert.Equal(whole, streamed);
        return whole;
    }

    private static List<string> OfMessages(Action<IChatEventSink> push)
    {
        var whole = Blocks(JsonNode.Parse(Messages.Whole(push))!["content"]!);
        Assert.Equal(whole, Blocks(JsonNode.Parse(StrictMessage.Whole(Messages.Stream(push)).GetProperty("content").GetRawText())!));
        return whole;

        static List<string> Blocks(JsonNode content) => [.. content.AsArray().SelectMany(block => List(block!["citations"]))];
    }

    private static List<string> OfResponses(Action<IChatEventSink> push)
    {
        var (stream, whole) = ResponsesWire.Encode(push);
        var all = Annotations(JsonNode.Parse(whole)!);
        Assert.Equal(all, Annotations(ResponsesAccumulator.Of(stream).Final!));
        return all;

        static List<string> Annotations(JsonNode answer) => List(answer["output"]![0]!["content"]![0]!["annotations"]);
    }

    private static List<string> List(JsonNode? entries) => entries is null ? [] : [.. entries.AsArray().Select(entry => Wire.Compact(entry!.ToJsonString()))];
}
