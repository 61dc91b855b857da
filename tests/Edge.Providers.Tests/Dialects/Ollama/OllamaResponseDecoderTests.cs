using System.Text;
using CsCheck;
using Edge.Providers.Chat;
using Edge.Providers.Dialects.Ollama;
using Edge.Providers.Errors;

namespace Edge.Providers.Tests.Dialects.Ollama;

public class OllamaResponseDecoderTests
{
    private static readonly Codec _codec = Codec.Of(Dialect.Ollama, Framing.Ndjson);

    // As https://docs.ollama.com/api/chat and /capabilities/streaming write them.
    private static readonly string[] _answer =
    [
        """{"model":"qwen3","created_at":"2026-01-02T03:04:05.123456789Z","message":{"role":"assistant","content":"","thinking":"Hm \"so\""},"done":false}""",
        """{"model":"qwen3","created_at":"2026-01-02T03:04:05.2Z","message":{"role":"assistant","content":"Blue \ud83d"},"done":false,"logprobs":[{"token":"Blue","logprob":-0.5,"bytes":[66],"top_logprobs":[]}]}""",
        """{"model":"qwen3","created_at":"2026-01-02T03:04:05.3Z","message":{"role":"assistant","content":"\ude00 ü\n"},"done":false}""",
        """{"model":"qwen3","created_at":"2026-01-02T03:04:05.4Z","message":{"role":"assistant","content":""},"done":true,"done_reason":"stop","total_duration":1,"load_duration":2,"prompt_eval_count":26,"prompt_eval_duration":3,"eval_count":282,"eval_duration":4}""",
    ];

    private const string WholeAnswer =
        """{"model":"qwen3","created_at":"2026-01-02T03:04:05.123456789Z","message":{"role":"assistant","content":"Blue \ud83d\ude00 ü\n","thinking":"Hm \"so\""},"logprobs":[{"token":"Blue","logprob":-0.5,"bytes":[66],"top_logprobs":[]}],"done":true,"done_reason":"stop","prompt_eval_count":26,"eval_count":282}""";

    private static readonly string[] _calls =
    [
        """{"model":"m","created_at":"2026-01-02T03:04:05Z","message":{"role":"assistant","content":"","tool_calls":[{"id":"call_1","function":{"index":0,"name":"weather","arguments":{"city":"Paris \"P\"","deep":[{"a":1}]}}},{"id":"call_2","function":{"index":1,"name":"now","arguments":{}}}]},"done":false}""",
        """{"model":"m","created_at":"2026-01-02T03:04:06Z","message":{"role":"assistant","content":""},"done":true,"done_reason":"stop","prompt_eval_count":5,"eval_count":6}""",
    ];

    private static string Lines(params IEnumerable<string> lines) => string.Concat(lines.Select(line => line + "\n"));

    [Fact]
    public void Text_thinking_logprobs_and_usage_come_as_they_are()
    {
        var recorder = _codec.Stream(Lines(_answer));

        Assert.Equal(("Blue 😀 ü\n", "Hm \"so\""), (recorder["text:0"], recorder["thinking:0"]));
        Assert.Equal("""{"token":"Blue","logprob":-0.5,"bytes":[66],"top_logprobs":[]}""", recorder["logprobs:0"]);
        Assert.Equal(("", "qwen3", FinishReason.Stop, 1, 1), (recorder.Id, recorder.Model, recorder.Finishes[0], recorder.Starts, recorder.Ends));
        Assert.Equal(new Usage { Input = 26, Output = 282 }, recorder.UsageTotals);
    }

    [Fact]
    public void Calls_come_whole_and_finish_the_turn()
    {
        var recorder = _codec.Stream(Lines(_calls));

        Assert.Equal(("call_1", "weather", """{"city":"Paris \"P\"","deep":[{"a":1}]}"""), (recorder["id:0:0"], recorder["name:0:0"], recorder["args:0:0"]));
        Assert.Equal(("call_2", "now", "{}"), (recorder["id:0:1"], recorder["name:0:1"], recorder["args:0:1"]));
        Assert.Equal(FinishReason.ToolCalls, recorder.Finishes[0]);
    }

