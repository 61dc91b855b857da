using System.Text;
using System.Text.Json;
using CsCheck;
using Edge.Providers.Chat;
using Edge.Providers.Dialects.Cohere;
using Edge.Providers.Errors;
using Edge.TestSupport;

namespace Edge.Providers.Tests.Dialects.Cohere;

public class CohereResponseDecoderTests
{
    private static readonly Codec _codec = Codec.Of(Dialect.Cohere);

    private const string Start = """{"id":"c14c80c3","type":"message-start","delta":{"message":{"role":"assistant","content":[],"tool_plan":"","tool_calls":[],"citations":[]}}}""";

    private static readonly string[] _answer =
    [
        Start,
        """{"type":"content-start","index":0,"delta":{"message":{"content":{"type":"thinking","thinking":""}}}}""",
        """{"type":"content-delta","index":0,"delta":{"message":{"content":{"thinking":"So \"two\""}}}}""",
        """{"type":"content-end","index":0}""",
        """{"type":"content-start","index":1,"delta":{"message":{"content":{"type":"text","text":""}}}}""",
        """{"type":"content-delta","index":1,"delta":{"message":{"content":{"text":"Four \ud83d"}}}}""",
        """{"type":"content-delta","index":1,"delta":{"message":{"content":{"text":"\ude00 ü\n"}}}}""",
        """{"type":"citation-start","index":0,"delta":{"message":{"citations":{"start":0,"end":4,"text":"Four","type":"TEXT_CONTENT","content_index":1,"sources":[{"type":"document","id":"edge_doc_1","document":{"id":"edge_doc_1","title":"Sums","snippet":"2+2=4","url":"https://x/y"}}]}}}}""",
        """{"type":"citation-end","index":0}""",
        """{"type":"content-end","index":1}""",
        """{"type":"message-end","delta":{"finish_reason":"COMPLETE","usage":{"billed_units":{"input_tokens":8.0,"output_tokens":50},"tokens":{"input_tokens":1394,"output_tokens":54},"cached_tokens":1360}}}""",
    ];

    private const string WholeAnswer =
        """{"id":"c14c80c3","message":{"role":"assistant","content":[{"type":"thinking","thinking":"So \"two\""},{"type":"text","text":"Four \ud83d\ude00 ü\n"}],"citations":[{"start":0,"end":4,"text":"Four","type":"TEXT_CONTENT","sources":[{"type":"document","id":"edge_doc_1","document":{"title":"Sums","snippet":"2+2=4","url":"https://x/y"}}]}]},"finish_reason":"COMPLETE","usage":{"billed_units":{"input_tokens":8,"output_tokens":50},"tokens":{"input_tokens":1394,"output_tokens":54},"cached_tokens":1360}}""";

    private static readonly string[] _calls =
    [
        Start,
        """{"type":"tool-plan-delta","delta":{"message":{"tool_plan":"I will "}}}""",
        """{"type":"tool-plan-delta","delta":{"message":{"tool_plan":"look."}}}""",
        """{"type":"tool-call-start","index":0,"delta":{"message":{"tool_calls":{"id":"weather_1","type":"function","function":{"name":"weather","arguments":""}}}}}""",
        """{"type":"tool-call-delta","index":0,"delta":{"message":{"tool_calls":{"function":{"arguments":"{\"city\":\"Pa"}}}}}""",
        """{"type":"tool-call-delta","index":0,"delta":{"message":{"tool_calls":{"function":{"arguments":"ris\"}"}}}}}""",
        """{"type":"tool-call-end","index":0}""",
        """{"type":"tool-call-start","index":1,"delta":{"message":{"tool_calls":{"id":"now_2","type":"function","function":{"name":"now","arguments":""}}}}}""",
        """{"type":"tool-call-end","index":1}""",
        """{"type":"message-end","delta":{"finish_reason":"TOOL_CALL","usage":{"tokens":{"input_tokens":1549,"output_tokens":95},"cached_tokens":1504}}}""",
    ];

