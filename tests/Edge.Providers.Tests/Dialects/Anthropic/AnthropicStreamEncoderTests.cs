using System.Text;
using System.Text.Json;
using Edge.Providers.Chat;
using Edge.Providers.Dialects;
using Edge.Providers.Dialects.Anthropic;
using Edge.Providers.Errors;
using Edge.Providers.Json;
using static Edge.Providers.Tests.Dialects.Anthropic.Messages;

namespace Edge.Providers.Tests.Dialects.Anthropic;

public class AnthropicStreamEncoderTests
{
    [Fact]
    public void Nothing_is_written_before_something_was_said()
    {
        var (encoder, output) = (new AnthropicStreamEncoder(), new ByteBuffer());
        encoder.Begin(output, Wire.Output);
        encoder.Start(new ChatStart { Id = Plain("x") });
        encoder.Usage(new Usage { Input = 3 });
        encoder.Text(0, default);
        encoder.Thinking(0, default);
        encoder.Text(1, Plain("of another choice"));

        Assert.Equal(0, output.Length);
    }

    [Fact]
    public void A_text_is_the_documented_sequence_of_events()
    {
        var stream = Stream(sink =>
        {
            sink.Start(new ChatStart { Id = Plain("chatcmpl-1"), Model = Plain("gpt-x"), ServiceTier = Plain("default") });
            sink.Text(0, Plain("Hel\"lo"));
            sink.Text(0, new JsonText("\\ud83d"u8, isEscaped: true));
            sink.Finish(0, FinishReason.Stop, default);
            sink.Usage(new Usage { Input = 10, Output = 5, CacheRead = 4, CacheWrite = 3, CacheWrite1h = 2, Reasoning = 1 });
            sink.End();
        });

        Assert.Equal(
            """
            event: message_start
            data: {"type":"message_start","message":{"id":"msg_chatcmpl-1","type":"message","role":"assistant","model":"gpt-x","content":[],"stop_reason":null,"stop_sequence":null,"stop_details":null,"usage":{"input_tokens":0,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"cache_creation":{"ephemeral_5m_input_tokens":0,"ephemeral_1h_input_tokens":0},"output_tokens":0,"service_tier":"standard"}}}

            event: content_block_start
            data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}

            event: content_block_delta
            data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hel\"lo"}}

            event: content_block_delta
            data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"\ud83d"}}

            event: content_block_stop
            data: {"type":"content_block_stop","index":0}

            event: message_delta
            data: {"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null,"stop_details":null},"usage":{"input_tokens":3,"cache_creation_input_tokens":3,"cache_read_input_tokens":4,"cache_creation":{"ephemeral_5m_input_tokens":1,"ephemeral_1h_input_tokens":2},"output_tokens":5,"output_tokens_details":{"thinking_tokens":1}}}

            event: message_stop
            data: {"type":"message_stop"}


            """,
            stream);
    }

    [Fact]
    public void Interleaved_calls_come_one_behind_the_other_and_the_first_one_streams()
    {
        var output = new ByteBuffer();
        var encoder = new AnthropicStreamEncoder();
        encoder.Begin(output, Wire.Output);
        encoder.ToolCallStart(0, 0, Plain("a"), Plain("f"));
        encoder.ToolCallStart(0, 1, Plain("b"), Plain("g"));
        encoder.ToolCallArguments(0, 0, Plain("{\"x\":\"}"));
        encoder.ToolCallArguments(0, 1, Plain("{\"y\":"));
        encoder.Text(0, Plain("meanwhile"));
        var first = Encoding.UTF8.GetString(output.Span);
        encoder.ToolCallArguments(0, 0, Plain("\\\"\"}"));
        var second = Encoding.UTF8.GetString(output.Span);
        encoder.ToolCallArguments(0, 1, Plain("[2]}"));
        encoder.ToolCallArguments(0, 0, Plain("\n "));
        encoder.Finish(0, FinishReason.ToolCalls, default);
        encoder.End();

        Assert.Contains("\"name\":\"f\"", first, StringComparison.Ordinal);
        Assert.DoesNotContain("\"name\":\"g\"", first, StringComparison.Ordinal);
        Assert.Contains("\"name\":\"g\"", second, StringComparison.Ordinal);
        var message = StrictMessage.Whole(Encoding.UTF8.GetString(output.Span));
        Assert.Equal(
            """[{"type":"tool_use","id":"a","name":"f","input":{"x":"}\""},"caller":{"type":"direct"}},{"type":"tool_use","id":"b","name":"g","input":{"y":[2]},"caller":{"type":"direct"}},{"type":"text","text":"meanwhile"}]""",
            Wire.Compact(message.GetProperty("content").GetRawText()));
        Assert.Equal("tool_use", message.GetProperty("stop_reason").GetString());
    }

