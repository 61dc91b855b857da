using Edge.Configuration;
using Edge.Routing;
using Edge.Routing.Health;
using Edge.Tests.Simulator;

namespace Edge.Tests.Routing.Health;

public class ConcurrencyGateTests
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(30);
    private readonly ManualTime _time = new();
    private readonly ConcurrencyGate _gate;

    public ConcurrencyGateTests() => _gate = new ConcurrencyGate(_time);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public void Without_a_limit_everybody_enters()
    {
        for (var i = 0; i < 10_000; i++) Assert.True(_gate.TryEnter());
        Assert.Equal(10_000, _gate.Running);
        Assert.Equal(0, _gate.Limit);
        for (var i = 0; i < 10_000; i++) _gate.Leave(CallResult.Throttled);
        Assert.Equal(0, _gate.Running);
        Assert.Equal(0, _gate.Limit);
    }

    [Fact]
    public async Task Who_waits_enters_in_order()
    {
        Configure(2);
        Assert.True(_gate.TryEnter());
        Assert.True(await _gate.EnterAsync(Cancel));
        var waiting = Enumerable.Range(0, 3).Select(_ => _gate.EnterAsync(Cancel).AsTask()).ToArray();
        Assert.Equal(3, _gate.Queued);
        foreach (var waiter in waiting)
        {
            Assert.False(waiter.IsCompleted);
            _gate.Leave(CallResult.Ok);
            Assert.True(await waiter.WaitAsync(_patience, Cancel));
            Assert.Equal(2, _gate.Running);
        }
        Assert.Equal(0, _time.Alive);
    }

    [Fact]
    public async Task Nobody_enters_before_those_who_wait()
    {
        Configure(1);
        Assert.True(_gate.TryEnter());
        var waiter = _gate.EnterAsync(Cancel).AsTask();
        Assert.False(_gate.TryEnter());
        Configure(2);
        Assert.True(await waiter.WaitAsync(_patience, Cancel));
        Assert.False(_gate.TryEnter());
        Assert.Equal((2, 0), (_gate.Running, _gate.Queued));
    }

    [Fact]
    public async Task A_full_queue_turns_away()
    {
        Configure(1, queued: 1);
        Assert.True(_gate.TryEnter());
        var waiter = _gate.EnterAsync(Cancel).AsTask();
        Assert.False(await _gate.EnterAsync(Cancel));
        Configure(1, queued: 0);
        Assert.False(await _gate.EnterAsync(Cancel));
        _gate.Leave(CallResult.Ok);
        Assert.True(await waiter.WaitAsync(_patience, Cancel));
    }

    [Fact]
    public async Task Who_waits_too_long_leaves_the_queue()
    {
        Configure(1);
        Assert.True(_gate.TryEnter());
        var first = _gate.EnterAsync(Cancel).AsTask();
        _time.Advance(3000);
        var second = _gate.EnterAsync(Cancel).AsTask();
        _time.Advance(2000);
        Assert.False(await first.WaitAsync(_patience, Cancel));
        Assert.Equal(1, _gate.Queued);
        _gate.Leave(CallResult.Ok);
        Assert.True(await second.WaitAsync(_patience, Cancel));
        Assert.Equal((1, 0, 0), (_gate.Running, _gate.Queued, _time.Alive));
    }

    [Fact]
    public async Task Who_is_cancelled_leaves_the_queue()
    {
        Configure(1);
        Assert.True(_gate.TryEnter());
        using var source = new CancellationTokenSource();
        var waiter = _gate.EnterAsync(source.Token).AsTask();
        await source.CancelAsync();
        Assert.False(await waiter.WaitAsync(_patience, Cancel));
        Assert.False(await _gate.EnterAsync(source.Token));
        _gate.Leave(CallResult.Ok);
        Assert.Equal((0, 0), (_gate.Running, _gate.Queued));
    }

    [Fact]
    public async Task No_wait_is_no_wait()
    {
        Configure(1, timeout: TimeSpan.Zero);
        Assert.True(await _gate.EnterAsync(Cancel));
        Assert.False(await _gate.EnterAsync(Cancel));
        Assert.Equal(0, _time.Created);
    }

    [Fact]
    public async Task A_limit_that_is_taken_away_lets_everybody_in()
    {
        Configure(1);
        Assert.True(_gate.TryEnter());
        var waiting = Enumerable.Range(0, 5).Select(_ => _gate.EnterAsync(Cancel).AsTask()).ToArray();
        Configure(0);
        Assert.All(await Task.WhenAll(waiting).WaitAsync(_patience, Cancel), Assert.True);
        Configure(3);
        Assert.False(_gate.TryEnter());
        for (var i = 0; i < 6; i++) _gate.Leave(CallResult.Ok);
        Assert.Equal(0, _gate.Running);
    }

    [Fact]
    public void An_overloaded_provider_is_asked_less_once_for_all_that_was_under_way()
    {
        Configure(100);
        Enter(100);
        for (var i = 0; i < 100; i++) _gate.Leave(CallResult.Throttled);
        Assert.Equal(75, _gate.Limit);
        Enter(75);
        for (var i = 0; i < 75; i++) _gate.Leave(CallResult.Failed);
        Assert.Equal(67, _gate.Limit);
        Assert.False(Enumerable.Range(0, 68).All(_ => _gate.TryEnter()));
    }

    [Fact]
    public void The_limit_stays_between_a_few_and_what_is_configured()
    {
        Configure(100);
        for (var i = 0; i < 100; i++) Round(CallResult.Throttled);
        Assert.Equal(ConcurrencyGate.LeastLimit, _gate.Limit);
        var rounds = 0;
        while (_gate.Limit < 100)
        {
            Round(CallResult.Ok);
            Assert.True(++rounds < 100);
        }
        // Six by one, then a tenth each.
        Assert.InRange(rounds, 25, 35);
        for (var i = 0; i < 10; i++) Round(CallResult.Ok);
        Assert.Equal(100, _gate.Limit);
        Configure(2);
        for (var i = 0; i < 10; i++) Round(CallResult.Throttled);
        Assert.Equal(2, _gate.Limit);
    }

    [Fact]
    public void An_idle_provider_is_not_known_to_carry_more()
    {
        Configure(100);
        for (var i = 0; i < 20; i++) Round(CallResult.Throttled);
        var limit = _gate.Limit;
        for (var i = 0; i < 1000; i++)
        {
            Assert.True(_gate.TryEnter());
            _gate.Leave(CallResult.Ok);
        }
        Assert.Equal(limit, _gate.Limit);
    }

    [Fact]
    public void A_reload_keeps_what_was_learnt_unless_the_limit_changes()
    {
        Configure(100);
        for (var i = 0; i < 5; i++) Round(CallResult.Throttled);
        var learnt = _gate.Limit;
        Configure(100, queued: 7);
        Assert.Equal(learnt, _gate.Limit);
        Configure(100, adaptive: false);
        Assert.Equal(100, _gate.Limit);
        Round(CallResult.Throttled);
        Assert.Equal(100, _gate.Limit);
        Configure(50);
        Assert.Equal(50, _gate.Limit);
    }

    // Whoever enters leaves, some give up waiting, the limit changes: in the end nobody is inside, nobody waits, nobody was forgotten.
    [Theory]
    [InlineData(1, 1, false)]
    [InlineData(2, 3, false)]
    [InlineData(3, 8, true)]
    [InlineData(4, 2, true)]
    public async Task No_place_is_lost_and_nobody_waits_for_ever(ulong seed, int limit, bool adaptive)
    {
        var gate = new ConcurrencyGate(TimeProvider.System);
        gate.Configure(Config(limit, 20, adaptive, TimeSpan.FromMinutes(5)));
        var (inside, most, entered) = (0, 0, 0);
        await Task.WhenAll(Enumerable.Range(0, 32).Select(worker => Task.Run(async () =>
        {
            var random = new Entropy(seed * 1000 + (ulong)worker);
            for (var i = 0; i < 500; i++)
            {
                using var source = new CancellationTokenSource();
                var entering = gate.EnterAsync(source.Token);
                if (random.Next(4) == 0) await source.CancelAsync();
                if (random.Next(100) == 0) gate.Configure(Config(limit, 10 + random.Next(20), adaptive, TimeSpan.FromMinutes(5)));
                if (!await entering) continue;
                Interlocked.Increment(ref entered);
                var now = Interlocked.Increment(ref inside);
                for (var old = Volatile.Read(ref most); now > old; old = Volatile.Read(ref most)) Interlocked.CompareExchange(ref most, now, old);
                if (random.Next(2) == 0) await Task.Yield();
                Interlocked.Decrement(ref inside);
                gate.Leave((CallResult)random.Next(4));
            }
        }, Cancel))).WaitAsync(_patience, Cancel);
        Assert.Equal((0, 0), (gate.Running, gate.Queued));
        Assert.InRange(most, 1, limit);
        Assert.True(entered > 1000, $"{entered} entered");
    }

    private void Round(CallResult result)
    {
        var limit = _gate.Limit;
        Enter(limit);
        // Others take each place at once, so that it stays busy.
        for (var i = 0; i < limit; i++)
        {
            _gate.Leave(result);
            while (_gate.TryEnter())
            {
            }
        }
        while (_gate.Running > 0) _gate.Leave(CallResult.Unknown);
    }

    private void Enter(int count)
    {
        for (var i = 0; i < count; i++) Assert.True(_gate.TryEnter());
    }

    private void Configure(int limit, int queued = 100, bool adaptive = true, TimeSpan? timeout = null) => _gate.Configure(Config(limit, queued, adaptive, timeout ?? TimeSpan.FromSeconds(5)));

    private static UpstreamConfig Config(int limit, int queued, bool adaptive, TimeSpan timeout) => new()
    {
        MaxConcurrent = limit,
        MaxQueued = queued,
        AdaptiveConcurrency = adaptive,
        QueueTimeout = timeout,
    };
}
