using System.Text;
using Edge.Providers.Chat;
using Edge.Providers.Dialects.Anthropic;
using Edge.Providers.Errors;

namespace Edge.Providers.Tests.Dialects.Anthropic;

public class AnthropicResponseDecoderTests
{
    [Fact]
    public void Text_comes_as_it_is()
    {
        var recorder = Wire.DecodeAnthropic(Encoding.UTF8.GetBytes(Goldens.Find("text").Stream));

        Assert.Equal("Hello, \"wörld\"\n\\ 😀 😀", recorder["text:0"]);
        Assert.Equal(("msg_1", "claude-x"), (recorder.Id, recorder.Model));
        Assert.Equal(FinishReason.Stop, recorder.Finishes[0]);
        Assert.Equal((1, 1), (recorder.Starts, recorder.Ends));
        var usage = recorder.UsageTotals;
        Assert.Equal((17, 25, 4, 3, 2), (usage.Input, usage.Output, usage.CacheRead, usage.CacheWrite, usage.CacheWrite1h));
    }

    [Fact]
    public void Thinking_and_calls_come_apart()
    {
        var recorder = Wire.DecodeAnthropic(Encoding.UTF8.GetBytes(Goldens.Find("thinking, then two parallel calls").Stream));

        Assert.Equal(("Let me see.", "c2ln+/=", "ZW5j", "I look."), (recorder["thinking:0"], recorder["signature:0"], recorder["redacted:0"], recorder["text:0"]));
        Assert.Equal(("toolu_1", "weather", """{"city":"Paris \"P\""}"""), (recorder["id:0:0"], recorder["name:0:0"], recorder["args:0:0"]));
        Assert.Equal(("toolu_2", "now", "{}"), (recorder["id:0:1"], recorder["name:0:1"], recorder["args:0:1"]));
        Assert.Equal(2, recorder.ToolCalls(0));
        Assert.Equal(FinishReason.ToolCalls, recorder.Finishes[0]);
    }

    [Theory]
    [MemberData(nameof(Goldens.Names), MemberType = typeof(Goldens))]
    public void A_whole_answer_is_the_fold_of_its_stream(string name)
    {
        var golden = Goldens.Find(name);

        var streamed = Wire.DecodeAnthropic(Encoding.UTF8.GetBytes(golden.Stream));
        var whole = Wire.DecodeAnthropicWhole(golden.Whole);

        Assert.Equal(whole.Fold(), streamed.Fold());
        Assert.Equal(1, whole.Ends);
    }

    [Theory]
    [MemberData(nameof(Goldens.Names), MemberType = typeof(Goldens))]
    public void A_stream_may_be_cut_anywhere_into_two_pieces(string name)
    {
        var stream = Encoding.UTF8.GetBytes(Goldens.Find(name).Stream);
        var expected = Wire.DecodeAnthropic(stream).Fold();
        for (var cut = 0; cut <= stream.Length; cut++)
        {
            Assert.Equal(expected, Wire.DecodeAnthropic(stream.AsMemory(0, cut), stream.AsMemory(cut)).Fold());
        }
    }

    [Theory]
    [MemberData(nameof(Goldens.Names), MemberType = typeof(Goldens))]
    public void A_truncated_stream_never_ends(string name)
    {
        var stream = Encoding.UTF8.GetBytes(Goldens.Find(name).Stream);
        // The last line feed is the end of the last event's blank line.
        for (var length = 0; length < stream.Length; length++)
        {
            var recorder = Wire.DecodeAnthropic(stream.AsMemory(0, length));
            Assert.Equal(0, recorder.Ends);
            Assert.Null(recorder.Failure);
        }
        Assert.Equal(1, Wire.DecodeAnthropic(stream).Ends);
    }

    [Theory]
    [InlineData("overloaded_error", 529, ProviderErrorKind.Overloaded)]
    [InlineData("api_error", 500, ProviderErrorKind.ServerError)]
    [InlineData("rate_limit_error", 429, ProviderErrorKind.RateLimit)]
    [InlineData("something_new", 500, ProviderErrorKind.ServerError)]
    public void An_error_event_ends_the_stream_without_End(string type, int status, ProviderErrorKind kind)
    {
        var stream = Wire.AnthropicStream(
            [.. Goldens.Find("text").Events[..4], $$$"""{"type":"error","error":{"type":"{{{type}}}","message":"No \"luck\""}}""", """{"type":"message_stop"}"""]);

        var recorder = Wire.DecodeAnthropic(Encoding.UTF8.GetBytes(stream));

        Assert.Equal("Hello", recorder["text:0"]);
        Assert.Equal(0, recorder.Ends);
        Assert.Equal(new ProviderError { Kind = kind, Status = status, Type = type, Message = "No \"luck\"" }, recorder.Failure);
    }