    [Fact]
    public void Calls_without_ids_get_some_that_differ_and_are_the_same_each_time()
    {
        var lines = Lines(_calls).Replace("\"id\":\"call_1\",", "", StringComparison.Ordinal).Replace("\"id\":\"call_2\",", "", StringComparison.Ordinal);
        var (first, again) = (_codec.Stream(lines), _codec.Stream(lines));
        var later = _codec.Stream(lines.Replace("04:05Z", "04:05.000000001Z", StringComparison.Ordinal));

        Assert.Matches("^call_[0-9a-f]{16}_0$", first["id:0:0"]);
        Assert.Equal((first["id:0:0"], first["id:0:1"]), (again["id:0:0"], again["id:0:1"]));
        Assert.Distinct([first["id:0:0"], first["id:0:1"], later["id:0:0"], later["id:0:1"]]);
    }

    [Fact]
    public void A_whole_answer_is_the_fold_of_its_stream() => Assert.Equal(_codec.Whole(WholeAnswer).Fold(), _codec.Stream(Lines(_answer)).Fold());

    [Fact]
    public void Streams_may_be_cut_anywhere()
    {
        _codec.CheckCuts(Lines(_answer));
        _codec.CheckCuts(Lines(_calls).Replace("\n", "\r\n\r\n", StringComparison.Ordinal));
    }