    private const string WholeCalls =
        """{"id":"c14c80c3","message":{"role":"assistant","tool_plan":"I will look.","tool_calls":[{"id":"weather_1","type":"function","function":{"name":"weather","arguments":"{\"city\":\"Paris\"}"}},{"id":"now_2","type":"function","function":{"name":"now","arguments":"null"}}]},"finish_reason":"TOOL_CALL","usage":{"tokens":{"input_tokens":1549,"output_tokens":95},"cached_tokens":1504}}""";

    internal static string Stream(params IEnumerable<string> events) =>
        string.Concat(events.Select(data => $"event: {JsonDocument.Parse(data).RootElement.GetProperty("type").GetString()}\ndata: {data}\n\n"));

    [Fact]
    public void Text_thinking_citations_and_usage_come_as_they_are()
    {
        var recorder = _codec.Stream(Stream(_answer));

        Assert.Equal(("Four 😀 ü\n", "So \"two\""), (recorder["text:0"], recorder["thinking:0"]));
        Assert.Equal("[https://x/y|Sums|2+2=4|0..4|1]", recorder["citation:0"]);
        Assert.Equal(("c14c80c3", "", FinishReason.Stop, 1, 1), (recorder.Id, recorder.Model, recorder.Finishes[0], recorder.Starts, recorder.Ends));
        // What is paid for, and no cached tokens beside it: those belong to the other count.
        Assert.Equal(new Usage { Input = 8, Output = 50 }, recorder.UsageTotals);
    }

    [Fact]
    public void Plans_are_text_and_calls_have_their_arguments()
    {
        var recorder = _codec.Stream(Stream(_calls));

        Assert.Equal("I will look.", recorder["text:0"]);
        Assert.Equal(("weather_1", "weather", """{"city":"Paris"}"""), (recorder["id:0:0"], recorder["name:0:0"], recorder["args:0:0"]));
        Assert.Equal(("now_2", "now", "{}"), (recorder["id:0:1"], recorder["name:0:1"], recorder["args:0:1"]));
        Assert.Equal((2, FinishReason.ToolCalls), (recorder.ToolCalls(0), recorder.Finishes[0]));
        Assert.Equal(new Usage { Input = 1549, Output = 95, CacheRead = 1504 }, recorder.UsageTotals);
    }

    [Fact]
    public void Of_a_whole_answer_the_reasoning_comes_first_then_the_plan_then_the_text()
    {
        var recorder = _codec.Whole("""{"id":"c","message":{"role":"assistant","tool_plan":"I will look. ","content":[{"type":"thinking","thinking":"Hm."},{"type":"text","text":"Yes."}],"tool_calls":[{"id":"now_1","type":"function","function":{"name":"now","arguments":"{}"}}]},"finish_reason":"TOOL_CALL"}""");

        Assert.Equal(["thinking:0", "text:0"], recorder.Parts.Take(2));
        Assert.Equal("I will look. Yes.", recorder["text:0"]);
    }

    [Fact]
    public void A_whole_answer_is_the_fold_of_its_stream()
    {
        Assert.Equal(_codec.Whole(WholeAnswer).Fold(), _codec.Stream(Stream(_answer)).Fold());
        Assert.Equal(_codec.Whole(WholeCalls).Fold(), _codec.Stream(Stream(_calls)).Fold());
    }

    [Fact]
    public void Streams_may_be_cut_anywhere()
    {
        _codec.CheckCuts(Stream(_answer));
        _codec.CheckCuts(Stream(_calls));
    }

    [Theory]
    [InlineData("COMPLETE", FinishReason.Stop)]
    [InlineData("STOP_SEQUENCE", FinishReason.StopSequence)]
    [InlineData("MAX_TOKENS", FinishReason.Length)]
    [InlineData("TOOL_CALL", FinishReason.ToolCalls)]
    [InlineData("SOMETHING_NEW", FinishReason.Other)]
    public void Finish_reasons(string reason, FinishReason expected)
    {
        var end = $$$"""{"type":"message-end","delta":{"finish_reason":"{{{reason}}}"}}""";
        Assert.Equal(expected, _codec.Stream(Stream(Start, end)).Finishes[0]);
        Assert.Equal(expected, _codec.Whole($$"""{"id":"i","message":{"role":"assistant","content":[{"type":"text","text":"x"}]},"finish_reason":"{{reason}}"}""").Finishes[0]);
    }