    [Fact]
    public void A_complete_call_makes_room_at_once()
    {
        var (encoder, output) = (new AnthropicStreamEncoder(), new ByteBuffer());
        encoder.Begin(output, Wire.Output);
        encoder.ToolCallStart(0, 0, Plain("a"), Plain("f"));
        encoder.ToolCallArguments(0, 0, Plain("{}"));
        encoder.Text(0, Plain("now"));

        Assert.EndsWith("\"text\":\"now\"}}\n\n", Encoding.UTF8.GetString(output.Span), StringComparison.Ordinal);
    }

    [Fact]
    public void What_comes_for_a_call_that_is_closed_is_an_error_and_never_lost_in_silence()
    {
        var stream = Stream(sink =>
        {
            sink.ToolCallStart(0, 0, Plain("a"), Plain("f"));
            sink.ToolCallArguments(0, 0, Plain("{}"));
            sink.Text(0, Plain("now"));
            sink.ToolCallArguments(0, 0, Plain("{\"a\":1}"));
            sink.End();
        });

        Assert.Equal("api_error", StrictMessage.Read(stream).Error!.Value.GetProperty("error").GetProperty("type").GetString());
    }

    [Fact]
    public void What_waits_is_bounded()
    {
        var piece = Plain(new string('a', 1 << 20)).Bytes.ToArray();
        var (encoder, output) = (new AnthropicStreamEncoder(), new ByteBuffer());
        encoder.Begin(output, Wire.Output);
        encoder.ToolCallStart(0, 0, Plain("a"), Plain("f"));
        encoder.ToolCallArguments(0, 0, Plain("{"));
        encoder.ToolCallStart(0, 1, Plain("b"), Plain("g"));
        for (var i = 0; i < 9; i++) encoder.ToolCallArguments(0, 1, JsonText.Plain(piece));

        Assert.Equal(ProviderErrorKind.Malformed, encoder.Failure?.Kind);
        Assert.False(encoder.IsWritten);
    }

    [Fact]
    public void A_calls_signature_stands_in_front_of_it_and_returns_to_it()
    {
        var signed = Stream(sink =>
        {
            sink.Thinking(0, Plain("hm"));
            sink.ToolCallStart(0, 0, Plain("a"), Plain("f"));
            sink.ToolCallSignature(0, 0, Plain("gemini.one"));
            sink.ToolCallArguments(0, 0, Plain("{\"x\":1}"));
            sink.ToolCallStart(0, 1, Plain("b"), Plain("g"));
            sink.ToolCallArguments(0, 1, Plain("{}"));
            sink.ToolCallSignature(0, 1, Plain("gemini.two"));
            sink.Finish(0, FinishReason.ToolCalls, default);
            sink.End();
        });

        var content = StrictMessage.Whole(signed).GetProperty("content").GetRawText();
        Assert.Equal(
            """[{"type":"thinking","thinking":"hm","signature":""},{"type":"thinking","thinking":"","signature":"gemini.one"},{"type":"tool_use","id":"a","name":"f","input":{"x":1},"caller":{"type":"direct"}},{"type":"tool_use","id":"b","name":"g","input":{},"caller":{"type":"direct"}},{"type":"thinking","thinking":"","signature":"gemini.two"}]""",
            Wire.Compact(content));
        var request = Decoded(With("", $$"""{"role":"user","content":"A"},{"role":"assistant","content":{{content}}}"""));
        var parts = request.PartsOf(request.Messages[1]);
        Assert.Equal([ChatPartKind.Thinking, ChatPartKind.ToolCall, ChatPartKind.ToolCall], parts.ToArray().Select(part => part.Kind));
        Assert.Equal(("gemini.one", "gemini.two"), (request.Text(parts[1].Signature).ToString(), request.Text(parts[2].Signature).ToString()));
    }

    [Fact]
    public void Citations_close_the_text_that_they_are_of()
    {
        var push = (IChatEventSink sink) =>
        {
            sink.Citation(0, new ChatCitation { Url = Plain("https://nowhere"), Document = -1 });
            sink.Text(0, Plain("Said."));
            sink.Citation(0, new ChatCitation { Url = Plain("https://a/b"), Title = Plain("T\""), CitedText = Plain("c"), Document = -1 });
            sink.Citation(0, new ChatCitation { Title = Plain("D"), CitedText = Plain("d"), Document = 2 });
            sink.Text(0, Plain("More."));
            sink.Finish(0, FinishReason.Stop, default);
            sink.End();
        };
        const string Expected =
            """[{"type":"text","text":"Said.","citations":[{"type":"web_search_result_location","url":"https://a/b","title":"T\"","encrypted_index":"","cited_text":"c"},{"type":"char_location","document_index":2,"document_title":"D","start_char_index":0,"end_char_index":0,"file_id":null,"cited_text":"d"}]},{"type":"text","text":"More."}]""";

        Assert.Equal(Expected, Wire.Compact(StrictMessage.Whole(Stream(push)).GetProperty("content").GetRawText()));
        Assert.Equal(Expected, Wire.Compact(JsonDocument.Parse(Whole(push)).RootElement.GetProperty("content").GetRawText()));
    }

