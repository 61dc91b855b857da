using Edge.Configuration;
using Edge.Routing.Health;
using Edge.Tests.Simulator;

namespace Edge.Tests.Routing.Health;

public class OutlierWorkerTests
{
    private readonly ManualTime _time = new();
    private readonly List<IReadOnlyList<TargetState>> _groups = [];
    private readonly OutlierWorker _worker;
    private OutlierConfig _config = new();

    public OutlierWorkerTests() => _worker = new OutlierWorker(() => _groups, () => _config, _time);

    private long Now => _time.GetTimestamp();

    [Fact]
    public void One_that_fails_much_more_than_the_others_is_out()
    {
        var group = Group("a", "b", "bad");
        Calls(group[0], 95, 5);
        Calls(group[1], 50, 2);
        Calls(group[2], 70, 30);
        Run();
        Assert.Equal(["bad"], Out(group));
        Assert.Equal(Now + _config.EjectFor.Ticks, group[2].EjectedUntil);
        Assert.False(group[2].IsPreferred(Now));
        Assert.True(group[2].IsAvailable(Now));
    }

    [Fact]
    public void Where_all_fail_nobody_is_an_outlier()
    {
        var group = Group("a", "b", "c");
        Calls(group[0], 60, 40);
        Calls(group[1], 50, 50);
        Calls(group[2], 30, 70);
        Run();
        Assert.Empty(Out(group));
    }

    [Fact]
    public void One_that_is_much_slower_than_the_others_is_out()
    {
        var group = Group("a", "b", "slow");
        Calls(group[0], 30, 0, 200);
        Calls(group[1], 30, 0, 400);
        Calls(group[2], 30, 0, 899);
        Run();
        Assert.Empty(Out(group));
        Calls(group[0], 30, 0, 200);
        Calls(group[1], 30, 0, 400);
        Calls(group[2], 30, 0, 901);
        Run();
        Assert.Equal(["slow"], Out(group));
    }

    [Fact]
    public void Among_fast_targets_a_slower_one_is_nothing_and_whole_answers_are_not_compared_with_streams()
    {
        var group = Group("a", "b", "c");
        Calls(group[0], 30, 0, 2);
        Calls(group[1], 30, 0, 2);
        Calls(group[2], 30, 0, 200);
        for (var i = 0; i < 30; i++) Call(group[0], CallResult.Ok, 60_000, whole: true);
        Run();
        Assert.Empty(Out(group));
    }

    [Fact]
    public void Whole_answers_are_compared_with_their_like()
    {
        var group = Group("a", "b", "slow");
        foreach (var (target, milliseconds) in group.Zip([1000, 1200, 3500]))
        {
            for (var i = 0; i < 30; i++) Call(target, CallResult.Ok, milliseconds, whole: true);
        }
        Run();
        Assert.Equal(["slow"], Out(group));
    }

    [Fact]
    public void Too_few_calls_and_too_few_neighbours_are_not_judged()
    {
        var group = Group("a", "b");
        Calls(group[0], 100, 0);
        Calls(group[1], 0, 19 - 9);
        Run();
        Calls(group[1], 0, 20);
        Run();
        Assert.Empty(Out(group));
        var alone = Group("alone");
        Calls(alone[0], 0, 100);
        Run();
        Assert.Empty(Out(alone));
        // Together they are.
        Calls(group[0], 100, 0);
        Calls(group[1], 0, 20);
        Run();
        Assert.Equal(["b"], Out(group));
    }

    [Fact]
    public void The_worst_go_first_and_not_all_of_them()
    {
        var group = Group("a", "b", "c", "bad", "worst", "slow");
        foreach (var target in group.Take(3)) Calls(target, 100, 0, 100);
        Calls(group[3], 60, 40);
        Calls(group[4], 20, 80);
        Calls(group[5], 100, 0, 5000);
        _config = _config with { MaxEjected = 0.34 };
        Run();
        Assert.Equal(["bad", "worst"], Out(group));
        _config = _config with { MaxEjected = 0 };
        var other = Group("x", "y");
        Calls(other[0], 100, 0);
        Calls(other[1], 0, 100);
        Run();
        Assert.Empty(Out(other));
    }

    [Fact]
    public void It_is_out_longer_each_time_and_forgiven_in_time()
    {
        var group = Group("good", "bad");
        foreach (var seconds in new[] { 30, 60, 90 })
        {
            Interval(30);
            Assert.Equal(Now + TimeSpan.FromSeconds(seconds).Ticks, group[1].EjectedUntil);
            _time.Advance(TimeSpan.FromSeconds(seconds));
            Assert.True(group[1].IsPreferred(Now));
        }
        // Two good intervals take two off.
        Interval(0);
        Interval(0);
        Interval(30);
        Assert.Equal(Now + TimeSpan.FromSeconds(60).Ticks, group[1].EjectedUntil);

        void Interval(int failures)
        {
            Calls(group[0], 100, 0);
            Calls(group[1], 30, failures);
            Run();
        }
    }

    [Fact]
    public void A_target_of_two_groups_is_measured_once_and_ejected_once()
    {
        var group = Group("a", "bad");
        _groups.Add([group[1], group[0]]);
        Calls(group[0], 100, 0);
        Calls(group[1], 0, 50);
        Run();
        Assert.Equal(Now + _config.EjectFor.Ticks, group[1].EjectedUntil);
    }

    [Fact]
    public void Switched_off_it_ejects_nobody_and_does_not_save_it_up()
    {
        var group = Group("a", "bad");
        _config = _config with { Enabled = false };
        Calls(group[0], 100, 0);
        Calls(group[1], 0, 100);
        Run();
        _config = _config with { Enabled = true };
        Run();
        Assert.Empty(Out(group));
    }

    [Fact]
    public async Task The_worker_compares_at_each_interval_and_stops_when_told()
    {
        var group = Group("a", "bad");
        _worker.RunOnce(Now);
        using var stop = new CancellationTokenSource();
        var running = _worker.RunAsync(stop.Token);
        Calls(group[0], 100, 0);
        Calls(group[1], 0, 100);
        _time.Advance(TimeSpan.FromSeconds(9));
        Assert.Empty(Out(group));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(["bad"], Out(group));
        await stop.CancelAsync();
        await running.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
    }

    private string[] Out(IReadOnlyList<TargetState> group) => [.. group.Where(one => one.EjectedUntil > Now).Select(one => one.Provider.Name)];

    // What came before the first round is not counted: the worker has just begun.
    private TargetState[] Group(params string[] names)
    {
        var group = names.Select(name => new ProviderState(name, _time).For("m")).ToArray();
        foreach (var target in group) target.Breaker.Configure(new BreakerConfig { Enabled = false });
        _groups.Add(group);
        _worker.RunOnce(Now);
        return group;
    }

    private void Run() => _worker.RunOnce(Now);

    private void Calls(TargetState target, int good, int bad, double firstToken = 100)
    {
        for (var i = 0; i < good; i++) Call(target, CallResult.Ok, firstToken);
        for (var i = 0; i < bad; i++) Call(target, CallResult.Failed, -1);
    }

    private void Call(TargetState target, CallResult result, double firstToken, bool whole = false)
    {
        Assert.True(target.TryBegin(Now, false, out var isProbe));
        target.End(result, isProbe, firstToken, Now, null, whole);
    }
}