    [Theory]
    [InlineData("""{"type":"message-end","delta":{"finish_reason":"ERROR","error":"it \"broke\""}}""", ProviderErrorKind.ServerError, 500, "it \"broke\"")]
    [InlineData("""{"type":"message-end","delta":{"finish_reason":"TIMEOUT"}}""", ProviderErrorKind.Timeout, 504, "The generation timed out.")]
    [InlineData("""{"type":"message-end","delta":{"finish_reason":"ERROR_LIMIT"}}""", ProviderErrorKind.ServerError, 500, "The generation failed.")]
    public void What_broke_off_is_an_error_and_no_end(string end, ProviderErrorKind kind, int status, string message)
    {
        var recorder = _codec.Stream(Stream([.. _answer[..6], end, .. _answer[6..]]));

        Assert.Equal((kind, status, message), (recorder.Failure!.Kind, recorder.Failure.Status, recorder.Failure.Message));
        Assert.Equal((0, 0), (recorder.Ends, recorder.Finishes.Count));
        Assert.StartsWith("Four", recorder["text:0"], StringComparison.Ordinal);
    }

    [Fact]
    public void A_bare_error_object_in_a_stream_is_an_error()
    {
        var recorder = _codec.Stream(Stream(_answer[..6]) + "data: {\"id\":\"1\",\"message\":\"too many tokens\"}\n\n");
        Assert.Equal("too many tokens", recorder.Failure?.Message);
        Assert.Equal(0, recorder.Ends);
    }

    [Fact]
    public void A_stream_without_its_end_has_none()
    {
        var recorder = _codec.Stream(Stream(_answer[..^1]));
        Assert.Equal((0, 0), (recorder.Ends, recorder.Finishes.Count));
        var decoder = new CohereResponseDecoder();
        decoder.Push(default, Encoding.UTF8.GetBytes(_answer[0]), recorder);
        Assert.False(decoder.TryEnd(recorder));
    }

    [Theory]
    [InlineData("""{"type":"content-delta","index":"a","delta":{"message":{"content":"x"}}}""")]
    [InlineData("""{"type":"content-delta","index":0,"delta":[],"logprobs":7}""")]
    [InlineData("""{"type":"content-delta","index":0,"delta":{"message":{"content":{"text":7,"thinking":{}}}}}""")]
    [InlineData("""{"type":"tool-call-delta","index":9,"delta":{"message":{"tool_calls":{"function":{"arguments":"{}"}}}}}""")]
    [InlineData("""{"type":"tool-call-end","index":9}""")]
    [InlineData("""{"type":"citation-start","delta":{"message":{"citations":{"sources":[7,{"document":5},{"id":"edge_doc_99999999999"}]}}}}""")]
    [InlineData("""{"type":"citation-start","delta":{"message":{"citations":{"type":"PLAN","sources":[{"document":{"title":"t"}}]}}}}""")]
    [InlineData("""{"type":"debug","prompt":"x"}""")]
    public void Members_of_another_type_count_as_absent(string data)
    {
        var recorder = _codec.Stream(Stream(Start, data));
        Assert.Equal((null, 0), (recorder.Failure, recorder.Calls));
    }

    [Theory]
    [InlineData("oops")]
    [InlineData("[1]")]
    [InlineData("""{"type":"message-end"} x""")]
    [InlineData("""{"type":"content-delta","delta":{"message":{""")]
    public void Malformed_data_is_an_error_and_closes_the_stream(string data)
    {
        var recorder = _codec.Stream(Stream(Start) + $"data: {data}\n\n" + Stream(_answer[^1]));
        Assert.Equal((ProviderErrorKind.Malformed, 0), (recorder.Failure?.Kind, recorder.Ends));
    }