    [Theory]
    [InlineData(FinishReason.Stop, false, "end_turn")]
    [InlineData(FinishReason.Stop, true, "tool_use")]
    [InlineData(FinishReason.ToolCalls, true, "tool_use")]
    [InlineData(FinishReason.ToolCalls, false, "end_turn")]
    [InlineData(FinishReason.Length, true, "max_tokens")]
    [InlineData(FinishReason.ContextWindow, false, "model_context_window_exceeded")]
    [InlineData(FinishReason.ContentFilter, false, "refusal")]
    [InlineData(FinishReason.Pause, false, "END")]
    [InlineData(FinishReason.StopSequence, false, "stop_sequence")]
    [InlineData(FinishReason.Other, false, "END")]
    public void Reasons_are_in_the_dialects_words(FinishReason reason, bool call, string expected)
    {
        var push = (IChatEventSink sink) =>
        {
            sink.Start(default);
            if (call) sink.ToolCallStart(0, 0, Plain("a"), Plain("f"));
            sink.Finish(0, reason, Plain("END"));
            sink.End();
        };

        foreach (var message in new[] { StrictMessage.Whole(Stream(push)), JsonDocument.Parse(Whole(push)).RootElement })
        {
            Assert.Equal(expected, message.GetProperty("stop_reason").GetString());
            Assert.Equal(reason == FinishReason.StopSequence ? "END" : null, message.GetProperty("stop_sequence").GetString());
            Assert.Equal(expected == "refusal", message.GetProperty("stop_details").ValueKind == JsonValueKind.Object);
        }
    }

    [Fact]
    public void A_refusal_is_text_and_says_so()
    {
        var message = StrictMessage.Whole(Stream(sink =>
        {
            sink.Refusal(0, Plain("No."));
            sink.Finish(0, FinishReason.Stop, default);
            sink.End();
        }));

        Assert.Equal("No.", message.GetProperty("content")[0].GetProperty("text").GetString());
        Assert.Equal("refusal", message.GetProperty("stop_reason").GetString());
    }

    [Fact]
    public void An_error_is_the_last_event()
    {
        var stream = Stream(sink =>
        {
            sink.Text(0, Plain("Half"));
            sink.Error(new ProviderError { Kind = ProviderErrorKind.Overloaded, Status = 503, Message = "Busy \"now\"", Code = "busy" });
            sink.Text(0, Plain("more"));
            sink.Finish(0, FinishReason.Stop, default);
            sink.End();
        });

        Assert.EndsWith(
            "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Busy \\\"now\\\"\",\"code\":\"busy\",\"details\":{\"error_code\":\"busy\"}}}\n\n",
            stream, StringComparison.Ordinal);
        Assert.NotNull(StrictMessage.Read(stream).Error);
    }

    [Fact]
    public void A_picture_is_a_marker_and_a_call_without_an_id_has_one()
    {
        var push = (IChatEventSink sink) =>
        {
            sink.Media(0, Plain("image/png"), Plain("AAAA"));
            sink.ToolCallStart(0, 3, default, Plain("f"));
            sink.End();
        };
        const string Expected =
            """[{"type":"text","text":"[image/png left out: the Messages API has no such content]"},{"type":"tool_use","id":"toolu_fallback_3","name":"f","input":{},"caller":{"type":"direct"}}]""";

        Assert.Equal(Expected, Wire.Compact(StrictMessage.Whole(Stream(push)).GetProperty("content").GetRawText()));
        Assert.Equal(Expected, Wire.Compact(JsonDocument.Parse(Whole(push)).RootElement.GetProperty("content").GetRawText()));
    }

    [Fact]
    public void Arguments_that_were_cut_off_by_the_limit_stay_readable_in_a_whole_answer()
    {
        foreach (var (arguments, expected) in new[] { ("", "{}"), (" \n", "{}"), ("{\"a\":\"\\u00e9\"}", "{\"a\":\"é\"}"), ("{\"a\":", "{\"_raw\":\"{\\\"a\\\":\"}"), ("[1]", "{\"_raw\":\"[1]\"}") })
        {
            var whole = JsonDocument.Parse(Whole(sink =>
            {
                sink.ToolCallStart(0, 0, Plain("a"), Plain("f"));
                sink.ToolCallArguments(0, 0, Plain(arguments));
                sink.Finish(0, FinishReason.Length, default);
                sink.End();
            })).RootElement;
            Assert.Equal(expected, Wire.Compact(whole.GetProperty("content")[0].GetProperty("input").GetRawText()));
        }
    }

