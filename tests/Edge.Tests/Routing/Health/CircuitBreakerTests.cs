using Edge.Configuration;
using Edge.Routing;
using Edge.Routing.Health;
using Edge.Tests.Simulator;

namespace Edge.Tests.Routing.Health;

public class CircuitBreakerTests
{
    private readonly ManualTime _time = new();
    private readonly CircuitBreaker _breaker;
    private readonly BreakerConfig _config = new();

    public CircuitBreakerTests()
    {
        _breaker = new CircuitBreaker(_time);
        _breaker.Configure(_config);
    }

    private long Now => _time.GetTimestamp();

    [Fact]
    public void Opens_at_the_share_of_failures_and_not_before()
    {
        for (var i = 0; i < 10; i++) Call(CallResult.Ok);
        for (var i = 0; i < 9; i++) Call(CallResult.Failed);
        Assert.Equal(BreakerState.Closed, _breaker.State);
        Call(CallResult.Failed);
        Assert.Equal(BreakerState.Open, _breaker.State);
        Assert.Equal(1, _breaker.Openings);
        Assert.False(_breaker.TryEnter(Now, out _));
        Assert.False(_breaker.IsAvailable(Now));
    }

    [Fact]
    public void With_little_traffic_failures_in_a_row_open_it()
    {
        for (var i = 0; i < 9; i++) Later(60, CallResult.Failed);
        Later(60, CallResult.Ok);
        for (var i = 0; i < 9; i++) Later(60, CallResult.Failed);
        Assert.Equal(BreakerState.Closed, _breaker.State);
        Later(60, CallResult.Failed);
        Assert.Equal(BreakerState.Open, _breaker.State);
    }

    [Fact]
    public void Failures_out_of_the_window_are_forgotten()
    {
        for (var i = 0; i < 9; i++) Call(CallResult.Failed);
        Later(11, CallResult.Ok);
        for (var i = 0; i < 9; i++) Call(CallResult.Ok);
        for (var i = 0; i < 9; i++) Call(CallResult.Failed);
        Assert.Equal(BreakerState.Closed, _breaker.State);
    }

    [Fact]
    public void The_window_slides_by_tenths()
    {
        // Nine failures at the beginning; five successes and a failure in each second after that.
        for (var i = 0; i < 5; i++) Call(CallResult.Ok);
        for (var i = 0; i < 4; i++) Call(CallResult.Failed);
        for (var second = 0; second < 9; second++)
        {
            Later(1, CallResult.Ok);
            Call(CallResult.Failed);
        }
        Assert.Equal(BreakerState.Closed, _breaker.State);
        // The first second leaves: 9 of 18, and with the next failure 10 of 19.
        Later(1, CallResult.Failed);
        Assert.Equal(BreakerState.Open, _breaker.State);
    }

    [Fact]
    public void Slow_calls_open_it()
    {
        _breaker.Configure(_config with { SlowCall = TimeSpan.FromSeconds(1) });
        for (var i = 0; i < 2; i++) Call(CallResult.Ok, 1000);
        for (var i = 0; i < 7; i++) Call(CallResult.Ok, 1001);
        Assert.Equal(BreakerState.Closed, _breaker.State);
        Call(CallResult.Ok, 1001);
        Assert.Equal(BreakerState.Open, _breaker.State);
        Pass(5);
        // A probe that is slow proves nothing better.
        Probe(CallResult.Ok, 5000);
        Assert.Equal(BreakerState.Open, _breaker.State);
    }

    [Fact]
    public void Slow_calls_do_not_count_unless_asked_for()
    {
        for (var i = 0; i < 100; i++) Call(CallResult.Ok, 1e9);
        Assert.Equal(BreakerState.Closed, _breaker.State);
    }

    [Fact]
    public void Throttled_and_unknown_calls_say_nothing()
    {
        for (var i = 0; i < 100; i++) Call(i % 2 == 0 ? CallResult.Throttled : CallResult.Unknown);
        Assert.Equal(BreakerState.Closed, _breaker.State);
    }

    [Fact]
    public void Open_time_doubles_up_to_the_longest_and_begins_anew_after_closing()
    {
        Open();
        foreach (var seconds in new[] { 5, 10, 20, 40, 60, 60 })
        {
            Assert.Equal(Now + TimeSpan.FromSeconds(seconds).Ticks, _breaker.OpenUntil);
            _time.Advance(TimeSpan.FromSeconds(seconds) - TimeSpan.FromTicks(1));
            Assert.False(_breaker.TryEnter(Now, out _));
            _time.Advance(TimeSpan.FromTicks(1));
            Probe(CallResult.Failed);
        }
        Pass(60);
        Probe(CallResult.Ok);
        Assert.Equal(BreakerState.HalfOpen, _breaker.State);
        Probe(CallResult.Ok);
        Assert.Equal(BreakerState.Closed, _breaker.State);
        Assert.Equal(0, _breaker.OpenUntil);
        Open();
        Assert.Equal(Now + TimeSpan.FromSeconds(5).Ticks, _breaker.OpenUntil);
        Assert.Equal(8, _breaker.Openings);
    }