    [Fact]
    public void A_call_that_begins_twice_is_malformed()
    {
        var recorder = _codec.Stream(Stream(Start, _calls[3], _calls[3]));
        Assert.Equal(ProviderErrorKind.Malformed, recorder.Failure?.Kind);
    }

    [Theory]
    [InlineData("""{"id":"x","message":"invalid api token"}""", "invalid api token")]
    [InlineData("""{"text":"v1"}""", "The answer has no message.")]
    [InlineData("7", "The answer has no message.")]
    public void Whole_answers_that_are_none_are_errors(string json, string message) => Assert.Equal(message, _codec.Whole(json).Failure?.Message);

    [Fact]
    public void Logprobs_are_OpenAIs_elements()
    {
        var recorder = _codec.Stream(Stream(Start, """{"type":"content-delta","index":0,"delta":{"message":{"content":{"text":"Hi\n"}}},"logprobs":{"token_ids":[1,2],"text":"Hi\n","logprobs":[-0.5,-0.25]}}"""));
        Assert.Equal("""{"token":"Hi\n","logprob":-0.75,"bytes":null,"top_logprobs":[]}""", Raw(recorder["logprobs:0"]));

        // The recorder unescapes what it kept.
        static string Raw(string text) => text.Replace("\n", "\\n", StringComparison.Ordinal);
    }

    [Fact]
    public void No_byte_that_changes_on_the_way_makes_the_decoder_throw()
    {
        byte[][] streams = [Encoding.UTF8.GetBytes(Stream(_answer)), Encoding.UTF8.GetBytes(Stream(_calls))];
        Gen.Select(Gen.Int[0, 1], Gen.Select(Gen.Int[0, 1 << 20], Gen.Byte).Array[1, 5]).Sample(
            (which, changes) =>
            {
                var mutated = streams[which].ToArray();
                foreach (var (at, value) in changes) mutated[at % mutated.Length] = value;
                var recorder = _codec.Stream(mutated);
                Assert.True(recorder.Ends <= 1);
                Assert.False(recorder is { Ends: 1, Failure: not null });
                CohereErrors.FromResponse(500, mutated);
            },
            iter: 3000);
    }

    [Fact]
    public void A_delta_allocates_nothing()
    {
        var (decoder, encoder, output) = (new CohereResponseDecoder(), new Edge.Providers.Dialects.OpenAi.OpenAiChatStreamEncoder(), new Edge.Providers.Dialects.ByteBuffer());
        encoder.Begin(output, Wire.Output);
        decoder.Push(default, Encoding.UTF8.GetBytes(Start), encoder);
        byte[][] deltas = [Encoding.UTF8.GetBytes(_answer[2]), Encoding.UTF8.GetBytes("""{"type":"content-delta","index":1,"delta":{"message":{"content":{"text":" four"}}}}""")];
        Push(100);

        var before = GC.GetAllocatedBytesForCurrentThread();
        Push(1000);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Push(int count)
        {
            for (var i = 0; i < count; i++)
            {
                output.Clear();
                decoder.Push(default, deltas[1], encoder);
            }
        }
    }

    [Fact]
    public void Recorded_answers_say_what_they_said()
    {
        var count = 0;
        foreach (var record in SharedData.Lines("wire/recorded/cohere.jsonl"))
        {
            if (record.GetProperty("request").GetProperty("path").GetString() != "/v2/chat") continue;
            count++;
            var body = record.GetProperty("response").GetProperty("body");
            _codec.CheckWhole(record.GetProperty("id").GetString(), FactsOf(body), body.GetRawText());
        }
        Assert.Equal(4, count);
    }

    [Fact]
    public void Fixtures_say_what_they_said()
    {
        var (streams, whole) = (0, 0);
        foreach (var record in SharedData.Lines("wire/fixtures/cohere.jsonl"))
        {
            var id = record.GetProperty("case").GetString();
            if (record.TryGetProperty("events", out var events))
            {
                streams++;
                _codec.CheckStream(id, FactsOf(Assemble(events)), Stream(events.EnumerateArray().Select(e => e.GetRawText())));
            }
            else
            {
                whole++;
                _codec.CheckWhole(id, FactsOf(record.GetProperty("body")), record.GetProperty("body").GetRawText());
            }
        }
        Assert.True(streams >= 3 && whole >= 4, $"{streams} {whole}");
    }