    [Fact]
    public void OpenAI_clients_read_the_same()
    {
        const string Expected = "0: text=Blue 😀 ü\n\nrefusal=\nthinking=Hm \"so\"\nfinish=stop\nusage=26+282";
        // The test's own reader of OpenAI's chunks takes no half of a surrogate pair.
        var lines = Lines(_answer).Replace("Blue \\ud83d", "Blue ", StringComparison.Ordinal).Replace("\\ude00", "\\ud83d\\ude00", StringComparison.Ordinal);
        _codec.CheckStream("answer", Expected, lines);
        _codec.CheckWhole("answer", Expected, WholeAnswer);
        const string Calls = "0: text=\nrefusal=\nthinking=\ncall call_1 weather {\"city\":\"Paris \\\"P\\\"\",\"deep\":[{\"a\":1}]}\ncall call_2 now {}\nfinish=tool_calls\nusage=5+6";
        _codec.CheckStream("calls", Calls, Lines(_calls));
        var created = Facts.Data(_codec.ToOpenAiStream(lines)).First().GetProperty("created").GetInt64();
        Assert.Equal(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero).ToUnixTimeSeconds(), created);
    }

    [Theory]
    [InlineData("\"done_reason\":\"stop\"", FinishReason.Stop)]
    [InlineData("\"done_reason\":\"length\"", FinishReason.Length)]
    [InlineData("\"done_reason\":\"load\"", FinishReason.Stop)]
    [InlineData("\"done_reason\":null", FinishReason.Stop)]
    public void Finish_reasons(string reason, FinishReason expected) =>
        Assert.Equal(expected, _codec.Stream(Lines($$$"""{"model":"m","message":{"content":"x"},"done":true,{{{reason}}}}""")).Finishes[0]);

    [Fact]
    public void A_bound_that_is_hit_within_calls_is_told()
    {
        var recorder = _codec.Stream(Lines(_calls).Replace("\"stop\"", "\"length\"", StringComparison.Ordinal));
        Assert.Equal(FinishReason.Length, recorder.Finishes[0]);
    }

    [Fact]
    public void An_error_line_in_a_good_stream_is_an_error()
    {
        var recorder = _codec.Stream(Lines([.. _answer[..2], """{"error":"an error was encountered while running the model"}""", _answer[3]]));
        Assert.Equal((ProviderErrorKind.ServerError, 500, "an error was encountered while running the model"), (recorder.Failure!.Kind, recorder.Failure.Status, recorder.Failure.Message));
        Assert.Equal(0, recorder.Ends);
        Assert.Equal("model 'x' not found", _codec.Whole("""{"error":"model 'x' not found"}""").Failure?.Message);
    }

    [Fact]
    public void What_is_cut_off_has_no_end()
    {
        foreach (var stream in new[] { Lines(_answer[..3]), Lines(_answer)[..^1], Lines(_answer)[..^9] })
        {
            var recorder = _codec.Stream(stream);
            Assert.Equal((0, 0, null), (recorder.Ends, recorder.Finishes.Count, recorder.Failure));
        }
        Assert.False(new OllamaResponseDecoder().TryEnd(new Recorder()));
        Assert.Equal("The answer is not done.", _codec.Whole("""{"model":"m","message":{"content":"x"},"done":false}""").Failure?.Message);
        Assert.Equal(ProviderErrorKind.Malformed, _codec.Whole("7").Failure?.Kind);
    }

    [Theory]
    [InlineData("""{"message":7,"done":"yes","model":5}""")]
    [InlineData("""{"message":{"content":7,"thinking":[],"tool_calls":{}},"logprobs":[],"error":null}""")]
    [InlineData("""{"message":{"tool_calls":[]},"prompt_eval_count":-1,"eval_count":1e3}""")]
    public void Members_of_another_type_count_as_absent(string line)
    {
        var recorder = _codec.Stream(Lines(line));
        Assert.Equal((null, 0, 1), (recorder.Failure, recorder.Calls, recorder.Starts));
    }

    [Theory]
    [InlineData("oops")]
    [InlineData("[1]")]
    [InlineData("""{"done":true} {"done":true}""")]
    [InlineData("""{"message":{"content":"x""")]
    public void Malformed_lines_are_errors(string line) => Assert.Equal(ProviderErrorKind.Malformed, _codec.Stream(Lines(line)).Failure?.Kind);

    [Fact]
    public void Deep_arguments_do_no_harm()
    {
        var line = Lines(_calls[0].Replace("[{\"a\":1}]", new string('[', 5000) + new string(']', 5000), StringComparison.Ordinal));
        Assert.Equal(ProviderErrorKind.Malformed, _codec.Stream(line).Failure?.Kind);
    }

    [Fact]
    public void No_byte_that_changes_on_the_way_makes_the_decoder_throw()
    {
        byte[][] streams = [Encoding.UTF8.GetBytes(Lines(_answer)), Encoding.UTF8.GetBytes(Lines(_calls))];
        Gen.Select(Gen.Int[0, 1], Gen.Select(Gen.Int[0, 1 << 20], Gen.Byte).Array[1, 5]).Sample(
            (which, changes) =>
            {
                var mutated = streams[which].ToArray();
                foreach (var (at, value) in changes) mutated[at % mutated.Length] = value;
                var recorder = _codec.Stream(mutated);
                Assert.False(recorder is { Ends: 1, Failure: not null });
                OllamaErrors.FromResponse(404, mutated);
            },
            iter: 3000);
    }

    [Fact]
    public void A_delta_allocates_nothing()
    {
        var (decoder, encoder, output) = (new OllamaResponseDecoder(), new Edge.Providers.Dialects.OpenAi.OpenAiChatStreamEncoder(), new Edge.Providers.Dialects.ByteBuffer());
        encoder.Begin(output, Wire.Output);
        var line = Encoding.UTF8.GetBytes("""{"model":"m","created_at":"2026-01-02T03:04:05Z","message":{"role":"assistant","content":" four"},"done":false}""");
        Push(100);

        var before = GC.GetAllocatedBytesForCurrentThread();
        Push(1000);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Push(int count)
        {
            for (var i = 0; i < count; i++)
            {
                output.Clear();
                decoder.Push(default, line, encoder);
            }
        }
    }
}
