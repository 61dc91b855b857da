using System.Text;
using Edge.Providers.Chat;
using Edge.Providers.Dialects;
using Edge.Providers.Dialects.Gemini;
using Edge.Providers.Dialects.OpenAi;
using Edge.Providers.Errors;

namespace Edge.Providers.Tests.Dialects.Gemini;

public class GeminiResponseDecoderTests
{
    private const string Head = "\"modelVersion\":\"gemini-x\",\"responseId\":\"r-1_A\"";

    private static string Event(string parts, string more = "", string usage = "\"promptTokenCount\":8") =>
        $$"""{"candidates":[{"content":{"parts":[{{parts}}],"role":"model"},"index":0{{more}}}],"usageMetadata":{{{usage}}},{{Head}}}""";

    private const string UsageOf =
        "\"promptTokenCount\":10,\"cachedContentTokenCount\":4,\"candidatesTokenCount\":5,\"thoughtsTokenCount\":7,\"toolUsePromptTokenCount\":3,\"totalTokenCount\":25,"
        + "\"promptTokensDetails\":[{\"modality\":\"TEXT\",\"tokenCount\":6},{\"modality\":\"AUDIO\",\"tokenCount\":3},{\"modality\":\"IMAGE\",\"tokenCount\":1}],\"candidatesTokensDetails\":[{\"modality\":\"IMAGE\",\"tokenCount\":2}]";

    private const string Stop = ",\"finishReason\":\"STOP\"";

    public static TheoryData<string> Names => [.. Streams.Keys];

    private static Dictionary<string, (string[] Events, string Whole)> Streams { get; } = new()
    {
        ["text"] = (
            [Event("""{"text":"Hé, \"wörld\"\n\ud83d"}"""), Event("""{"text":"\ude00 😀"}"""), Event("""{"text":"","thoughtSignature":"c2ln+/="}""", Stop, UsageOf)],
            Event("""{"text":"Hé, \"wörld\"\n\ud83d\ude00 😀","thoughtSignature":"c2ln+/="}""", Stop, UsageOf)),
        ["thoughts and calls"] = (
            [
                Event("""{"text":"Let me ","thought":true}"""), Event("""{"thought":true,"text":"see."}"""), Event("""{"text":"I look."}"""),
                Event("""{"thoughtSignature":"QUJD","functionCall":{"args":{"city":"Paris \"P\""},"name":"weather"}},{"functionCall":{"name":"now","args":{}}}"""),
                Event("""{"functionCall":{"id":"g1","name":"later"}}"""),
                Event("{\"text\":\"\"}", Stop, UsageOf),
            ],
            Event(
                """{"text":"Let me see.","thought":true},{"text":"I look."},{"functionCall":{"name":"weather","args":{ "city": "Paris \"P\"" }},"thoughtSignature":"QUJD"},{"functionCall":{"name":"now"}},{"functionCall":{"id":"g1","name":"later"}}""",
                Stop, UsageOf)),
        ["what the provider's own tools do is left out"] = (
            [Event("""{"toolCall":{"toolType":"GOOGLE_SEARCH_WEB"},"thoughtSignature":"Q"},{"text":"One."}""", Stop, UsageOf)],
            Event("""{"text":"One."}""", Stop, UsageOf)),
        ["code that the model ran"] = (
            [
                Event("""{"executableCode":{"language":"PYTHON","code":"print(1)"},"thoughtSignature":"Q"}"""), Event("""{"codeExecutionResult":{"outcome":"OUTCOME_OK","output":"1\n"}}"""),
                Event("""{"text":"One."}""", Stop, UsageOf),
            ],
            Event("""{"executableCode":{"code":"print(1)","language":"PYTHON"},"thoughtSignature":"Q"},{"codeExecutionResult":{"outcome":"OUTCOME_OK","output":"1\n"}},{"text":"One."}""", Stop, UsageOf)),
        ["a picture"] = (
            [Event("""{"text":"Here:"}"""), Event("""{"inlineData":{"mimeType":"image/png","data":"AAAA"}}""", Stop, UsageOf)],
            Event("""{"text":"Here:"},{"inlineData":{"mimeType":"image/png","data":"AAAA"}}""", Stop, UsageOf)),
    };