    [Theory]
    [InlineData("{\"a\":tru")]
    [InlineData("[1]")]
    public void Arguments_that_are_no_JSON_without_a_limit_are_an_error_of_the_provider(string arguments)
    {
        var encoder = new AnthropicResponseEncoder();
        var output = new ByteBuffer();
        encoder.Begin(output, new ChatOutput { Created = 1 });
        encoder.Start(default);
        encoder.ToolCallStart(0, 0, Plain("a"), Plain("f"));
        encoder.ToolCallArguments(0, 0, Plain(arguments));
        encoder.Finish(0, FinishReason.ToolCalls, default);
        encoder.End();

        Assert.Equal((false, 502, Edge.Providers.Errors.ProviderErrorKind.Malformed), (encoder.IsWritten, encoder.Failure!.Status, encoder.Failure.Kind));
        Assert.Equal(0, output.Length);
    }

    [Theory]
    [MemberData(nameof(Goldens.Names), MemberType = typeof(Goldens))]
    public void A_stream_of_Anthropics_means_the_same_after_decoding_and_encoding(string name)
    {
        var golden = Goldens.Find(name);
        var expected = Facts.OfAnthropic(JsonDocument.Parse(golden.Whole).RootElement);

        Assert.Equal(expected, Facts.OfAnthropic(StrictMessage.Whole(Stream(FromAnthropic(golden.Stream)))));
        Assert.Equal(expected, Facts.OfAnthropic(JsonDocument.Parse(Whole(FromAnthropic(golden.Stream))).RootElement));
        Assert.Equal(expected, Facts.OfAnthropic(StrictMessage.Whole(Stream(FromAnthropicWhole(golden.Whole)))));
        Assert.Equal(expected, Facts.OfAnthropic(JsonDocument.Parse(Whole(FromAnthropicWhole(golden.Whole))).RootElement));
    }

    [Theory]
    [MemberData(nameof(Goldens.Names), MemberType = typeof(Goldens))]
    public void Wherever_a_stream_is_cut_what_was_written_is_a_beginning_of_the_whole(string name)
    {
        var bytes = Encoding.UTF8.GetBytes(Goldens.Find(name).Stream);
        var whole = Stream(FromAnthropic(Goldens.Find(name).Stream));
        for (var cut = 0; cut <= bytes.Length; cut++)
        {
            var (decoder, encoder, output) = (new AnthropicResponseDecoder(), new AnthropicStreamEncoder(), new ByteBuffer());
            encoder.Begin(output, Wire.Output);
            Wire.Events((type, data) => decoder.Push(type, data, encoder), bytes.AsMemory(0, cut), bytes.AsMemory(cut));
            Assert.Equal(whole, Encoding.UTF8.GetString(output.Span));

            var (half, shorter) = (new AnthropicStreamEncoder(), new ByteBuffer());
            half.Begin(shorter, Wire.Output);
            decoder.Reset();
            Wire.Events((type, data) => decoder.Push(type, data, half), bytes.AsMemory(0, cut));
            Assert.StartsWith(Encoding.UTF8.GetString(shorter.Span), whole, StringComparison.Ordinal);
            Assert.Equal(decoder.IsClosed, half.IsWritten);
        }
    }

    [Fact]
    public void A_stream_allocates_nothing_once_its_buffers_are_there()
    {
        var (encoder, output) = (new AnthropicStreamEncoder(), new ByteBuffer());
        Run(20);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Run(100);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Run(int count)
        {
            for (var i = 0; i < count; i++)
            {
                output.Clear();
                encoder.Begin(output, Wire.Output);
                encoder.Start(new ChatStart { Id = JsonText.Plain("id"u8), Model = JsonText.Plain("m"u8) });
                encoder.Thinking(0, JsonText.Plain("think"u8));
                encoder.ThinkingSignature(0, JsonText.Plain("sig"u8));
                for (var j = 0; j < 10; j++) encoder.Text(0, JsonText.Plain("text"u8));
                encoder.ToolCallStart(0, 0, JsonText.Plain("a"u8), JsonText.Plain("f"u8));
                encoder.ToolCallStart(0, 1, JsonText.Plain("b"u8), JsonText.Plain("g"u8));
                encoder.ToolCallArguments(0, 1, JsonText.Plain("{}"u8));
                encoder.ToolCallArguments(0, 0, JsonText.Plain("{}"u8));
                encoder.Finish(0, FinishReason.ToolCalls, default);
                encoder.Usage(new Usage { Input = 1, Output = 2 });
                encoder.End();
            }
        }
    }
}