    [Fact]
    public void One_probe_at_a_time()
    {
        Open();
        Pass(5);
        Assert.True(_breaker.IsAvailable(Now));
        Assert.True(_breaker.TryEnter(Now, out var isProbe));
        Assert.True(isProbe);
        Assert.False(_breaker.IsAvailable(Now));
        Assert.False(_breaker.TryEnter(Now, out isProbe));
        Assert.False(isProbe);
        Leave(CallResult.Ok, true);
        Assert.True(_breaker.TryEnter(Now, out isProbe));
        Assert.True(isProbe);
    }

    [Theory]
    [InlineData(CallResult.Unknown)]
    [InlineData(CallResult.Throttled)]
    public void A_probe_that_tells_nothing_makes_room_for_the_next(CallResult result)
    {
        Open();
        Pass(5);
        Probe(result);
        Assert.Equal(BreakerState.HalfOpen, _breaker.State);
        Probe(CallResult.Ok);
        Probe(result);
        Probe(CallResult.Ok);
        Assert.Equal(BreakerState.Closed, _breaker.State);
    }

    [Fact]
    public void A_probe_that_never_ends_holds_up_the_next_for_the_open_time_alone()
    {
        Open();
        Pass(5);
        Assert.True(_breaker.TryEnter(Now, out _));
        Pass(4);
        Assert.False(_breaker.TryEnter(Now, out _));
        Pass(1);
        Assert.True(_breaker.IsAvailable(Now));
        Probe(CallResult.Ok);
        // The long one ends well in the end.
        Leave(CallResult.Ok, true);
        Assert.Equal(BreakerState.Closed, _breaker.State);
    }

    [Fact]
    public void Forced_calls_prove_as_much_as_probes()
    {
        Open();
        for (var i = 0; i < 2; i++)
        {
            Assert.True(_breaker.EnterForced(Now));
            Leave(CallResult.Ok, true);
        }
        Assert.Equal(BreakerState.Closed, _breaker.State);
        Assert.False(_breaker.EnterForced(Now));
    }

    [Fact]
    public void Forced_calls_that_fail_while_it_is_open_do_not_prolong_it()
    {
        Open();
        var until = _breaker.OpenUntil;
        for (var i = 0; i < 50; i++)
        {
            Assert.True(_breaker.EnterForced(Now));
            Leave(CallResult.Failed, true);
        }
        Assert.Equal(until, _breaker.OpenUntil);
        Pass(5);
        Probe(CallResult.Failed);
        Assert.Equal(Now + TimeSpan.FromSeconds(10).Ticks, _breaker.OpenUntil);
    }

    [Fact]
    public void Late_calls_from_before_it_opened_decide_nothing()
    {
        var began = Now;
        Open();
        for (var i = 0; i < 10; i++) Leave(CallResult.Ok, false, -1, began);
        Assert.Equal(BreakerState.Open, _breaker.State);
        Pass(5);
        Assert.True(_breaker.TryEnter(Now, out _));
        for (var i = 0; i < 10; i++) Leave(CallResult.Ok, false, -1, began);
        for (var i = 0; i < 10; i++) Leave(CallResult.Failed, false, -1, began);
        Assert.Equal(BreakerState.HalfOpen, _breaker.State);
        Leave(CallResult.Ok, true);
        Probe(CallResult.Ok);
        Assert.Equal(BreakerState.Closed, _breaker.State);
        // Time-outs of the outage, reported after it.
        for (var i = 0; i < 50; i++) Leave(CallResult.Failed, false, -1, began);
        Assert.Equal(BreakerState.Closed, _breaker.State);
        _time.Advance(1);
        for (var i = 0; i < 10; i++) Leave(CallResult.Failed, false, -1, Now);
        Assert.Equal(BreakerState.Open, _breaker.State);
    }

    [Fact]
    public void Switched_off_it_never_opens_and_an_open_one_closes()
    {
        Open();
        Pass(5);
        Assert.True(_breaker.TryEnter(Now, out _));
        _breaker.Configure(_config with { Enabled = false });
        Assert.Equal(BreakerState.Closed, _breaker.State);
        Leave(CallResult.Failed, true);
        for (var i = 0; i < 100; i++) Call(CallResult.Failed);
        Assert.Equal(BreakerState.Closed, _breaker.State);
        // On again: what failed meanwhile is not held against it, and the probe of before has left no trace.
        _breaker.Configure(_config);
        for (var i = 0; i < 9; i++) Call(CallResult.Failed);
        Assert.Equal(BreakerState.Closed, _breaker.State);
        Call(CallResult.Failed);
        Assert.Equal(BreakerState.Open, _breaker.State);
        Pass(5);
        Probe(CallResult.Ok);
        Probe(CallResult.Ok);
        Assert.Equal(BreakerState.Closed, _breaker.State);
    }