    [Theory]
    [InlineData("""{"executableCode":{"language":"PYTHON","code":"a = \"\u00e9\"\nprint(a)"}}""", "```python\na = \"é\"\nprint(a)\n```\n")]
    [InlineData("""{"executableCode":{"id":"x","language":"LANGUAGE_UNSPECIFIED","code":"x"},"thoughtSignature":"S"}""", "```\nx\n```\n")]
    [InlineData("""{"codeExecutionResult":{"outcome":"OUTCOME_FAILED","output":"Traceback\n"}}""", "```\nTraceback\n```\n")]
    [InlineData("""{"codeExecutionResult":{"outcome":"OUTCOME_OK","output":"```` and ```"}}""", "`````\n```` and ```\n`````\n")]
    [InlineData("""{"codeExecutionResult":{"outcome":"OUTCOME_OK"}}""", "")]
    [InlineData("""{"executableCode":null}""", "")]
    [InlineData("""{"executableCode":{"code":{},"language":7}}""", "")]
    public void Code_is_fenced_text(string part, string expected)
    {
        var recorder = GeminiWire.DecodeStream(Event(part, Stop, UsageOf));

        Assert.Null(recorder.Failure);
        Assert.Equal(expected, recorder["text:0"]);
        Assert.Equal(part.Contains("thoughtSignature", StringComparison.Ordinal) ? "gemini.x.S" : "", recorder["signature:0"]);
    }

    [Fact]
    public void Text_comes_as_it_is()
    {
        var recorder = GeminiWire.DecodeStream(Streams["text"].Events);

        Assert.Equal("Hé, \"wörld\"\n😀 😀", recorder["text:0"]);
        Assert.Equal("gemini.x.c2ln+/=", recorder["signature:0"]);
        Assert.Equal(("r-1_A", "gemini-x", FinishReason.Stop, 1, 1), (recorder.Id, recorder.Model, recorder.Finishes[0], recorder.Starts, recorder.Ends));
        Assert.Equal(new Usage { Input = 13, Output = 12, CacheRead = 4, Reasoning = 7, AudioInput = 3, ImageInput = 1, AudioOutput = -1, ImageOutput = 2 }, recorder.UsageTotals);
    }

