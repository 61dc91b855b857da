using System.Text;
using Edge.Providers.Chat;
using Edge.Providers.Dialects;
using Edge.Providers.Dialects.Responses;
using Edge.Providers.Errors;
using Edge.Providers.Json;

namespace Edge.Providers.Tests.Dialects.Responses;

public class ResponsesTapTests
{
    private const string Usage = """{"input_tokens":10,"input_tokens_details":{"cached_tokens":4},"output_tokens":5,"output_tokens_details":{"reasoning_tokens":3},"total_tokens":15}""";

    [Theory]
    [InlineData("completed", "null", "[]", FinishReason.Stop)]
    [InlineData("completed", "null", """[{"type":"message","content":[]},{"type":"function_call","name":"f","arguments":"{}"}]""", FinishReason.ToolCalls)]
    [InlineData("completed", "null", """[{"type":"web_search_call","action":{"type":"function_call"}}]""", FinishReason.Stop)]
    [InlineData("incomplete", """{"reason":"max_output_tokens"}""", """[{"type":"function_call"}]""", FinishReason.Length)]
    [InlineData("incomplete", """{"reason":"content_filter"}""", "[]", FinishReason.ContentFilter)]
    [InlineData("incomplete", "null", "[]", FinishReason.Length)]
    public void The_last_event_says_it_all(string status, string details, string output, FinishReason finish)
    {
        var response = $$"""{"id":"resp_1","object":"response","output":{{output}},"status":"{{status}}","incomplete_details":{{details}},"error":null,"usage":{{Usage}}}""";
        foreach (var type in new[] { $"response.{status}", "" })
        {
            var tap = new ResponsesTap();
            Assert.Equal(TapMarks.Done | TapMarks.Usage | TapMarks.Finish, tap.Look(Encoding.UTF8.GetBytes(type), Encoding.UTF8.GetBytes($$"""{"sequence_number":9,"type":"response.{{status}}","response":{{response}}}""")));
            Check(tap);
        }
        var whole = new ResponsesTap();
        Assert.Equal(TapMarks.Usage | TapMarks.Finish, Whole(whole, response));
        Check(whole);

        void Check(ResponsesTap tap)
        {
            Assert.Equal(finish, tap.Finish);
            Assert.Equal(new Usage { Input = 10, Output = 5, CacheRead = 4, Reasoning = 3 }, tap.Usage);
            Assert.Null(tap.Failure);
        }
    }

    [Theory]
    [InlineData("error", """{"type":"error","sequence_number":2,"error":{"type":"insufficient_quota","code":"insufficient_quota","message":"Pay.","param":null}}""", "insufficient_quota")]
    [InlineData("error", """{"type":"error","code":"rate_limit_exceeded","message":"Pay.","param":null,"sequence_number":2}""", "rate_limit_exceeded")]
    [InlineData("response.failed", """{"type":"response.failed","response":{"id":"x","status":"failed","error":{"code":"server_error","message":"Pay."},"usage":null}}""", "server_error")]
    public void Errors_are_seen(string type, string data, string code)
    {
        var tap = new ResponsesTap();
        Assert.Equal(TapMarks.Error, tap.Look(Encoding.UTF8.GetBytes(type), Encoding.UTF8.GetBytes(data)));
        Assert.Equal((code, "Pay."), (tap.Failure!.Code, tap.Failure.Message));
        // What comes later says less.
        tap.Look("response.failed"u8, """{"type":"response.failed","response":{"status":"failed","error":null}}"""u8);
        Assert.Equal("Pay.", tap.Failure.Message);
    }

    [Fact]
    public void The_error_that_ends_a_broken_stream_is_seen_as_one()
    {
        var output = new ByteBuffer();
        ResponsesErrorEvent.Write(output, new ProviderError { Kind = ProviderErrorKind.Timeout, Status = 504, Message = "Too \"late\"", Param = "p" }, 7);
        Assert.Equal(
            """
            event: error
            data: {"type":"error","sequence_number":7,"error":{"type":"server_error","code":"server_error","message":"Too \"late\"","param":"p"}}


            """.ReplaceLineEndings("\n"),
            Encoding.UTF8.GetString(output.Span));
        var tap = new ResponsesTap();
        Wire.Events((type, data) => Assert.Equal(TapMarks.Error, tap.Look(type, data)), output.Span.ToArray());
        Assert.Equal("Too \"late\"", tap.Failure?.Message);
    }

    [Fact]
    public void A_failed_answer_is_no_answer()
    {
        var tap = new ResponsesTap();
        Assert.Equal(TapMarks.Error, Whole(tap, """{"object":"response","status":"failed","output":[],"error":{"code":"server_error","message":"No."},"usage":null}"""));
        Assert.Equal("No.", tap.Failure?.Message);
        tap.Reset();
        Assert.Equal(TapMarks.Error, Whole(tap, """{"error":{"code":"x","message":"No way.","type":"invalid_request_error"}}"""));
        Assert.Equal("No way.", tap.Failure?.Message);
        tap.Reset();
        // In the background: not ended yet.
        Assert.Equal(TapMarks.None, Whole(tap, """{"object":"response","status":"queued","output":[],"error":null,"usage":null}"""));
        Assert.Null(tap.Failure);
    }

    [Fact]
    public void Other_events_are_nothing_and_cost_nothing()
    {
        var tap = new ResponsesTap();
        (string Type, byte[] Data)[] events =
        [
            ("response.created", "{\"type\":\"response.created\",\"response\":{\"status\":\"in_progress\",\"usage\":null}}"u8.ToArray()),
            ("response.in_progress", "{\"type\":\"response.in_progress\",\"response\":{}}"u8.ToArray()),
            ("response.output_text.delta", "{\"type\":\"response.output_text.delta\",\"delta\":\"{\\\"error\\\":1}\"}"u8.ToArray()),
            ("", "{\"type\":\"response.content_part.done\",\"part\":{}}"u8.ToArray()),
            ("response.file_search_call.completed", "{}"u8.ToArray()),
            ("", "no JSON"u8.ToArray()),
            ("", "[]"u8.ToArray()),
            ("response.completed", "{\"type\":\"response.completed\",\"response\":{\"status\":\"compl"u8.ToArray()),
        ];
        var types = events.Select(e => Encoding.UTF8.GetBytes(e.Type)).ToArray();
        Look(0, events.Length);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++) Look(0, 5);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Look(int from, int to)
        {
            for (var i = from; i < to; i++)
            {
                if (tap.Look(types[i], events[i].Data) != TapMarks.None) Assert.Fail(events[i].Type);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Goldens.Names), MemberType = typeof(Goldens))]
    public void Our_own_streams_are_seen_to_end(string name)
    {
        var golden = Goldens.Find(name);
        var expected = Wire.DecodeAnthropic(Encoding.UTF8.GetBytes(golden.Stream));
        var tap = new ResponsesTap();
        var marks = TapMarks.None;
        Wire.Events((type, data) => marks |= tap.Look(type, data), Encoding.UTF8.GetBytes(ResponsesWire.FromAnthropic(golden.Stream).Stream));
        Assert.True(marks.HasFlag(TapMarks.Done | TapMarks.Finish));
        Assert.Equal((expected.UsageTotals.Input, expected.UsageTotals.Output), (tap.Usage.Input, tap.Usage.Output));
    }

    private static TapMarks Whole(ResponsesTap tap, string json)
    {
        var bytes = Encoding.UTF8.GetBytes(json);
        using var index = Wire.Index(bytes);
        return tap.Whole(new JsonValue(bytes, index.Tokens));
    }
}
