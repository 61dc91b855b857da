using System.Text;
using CsCheck;
using Edge.Upstream.Simulator;

namespace Edge.Tests.Simulator;

public class SimulatorControlTests
{
    [Fact]
    public void Every_directive_is_read()
    {
        Assert.Equal(new SimulatorControl
        {
            Status = 429,
            RetryAfter = 2,
            Delay = TimeSpan.FromMilliseconds(200),
            ChunkDelay = TimeSpan.FromMilliseconds(1500),
            CutAfter = 500,
            CutAfterEvents = 3,
            Hang = true,
            HangAfter = 7,
            Drip = 1,
            ErrorEvent = 2,
            NoDone = true,
            Malformed = 0,
            Refuse = true,
            Text = "Hi, w\u00f6rld;=%",
            FaultRate = 0.25,
            Seed = -7,
        }, Parse(" status=429, retry_after = 2;delay=200ms ,chunk_delay=1.5s;; cut_after=500,cut_after_events=3,hang,hang_after=7,drip=1,error_event,no_done,malformed=0,refuse,"
            + "text=Hi%2C w%c3%B6rld%3b=%25,fault_rate=0.25,seed=-7,"));
        Assert.Equal(50, Parse("tokens=50").Tokens);
        Assert.Equal(SimulatorControl.None, Parse(""));
        Assert.Equal(SimulatorControl.None, Parse(" ;, ,"));
    }

    [Fact]
    public void What_is_asked_for_comes_on_top_of_the_defaults()
    {
        var defaults = new SimulatorControl { Status = 503, Seed = 9 };
        Assert.Equal(defaults with { Status = 429 }, Parse("status=500,status=429", defaults));
        Assert.Equal(new SimulatorControl { Drip = 2 }, Parse("none,drip=2", defaults));
        Assert.Equal(defaults, Parse("", defaults));
    }

    [Theory]
    [InlineData("nonsense", "'nonsense'", "status, retry_after")]
    [InlineData("Status=503", "'Status'", "known are")]
    [InlineData("=5", "''", "known are")]
    [InlineData("status", "'status' lacks", "400 to 599")]
    [InlineData("status=", "'status'", "400 to 599")]
    [InlineData("status=200", "'status' has the value '200'", "400 to 599")]
    [InlineData("status=503x", "'status'", "400 to 599")]
    [InlineData("retry_after=-1", "'retry_after'", "0 to 86400")]
    [InlineData("retry_after=86401", "'retry_after'", "0 to 86400")]
    [InlineData("delay=5", "'delay'", "200ms or 1.5s")]
    [InlineData("delay=-5s", "'delay'", "200ms")]
    [InlineData("delay=601s", "'delay'", "600s")]
    [InlineData("delay=NaNs", "'delay'", "200ms")]
    [InlineData("delay=-Infinitys", "'delay'", "200ms")]
    [InlineData("delay=Infinityms", "'delay'", "200ms")]
    [InlineData("delay=1e2ms", "'delay'", "200ms")]
    [InlineData("delay=ms", "'delay'", "200ms")]
    [InlineData("chunk_delay=soon", "'chunk_delay'", "200ms")]
    [InlineData("cut_after=-1", "'cut_after'", "0 to 1099511627776")]
    [InlineData("cut_after=99999999999999999999", "'cut_after'", "0 to")]
    [InlineData("cut_after_events=1.5", "'cut_after_events'", "0 to")]
    [InlineData("hang=1", "'hang'", "without a value")]
    [InlineData("hang_after", "'hang_after'", "0 to")]
    [InlineData("drip=0", "'drip'", "1 to 1000000")]
    [InlineData("error_event=x", "'error_event'", "0 to")]
    [InlineData("no_done=yes", "'no_done'", "without a value")]
    [InlineData("malformed=-1", "'malformed'", "0 to")]
    [InlineData("refuse=", "'refuse'", "without a value")]
    [InlineData("tokens=100001", "'tokens'", "0 to 100000")]
    [InlineData("text", "'text'", "percent-encoded")]
    [InlineData("text=%", "'text'", "percent-encoded")]
    [InlineData("text=%4", "'text'", "percent-encoded")]
    [InlineData("text=%4g", "'text'", "percent-encoded")]
    [InlineData("text=%+4", "'text'", "percent-encoded")]
    [InlineData("text=%ff", "'text'", "percent-encoded")]
    [InlineData("text=a,tokens=5", "'text' and 'tokens'", "exclude")]
    [InlineData("fault_rate=1.1", "'fault_rate'", "0 to 1")]
    [InlineData("fault_rate=-0.1", "'fault_rate'", "0 to 1")]
    [InlineData("fault_rate=NaN", "'fault_rate'", "0 to 1")]
    [InlineData("seed=9223372036854775808", "'seed'", "from -9223372036854775808")]
    [InlineData("none=1", "'none'", "without a value")]
    public void A_wrong_directive_is_named_with_what_is_allowed(string control, string named, string allowed)
    {
        var bench = new SimulatorBench(new() { AllowRequestControl = true, Faults = new() { Refuse = true, Delay = TimeSpan.FromSeconds(9) } });
        var (message, type, param, code) = SimulatorBench.Error(bench.Json(SimulatorBench.Chat("x", "\"stream\":true"), "drip=3," + control, 400));
        Assert.Contains(named, message, StringComparison.Ordinal);
        Assert.Contains(allowed, message, StringComparison.Ordinal);
        Assert.Equal(("invalid_request_error", "x-edge-simulate", "invalid_directive"), (type, param, code));
    }

    [Fact]
    public void A_text_that_is_too_long_is_refused()
    {
        var bench = new SimulatorBench();
        bench.Json(SimulatorBench.Chat("x"), "text=" + new string('a', SimulatorControlParser.MaxLength - 5));
        Assert.Contains("8192", SimulatorBench.Error(bench.Json(SimulatorBench.Chat("x"), "text=" + new string('a', SimulatorControlParser.MaxLength - 4), 400)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_permission_the_header_does_nothing()
    {
        var bench = new SimulatorBench(new() { AllowRequestControl = false });
        var plain = bench.Text(SimulatorBench.Chat("x"));
        Assert.Equal(plain, bench.Text(SimulatorBench.Chat("x"), "status=503"));
        Assert.Equal(plain, bench.Text(SimulatorBench.Chat("x"), "nonsense"));
    }

    [Fact]
    public void Any_bytes_are_either_directives_or_a_printable_problem()
    {
        var names = "status retry_after delay cut_after hang drip text tokens fault_rate seed none = , ; % %41 %ff 5 -1 1e9 ms s Infinity NaN".Split(' ').Select(Encoding.ASCII.GetBytes).ToArray();
        Gen.OneOf(Gen.Int[0, names.Length - 1].Select(i => names[i]), Gen.Byte.Array[0, 6]).Array[0, 12].Select(parts => parts.SelectMany(p => p).ToArray()).Sample(bytes =>
        {
            var ok = SimulatorControlParser.TryParse(bytes, SimulatorControl.None, out var control, out var problem);
            Assert.Equal(ok, problem is null);
            if (!ok) Assert.Same(SimulatorControl.None, control);
            Assert.True(problem is null || problem.All(c => c is >= ' ' and <= '~'), problem);
        }, iter: 20_000, threads: 1);
    }

    private static SimulatorControl Parse(string text, SimulatorControl? defaults = null)
    {
        Assert.True(SimulatorControlParser.TryParse(Encoding.UTF8.GetBytes(text), defaults ?? SimulatorControl.None, out var control, out var problem), problem);
        return control;
    }
}