    [Theory]
    [InlineData("""{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"x"}""")]
    [InlineData("""{"type":"content_block_delta"} trailing""")]
    [InlineData("""["type"]""")]
    [InlineData("")]
    [InlineData("oops")]
    public void Malformed_data_is_an_error_and_closes_the_stream(string data)
    {
        var (decoder, recorder) = (new AnthropicResponseDecoder(), new Recorder());

        decoder.Push("content_block_delta"u8, Encoding.UTF8.GetBytes(data), recorder);
        decoder.Push("message_stop"u8, """{"type":"message_stop"}"""u8, recorder);

        Assert.Equal(ProviderErrorKind.Malformed, recorder.Failure?.Kind);
        Assert.True(decoder.IsClosed);
        Assert.Equal(0, recorder.Ends);
    }

    [Theory]
    [InlineData("", "That is dangerous.", "That is dangerous.")]
    [InlineData("Half an ans", "That is dangerous.", "")]
    [InlineData("", null, "")]
    public void A_refusal_without_a_text_says_why(string text, string? explanation, string refusal)
    {
        var details = explanation is null ? "null" : $$"""{"type":"refusal","category":"cyber","explanation":"{{explanation}}"}""";
        var end = $"\"stop_reason\":\"refusal\",\"stop_sequence\":null,\"stop_details\":{details}";
        var block = text.Length == 0 ? "" : $$"""{"type":"text","text":"{{text}}"}""";
        var whole = "{\"id\":\"m\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"c\",\"content\":[" + block + "]," + end + ",\"usage\":{\"input_tokens\":1,\"output_tokens\":2}}";
        var stream = Wire.AnthropicStream(
            [
                """{"type":"message_start","message":{"id":"m","model":"c","usage":{"input_tokens":1,"output_tokens":2}}}""",
                .. text.Length == 0 ? (string[])[] : [$$$"""{"type":"content_block_start","index":0,"content_block":{{{block}}} }""", """{"type":"content_block_stop","index":0}"""],
                "{\"type\":\"message_delta\",\"delta\":{" + end + "},\"usage\":{\"output_tokens\":2}}",
                """{"type":"message_stop"}""",
            ]);
        foreach (var recorder in (Recorder[])[Wire.DecodeAnthropicWhole(whole), Wire.DecodeAnthropic(Encoding.UTF8.GetBytes(stream))])
        {
            Assert.Equal((text, refusal), (recorder["text:0"], recorder["refusal:0"]));
            Assert.Equal(FinishReason.ContentFilter, recorder.Finishes[0]);
        }
        var chat = Wire.AnthropicWholeToOpenAi(whole);
        Assert.Contains(refusal.Length == 0 ? "\"refusal\":null" : $"\"refusal\":\"{refusal}\"", chat, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"type":5,"index":"a","delta":[],"message":7,"usage":null,"error":false,"content_block":"x"}""")]
    [InlineData("""{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":7}}""")]
    [InlineData("""{"type":"content_block_delta","index":9,"delta":{"type":"input_json_delta","partial_json":"{}"}}""")]
    [InlineData("""{"type":"content_block_stop","index":9}""")]
    [InlineData("""{"type":"message_delta","delta":{"stop_reason":null},"usage":{"output_tokens":-5,"input_tokens":1.5,"cache_creation":3}}""")]
    public void Members_of_another_type_count_as_absent(string data)
    {
        var (decoder, recorder) = (new AnthropicResponseDecoder(), new Recorder());

        decoder.Push(default, Encoding.UTF8.GetBytes(data), recorder);

        Assert.Null(recorder.Failure);
        Assert.Equal(0, recorder.Calls);
        Assert.Equal(new Usage(), recorder.UsageTotals);
    }

    [Fact]
    public void Whole_answers_that_are_none_are_errors()
    {
        Assert.Equal(ProviderErrorKind.Overloaded, Wire.DecodeAnthropicWhole("""{"type":"error","error":{"type":"overloaded_error","message":"m"}}""").Failure?.Kind);
        Assert.Equal(ProviderErrorKind.Malformed, Wire.DecodeAnthropicWhole("""{"completion":"old"}""").Failure?.Kind);
        Assert.Equal(ProviderErrorKind.Malformed, Wire.DecodeAnthropicWhole("7").Failure?.Kind);
    }

    [Fact]
    public void A_second_message_in_the_stream_is_an_error_once_something_was_said()
    {
        var golden = Goldens.Find("thinking, then two parallel calls").Events;

        var early = Wire.DecodeAnthropic(Encoding.UTF8.GetBytes(Wire.AnthropicStream([golden[0], .. golden])));
        var late = Wire.DecodeAnthropic(Encoding.UTF8.GetBytes(Wire.AnthropicStream([.. golden[..12], .. golden])));

        Assert.Equal((1, 1), (early.Starts, early.Ends));
        Assert.Equal((ProviderErrorKind.Malformed, 0), (late.Failure?.Kind, late.Ends));
    }

    [Fact]
    public void A_decoder_can_be_used_again()
    {
        var (decoder, stream) = (new AnthropicResponseDecoder(), Encoding.UTF8.GetBytes(Goldens.All[1].Stream));
        var folds = new List<string>();
        for (var i = 0; i < 2; i++)
        {
            var recorder = new Recorder();
            decoder.Reset();
            Wire.Events((type, data) => decoder.Push(type, data, recorder), stream);
            folds.Add(recorder.Fold());
        }
        Assert.Equal(folds[0], folds[1]);
    }
}
