using System.Text;
using Edge.Providers.Chat;
using Edge.Providers.Dialects;
using Edge.Providers.Dialects.Anthropic;
using Edge.Providers.Dialects.OpenAi;
using Edge.Providers.Errors;
using Edge.Providers.Json;

namespace Edge.Providers.Tests.Dialects.OpenAi;

public class OpenAiChatStreamEncoderTests
{
    private const string Head = """data: {"id":"chatcmpl-msg_1","object":"chat.completion.chunk","created":1700000000,"model":"claude-x","system_fingerprint":null,"choices":[""";

    [Fact]
    public void Text_is_a_stream_of_chunks()
    {
        Assert.Equal(
            Stream(
                """{"index":0,"delta":{"role":"assistant","content":"Hello"},"logprobs":null,"finish_reason":null}]}""",
                """{"index":0,"delta":{"content":", \"wörld\"\n\\ \ud83d"},"logprobs":null,"finish_reason":null}]}""",
                """{"index":0,"delta":{"content":"\ude00 😀"},"logprobs":null,"finish_reason":null}]}""",
                """{"index":0,"delta":{},"logprobs":null,"finish_reason":"stop"}]}"""),
            Wire.AnthropicToOpenAi(Goldens.Find("text").Stream));
    }

    [Fact]
    public void Thinking_and_calls_are_deltas()
    {
        Assert.Equal(
            Stream(
                """{"index":0,"delta":{"role":"assistant","reasoning_content":"Let me "},"logprobs":null,"finish_reason":null}]}""",
                """{"index":0,"delta":{"reasoning_content":"see."},"logprobs":null,"finish_reason":null}]}""",
                """{"index":0,"delta":{"thinking_blocks":[{"index":0,"type":"thinking","thinking":"Let me see.","signature":"c2ln+/="}]},"logprobs":null,"finish_reason":null}]}""",
                """{"index":0,"delta":{"thinking_blocks":[{"index":1,"type":"redacted_thinking","data":"ZW5j"}]},"logprobs":null,"finish_reason":null}]}""",
                """{"index":0,"delta":{"content":"I look."},"logprobs":null,"finish_reason":null}]}""",
                """{"index":0,"delta":{"tool_calls":[{"index":0,"id":"toolu_1","type":"function","function":{"name":"weather","arguments":""}}]},"logprobs":null,"finish_reason":null}]}""",
                """{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{\"city\":\"Pa"}}]},"logprobs":null,"finish_reason":null}]}""",
                """{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"ris \\\"P\\\"\"}"}}]},"logprobs":null,"finish_reason":null}]}""",
                """{"index":0,"delta":{"tool_calls":[{"index":1,"id":"toolu_2","type":"function","function":{"name":"now","arguments":""}}]},"logprobs":null,"finish_reason":null}]}""",
                """{"index":0,"delta":{"tool_calls":[{"index":1,"function":{"arguments":"{}"}}]},"logprobs":null,"finish_reason":null}]}""",
                """{"index":0,"delta":{},"logprobs":null,"finish_reason":"tool_calls"}]}"""),
            Wire.AnthropicToOpenAi(Goldens.Find("thinking, then two parallel calls").Stream));
    }

    [Fact]
    public void Usage_stands_in_a_chunk_of_its_own_when_it_was_asked_for()
    {
        Assert.Equal(
            Stream(
                """{"index":0,"delta":{"role":"assistant","content":""},"logprobs":null,"finish_reason":null}],"usage":null}""",
                """{"index":0,"delta":{},"logprobs":null,"finish_reason":"content_filter","native_finish_reason":"refusal"}],"usage":null}""",
                """],"usage":{"prompt_tokens":17,"completion_tokens":25,"total_tokens":42,"prompt_tokens_details":{"cached_tokens":4,"cache_write_tokens":3}}}"""),
            Wire.AnthropicToOpenAi(Goldens.Find("nothing said").Stream, includeUsage: true));
    }

    [Fact]
    public void An_error_is_the_last_event()
    {
        var stream = Wire.AnthropicStream(
            [.. Goldens.Find("text").Events[..4], """{"type":"error","error":{"type":"overloaded_error","message":"Over\"loaded"}}""", """{"type":"message_stop"}"""]);

        Assert.Equal(
            Head + """{"index":0,"delta":{"role":"assistant","content":"Hello"},"logprobs":null,"finish_reason":null}]}""" + "\n\n"
                + """data: {"error":{"message":"Over\"loaded","type":"overloaded_error","param":null,"code":null}}""" + "\n\n",
            Wire.AnthropicToOpenAi(stream));
    }

