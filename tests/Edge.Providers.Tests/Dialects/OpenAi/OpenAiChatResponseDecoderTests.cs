using System.Text;
using Edge.Providers.Chat;
using Edge.Providers.Dialects;
using Edge.Providers.Dialects.OpenAi;
using Edge.Providers.Errors;

namespace Edge.Providers.Tests.Dialects.OpenAi;

public class OpenAiChatResponseDecoderTests
{
    private static readonly string[] _chunks =
    [
        """{"id":"chatcmpl-1","object":"chat.completion.chunk","created":9,"model":"gpt-x","choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}],"usage":null}""",
        """{"choices":[{"delta":{"reasoning_content":"hm","reasoning":"hm"},"index":0}]}""",
        """{"id":"chatcmpl-1","choices":[{"index":0,"delta":{"content":"Hé \ud83d"}},{"index":1,"delta":{"refusal":"no"}}]}""",
        """{"id":"chatcmpl-1","choices":[{"index":0,"delta":{"content":"\ude00"}}]}""",
        """{"id":"chatcmpl-1","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"c1","type":"function","function":{"name":"f","arguments":""}}]}}]}""",
        """{"id":"chatcmpl-1","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{\"a\""}},{"index":1,"id":"c2","function":{"name":"g","arguments":"{}"}}]}}]}""",
        """{"id":"chatcmpl-1","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":":1}"}}]}}]}""",
        """{"id":"chatcmpl-1","choices":[{"finish_reason":"tool_calls","index":0,"delta":{}},{"index":1,"delta":{},"finish_reason":"content_filter"}]}""",
        """{"id":"chatcmpl-1","choices":[],"usage":{"prompt_tokens":10,"completion_tokens":5,"total_tokens":15,"prompt_tokens_details":{"cached_tokens":4,"audio_tokens":1},"completion_tokens_details":{"reasoning_tokens":3,"audio_tokens":2,"accepted_prediction_tokens":1,"rejected_prediction_tokens":0}}}""",
    ];

    private const string Whole =
        """{"id":"chatcmpl-1","object":"chat.completion","created":9,"model":"gpt-x","choices":[{"index":0,"message":{"role":"assistant","content":"Hé \ud83d\ude00","reasoning_content":"hm","tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}},{"id":"c2","type":"function","function":{"name":"g","arguments":"{}"}}]},"finish_reason":"tool_calls"},{"index":1,"message":{"content":null,"refusal":"no"},"finish_reason":"content_filter"}],"usage":{"prompt_tokens":10,"completion_tokens":5,"prompt_tokens_details":{"cached_tokens":4,"audio_tokens":1},"completion_tokens_details":{"reasoning_tokens":3,"audio_tokens":2,"accepted_prediction_tokens":1,"rejected_prediction_tokens":0}}}""";

    private static byte[] Stream(params IEnumerable<string> chunks) => Encoding.UTF8.GetBytes(string.Concat(chunks.Select(chunk => $"data: {chunk}\n\n")));

    [Fact]
    public void A_whole_answer_is_the_fold_of_its_stream()
    {
        var streamed = Wire.DecodeOpenAi(Stream([.. _chunks, "[DONE]"]));

        Assert.Equal(Wire.DecodeOpenAiWhole(Whole).Fold(), streamed.Fold());
        Assert.Equal(("Hé 😀", "hm", "no"), (streamed["text:0"], streamed["thinking:0"], streamed["refusal:1"]));
        Assert.Equal(("c1", "f", "{\"a\":1}", "c2", "{}"), (streamed["id:0:0"], streamed["name:0:0"], streamed["args:0:0"], streamed["id:0:1"], streamed["args:0:1"]));
        Assert.Equal((FinishReason.ToolCalls, FinishReason.ContentFilter), (streamed.Finishes[0], streamed.Finishes[1]));
        Assert.Equal(
            new Usage { Input = 10, Output = 5, CacheRead = 4, AudioInput = 1, Reasoning = 3, AudioOutput = 2, AcceptedPrediction = 1, RejectedPrediction = 0 },
            streamed.UsageTotals);
        Assert.Equal((1, 1), (streamed.Starts, streamed.Ends));
    }

