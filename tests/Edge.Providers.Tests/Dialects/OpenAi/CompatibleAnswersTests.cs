using System.Text;
using System.Text.Json;
using Edge.Providers.Chat;
using Edge.Providers.Dialects;
using Edge.Providers.Dialects.OpenAi;
using Edge.Providers.Errors;

namespace Edge.Providers.Tests.Dialects.OpenAi;

/// <summary>What compatible servers say otherwise than OpenAI, each as its documentation or its makers describe it.</summary>
public class CompatibleAnswersTests
{
    private static byte[] Stream(params IEnumerable<string> chunks) => Encoding.UTF8.GetBytes(string.Concat(chunks.Select(chunk => $"data: {chunk}\n\n")));

    private static string Delta(string delta, string more = "") => $$"""{"id":"x","choices":[{"index":0,"delta":{{delta}}{{more}}}]}""";

    private static string Whole(string message, string finish = "stop", string more = "") =>
        $$"""{"id":"x","model":"m","choices":[{"index":0,"message":{{message}},"finish_reason":"{{finish}}"}]{{more}}}""";

    private static Recorder Decode(params IEnumerable<string> deltas) =>
        Wire.DecodeOpenAi(Stream([.. deltas.Select(delta => Delta(delta)), Delta("{}", ",\"finish_reason\":\"stop\""), "[DONE]"]));

    [Fact]
    public void Mistrals_chunks_are_reasoning_and_text()
    {
        const string content = """{"role":"assistant","content":[{"type":"thinking","thinking":[{"type":"text","text":"h\n"},{"type":"text","text":"m"}],"closed":true},{"type":"text","text":"A"},{"type":"reference","reference_ids":[1]},{"type":"text","text":"B"}]}""";
        foreach (var recorder in new[] { Decode(content), Wire.DecodeOpenAiWhole(Whole(content)) })
        {
            Assert.Equal(("h\nm", "AB", 1), (recorder["thinking:0"], recorder["text:0"], recorder.Ends));
        }
    }

    [Fact]
    public void OpenRouters_details_bring_each_familys_state_with_its_mark()
    {
        var recorder = Decode(
            """{"content":"","reasoning":"a","reasoning_details":[{"type":"reasoning.text","text":"a","index":0,"format":"anthropic-claude-v1"}]}""",
            """{"reasoning_details":[{"type":"reasoning.text","signature":"s1","index":0,"format":"anthropic-claude-v1"}]}""",
            """{"reasoning_details":[{"type":"reasoning.encrypted","data":"e1","format":"openai-responses-v1","id":"rs_1"},{"type":"reasoning.encrypted","data":"x1","format":"xai-responses-v1"}]}""",
            """{"reasoning_details":[{"type":"reasoning.encrypted","data":"g1","format":"google-gemini-v1","id":"c1"}],"tool_calls":[{"index":0,"id":"c1","function":{"name":"f","arguments":"{}"}}]}""");
        Assert.Equal(("a", "s1", "openai.e1", "gemini.g1"), (recorder["thinking:0"], recorder["signature:0"], recorder["redacted:0"], recorder["callsignature:0:0"]));

        var whole = Wire.DecodeOpenAiWhole(Whole(
            """{"content":"T","reasoning":"ab","reasoning_details":[{"type":"reasoning.summary","summary":"a","format":"openai-responses-v1"},{"type":"reasoning.text","text":"b","signature":"s","format":"google-gemini-v1"}]}"""));
        Assert.Equal(("ab", "gemini.s", "T"), (whole["thinking:0"], whole["signature:0"], whole["text:0"]));
    }

    [Fact]
    public void Blocks_of_a_whole_answer_keep_their_own_text()
    {
        var order = new Order();
        Decode(order, Whole("""{"content":"T","reasoning_content":"ab","thinking_blocks":[{"type":"thinking","thinking":"a","signature":"1"},{"type":"thinking","thinking":"b","signature":"2"}]}"""));
        Assert.Equal("thinking a|signature 1|thinking b|signature 2|text T|", order.Text);
    }