    // Independent of the decoder: a whole answer's facts in the words of Facts, and a stream put together into a whole answer.
    private static string FactsOf(JsonElement body)
    {
        var message = body.GetProperty("message");
        var (text, thinking) = (new StringBuilder(), new StringBuilder());
        if (message.TryGetProperty("tool_plan", out var plan)) text.Append(plan.GetString());
        if (message.TryGetProperty("content", out var content))
        {
            foreach (var part in content.EnumerateArray())
            {
                if (part.GetProperty("type").GetString() == "thinking") thinking.Append(part.GetProperty("thinking").GetString());
                else text.Append(part.GetProperty("text").GetString());
            }
        }
        var facts = new StringBuilder($"0: text={text}\nrefusal=\nthinking={thinking}\n");
        if (message.TryGetProperty("tool_calls", out var calls))
        {
            foreach (var call in calls.EnumerateArray())
            {
                var function = call.GetProperty("function");
                var arguments = function.GetProperty("arguments").GetString();
                facts.Append($"call {call.GetProperty("id").GetString()} {function.GetProperty("name").GetString()} {(arguments is "null" or "" ? "{}" : Wire.Compact(arguments!))}\n");
            }
        }
        var finish = body.GetProperty("finish_reason").GetString() switch { "TOOL_CALL" => "tool_calls", "MAX_TOKENS" => "length", _ => "stop" };
        var billed = body.GetProperty("usage").GetProperty("billed_units");
        return facts.Append($"finish={finish}\nusage={billed.GetProperty("input_tokens").GetInt64()}+{billed.GetProperty("output_tokens").GetInt64()}").ToString();
    }

    private static JsonElement Assemble(JsonElement events)
    {
        var (plan, contents, calls) = (new StringBuilder(), new SortedDictionary<int, (string Type, StringBuilder Text)>(), new SortedDictionary<int, (string Id, string Name, StringBuilder Arguments)>());
        string finish = "", usage = "{}";
        foreach (var data in events.EnumerateArray())
        {
            var index = data.TryGetProperty("index", out var at) ? at.GetInt32() : 0;
            var message = data.TryGetProperty("delta", out var delta) && delta.TryGetProperty("message", out var found) ? found : default;
            switch (data.GetProperty("type").GetString())
            {
                case "tool-plan-delta": plan.Append(message.GetProperty("tool_plan").GetString()); break;
                case "content-start": contents[index] = (message.GetProperty("content").GetProperty("type").GetString()!, new StringBuilder()); break;
                case "content-delta": contents[index].Text.Append(message.GetProperty("content").GetProperty(contents[index].Type).GetString()); break;
                case "tool-call-start":
                    var call = message.GetProperty("tool_calls");
                    calls[index] = (call.GetProperty("id").GetString()!, call.GetProperty("function").GetProperty("name").GetString()!, new StringBuilder());
                    break;
                case "tool-call-delta": calls[index].Arguments.Append(message.GetProperty("tool_calls").GetProperty("function").GetProperty("arguments").GetString()); break;
                case "message-end":
                    finish = delta.GetProperty("finish_reason").GetString()!;
                    usage = delta.GetProperty("usage").GetRawText();
                    break;
            }
        }
        var whole = new Dictionary<string, object>
        {
            ["message"] = new Dictionary<string, object>
            {
                ["tool_plan"] = plan.ToString(),
                ["content"] = contents.Values.Select(c => new Dictionary<string, string> { ["type"] = c.Type, [c.Type] = c.Text.ToString() }),
                ["tool_calls"] = calls.Values.Select(c => new { id = c.Id, function = new { name = c.Name, arguments = c.Arguments.ToString() } }),
            },
            ["finish_reason"] = finish,
            ["usage"] = JsonDocument.Parse(usage).RootElement,
        };
        return JsonSerializer.SerializeToElement(whole);
    }
}
