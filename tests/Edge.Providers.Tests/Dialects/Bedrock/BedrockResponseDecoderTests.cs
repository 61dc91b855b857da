using System.Text;
using CsCheck;
using Edge.Providers.Chat;
using Edge.Providers.Dialects;
using Edge.Providers.Dialects.Bedrock;
using Edge.Providers.Dialects.OpenAi;
using Edge.Providers.Dialects.Responses;
using Edge.Providers.Errors;
using Edge.TestSupport;

namespace Edge.Providers.Tests.Dialects.Bedrock;

public class BedrockResponseDecoderTests
{
    [Fact]
    public void Text_comes_as_it_is_and_input_includes_what_was_cached()
    {
        var recorder = BedrockWire.Decode(BedrockGoldens.All[0].Stream);

        Assert.Equal("Hello, \"wörld\"\n 😀", recorder["text:0"]);
        Assert.Equal(FinishReason.Stop, recorder.Finishes[0]);
        Assert.Equal((1, 1), (recorder.Starts, recorder.Ends));
        var usage = recorder.UsageTotals;
        Assert.Equal((17, 25, 4, 3, 2), (usage.Input, usage.Output, usage.CacheRead, usage.CacheWrite, usage.CacheWrite1h));
    }

    [Fact]
    public void Reasoning_and_calls_come_apart()
    {
        var recorder = BedrockWire.Decode(BedrockGoldens.All[1].Stream);

        Assert.Equal(("Let me see.", "c2ln+/=", "ZW5j", "I look."), (recorder["thinking:0"], recorder["signature:0"], recorder["redacted:0"], recorder["text:0"]));
        Assert.Equal(("tooluse_1", "weather", """{"city":"Paris \"P\""}"""), (recorder["id:0:0"], recorder["name:0:0"], recorder["args:0:0"]));
        Assert.Equal(("tooluse_2", "now", "{}"), (recorder["id:0:1"], recorder["name:0:1"], recorder["args:0:1"]));
        Assert.Equal(FinishReason.ToolCalls, recorder.Finishes[0]);
    }