    [Fact]
    public void Googles_signature_of_a_call_is_marked()
    {
        const string call = """{"tool_calls":[{"index":0,"id":"c","type":"function","function":{"name":"f","arguments":"{}"},"extra_content":{"google":{"thought_signature":"AB\/="}}}]}""";
        Assert.Equal("gemini.AB/=", Decode(call)["callsignature:0:0"]);
        Assert.Equal("gemini.AB/=", Wire.DecodeOpenAiWhole(Whole(call))["callsignature:0:0"]);
    }

    [Fact]
    public void Annotations_pictures_and_log_probabilities()
    {
        const string message = """{"content":"T","annotations":[{"type":"url_citation","url_citation":{"url":"https://x","title":"X","content":"c","start_index":0,"end_index":1}},{"type":"file","file":{}}],"images":[{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}}]}""";
        var whole = Wire.DecodeOpenAiWhole($$"""{"choices":[{"index":0,"message":{{message}},"logprobs":{"content":[ {"token":"T","logprob":-0.5} ],"refusal":null},"finish_reason":"stop"}]}""");
        var streamed = Wire.DecodeOpenAi(Stream(Delta(message, ",\"logprobs\":{\"refusal\":null,\"content\":[{\"token\":\"T\",\"logprob\":-0.5}]},\"finish_reason\":\"stop\""), "[DONE]"));
        Assert.Equal(whole.Fold(), streamed.Fold());
        Assert.Equal(("[https://x|X|c|0..1|-1]", "[image/png;AAAA]", """{"token":"T","logprob":-0.5}"""), (whole["citation:0"], whole["media:0"], whole["logprobs:0"]));
    }

    [Fact]
    public void Perplexitys_sources_come_once()
    {
        const string sources = ""","citations":["https://a"],"search_results":[{"title":"A","url":"https://a","date":null}]}""";
        var streamed = Wire.DecodeOpenAi(Stream(
            Delta("""{"content":"T"}""")[..^1] + sources, Delta("{}", ",\"finish_reason\":\"stop\"")[..^1] + sources, "[DONE]"));
        Assert.Equal("[https://a|A||-1..-1|-1]", streamed["citation:0"]);
        Assert.Equal("[https://a|||-1..-1|-1]", Wire.DecodeOpenAiWhole(Whole("""{"content":"T"}""", more: ",\"citations\":[\"https://a\"]"))["citation:0"]);
    }

    [Theory]
    [InlineData("""{"tool_calls":[{"id":"a","function":{"name":"f","arguments":"{\"x\":"}}]}""", """{"tool_calls":[{"function":{"arguments":"1}"}}]}""", """{"tool_calls":[{"id":"b","function":{"name":"g","arguments":"{}"}}]}""")]
    [InlineData("""{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"{\"x\":"}}]}""", """{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"1}"}}]}""", """{"tool_calls":[{"index":1,"id":"b","function":{"name":"g","arguments":"{}"}}]}""")]
    [InlineData("""{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"{\"x\":1}"}}]}""", """{"tool_calls":[{"index":0,"id":"b","function":{"name":"g","arguments":""}}]}""", """{"tool_calls":[{"index":0,"id":"b","function":{"name":"","arguments":"{}"}}]}""")]
    [InlineData("""{"tool_calls":[{"index":1,"id":"a","function":{"name":"f","arguments":{"x":1}}},{"index":2,"id":"b","function":{"name":"g","arguments":{}}}]}""", "{}", "{}")]
    [InlineData("""{"tool_calls":[{"id":"a","function":{"name":"f","arguments":"{\"x\":1}"}},{"id":"b","function":{"name":"g","arguments":"{}"}}]}""", "{}", "{}")]
    public void Calls_are_told_apart_however_the_server_counts_them(string first, string second, string third)
    {
        var recorder = Decode(first, second, third);
        Assert.Equal(("a", "f", "{\"x\":1}", "b", "g", "{}"), (recorder["id:0:0"], recorder["name:0:0"], recorder["args:0:0"], recorder["id:0:1"], recorder["name:0:1"], recorder["args:0:1"]));
        Assert.Equal((2, FinishReason.ToolCalls), (recorder.ToolCalls(0), recorder.Finishes[0]));
    }

