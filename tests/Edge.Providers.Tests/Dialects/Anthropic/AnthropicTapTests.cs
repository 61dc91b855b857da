using System.Text;
using Edge.Providers.Chat;
using Edge.Providers.Dialects;
using Edge.Providers.Dialects.Anthropic;
using Edge.Providers.Errors;
using Edge.Providers.Json;

namespace Edge.Providers.Tests.Dialects.Anthropic;

public class AnthropicTapTests
{
    [Theory]
    [MemberData(nameof(Goldens.Names), MemberType = typeof(Goldens))]
    public void A_tap_sees_what_a_decoder_sees(string name)
    {
        var golden = Goldens.Find(name);
        var bytes = Encoding.UTF8.GetBytes(golden.Stream);
        var recorder = Wire.DecodeAnthropic(bytes);

        foreach (var withType in (bool[])[true, false])
        {
            var (tap, marks) = (new AnthropicTap(), TapMarks.None);
            Wire.Events((type, data) => marks |= tap.Look(withType ? type : default, data), bytes);
            Assert.Equal(TapMarks.Usage | TapMarks.Finish | TapMarks.Done, marks);
            Assert.Equal((recorder.UsageTotals, recorder.Finishes[0]), (tap.Usage, tap.Finish));
        }
        var whole = new AnthropicTap();
        Assert.Equal(TapMarks.Usage | TapMarks.Finish, Whole(whole, golden.Whole));
        Assert.Equal((recorder.UsageTotals, recorder.Finishes[0]), (whole.Usage, whole.Finish));
    }

    [Fact]
    public void Later_totals_replace_earlier_ones_and_keep_the_rest()
    {
        var tap = new AnthropicTap();
        tap.Look(default, """{"type":"message_start","message":{"usage":{"input_tokens":10,"cache_read_input_tokens":4,"output_tokens":1}}}"""u8);
        Assert.Equal((14, 1), (tap.Usage.Input, tap.Usage.Output));
        tap.Look(default, """{"type":"message_delta","delta":{"stop_reason":"tool_use"},"usage":{"output_tokens":9}}"""u8);
        Assert.Equal((14, 9, FinishReason.ToolCalls), (tap.Usage.Input, tap.Usage.Output, tap.Finish));
        tap.Reset();
        Assert.Equal((new Usage(), FinishReason.None), (tap.Usage, tap.Finish));
    }

    [Fact]
    public void An_error_is_seen_in_both_forms()
    {
        const string Error = """{"type":"error","error":{"type":"overloaded_error","message":"Busy"}}""";
        var tap = new AnthropicTap();

        Assert.Equal(TapMarks.Error, tap.Look("error"u8, Encoding.UTF8.GetBytes(Error)));
        Assert.Equal((ProviderErrorKind.Overloaded, 529), (tap.Failure!.Kind, tap.Failure.Status));
        tap.Reset();
        Assert.Null(tap.Failure);
        Assert.Equal(TapMarks.Error, Whole(tap, Error));
    }

    [Theory]
    [InlineData("content_block_delta", """{"type":"content_block_delta","delta":{"type":"text_delta","text":"\"usage\":{\"output_tokens\":1}"}}""")]
    [InlineData("", """{"type": "content_block_delta","delta":{"stop_reason":"x"}}""")]
    [InlineData("", """{"delta":{"stop_reason":"end_turn"},"type":"content_block_delta"}""")]
    [InlineData("ping", "not JSON")]
    [InlineData("", "not JSON")]
    [InlineData("", """{"type":"message_stop"} trailing""")]
    [InlineData("", "[]")]
    [InlineData("", "")]
    public void What_says_nothing_marks_nothing(string type, string data) =>
        Assert.Equal(TapMarks.None, new AnthropicTap().Look(Encoding.UTF8.GetBytes(type), Encoding.UTF8.GetBytes(data)));

    [Fact]
    public void Looking_at_a_delta_allocates_nothing()
    {
        var (tap, data) = (new AnthropicTap(), """{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"x"}}"""u8.ToArray());
        tap.Look("content_block_delta"u8, data);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++) tap.Look("content_block_delta"u8, data);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static TapMarks Whole(AnthropicTap tap, string json)
    {
        var bytes = Encoding.UTF8.GetBytes(json);
        using var index = Wire.Index(bytes);
        return tap.Whole(new JsonValue(bytes, index.Tokens));
    }
}
