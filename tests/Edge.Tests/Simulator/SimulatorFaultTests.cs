using System.Text;
using System.Text.Json;
using Edge.Upstream;

namespace Edge.Tests.Simulator;

public class SimulatorFaultTests
{
    private static readonly string _stream = SimulatorBench.Chat("one two three", "\"stream\":true,\"stream_options\":{\"include_usage\":true}", "echo");
    private static readonly string _whole = SimulatorBench.Chat("one two three", "", "echo");

    private readonly SimulatorBench _bench = new();

    [Theory]
    [InlineData(400, "invalid_request_error", null)]
    [InlineData(401, "invalid_request_error", "invalid_api_key")]
    [InlineData(403, "invalid_request_error", "permission_denied")]
    [InlineData(404, "invalid_request_error", "model_not_found")]
    [InlineData(429, "requests", "rate_limit_exceeded")]
    [InlineData(500, "server_error", "internal_error")]
    [InlineData(503, "server_error", "overloaded")]
    [InlineData(529, "server_error", null)]
    [InlineData(418, "invalid_request_error", null)]
    public void A_status_is_answered_with_an_error_object(int status, string type, string? code)
    {
        foreach (var body in new[] { _stream, _whole })
        {
            using var response = _bench.Send(body, $"status={status},retry_after=3");
            Assert.Equal(status, response.Status);
            Assert.True(response.TryGetHeader("retry-after"u8, out var after));
            Assert.Equal("3", Encoding.ASCII.GetString(after));
            Assert.True(response.TryGetHeader("content-type"u8, out var contentType));
            Assert.Equal("application/json", Encoding.ASCII.GetString(contentType));
            var error = SimulatorBench.Error(SimulatorBench.Parse(Encoding.UTF8.GetString(SimulatorBench.Drain(response).Body)));
            Assert.Equal((type, null, code), (error.Type, error.Param, error.Code));
        }
    }

    [Fact]
    public async Task Refuse_is_a_failure_without_response()
    {
        using var response = await _bench.SendAsync(_whole, "refuse");
        Assert.Equal(UpstreamFailure.Connect, response.Failure);
        Assert.Contains("refused", response.FailureDetail, StringComparison.Ordinal);
        Assert.Equal(0, response.HeaderCount);
    }

    [Fact]
    public void A_body_is_cut_after_any_number_of_bytes()
    {
        foreach (var body in new[] { _stream, _whole })
        {
            var complete = Encoding.UTF8.GetBytes(_bench.Text(body));
            for (var cut = 0; cut <= complete.Length + 1; cut++)
            {
                using var response = _bench.Send(body, $"cut_after={cut}");
                var (bytes, last, _) = SimulatorBench.Drain(response);
                Assert.Equal(complete.AsSpan(0, Math.Min(cut, complete.Length)).ToArray(), bytes);
                Assert.Equal(cut <= complete.Length ? UpstreamRead.Failed(UpstreamFailure.Cut) : UpstreamRead.End, last);
                Assert.Null(response.ContentLength);
                Assert.True(response.TryRead(out var again));
                Assert.Equal(last, again);
            }
        }
    }

    [Fact]
    public void A_stream_is_cut_after_any_number_of_events()
    {
        var complete = SimulatorBench.Events(_bench.Text(_stream));
        for (var cut = 0; cut <= complete.Length + 1; cut++)
        {
            using var response = _bench.Send(_stream, $"cut_after_events={cut}");
            var (bytes, last, _) = SimulatorBench.Drain(response);
            var text = Encoding.UTF8.GetString(bytes);
            Assert.Equal(complete.Take(cut), text.Length == 0 ? [] : SimulatorBench.Events(text));
            Assert.Equal(cut <= complete.Length ? UpstreamFailure.Cut : UpstreamFailure.None, last.Failure);
        }
    }