    [Theory]
    [InlineData("tool_calls", FinishReason.Stop)]
    [InlineData("eos", FinishReason.Stop)]
    [InlineData("model_length", FinishReason.ContextWindow)]
    [InlineData("max_tokens", FinishReason.Length)]
    [InlineData("sensitive", FinishReason.ContentFilter)]
    [InlineData("whatever", FinishReason.Other)]
    public void Finish_reasons_of_others(string finish, FinishReason reason) => Assert.Equal(reason, Wire.DecodeOpenAiWhole(Whole("{\"content\":\"T\"}", finish)).Finishes[0]);

    [Fact]
    public void An_empty_finish_reason_is_none()
    {
        var recorder = Wire.DecodeOpenAi(Stream(Delta("""{"content":"A"}""", ",\"finish_reason\":\"\""), Delta("""{"content":"B"}""", ",\"finish_reason\":\"length\"")));
        Assert.Equal(("AB", FinishReason.Length), (recorder["text:0"], recorder.Finishes[0]));
    }

    [Theory]
    [InlineData("error")]
    [InlineData("insufficient_system_resource")]
    [InlineData("network_error")]
    [InlineData("abort")]
    public void A_finish_reason_that_says_broken_off_is_an_error(string finish)
    {
        var streamed = Wire.DecodeOpenAi(Stream(Delta("""{"content":"A"}"""), Delta("{}", $",\"finish_reason\":\"{finish}\""), "[DONE]"));
        var whole = Wire.DecodeOpenAiWhole(Whole("{\"content\":\"A\"}", finish));
        foreach (var recorder in new[] { streamed, whole })
        {
            Assert.Equal((ProviderErrorKind.ServerError, 0, 0), (recorder.Failure?.Kind, recorder.Ends, recorder.Finishes.Count));
        }
    }

    [Theory]
    [InlineData("""{"id":"x","choices":[{"index":0,"delta":{"content":""},"finish_reason":"error","error":{"code":429,"message":"m"}}]}""", ProviderErrorKind.RateLimit)]
    [InlineData("""{"id":"x","choices":[],"x_groq":{"id":"r","error":"over capacity"}}""", ProviderErrorKind.ServerError)]
    [InlineData("""{"object":"error","message":"m","type":"invalid_request_error","code":400}""", ProviderErrorKind.InvalidRequest)]
    public void Errors_in_other_places(string chunk, ProviderErrorKind kind)
    {
        var recorder = Wire.DecodeOpenAi(Stream(Delta("""{"content":"A"}"""), chunk, "[DONE]"));
        Assert.Equal((kind, 0), (recorder.Failure?.Kind, recorder.Ends));
        Assert.NotEmpty(recorder.Failure!.Message);
    }

    [Fact]
    public void Azures_first_chunk_is_no_start()
    {
        var recorder = Wire.DecodeOpenAi(Stream(
            """{"choices":[],"created":0,"id":"","model":"","object":"","prompt_filter_results":[{"prompt_index":0}]}""", """{"id":"x","model":"m","choices":[{"index":0,"delta":{"content":"A"},"finish_reason":"stop"}]}""", "[DONE]"));
        Assert.Equal(("x", "m", 1, "A"), (recorder.Id, recorder.Model, recorder.Starts, recorder["text:0"]));
    }

