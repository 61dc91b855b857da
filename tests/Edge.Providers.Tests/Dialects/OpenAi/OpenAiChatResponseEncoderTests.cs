using System.Text;
using Edge.Providers.Chat;
using Edge.Providers.Dialects;
using Edge.Providers.Dialects.OpenAi;
using Edge.Providers.Errors;
using Edge.Providers.Json;

namespace Edge.Providers.Tests.Dialects.OpenAi;

public class OpenAiChatResponseEncoderTests
{
    private const string Head = """{"id":"chatcmpl-msg_1","object":"chat.completion","created":1700000000,"model":"claude-x","choices":[{"index":0,"message":{"role":"assistant", """;
    private const string Tail = """}],"usage":{"prompt_tokens":17,"completion_tokens":25,"total_tokens":42,"prompt_tokens_details":{"cached_tokens":4,"cache_write_tokens":3}},"system_fingerprint":null}""";

    public static TheoryData<string, string> Expected => new()
    {
        { "text", """ "content":"Hello, \"wörld\"\n\\ \ud83d\ude00 😀","refusal":null},"logprobs":null,"finish_reason":"stop" """ },
        { "nothing said", """ "content":"","refusal":null},"logprobs":null,"finish_reason":"content_filter","native_finish_reason":"refusal" """ },
        {
            "thinking, then two parallel calls",
            """ "content":"I look.","refusal":null,"reasoning_content":"Let me see.","thinking_blocks":[{"index":0,"type":"thinking","thinking":"Let me see.","signature":"c2ln+/="},{"index":1,"type":"redacted_thinking","data":"ZW5j"}],"tool_calls":[{"id":"toolu_1","type":"function","function":{"name":"weather","arguments":"{\"city\":\"Paris \\\"P\\\"\"}"}},{"id":"toolu_2","type":"function","function":{"name":"now","arguments":"{}"}}]},"logprobs":null,"finish_reason":"tool_calls" """
        },
    };

    [Theory]
    [MemberData(nameof(Expected))]
    public void An_answer_is_the_fold_of_its_events(string name, string choice)
    {
        var golden = Goldens.Find(name);
        Assert.Equal(Head.Trim() + choice.Trim() + Tail, Wire.AnthropicToOpenAiWhole(golden.Stream));
        Assert.Equal(Head.Trim() + choice.Trim() + Tail, Wire.AnthropicWholeToOpenAi(golden.Whole));
    }

    [Theory]
    [MemberData(nameof(Goldens.Names), MemberType = typeof(Goldens))]
    public void What_is_written_reads_back(string name)
    {
        var golden = Goldens.Find(name);
        var original = Wire.DecodeAnthropicWhole(golden.Whole);
        var readBack = Wire.DecodeOpenAiWhole(Wire.AnthropicWholeToOpenAi(golden.Whole));

        Assert.Equal(Facts.Of(original), Facts.Of(readBack));
        Assert.Equal((original["signature:0"], original["redacted:0"]), (readBack["signature:0"], readBack["redacted:0"]));
    }

    [Fact]
    public void Nothing_is_written_of_an_answer_that_fails_or_never_ends()
    {
        var (encoder, output) = (new OpenAiChatResponseEncoder(), new ByteBuffer());
        encoder.Begin(output, Wire.Output);
        encoder.Text(0, JsonText.Plain("a"u8));
        encoder.Error(new ProviderError { Kind = ProviderErrorKind.Overloaded, Status = 529 });
        encoder.End();
        Assert.Equal((0, false, 529), (output.Length, encoder.IsWritten, encoder.Failure?.Status));
    }

    [Fact]
    public void Choices_keep_apart_and_an_encoder_keeps_nothing()
    {
        var (encoder, output) = (new OpenAiChatResponseEncoder(), new ByteBuffer());
        for (var run = 0; run < 2; run++)
        {
            output.Clear();
            encoder.Begin(output, Wire.Output);
            encoder.Start(new ChatStart { Created = 5 });
            encoder.Text(1, JsonText.Plain("b"u8));
            encoder.Text(0, JsonText.Plain("a\n"u8));
            encoder.Refusal(0, JsonText.Plain("no"u8));
            encoder.Finish(1, FinishReason.ContextWindow, default);
            encoder.End();
        }
        Assert.Equal(
            """{"id":"chatcmpl-fallback","object":"chat.completion","created":5,"model":"model","choices":[{"index":1,"message":{"role":"assistant","content":"b","refusal":null},"logprobs":null,"finish_reason":"length"},{"index":0,"message":{"role":"assistant","content":"a\n","refusal":"no"},"logprobs":null,"finish_reason":null}],"system_fingerprint":null}""",
            Encoding.UTF8.GetString(output.Span));
    }
}