    [Fact]
    public void Calls_get_ids_that_differ_also_from_one_answer_to_the_next()
    {
        var recorder = GeminiWire.DecodeStream(Streams["thoughts and calls"].Events);
        var other = GeminiWire.DecodeStream(Streams["thoughts and calls"].Events.Select(e => e.Replace("r-1_A", "r-2_A", StringComparison.Ordinal)));

        Assert.Equal(("Let me see.", "I look."), (recorder["thinking:0"], recorder["text:0"]));
        Assert.Equal(("weather", """{"city":"Paris \"P\""}""", "gemini.QUJD"), (recorder["name:0:0"], recorder["args:0:0"], recorder["callsignature:0:0"]));
        Assert.Equal(("now", "{}", ""), (recorder["name:0:1"], recorder["args:0:1"], recorder["callsignature:0:1"]));
        Assert.Equal(("later", "{}", "g1"), (recorder["name:0:2"], recorder["args:0:2"], recorder["id:0:2"]));
        Assert.Equal(FinishReason.ToolCalls, recorder.Finishes[0]);
        string[] ids = [recorder["id:0:0"], recorder["id:0:1"], other["id:0:0"], other["id:0:1"]];
        Assert.Equal(4, ids.Distinct().Count());
        Assert.All(ids, id => Assert.Matches("^[a-zA-Z0-9_-]{8,40}$", id));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_whole_answer_is_the_fold_of_its_stream(string name)
    {
        var streamed = GeminiWire.DecodeStream(Streams[name].Events);
        var whole = GeminiWire.DecodeWhole(Streams[name].Whole);
        var array = GeminiWire.DecodeWhole($"[{string.Join(',', Streams[name].Events)}]");

        Assert.Equal(whole.Fold(), streamed.Fold());
        Assert.Equal(whole.Fold(), array.Fold());
        Assert.Equal(1, whole.Ends);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_stream_may_be_cut_anywhere_and_is_whole_at_its_end_alone(string name)
    {
        var stream = Encoding.UTF8.GetBytes(GeminiWire.Stream(Streams[name].Events));
        var expected = GeminiWire.Decode(stream).Fold();
        // The event is complete at the line feed of its blank line, the last byte; with CRLF also before it.
        for (var cut = 0; cut < stream.Length - 1; cut++)
        {
            Assert.Equal(expected, GeminiWire.Decode(stream.AsMemory(0, cut), stream.AsMemory(cut)).Fold());
            var truncated = GeminiWire.Decode(stream.AsMemory(0, cut));
            Assert.Equal((0, 0, null), (truncated.Ends, truncated.Finishes.Count, truncated.Failure));
        }
    }

    [Theory]
    [InlineData("STOP", FinishReason.Stop)]
    [InlineData("MAX_TOKENS", FinishReason.Length)]
    [InlineData("SAFETY", FinishReason.ContentFilter)]
    [InlineData("RECITATION", FinishReason.ContentFilter)]
    [InlineData("BLOCKLIST", FinishReason.ContentFilter)]
    [InlineData("PROHIBITED_CONTENT", FinishReason.ContentFilter)]
    [InlineData("SPII", FinishReason.ContentFilter)]
    [InlineData("LANGUAGE", FinishReason.ContentFilter)]
    [InlineData("IMAGE_SAFETY", FinishReason.ContentFilter)]
    [InlineData("IMAGE_RECITATION", FinishReason.ContentFilter)]
    [InlineData("OTHER", FinishReason.ContentFilter)]
    [InlineData("SOMETHING_NEW", FinishReason.Other)]
    public void Finish_reasons(string reason, FinishReason expected)
    {
        var recorder = GeminiWire.DecodeStream(Event("""{"text":"a"}""", $",\"finishReason\":\"{reason}\""));
        Assert.Equal((expected, 1), (recorder.Finishes[0], recorder.Ends));
    }

    [Theory]
    [InlineData("MALFORMED_FUNCTION_CALL", ProviderErrorKind.ServerError)]
    [InlineData("MALFORMED_RESPONSE", ProviderErrorKind.ServerError)]
    [InlineData("UNEXPECTED_TOOL_CALL", ProviderErrorKind.ServerError)]
    [InlineData("TOO_MANY_TOOL_CALLS", ProviderErrorKind.ServerError)]
    [InlineData("MISSING_THOUGHT_SIGNATURE", ProviderErrorKind.InvalidRequest)]
    public void Ends_that_no_client_may_take_for_an_answer_are_errors(string reason, ProviderErrorKind kind)
    {
        var recorder = GeminiWire.DecodeStream(Event("""{"text":"I call"}""", $",\"finishReason\":\"{reason}\",\"finishMessage\":\"Malformed: x\"", UsageOf));
        Assert.Equal((kind, reason, "Malformed: x"), (recorder.Failure!.Kind, recorder.Failure.Code, recorder.Failure.Message));
        Assert.Equal((0, 0, 13), (recorder.Ends, recorder.Finishes.Count, recorder.UsageTotals.Input));
    }

    [Fact]
    public void A_call_of_an_undeclared_function_is_a_call()
    {
        var recorder = GeminiWire.DecodeWhole(Event("""{"functionCall":{"name":"f","args":{}}}""", ",\"finishReason\":\"UNEXPECTED_TOOL_CALL\""));
        Assert.Equal((1, FinishReason.ToolCalls, 1), (recorder.ToolCalls(0), recorder.Finishes[0], recorder.Ends));
    }

    [Fact]
    public void Models_that_say_STOP_with_every_event_are_heard_out()
    {
        var recorder = GeminiWire.DecodeStream(Event("""{"text":"a"}""", Stop), Event("""{"text":"b"}""", Stop), Event("""{"functionCall":{"name":"f"}}""", Stop));
        Assert.Equal(("ab", FinishReason.ToolCalls), (recorder["text:0"], recorder.Finishes[0]));
    }

    [Fact]
    public void A_refused_prompt_is_a_finish_without_text()
    {
        var blocked = $$$"""{"promptFeedback":{"blockReason":"PROHIBITED_CONTENT"},"usageMetadata":{"promptTokenCount":8,"totalTokenCount":8},{{{Head}}}}""";
        foreach (var recorder in new[] { GeminiWire.DecodeStream(blocked), GeminiWire.DecodeWhole(blocked) })
        {
            Assert.Equal(("", FinishReason.ContentFilter, 1), (recorder["text:0"], recorder.Finishes[0], recorder.Ends));
            Assert.Equal((8, 0), (recorder.UsageTotals.Input, recorder.UsageTotals.Output));
        }
    }

    [Fact]
    public void Every_candidate_must_have_finished()
    {
        string Of(int index, string text, string more) => $$"""{"candidates":[{"content":{"parts":[{"text":"{{text}}"}]},"index":{{index}}{{more}}}],{{Head}}}""";

        var open = GeminiWire.DecodeStream(Of(0, "a", Stop), Of(1, "b", ""));
        var both = GeminiWire.DecodeStream(Of(0, "a", Stop), Of(1, "b", ""), Of(1, "c", ",\"finishReason\":\"MAX_TOKENS\""));

        Assert.Equal(0, open.Ends);
        Assert.Equal(("a", "bc", FinishReason.Stop, FinishReason.Length, 1), (both["text:0"], both["text:1"], both.Finishes[0], both.Finishes[1], both.Ends));
    }

    [Fact]
    public void Arguments_in_pieces_become_one_JSON_text()
    {
        string Piece(string call) => Event("{\"functionCall\":{" + call + "}}");

        var recorder = GeminiWire.DecodeStream(
            Piece("\"name\":\"f\",\"willContinue\":true"),
            Piece("\"partialArgs\":[{\"jsonPath\":\"$.list[0].a\",\"stringValue\":\"x\\\"\\ud83d\",\"willContinue\":true}],\"willContinue\":true"),
            Piece("\"partialArgs\":[{\"jsonPath\":\"$.list[0].a\",\"stringValue\":\"\\ude00\"}],\"willContinue\":true"),
            Piece("\"partialArgs\":[{\"jsonPath\":\"$.list[0].b\",\"numberValue\":1.5},{\"jsonPath\":\"$.list[1].a\",\"boolValue\":true}],\"willContinue\":true"),
            Piece("\"partialArgs\":[{\"jsonPath\":\"$['odd.name'].m[0][1]\",\"nullValue\":\"NULL_VALUE\"}],\"willContinue\":true"),
            Piece(""),
            Piece("\"name\":\"g\",\"willContinue\":true"),
            Event("""{"functionCall":{}}""", Stop));

        Assert.Equal("""{"list":[{"a":"x\"\ud83d\ude00","b":1.5},{"a":true}],"odd.name":{"m":[[null]]}}""", recorder["args:0:0"]);
        Assert.Equal(("{}", 1), (recorder["args:0:1"], recorder.Ends));
    }

    [Theory]
    [InlineData("$.b", "$.a.x", "$.a")]
    [InlineData("$.a", "$.a[0]", "$.a")]
    [InlineData("$.a", "$.b", "x")]
    [InlineData("$.a", "$..b", "$.c")]
    [InlineData("$.a", "$.b[x]", "$.c")]
    public void Pieces_that_do_not_fit_are_an_error(params string[] paths)
    {
        var pieces = string.Join(',', paths.Select(path => $$"""{"jsonPath":"{{path}}","numberValue":1}"""));
        Assert.Equal(ProviderErrorKind.Malformed, GeminiWire.DecodeStream(Event("""{"functionCall":{"name":"f","partialArgs":[""" + pieces + "]}}", Stop)).Failure?.Kind);
    }

    [Fact]
    public void Sources_are_citations_with_places_in_UTF16_units()
    {
        const string Grounding = ""","groundingMetadata":{"groundingChunks":[{"web":{"uri":"https://a","title":"A"}},{"retrievedContext":{"title":"B","text":"words"}}],"groundingSupports":[{"segment":{"startIndex":7,"endIndex":12,"text":"World"},"groundingChunkIndices":[0,1,9]},{"segment":{"startIndex":90,"endIndex":95,"text":"World"},"groundingChunkIndices":[1]}]}""";
        var recorder = GeminiWire.DecodeStream(Event("""{"text":"é "}"""), Event("""{"text":"\ud83d\ude00"}"""), Event("""{"text":"World"}""", Grounding + Stop));
        var alone = GeminiWire.DecodeStream(Event("""{"text":"a"}""", ",\"groundingMetadata\":{\"groundingChunks\":[{\"web\":{\"uri\":\"https://a\",\"title\":\"A\"}}]}" + Stop));

        Assert.Equal("[https://a|A||4..9|-1][|B|words|4..9|-1][|B|words|4..9|-1]", recorder["citation:0"]);
        Assert.Equal("[https://a|A||-1..-1|-1]", alone["citation:0"]);
        Assert.Equal(
            "[https://b|||0..1|-1]",
            GeminiWire.DecodeStream(Event("""{"text":"a"}""", ",\"citationMetadata\":{\"citationSources\":[{\"endIndex\":1,\"uri\":\"https://b\"}]}" + Stop))["citation:0"]);
    }

    [Fact]
    public void Log_probabilities_have_OpenAIs_shape()
    {
        const string Result = ""","logprobsResult":{"chosenCandidates":[{"token":"é","tokenId":1,"logProbability":-0.5},{"token":"b","logProbability":-1e-05}],"topCandidates":[{"candidates":[{"token":"é","logProbability":-0.5},{"token":"x","logProbability":-2}]}]}""";
        Assert.Equal(
            """{"token":"é","logprob":-0.5,"bytes":[195,169],"top_logprobs":[{"token":"é","logprob":-0.5,"bytes":[195,169]},{"token":"x","logprob":-2,"bytes":[120]}]},{"token":"b","logprob":-1E-05,"bytes":[98],"top_logprobs":[]}""",
            GeminiWire.DecodeWhole(Event("""{"text":"éb"}""", Result + Stop))["logprobs:0"]);
    }

    [Theory]
    [InlineData("""{"error":{"code":503,"message":"The model is overloaded.","status":"UNAVAILABLE"}}""", ProviderErrorKind.Overloaded, 503)]
    [InlineData("""[{"error":{"code":429,"message":"m","status":"RESOURCE_EXHAUSTED"}}]""", ProviderErrorKind.RateLimit, 429)]
    [InlineData("""{"error":{"message":"m","status":"INTERNAL"}}""", ProviderErrorKind.ServerError, 500)]
    [InlineData("""{"candidates":[{"index":500}]}""", ProviderErrorKind.Malformed, 502)]
    [InlineData("""{"candidates":[{"index":0""", ProviderErrorKind.Malformed, 502)]
    [InlineData("""{"candidates":[]} x""", ProviderErrorKind.Malformed, 502)]
    [InlineData("[7]", ProviderErrorKind.Malformed, 502)]
    [InlineData("hello", ProviderErrorKind.Malformed, 502)]
    public void Errors_close_the_stream(string data, ProviderErrorKind kind, int status)
    {
        var recorder = GeminiWire.DecodeStream(Event("""{"text":"a"}"""), data, Event("""{"text":"b"}""", Stop));
        Assert.Equal((kind, status, 0, "a"), (recorder.Failure!.Kind, recorder.Failure.Status, recorder.Ends, recorder["text:0"]));
    }

    [Theory]
    [InlineData("""{"candidates":null,"usageMetadata":7,"responseId":5,"error":null,"promptFeedback":[],"createTime":"x"}""")]
    [InlineData("""{"candidates":{},"usageMetadata":{"promptTokenCount":"x","candidatesTokenCount":-1,"promptTokensDetails":[7,{"modality":3}]}}""")]
    [InlineData("""{"candidates":[7,{"index":"a","content":5,"finishReason":7,"groundingMetadata":[],"citationMetadata":1,"logprobsResult":"x"}]}""")]
    [InlineData("""{"candidates":[{"content":{"parts":[7,{"text":7,"thought":"x","thoughtSignature":1,"functionCall":[],"inlineData":3},{"functionCall":{"name":5}},{"inlineData":{"data":4}}]}}]}""")]
    [InlineData("""{"candidates":[{"groundingMetadata":{"groundingChunks":[1,{"web":2}],"groundingSupports":[3,{"segment":4,"groundingChunkIndices":["a",0.5,-1]}]},"citationMetadata":{"citations":[5,{"uri":6}]},"logprobsResult":{"chosenCandidates":{},"topCandidates":7}}]}""")]
    public void Members_of_another_type_count_as_absent(string data)
    {
        var recorder = GeminiWire.DecodeStream(data);
        Assert.Equal((null, 1, 0, ""), (recorder.Failure, recorder.Starts, recorder.Ends, recorder["text:0"]));
        Assert.Equal(0, recorder.ToolCalls(0));
    }

    [Theory]
    [InlineData("""{"error":{"code":400,"message":"m","status":"INVALID_ARGUMENT"}}""", ProviderErrorKind.InvalidRequest)]
    [InlineData("""[{"error":{"code":404,"message":"models/x is not found","status":"NOT_FOUND"}}]""", ProviderErrorKind.ModelNotFound)]
    [InlineData("""{"usageMetadata":{"promptTokenCount":1}}""", ProviderErrorKind.Malformed)]
    [InlineData("[]", ProviderErrorKind.Malformed)]
    [InlineData("7", ProviderErrorKind.Malformed)]
    public void Whole_answers_that_are_none_are_errors(string json, ProviderErrorKind kind) => Assert.Equal(kind, GeminiWire.DecodeWhole(json).Failure?.Kind);

    [Fact]
    public void Vertex_says_when_it_answered()
    {
        var whole = GeminiWire.ToOpenAi(stream: false, sink => GeminiWire.Whole(
            """{"candidates":[{"content":{"parts":[{"text":"a"}]},"finishReason":"STOP"}],"createTime":"2026-02-15T07:50:39.884152Z"}""", sink));
        Assert.Contains("\"created\":1771141839,", whole, StringComparison.Ordinal);
    }

    [Fact]
    public void A_decoder_can_be_used_again()
    {
        var decoder = new GeminiResponseDecoder();
        foreach (var name in new[] { "thoughts and calls", "text", "thoughts and calls" })
        {
            var recorder = new Recorder();
            decoder.Reset();
            Wire.Events((type, data) => decoder.Push(type, data, recorder), Encoding.UTF8.GetBytes(GeminiWire.Stream(Streams[name].Events)));
            Assert.True(decoder.TryEnd(recorder));
            Assert.True(decoder.IsClosed);
            Assert.Equal(GeminiWire.DecodeStream(Streams[name].Events).Fold(), recorder.Fold());
        }
    }

    [Fact]
    public void A_text_delta_is_translated_without_allocation()
    {
        var (decoder, encoder, output) = (new GeminiResponseDecoder(), new OpenAiChatStreamEncoder(), new ByteBuffer());
        encoder.Begin(output, Wire.Output);
        var chunk = Encoding.UTF8.GetBytes(Event("""{"text":"word "}""", "", UsageOf));
        // The text is kept for citations, so that the buffer grows; not any more once it is as long as this.
        Push(1000);
        decoder.Reset();
        encoder.Begin(output, Wire.Output);

        var before = GC.GetAllocatedBytesForCurrentThread();
        Push(1000);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Push(int count)
        {
            for (var i = 0; i < count; i++)
            {
                output.Clear();
                decoder.Push(default, chunk, encoder);
            }
        }
    }
}