    /// <summary>Input, output, cache read, cache write, reasoning; -1 = not said.</summary>
    [Theory]
    [InlineData("""{"prompt_tokens":10,"completion_tokens":5,"total_tokens":15,"completion_tokens_details":{"reasoning_tokens":3}}""", 10, 5, -1, -1, 3)]
    [InlineData("""{"prompt_tokens":10,"completion_tokens":5,"total_tokens":35,"prompt_tokens_details":{"cached_tokens":4},"completion_tokens_details":{"reasoning_tokens":20}}""", 10, 25, 4, -1, 20)]
    [InlineData("""{"prompt_tokens":10,"completion_tokens":5,"prompt_cache_hit_tokens":7,"prompt_cache_miss_tokens":3}""", 10, 5, 7, -1, -1)]
    [InlineData("""{"prompt_tokens":10,"completion_tokens":5,"num_cached_tokens":7}""", 10, 5, 7, -1, -1)]
    [InlineData("""{"prompt_tokens":10,"completion_tokens":5,"cached_tokens":7}""", 10, 5, 7, -1, -1)]
    [InlineData("""{"prompt_tokens":10,"completion_tokens":5,"cache_read_input_tokens":2,"cache_creation_input_tokens":3}""", 10, 5, 2, 3, -1)]
    [InlineData("""{"prompt_tokens":10,"completion_tokens":5,"prompt_tokens_details":{"cached_tokens":2,"cache_write_tokens":3}}""", 10, 5, 2, 3, -1)]
    [InlineData("""{"prompt_tokens":10,"completion_tokens":5,"prompt_tokens_details":null,"reasoning_tokens":4,"cost":{"total_cost":0.1}}""", 10, 5, -1, -1, 4)]
    public void Usage_of_others(string usage, long input, long output, long read, long write, long reasoning)
    {
        var expected = (input, output, read, write, reasoning);
        var whole = Wire.DecodeOpenAiWhole(Whole("{\"content\":\"T\"}", more: $",\"usage\":{usage}"));
        Assert.Equal(expected, Of(whole.UsageTotals));
        Assert.Equal(expected, Of(Wire.DecodeOpenAi(Stream("{\"id\":\"x\",\"choices\":[],\"usage\":" + usage + "}")).UsageTotals));
        Assert.Equal(expected, Of(Wire.DecodeOpenAi(Stream("{\"id\":\"x\",\"choices\":[],\"x_groq\":{\"usage\":" + usage + "}}")).UsageTotals));
        Assert.Equal(expected, Of(Wire.DecodeOpenAi(Stream("{\"id\":\"x\",\"choices\":[{\"index\":0,\"delta\":{},\"usage\":" + usage + "}]}")).UsageTotals));
        var tap = new OpenAiChatTap();
        tap.Look(default, Encoding.UTF8.GetBytes("{\"choices\":[],\"usage\":" + usage + "}"));
        Assert.Equal(expected, Of(tap.Usage));

        static (long, long, long, long, long) Of(Usage usage) => (usage.Input, usage.Output, usage.CacheRead, usage.CacheWrite, usage.Reasoning);
    }

    [Fact]
    public void What_is_richer_than_text_arrives_at_an_OpenAI_client_and_reads_back_the_same()
    {
        string[] chunks =
        [
            """{"id":"chatcmpl-1","model":"m","service_tier":"flex","choices":[{"index":0,"delta":{},"logprobs":{"content":[{"token":"T","logprob":-0.5}]}}]}""",
            Delta("""{"content":"T","annotations":[{"type":"url_citation","url_citation":{"url":"https://x","title":"X \"q\"","start_index":0,"end_index":1}}],"images":[{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}}]}"""),
            Delta("""{"tool_calls":[{"index":0,"id":"c","function":{"name":"f","arguments":"{}"},"extra_content":{"google":{"thought_signature":"S"}}}]}"""),
            Delta("{}", ",\"finish_reason\":\"tool_calls\""), """{"id":"x","choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2,"prompt_tokens_details":{"cached_tokens":0,"image_tokens":4},"completion_tokens_details":{"reasoning_tokens":0,"image_tokens":5}}}""", "[DONE]",
        ];
        var expected = Wire.DecodeOpenAi(Stream(chunks));
        var (stream, whole) = (new ByteBuffer(), new ByteBuffer());
        foreach (var (encoder, output) in new (IChatEncoder, ByteBuffer)[] { (new OpenAiChatStreamEncoder(), stream), (new OpenAiChatResponseEncoder(), whole) })
        {
            encoder.Begin(output, Wire.Output with { IncludeUsage = true });
            var decoder = new OpenAiChatResponseDecoder();
            Wire.Events((type, data) => decoder.Push(type, data, encoder), Stream(chunks));
        }
        var text = Encoding.UTF8.GetString(stream.Span);
        Assert.All(Facts.Data(text), chunk => Assert.Equal("flex", chunk.GetProperty("service_tier").GetString()));
        Assert.Contains("""{"index":0,"function":{"arguments":""},"extra_content":{"google":{"thought_signature":"S"}}}""", text, StringComparison.Ordinal);
        Assert.Equal(expected.Fold(), Wire.DecodeOpenAi(stream.Span.ToArray()).Fold());
        var json = Encoding.UTF8.GetString(whole.Span);
        Assert.Equal("flex", JsonDocument.Parse(json).RootElement.GetProperty("service_tier").GetString());
        Assert.Equal(expected.Fold(), Wire.DecodeOpenAiWhole(json).Fold());
    }