    [Fact]
    public void A_new_configuration_holds_at_once()
    {
        for (var i = 0; i < 5; i++) Call(CallResult.Failed);
        _breaker.Configure(_config with { MinRequests = 6 });
        Call(CallResult.Failed);
        Assert.Equal(BreakerState.Open, _breaker.State);
        // It was opened for as long as it was; from now on for as long as is said.
        _breaker.Configure(_config with { OpenFor = TimeSpan.FromSeconds(1), HalfOpenSuccesses = 1, Window = TimeSpan.FromMinutes(10) });
        Pass(5);
        Probe(CallResult.Failed);
        Assert.Equal(Now + TimeSpan.FromSeconds(2).Ticks, _breaker.OpenUntil);
        Pass(2);
        Probe(CallResult.Ok);
        Assert.Equal(BreakerState.Closed, _breaker.State);
    }

    // A model that keeps a list of all calls: random calls, times and states.
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Opens_when_a_list_of_all_calls_says_so(ulong seed)
    {
        var random = new Entropy(seed);
        var bucket = TimeSpan.FromSeconds(1).Ticks;
        var calls = new List<(long Bucket, bool Failed)>();
        var (opened, inRow) = (0, 0);
        for (var i = 0; i < 20_000; i++)
        {
            if (random.Next(3) == 0) _time.Advance(TimeSpan.FromMilliseconds(random.Next(random.Next(50) == 0 ? 20_000 : 400)));
            var share = i / 500 % 2 == 0 ? 0.35 : 0.6;
            var failed = random.NextDouble() < share;
            Call(failed ? CallResult.Failed : CallResult.Ok);
            calls.Add((Now / bucket, failed));
            inRow = failed ? inRow + 1 : 0;
            calls.RemoveAll(call => call.Bucket <= (Now / bucket) - 10);
            var failures = calls.Count(call => call.Failed);
            var isBad = failed && (calls.Count >= 10 ? failures * 2 >= calls.Count : inRow >= 10);
            Assert.Equal(isBad, _breaker.State == BreakerState.Open);
            if (!isBad) continue;
            opened++;
            Pass(5);
            Probe(CallResult.Ok);
            Probe(CallResult.Ok);
            calls.Clear();
            inRow = 0;
        }
        Assert.InRange(opened, 20, 5000);
    }

    [Fact]
    public async Task Under_concurrency_every_call_is_counted_and_one_probe_at_a_time_passes()
    {
        var (probes, most) = (0, 0);
        _breaker.Configure(_config with { MinRequests = 100, HalfOpenSuccesses = 1000, OpenFor = TimeSpan.FromDays(1), MaxOpenFor = TimeSpan.FromDays(1) });
        Leave(CallResult.Failed, false);
        // 50 failures of 100,050 do not open it; were successes lost, they would: at each moment there are fewer failures than successes.
        await Parallel(4, worker =>
        {
            for (var i = 0; i < 25_000; i++) Leave(i % 2000 == 1999 ? CallResult.Failed : CallResult.Ok, false);
        });
        Assert.Equal(BreakerState.Closed, _breaker.State);
        // With all successes counted, another 100,000 or so failures are needed: one fewer than that does not open it.
        const int Successes = 100_000 - 48;
        var failures = 49;
        while (failures + 1 < Successes)
        {
            Leave(CallResult.Failed, false);
            failures++;
        }
        Assert.Equal(BreakerState.Closed, _breaker.State);
        Leave(CallResult.Failed, false);
        Assert.Equal(BreakerState.Open, _breaker.State);

        _time.Advance(TimeSpan.FromDays(1));
        await Parallel(4, worker =>
        {
            for (var i = 0; i < 5000; i++)
            {
                if (!_breaker.TryEnter(Now, out var isProbe)) continue;
                if (!isProbe) continue;
                var inside = Interlocked.Increment(ref probes);
                InterlockedMax(ref most, inside);
                Interlocked.Decrement(ref probes);
                Leave(CallResult.Unknown, true);
            }
        });
        Assert.Equal(1, most);
    }

    private static void InterlockedMax(ref int most, int value)
    {
        int old;
        while ((old = Volatile.Read(ref most)) < value && Interlocked.CompareExchange(ref most, value, old) != old)
        {
        }
    }

    private static Task Parallel(int workers, Action<int> work) => Task.WhenAll(Enumerable.Range(0, workers).Select(worker => Task.Run(() => work(worker))));

    private void Open()
    {
        for (var i = 0; i < 10; i++) Call(CallResult.Failed);
        Assert.Equal(BreakerState.Open, _breaker.State);
    }

    private void Call(CallResult result, double firstToken = 10)
    {
        Assert.True(_breaker.TryEnter(Now, out var isProbe));
        Assert.False(isProbe);
        Leave(result, false, firstToken);
    }

    private void Later(int seconds, CallResult result)
    {
        Pass(seconds);
        Call(result);
    }

    private void Probe(CallResult result, double firstToken = 10)
    {
        Assert.True(_breaker.TryEnter(Now, out var isProbe));
        Assert.True(isProbe);
        Leave(result, true, firstToken);
    }

    private void Leave(CallResult result, bool isProbe, double firstToken = 10, long began = long.MaxValue) => _breaker.Leave(result, isProbe, firstToken, Now, began);

    private void Pass(int seconds) => _time.Advance(TimeSpan.FromSeconds(seconds));
}