    [Fact]
    public void Without_id_and_model_the_fallbacks_stand_in()
    {
        var (encoder, output) = (new OpenAiChatStreamEncoder(), new ByteBuffer());
        encoder.Begin(output, Wire.Output);
        encoder.Start(default);
        encoder.Text(0, JsonText.Plain("a\"b\u0001"u8));
        encoder.End();

        Assert.Equal(
            """data: {"id":"chatcmpl-fallback","object":"chat.completion.chunk","created":1700000000,"model":"model","system_fingerprint":null,"choices":[{"index":0,"delta":{"role":"assistant","content":"a\"b\u0001"},"logprobs":null,"finish_reason":null}]}"""
                + "\n\ndata: [DONE]\n\n",
            Encoding.UTF8.GetString(output.Span));
    }

    [Fact]
    public void Every_choice_has_its_role_once_and_an_id_keeps_its_prefix()
    {
        var (encoder, output) = (new OpenAiChatStreamEncoder(), new ByteBuffer());
        encoder.Begin(output, Wire.Output);
        encoder.Start(new ChatStart { Id = JsonText.Plain("chatcmpl-7"u8), Created = 5 });
        for (var i = 0; i < 2; i++)
        {
            encoder.Text(0, JsonText.Plain("a"u8));
            encoder.Refusal(127, JsonText.Plain("b"u8));
        }
        encoder.Error(new ProviderError { Kind = ProviderErrorKind.Timeout, Status = 504, Type = "t", Code = "c", Param = "p" });
        encoder.End();

        var text = Encoding.UTF8.GetString(output.Span);
        Assert.Equal(2, text.Split("\"role\":\"assistant\"").Length - 1);
        Assert.Contains("\"id\":\"chatcmpl-7\",\"object\":\"chat.completion.chunk\",\"created\":5,", text, StringComparison.Ordinal);
        Assert.Contains("""{"index":127,"delta":{"refusal":"b"}""", text, StringComparison.Ordinal);
        Assert.EndsWith("""data: {"error":{"message":"The provider reported an error.","type":"t","param":"p","code":"c"}}""" + "\n\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void The_usage_chunk_takes_further_members()
    {
        var (encoder, output) = (new OpenAiChatStreamEncoder(), new ByteBuffer());
        encoder.Begin(output, Wire.Output with { IncludeUsage = true });
        encoder.UsageChunkMembers = "\"x_edge\":{\"cost_usd\":0.5}"u8.ToArray();
        encoder.End();

        Assert.EndsWith("""choices":[],"usage":null,"x_edge":{"cost_usd":0.5}}""" + "\n\ndata: [DONE]\n\n", Encoding.UTF8.GetString(output.Span), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Goldens.Names), MemberType = typeof(Goldens))]
    public void What_the_client_gets_says_what_the_provider_said(string name)
    {
        var golden = Goldens.Find(name);
        var expected = Wire.DecodeAnthropic(Encoding.UTF8.GetBytes(golden.Stream));

        var streamed = Wire.DecodeOpenAi(Encoding.UTF8.GetBytes(Wire.AnthropicToOpenAi(golden.Stream, includeUsage: true)));
        var fromWhole = Wire.DecodeOpenAi(Encoding.UTF8.GetBytes(Wire.AnthropicWholeToOpenAiStream(golden.Whole)));

        foreach (var part in new[] { "text:0", "thinking:0", "signature:0", "redacted:0", "id:0:0", "name:0:0", "args:0:0", "id:0:1", "args:0:1" })
        {
            Assert.Equal(expected[part], streamed[part]);
        }
        Assert.Equal((expected.UsageTotals.Input, expected.UsageTotals.Output, expected.UsageTotals.CacheRead, expected.UsageTotals.CacheWrite),
            (streamed.UsageTotals.Input, streamed.UsageTotals.Output, streamed.UsageTotals.CacheRead, streamed.UsageTotals.CacheWrite));
        Assert.Equal(streamed.Fold(), fromWhole.Fold());
        Assert.Equal(1, streamed.Ends);
    }

    [Fact]
    public void A_text_delta_allocates_nothing()
    {
        var (decoder, encoder, output) = (new AnthropicResponseDecoder(), new OpenAiChatStreamEncoder(), new ByteBuffer());
        encoder.Begin(output, Wire.Output);
        decoder.Push("message_start"u8, Encoding.UTF8.GetBytes(Goldens.All[0].Events[0]), encoder);
        var delta = """{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hello \"you\"\n"}}"""u8.ToArray();
        Push(100);

        var before = GC.GetAllocatedBytesForCurrentThread();
        Push(1000);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Equal(0, allocated);

        void Push(int count)
        {
            for (var i = 0; i < count; i++)
            {
                output.Clear();
                decoder.Push("content_block_delta"u8, delta, encoder);
            }
        }
    }

    private static string Stream(params string[] choices) => string.Concat(choices.Select(choice => Head + choice + "\n\n")) + "data: [DONE]\n\n";
}