    [Theory]
    [InlineData("""{"reasoning_details":[7]}""")]
    [InlineData("""{"annotations":["x"]}""")]
    [InlineData("""{"images":[null]}""")]
    [InlineData("""{"content":[1]}""")]
    public void Elements_that_are_none_close_the_answer(string delta)
    {
        Assert.Equal(ProviderErrorKind.Malformed, Wire.DecodeOpenAi(Stream(Delta(delta))).Failure?.Kind);
        Assert.Equal(ProviderErrorKind.Malformed, Wire.DecodeOpenAiWhole(Whole(delta)).Failure?.Kind);
    }

    [Theory]
    [InlineData("""{"reasoning_details":{},"annotations":7,"images":"x","extra_content":[],"content":{}}""")]
    [InlineData("""{"annotations":[{"url_citation":7},{"url_citation":{"url":7}},{"url_citation":{}}],"images":[{"image_url":7},{"image_url":{"url":"https://x/y.png"}}],"reasoning_details":[{},{"text":7,"data":[]}]}""")]
    [InlineData("""{"content":[{"thinking":7,"text":null},{"thinking":[{"text":7}]}]}""")]
    public void Members_of_another_type_count_as_absent(string delta)
    {
        Assert.Equal((null, 0), (Wire.DecodeOpenAi(Stream(Delta(delta))).Failure, Wire.DecodeOpenAi(Stream(Delta(delta))).Calls));
        Assert.Equal((null, 0), (Wire.DecodeOpenAiWhole(Whole(delta)).Failure, Wire.DecodeOpenAiWhole(Whole(delta)).Calls));
    }

    private static void Decode(IChatEventSink sink, string json)
    {
        var bytes = Encoding.UTF8.GetBytes(json);
        using var index = Wire.Index(bytes);
        new OpenAiChatResponseDecoder().Whole(new Edge.Providers.Json.JsonValue(bytes, index.Tokens), sink);
    }

    private sealed class Order : IChatEventSink
    {
        private readonly StringBuilder _text = new();

        public string Text => _text.ToString();

        public void Start(in ChatStart start)
        {
        }

        void IChatEventSink.Text(int choice, Edge.Providers.Json.JsonText text) => _text.Append($"text {text.ToString()}|");

        public void Refusal(int choice, Edge.Providers.Json.JsonText text)
        {
        }

        public void Thinking(int choice, Edge.Providers.Json.JsonText text) => _text.Append($"thinking {text.ToString()}|");

        public void ThinkingSignature(int choice, Edge.Providers.Json.JsonText signature) => _text.Append($"signature {signature.ToString()}|");

        public void RedactedThinking(int choice, Edge.Providers.Json.JsonText data)
        {
        }

        public void ToolCallStart(int choice, int call, Edge.Providers.Json.JsonText id, Edge.Providers.Json.JsonText name)
        {
        }