    [Fact]
    public void A_stream_may_be_cut_anywhere_and_never_ends_before_its_end()
    {
        var stream = Stream([.. _chunks, "[DONE]"]);
        var expected = Wire.DecodeOpenAi(stream).Fold();
        for (var cut = 0; cut < stream.Length; cut++)
        {
            Assert.Equal(expected, Wire.DecodeOpenAi(stream.AsMemory(0, cut), stream.AsMemory(cut)).Fold());
            var truncated = Wire.DecodeOpenAi(stream.AsMemory(0, cut));
            Assert.Equal((0, null), (truncated.Ends, truncated.Failure));
        }
    }

    [Theory]
    [InlineData("""{"error":{"message":"Bad \"thing\"","type":"server_error","code":null,"param":null}}""", ProviderErrorKind.ServerError, 500)]
    [InlineData("""{"error":{"message":"m","code":429}}""", ProviderErrorKind.RateLimit, 429)]
    [InlineData("""{"error":"overloaded","type":"overloaded_error"}""", ProviderErrorKind.Overloaded, 503)]
    [InlineData("""{"choices":[{"index":400,"delta":{}}]}""", ProviderErrorKind.Malformed, 502)]
    [InlineData("""{"choices":[7]}""", ProviderErrorKind.Malformed, 502)]
    [InlineData("""{"choices":[{"delta":{"tool_calls":[1]}}]}""", ProviderErrorKind.Malformed, 502)]
    [InlineData("""{"choices":[{"index":0""", ProviderErrorKind.Malformed, 502)]
    [InlineData("hello", ProviderErrorKind.Malformed, 502)]
    public void Errors_close_the_stream(string data, ProviderErrorKind kind, int status)
    {
        var recorder = Wire.DecodeOpenAi(Stream(_chunks[2], data, "[DONE]"));
        Assert.Equal("Hé \ufffd", recorder["text:0"]);
        Assert.Equal((kind, status, 0), (recorder.Failure!.Kind, recorder.Failure.Status, recorder.Ends));
    }

    [Theory]
    [InlineData("""{"choices":null,"usage":7,"id":5,"error":null}""")]
    [InlineData("""{"choices":[{"index":"a","delta":null,"finish_reason":7}]}""")]
    [InlineData("""{"choices":[{"delta":{"content":7,"tool_calls":null,"reasoning":[],"refusal":{},"thinking_blocks":false,"function_call":null,"audio":{}}}]}""")]
    public void Members_of_another_type_count_as_absent(string data)
    {
        var recorder = Wire.DecodeOpenAi(Stream(data));
        Assert.Equal((null, 0, 1), (recorder.Failure, recorder.Calls, recorder.Starts));
    }

    [Fact]
    public void The_older_function_call_is_a_call()
    {
        var recorder = Wire.DecodeOpenAi(Stream(
            """{"choices":[{"index":0,"delta":{"function_call":{"name":"f","arguments":""}}}]}""", """{"choices":[{"index":0,"delta":{"function_call":{"arguments":"{}"}},"finish_reason":"function_call"}]}"""));
        Assert.Equal(("f", "{}", FinishReason.ToolCalls), (recorder["name:0:0"], recorder["args:0:0"], recorder.Finishes[0]));
    }

    [Fact]
    public void Whole_answers_that_are_none_are_errors()
    {
        Assert.Equal(ProviderErrorKind.Quota, Wire.DecodeOpenAiWhole("""{"error":{"message":"m","code":"insufficient_quota"}}""").Failure?.Kind);
        Assert.Equal(ProviderErrorKind.Malformed, Wire.DecodeOpenAiWhole("""{"id":"x"}""").Failure?.Kind);
        Assert.Equal(ProviderErrorKind.Malformed, Wire.DecodeOpenAiWhole("""{"choices":[1]}""").Failure?.Kind);
    }