    [Fact]
    public void The_tier_that_served_the_request_reaches_clients()
    {
        const string Usage = "\"usage\":{\"inputTokens\":1,\"outputTokens\":1,\"totalTokens\":2},\"serviceTier\":{\"type\":\"flex\"}";
        var stream = BedrockWire.Stream(
            """{"messageStart":{"role":"assistant"}}""", """{"contentBlockDelta":{"contentBlockIndex":0,"delta":{"text":"A"} } }""", """{"messageStop":{"stopReason":"end_turn"}}""",
            "{\"metadata\":{" + Usage + "}}");
        const string Whole = """{"output":{"message":{"role":"assistant","content":[{"text":"A"}]}},"stopReason":"end_turn",""" + Usage + "}";

        var chunks = BedrockWire.ToOpenAi(new OpenAiChatStreamEncoder(), sink => BedrockWire.Decode(sink, stream)).Split("\n\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.DoesNotContain("service_tier", chunks[0], StringComparison.Ordinal);
        Assert.Contains("\"service_tier\":\"flex\",\"system_fingerprint\":null,\"choices\":[],", chunks[^2], StringComparison.Ordinal);
        foreach (var decode in new Action<IChatEventSink>[] { sink => BedrockWire.Whole(Whole, sink), sink => BedrockWire.Decode(sink, stream) })
        {
            Assert.Contains("\"service_tier\":\"flex\"", BedrockWire.ToOpenAi(new OpenAiChatResponseEncoder(), decode), StringComparison.Ordinal);
            Assert.Contains("\"service_tier\":\"flex\"", BedrockWire.ToOpenAi(new ResponsesStreamEncoder(), decode), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("RXRrRUNrZ0lCeEFCR0FJcSsvOD0=", "EtkECkgIBxABGAIq+/8=")]
    [InlineData("/////w==", "/////w==")]
    [InlineData("no base64!", "no base64!")]
    public void Encrypted_reasoning_is_what_the_Messages_API_gives(string blob, string data)
    {
        var recorder = BedrockWire.Decode(
            BedrockWire.Stream($$"""{"contentBlockDelta":{"contentBlockIndex":0,"delta":{"reasoningContent":{"redactedContent":"{{blob}}"} } } }"""));
        Assert.Equal(data, recorder["redacted:0"]);
    }

    [Fact]
    public void Citations_say_where_from()
    {
        var recorder = BedrockWire.Decode(BedrockGoldens.Find("citations").Stream);
        Assert.Equal("[|T|words|0..6|1][https://x/y|W||0..6|-1]", recorder["citation:0"]);
    }

    [Fact]
    public void Pictures_are_put_together()
    {
        Assert.Equal("[image/webp;YWJj]", BedrockWire.Decode(BedrockGoldens.Find("a picture in two pieces").Stream)["media:0"]);
    }

    [Theory]
    [MemberData(nameof(BedrockGoldens.Names), MemberType = typeof(BedrockGoldens))]
    public void A_whole_answer_is_the_fold_of_its_stream(string name)
    {
        var golden = BedrockGoldens.Find(name);

        var whole = BedrockWire.DecodeWhole(golden.Whole);

        Assert.Equal(whole.Fold(), BedrockWire.Decode(golden.Stream).Fold());
        Assert.Equal((1, 1), (whole.Starts, whole.Ends));
    }

    [Theory]
    [MemberData(nameof(BedrockGoldens.Names), MemberType = typeof(BedrockGoldens))]
    public void A_stream_may_be_cut_anywhere_and_a_truncated_one_never_ends(string name)
    {
        var golden = BedrockGoldens.Find(name);
        var stream = golden.Stream;
        var expected = BedrockWire.Decode(stream).Fold();
        // What must not be missing: everything but the usage behind the stop reason.
        var whole = stream.Length - (golden.Events[^1].Contains("metadata", StringComparison.Ordinal) ? BedrockWire.Event(golden.Events[^1]).Length : 0);
        for (var cut = 0; cut < stream.Length; cut++)
        {
            Assert.Equal(expected, BedrockWire.Decode(stream.AsMemory(0, cut), stream.AsMemory(cut)).Fold());
            var truncated = BedrockWire.Decode(stream.AsMemory(0, cut));
            Assert.Null(truncated.Failure);
            Assert.Equal(cut == whole ? 1 : 0, truncated.Ends);
        }
    }

    [Theory]
    [InlineData("end_turn", FinishReason.Stop)]
    [InlineData("tool_use", FinishReason.ToolCalls)]
    [InlineData("max_tokens", FinishReason.Length)]
    [InlineData("stop_sequence", FinishReason.StopSequence)]
    [InlineData("guardrail_intervened", FinishReason.ContentFilter)]
    [InlineData("content_filtered", FinishReason.ContentFilter)]
    [InlineData("model_context_window_exceeded", FinishReason.ContextWindow)]
    [InlineData("novelty", FinishReason.Other)]
    [InlineData("", FinishReason.Other)]
    public void Every_stop_reason_has_its_counterpart(string reason, FinishReason expected)
    {
        var recorder = BedrockWire.Decode(BedrockWire.Stream($$$"""{"messageStop":{"stopReason":"{{{reason}}}"}}"""));
        Assert.Equal((expected, 1), (recorder.Finishes[0], recorder.Ends));
    }

    [Theory]
    [InlineData("malformed_model_output")]
    [InlineData("malformed_tool_use")]
    public void Output_that_could_not_be_read_is_no_complete_answer(string reason)
    {
        var recorder = BedrockWire.Decode(BedrockWire.Stream(BedrockGoldens.All[0].Events[2], $$$"""{"messageStop":{"stopReason":"{{{reason}}}"}}"""));
        Assert.Equal((ProviderErrorKind.ServerError, reason, 0), (recorder.Failure!.Kind, recorder.Failure.Type, recorder.Ends));
    }

    [Theory]
    [InlineData("internalServerException", 500, ProviderErrorKind.ServerError)]
    [InlineData("modelStreamErrorException", 424, ProviderErrorKind.ServerError)]
    [InlineData("validationException", 400, ProviderErrorKind.InvalidRequest)]
    [InlineData("throttlingException", 429, ProviderErrorKind.RateLimit)]
    [InlineData("serviceUnavailableException", 503, ProviderErrorKind.Overloaded)]
    [InlineData("modelTimeoutException", 408, ProviderErrorKind.Timeout)]
    [InlineData("noveltyException", 500, ProviderErrorKind.ServerError)]
    public void An_exception_ends_the_stream_without_End(string type, int status, ProviderErrorKind kind)
    {
        var recorder = BedrockWire.Decode(BedrockWire.Stream(
            [.. BedrockGoldens.All[0].Events[..3], $$$"""{"{{{type}}}":{"message":"No \"luck\""}}""", .. BedrockGoldens.All[0].Events[^2..]]));

        Assert.Equal("Hello, \"wörld\"", recorder["text:0"]);
        Assert.Equal((0, 0), (recorder.Ends, recorder.Finishes.Count));
        Assert.Equal(new ProviderError { Kind = kind, Status = status, Type = type, Message = "No \"luck\"" }, recorder.Failure);
    }

    [Fact]
    public void An_exception_has_a_type_that_clients_of_OpenAIs_dialect_know()
    {
        var (encoder, output) = (new OpenAiChatStreamEncoder(), new ByteBuffer());
        encoder.Begin(output, Wire.Output);
        BedrockWire.Decode(encoder, BedrockWire.Stream([.. BedrockGoldens.All[0].Events[..3], """{"throttlingException":{"message":"Slow"}}"""]));

        Assert.EndsWith(
            "data: {\"error\":{\"message\":\"Slow\",\"type\":\"rate_limit_error\",\"param\":null,\"code\":\"throttlingException\"}}\n\n", System.Text.Encoding.UTF8.GetString(output.Span), StringComparison.Ordinal);
    }

    [Fact]
    public void A_failure_that_is_no_exception_is_an_error_too()
    {
        var recorder = BedrockWire.Decode(EventStreamBytes.Message([(":message-type", "error"), (":error-code", "InternalError"), (":error-message", "Oops")], []));
        Assert.Equal(new ProviderError { Kind = ProviderErrorKind.ServerError, Status = 500, Type = "InternalError", Message = "Oops" }, recorder.Failure);
    }

    [Theory]
    [InlineData("contentBlockDelta", "")]
    [InlineData("contentBlockDelta", "oops")]
    [InlineData("contentBlockDelta", "[]")]
    [InlineData("contentBlockDelta", """{"delta":{"text":"x"}""")]
    [InlineData("metadata", """{"usage":{}} x""")]
    public void Malformed_payloads_are_an_error_and_close_the_stream(string type, string payload)
    {
        var (decoder, recorder) = (new BedrockResponseDecoder(), new Recorder());
        decoder.Push(Encoding.UTF8.GetBytes(type), Encoding.UTF8.GetBytes(payload), recorder);
        decoder.Push("messageStop"u8, "{}"u8, recorder);

        Assert.Equal((ProviderErrorKind.Malformed, 0), (recorder.Failure?.Kind, recorder.Ends));
        Assert.True(decoder.IsClosed);
        Assert.False(decoder.TryEnd(recorder));
    }

    [Theory]
    [InlineData("contentBlockStart", """{"contentBlockIndex":"a","start":7}""")]
    [InlineData("contentBlockStart", """{"contentBlockIndex":-1,"start":{"toolUse":7,"image":[]}}""")]
    [InlineData("contentBlockDelta", """{"contentBlockIndex":1e99,"delta":{"text":7,"toolUse":[],"reasoningContent":"x","citation":null,"image":{"source":3}}}""")]
    [InlineData("contentBlockDelta", """{"contentBlockIndex":3,"delta":{"toolUse":{"input":"{}"}}}""")]
    [InlineData("contentBlockStop", """{"contentBlockIndex":9}""")]
    [InlineData("metadata", """{"usage":{"inputTokens":-5,"outputTokens":1.5,"cacheReadInputTokens":99999999999999999999,"cacheDetails":[7,{"ttl":1,"inputTokens":"x"}]}}""")]
    [InlineData("", "{}")]
    public void Members_of_another_type_count_as_absent(string type, string payload)
    {
        var (decoder, recorder) = (new BedrockResponseDecoder(), new Recorder());
        decoder.Push(Encoding.UTF8.GetBytes(type), Encoding.UTF8.GetBytes(payload), recorder);

        Assert.Null(recorder.Failure);
        Assert.Equal(0, recorder.Calls);
        Assert.Equal(new Usage(), recorder.UsageTotals);
    }

    [Fact]
    public void Whole_answers_that_are_none_are_errors()
    {
        Assert.Equal(ProviderErrorKind.RateLimit, BedrockWire.DecodeWhole("""{"__type":"com.amazon.coral#ThrottlingException","message":"m"}""").Failure?.Kind);
        Assert.Equal("m", BedrockWire.DecodeWhole("""{"Message":"m"}""").Failure?.Message);
        Assert.Equal(ProviderErrorKind.Malformed, BedrockWire.DecodeWhole("""{"completion":"old"}""").Failure?.Kind);
        Assert.Equal(ProviderErrorKind.Malformed, BedrockWire.DecodeWhole("7").Failure?.Kind);
        Assert.Equal(1, BedrockWire.DecodeWhole("""{"output":{"message":{"content":[7,{"toolUse":5},{"text":null},{"reasoningContent":[]},{"citationsContent":1},{"image":{}}]}},"usage":4}""").Ends);
    }

    [Fact]
    public void No_byte_that_changes_on_the_way_makes_the_decoder_throw()
    {
        var events = BedrockGoldens.All.SelectMany(golden => golden.Events).Distinct().ToArray();
        Gen.Select(Gen.Int[0, events.Length - 1], Gen.Select(Gen.Int[0, 1 << 20], Gen.Byte).Array[1, 4]).Sample(
            (which, changes) =>
            {
                var json = events[which];
                var colon = json.IndexOf(':', StringComparison.Ordinal);
                var (type, payload) = (Encoding.UTF8.GetBytes(json[2..(colon - 1)]), Encoding.UTF8.GetBytes(json[(colon + 1)..^1]));
                foreach (var (at, value) in changes) payload[at % payload.Length] = value;
                var (decoder, recorder) = (new BedrockResponseDecoder(), new Recorder());
                decoder.Push(type, payload, recorder);
                decoder.TryEnd(recorder);
                BedrockErrors.FromResponse(500, payload, payload);
            },
            iter: 5000);
    }

    [Fact]
    public void A_decoder_can_be_used_again()
    {
        var (decoder, folds) = (new BedrockResponseDecoder(), new List<string>());
        foreach (var name in new[] { "reasoning, then two parallel calls", "text, its block opened by its first delta", "reasoning, then two parallel calls" })
        {
            decoder.Reset();
            var recorder = new Recorder();
            using var reader = new Edge.Providers.Wire.EventStreamReader(1 << 20);
            reader.Feed(BedrockGoldens.Find(name).Stream);
            while (reader.TryRead(out var wire)) decoder.Push(wire.Type, wire.Data, recorder);
            folds.Add(recorder.Fold());
        }
        Assert.Equal(folds[0], folds[2]);
        Assert.NotEqual(folds[0], folds[1]);
    }

    [Fact]
    public void Steady_streams_allocate_nothing()
    {
        var (decoder, encoder, output) = (new BedrockResponseDecoder(), new OpenAiChatStreamEncoder(), new ByteBuffer());
        encoder.Begin(output, Dialects.Wire.Output);
        var payload = """{"contentBlockIndex":0,"delta":{"text":"Hello w\u00f6rld"},"p":"abcdefgh"}"""u8.ToArray();
        Push(100);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Push(1000);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());

        void Push(int count)
        {
            for (var i = 0; i < count; i++)
            {
                output.Clear();
                decoder.Push("contentBlockDelta"u8, payload, encoder);
            }
        }
    }
}