        public void ToolCallArguments(int choice, int call, Edge.Providers.Json.JsonText fragment)
        {
        }

        public void ToolCallSignature(int choice, int call, Edge.Providers.Json.JsonText signature)
        {
        }

        public void Citation(int choice, in ChatCitation citation)
        {
        }

        public void Logprobs(int choice, ReadOnlySpan<byte> tokens)
        {
        }

        public void Media(int choice, Edge.Providers.Json.JsonText mediaType, Edge.Providers.Json.JsonText data)
        {
        }

        public void Usage(in Usage usage)
        {
        }

        public void Finish(int choice, FinishReason reason, Edge.Providers.Json.JsonText detail)
        {
        }

        public void Error(ProviderError error)
        {
        }

        public void End()
        {
        }
    }

    [Theory]
    [InlineData("""{"choices":[{"index":0,"delta":{"content":"A"}}]}""", null)]
    [InlineData("""{"choices":[{"index":0,"delta":{"content":"A"}},{"index":1,"delta":{"content":"B"}}]}""", """{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}""")]
    public void An_end_mark_before_a_choice_has_finished_is_no_end(string first, string? second)
    {
        var recorder = Wire.DecodeOpenAi(System.Text.Encoding.UTF8.GetBytes(string.Concat(new[] { first, second, "[DONE]" }.Where(data => data is not null).Select(data => $"data: {data}\n\n"))));

        Assert.Equal((0, Edge.Providers.Errors.ProviderErrorKind.Malformed), (recorder.Ends, recorder.Failure!.Kind));
    }

    [Fact]
    public void More_calls_than_any_model_makes_are_malformed()
    {
        var calls = string.Join(',', Enumerable.Range(0, 4097).Select(i => """{"index":#,"id":"c#","function":{"name":"f","arguments":"{}"}}""".Replace("#", $"{i}", StringComparison.Ordinal)));

        var recorder = Wire.DecodeOpenAi(System.Text.Encoding.UTF8.GetBytes("""data: {"choices":[{"index":0,"delta":{"tool_calls":[CALLS]}}]}""".Replace("CALLS", calls, StringComparison.Ordinal) + "\n\n"));

        Assert.Equal(Edge.Providers.Errors.ProviderErrorKind.Malformed, recorder.Failure!.Kind);
        Assert.Equal(4096, recorder.ToolCalls(0));
    }

    [Theory]
    [InlineData(true, """{"choices":[{"index":0,"delta":{"content":"A"}}]}""", """{"choices":[{"delta":{},"finish_reason":"stop","index":0}]}""")]
    [InlineData(false, """{"choices":[{"index":0,"delta":{"content":"A"}}]}""", """{"choices":[{"index":1,"delta":{"content":"B"}}]}""", """{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}""")]
    [InlineData(true, """{"choices":[{"index":0,"text":"A"},{"text":"B","index": 1}]}""", """{"choices":[{"index":1,"text":"","finish_reason":"stop"}]}""", """{"choices":[{"index":0,"text":"","finish_reason":"length"}]}""")]
    [InlineData(true, """{"choices":[{"delta":{"tool_calls":[{"index":0,"id":"a"},{"index":1,"id":"b"},{"index":500,"id":"c"}]}}]}""", """{"choices":[{"delta":{"tool_calls":[{"index":1,"function":{"arguments":"{}"}}]}}]}""", """{"choices":[{"delta":{},"finish_reason":"tool_calls"}]}""")]
    [InlineData(false, """{"choices":[{"index":0,"delta":{"content":"A"},"finish_reason":""}]}""")]
    [InlineData(false, """{"choices":[]}""")]
    public void The_tap_knows_whether_a_choice_is_open(bool expected, params string[] events)
    {
        var tap = new OpenAiChatTap();
        foreach (var data in events) tap.Look(default, System.Text.Encoding.UTF8.GetBytes(data));

        Assert.Equal(expected, tap.AllFinished);

        tap.Reset();
        Assert.False(tap.AllFinished);
    }
}