    [Theory]
    [InlineData("[DONE]", TapMarks.Done)]
    [InlineData("""{"choices":[{"index":0,"delta":{"content":"\"usage\":{} \"error\":{\"finish_reason\":\"stop\""},"finish_reason":null}],"usage":null}""", TapMarks.None)]
    [InlineData("""{"choices":[{"index":0,"delta":{"content":"usage"},"logprobs":{"content":[{"token":"usage","x":["finish_reason","error"]}]}}]}""", TapMarks.None)]
    [InlineData("""{"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2}}""", TapMarks.Usage | TapMarks.UsageOnly)]
    [InlineData("""{ "usage" : { "prompt_tokens" : 1, "completion_tokens" : 2 }, "choices" : [ ] }""", TapMarks.Usage | TapMarks.UsageOnly)]
    [InlineData("""{"choices":[{"index":0,"delta":{},"finish_reason":"length"}],"usage":{"prompt_tokens":1,"completion_tokens":2}}""", TapMarks.Usage | TapMarks.Finish)]
    [InlineData("""{"choices":[{"index":0,"delta":{},"finish_reason": "length"}],"x_groq":{"usage":{"prompt_tokens":1,"completion_tokens":2}}}""", TapMarks.Usage | TapMarks.Finish)]
    [InlineData("""{"error":{"message":"m"}}""", TapMarks.Error)]
    [InlineData("""{"choices":[{"delta":{"x":{"error":{"message":"m"}}}}],"error":null}""", TapMarks.None)]
    [InlineData("""{"usage":{"prompt_tokens":1""", TapMarks.None)]
    [InlineData("", TapMarks.None)]
    public void The_tap_sees_what_matters_and_nothing_else(string data, TapMarks marks)
    {
        var tap = new OpenAiChatTap();
        Assert.Equal(marks, tap.Look(default, Encoding.UTF8.GetBytes(data)));
        if (marks.HasFlag(TapMarks.Usage)) Assert.Equal((1, 2), (tap.Usage.Input, tap.Usage.Output));
        if (marks.HasFlag(TapMarks.Finish)) Assert.Equal(FinishReason.Length, tap.Finish);
        Assert.Equal(marks.HasFlag(TapMarks.Error), tap.Failure is not null);
    }

    [Fact]
    public void The_tap_reads_whole_answers()
    {
        var tap = new OpenAiChatTap();
        Assert.Equal(TapMarks.Usage | TapMarks.Finish, tap.Whole(Encoding.UTF8.GetBytes(Whole)));
        Assert.Equal(Wire.DecodeOpenAiWhole(Whole).UsageTotals, tap.Usage);
        tap.Reset();
        Assert.Equal((new Usage(), FinishReason.None), (tap.Usage, tap.Finish));
        Assert.Equal(TapMarks.Error, tap.Whole("""{"error":{"message":"m","type":"t"}}"""u8));
        Assert.Equal(TapMarks.None, tap.Whole("<html>"u8));
    }

    [Fact]
    public void Decoding_and_tapping_a_text_delta_allocates_nothing()
    {
        var (decoder, encoder, tap, output) = (new OpenAiChatResponseDecoder(), new OpenAiChatStreamEncoder(), new OpenAiChatTap(), new Edge.Providers.Dialects.ByteBuffer());
        encoder.Begin(output, Wire.Output);
        var chunk = Encoding.UTF8.GetBytes(_chunks[3]);
        Push(100);

        var before = GC.GetAllocatedBytesForCurrentThread();
        Push(1000);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Push(int count)
        {
            for (var i = 0; i < count; i++)
            {
                output.Clear();
                tap.Look(default, chunk);
                decoder.Push(default, chunk, encoder);
            }
        }
    }
}