    [Theory]
    [InlineData(0, false, UpstreamFailure.Cut)]
    [InlineData(1, true, UpstreamFailure.Cut)]
    [InlineData(2, true, UpstreamFailure.None)]
    public void A_whole_answer_counts_as_one_event(int cut, bool complete, UpstreamFailure failure)
    {
        foreach (var drip in new[] { "", ",drip=7" })
        {
            using var response = _bench.Send(_whole, $"cut_after_events={cut}{drip}");
            var (bytes, last, _) = SimulatorBench.Drain(response);
            Assert.Equal(complete ? _bench.Text(_whole) : "", Encoding.UTF8.GetString(bytes));
            Assert.Equal(failure, last.Failure);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(1_000_000)]
    public void Dripping_changes_the_pieces_and_not_the_bytes(int size)
    {
        foreach (var body in new[] { _stream, _whole })
        {
            var complete = _bench.Text(body);
            using var response = _bench.Send(body, $"drip={size}");
            var (bytes, last, pieces) = SimulatorBench.Drain(response);
            Assert.Equal(complete, Encoding.UTF8.GetString(bytes));
            Assert.Equal(UpstreamRead.End, last);
            if (size == 1) Assert.Equal(bytes.Length, pieces);
        }
    }

    [Theory]
    [InlineData("error_event", 2)]
    [InlineData("error_event=0", 0)]
    [InlineData("error_event=4", 4)]
    public void An_error_event_ends_the_stream(string control, int before)
    {
        var complete = SimulatorBench.Events(_bench.Text(_stream));
        var events = SimulatorBench.Events(_bench.Text(_stream, control));
        Assert.Equal(complete.Take(before), events[..^1]);
        Assert.Equal("server_error", SimulatorBench.Error(SimulatorBench.Parse(events[^1])).Type);
    }

    [Fact]
    public void An_error_event_of_a_whole_answer_is_an_error_object_under_status_200() =>
        Assert.Equal("server_error", SimulatorBench.Error(_bench.Json(_whole, "error_event")).Type);

    [Fact]
    public void Without_done_a_stream_ends_clean_behind_its_text()
    {
        var complete = SimulatorBench.Events(_bench.Text(_stream));
        Assert.Equal(complete[..^3], SimulatorBench.Events(_bench.Text(_stream, "no_done")));
        Assert.Equal(JsonValueKind.Null, _bench.Json(_whole, "no_done").GetProperty("choices")[0].GetProperty("finish_reason").ValueKind);
    }

    [Theory]
    [InlineData("malformed", 2)]
    [InlineData("malformed=0", 0)]
    [InlineData("malformed=6", 6)]
    public void One_event_is_malformed_and_the_stream_goes_on(string control, int which)
    {
        var complete = SimulatorBench.Events(_bench.Text(_stream));
        var events = SimulatorBench.Events(_bench.Text(_stream, control));
        Assert.Equal(complete.Length, events.Length);
        for (var i = 0; i < events.Length; i++)
        {
            if (i != which) Assert.Equal(complete[i], events[i]);
            else Assert.ThrowsAny<JsonException>(() => SimulatorBench.Parse(events[i]));
        }
    }

    [Fact]
    public void A_malformed_whole_answer_is_no_json() => Assert.ThrowsAny<JsonException>(() => _bench.Json(_whole, "malformed"));

    [Fact]
    public void Tokens_and_text_decide_the_reply_of_any_model()
    {
        foreach (var model in new[] { "echo", "lorem", "simulator" })
        {
            Assert.Equal("Gr\u00fc\u00dfe, \"du\"\n", _bench.Content(SimulatorBench.Chat("x", "", model), "text=Gr%C3%BC%c3%9fe%2C \"du\"%0A"));
            Assert.Equal(50, _bench.Content(SimulatorBench.Chat("x", "", model), "tokens=50").Split(' ').Length);
            Assert.Equal("", _bench.Content(SimulatorBench.Chat("x", "", model), "tokens=0"));
        }
        Assert.NotEqual(_bench.Content(_whole, "tokens=50,seed=1"), _bench.Content(_whole, "tokens=50,seed=2"));
    }

    [Fact]
    public void Faults_of_the_configuration_strike_until_a_request_says_none()
    {
        var bench = new SimulatorBench(new() { AllowRequestControl = true, Faults = new() { Status = 500 } });
        bench.Text(_whole, "", 500);
        bench.Text(_whole, "status=429", 429);
        bench.Text(_whole, "none", 200);
    }

    [Fact]
    public void A_fault_rate_strikes_the_same_requests_every_time()
    {
        static string Pattern(string control)
        {
            var bench = new SimulatorBench();
            var pattern = new StringBuilder();
            for (var i = 0; i < 1000; i++)
            {
                using var response = bench.Send(_whole, control);
                pattern.Append(response.Status == 200 ? '.' : 'x');
            }
            return pattern.ToString();
        }
        var struck = Pattern("fault_rate=0.1,seed=7,status=429");
        Assert.Equal(struck, Pattern("fault_rate=0.1,seed=7,status=429"));
        Assert.Equal(struck, Pattern("fault_rate=0.1,seed=7"));
        Assert.NotEqual(struck, Pattern("fault_rate=0.1,seed=8"));
        Assert.InRange(struck.Count(c => c == 'x'), 70, 130);
        Assert.DoesNotContain('x', Pattern("fault_rate=0,status=503"));
        Assert.DoesNotContain('.', Pattern("fault_rate=1"));
    }

    [Fact]
    public void A_spared_request_keeps_its_pace_and_text()
    {
        using var response = _bench.Send(_whole, "fault_rate=0,text=hi,drip=1,cut_after=3,retry_after=5,refuse,hang,hang_after=2,no_done,malformed,error_event,cut_after_events=0");
        var (bytes, last, pieces) = SimulatorBench.Drain(response);
        Assert.Equal(UpstreamRead.End, last);
        Assert.Equal(bytes.Length, pieces);
        Assert.Contains("\"hi\"", Encoding.UTF8.GetString(bytes), StringComparison.Ordinal);
        Assert.False(response.TryGetHeader("retry-after"u8, out _));
    }
}
