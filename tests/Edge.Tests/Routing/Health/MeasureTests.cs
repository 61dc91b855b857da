using Edge.Configuration;
using Edge.Routing;
using Edge.Routing.Health;
using Edge.Tests.Simulator;

namespace Edge.Tests.Routing.Health;

/// <summary>PeakEwma, Average, LatencyQuantile, RetryBudget.</summary>
public class MeasureTests
{
    private readonly ManualTime _time = new();

    private long Now => _time.GetTimestamp();

    [Fact]
    public void A_peak_is_seen_at_once_and_forgotten_with_time()
    {
        var mean = new PeakEwma(_time);
        Assert.True(double.IsNaN(mean.Value));
        Assert.Equal(0, mean.ObservedAt);
        mean.Observe(100, Now);
        Assert.Equal(100, mean.Value);
        mean.Observe(1000, Now);
        Assert.Equal(1000, mean.Value);
        _time.Advance(10_000);
        mean.Observe(100, Now);
        Assert.Equal(100 + (900 / Math.E), mean.Value, 6);
        Assert.Equal(Now, mean.ObservedAt);
        // Within one moment each answer counts a twentieth.
        mean = new PeakEwma(_time);
        mean.Observe(1000, Now);
        mean.Observe(0, Now);
        Assert.Equal(950, mean.Value, 6);
        // An older timestamp than the last neither goes back nor forgets.
        mean.Observe(0, Now - 1_000_000_000);
        Assert.Equal(902.5, mean.Value, 6);
        Assert.Equal(Now, mean.ObservedAt);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_mean_lies_between_what_was_observed(ulong seed)
    {
        var (random, mean, average) = (new Entropy(seed), new PeakEwma(_time), new Average(0.3));
        var (least, most) = (double.MaxValue, 0.0);
        for (var i = 0; i < 5000; i++)
        {
            _time.Advance(random.Next(5000));
            var value = random.NextDouble() * 1000;
            (least, most) = (Math.Min(least, value), Math.Max(most, value));
            mean.Observe(value, Now);
            average.Observe(value);
            Assert.InRange(mean.Value, Math.Max(value, least) - 1e-9, most);
            Assert.InRange(average.Value, least - 1e-9, most + 1e-9);
        }
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(double.NegativeInfinity)]
    public void What_is_no_number_is_ignored(double value)
    {
        var (mean, average, quantile) = (new PeakEwma(_time), new Average(), new LatencyQuantile());
        for (var i = 0; i < 100; i++) Observe(5);
        Observe(value);
        Assert.Equal(5, mean.Value);
        Assert.Equal(5, average.Value);
        Assert.InRange(quantile.P95, 5, 5 * 1.2);

        void Observe(double one)
        {
            mean.Observe(one, Now);
            average.Observe(one);
            if (!double.IsPositiveInfinity(one)) quantile.Observe(one);
        }
    }

    [Fact]
    public void An_average_begins_as_the_plain_mean_and_then_forgets()
    {
        var average = new Average(0.1);
        Assert.True(double.IsNaN(average.Value));
        foreach (var value in new[] { 1.0, 2, 3, 4, 5, 6, 7, 8, 9, 10 }) average.Observe(value);
        Assert.Equal(5.5, average.Value, 9);
        average.Observe(105.5);
        Assert.Equal(15.5, average.Value, 9);
        var started = new Average(0.1, 0);
        Assert.Equal(0, started.Value);
        started.Observe(1);
        Assert.Equal(0.1, started.Value, 9);
    }

    [Theory]
    [InlineData(1, 3.0)]
    [InlineData(2, 200.0)]
    [InlineData(3, 60_000.0)]
    public void The_95th_percentile_is_at_most_an_eighth_of_an_octave_off(ulong seed, double scale)
    {
        var (random, quantile) = (new Entropy(seed), new LatencyQuantile());
        var all = new List<double>();
        for (var i = 0; i < 960; i++)
        {
            if (i < 20) Assert.True(double.IsNaN(quantile.P95));
            // Log-normal, as latencies are.
            var normal = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
            all.Add(scale * Math.Exp(normal * 0.7));
            quantile.Observe(all[^1]);
        }
        all.Sort();
        // One of twenty is as long or longer.
        var exact = all[^(all.Count / 20)];
        Assert.InRange(quantile.P95 + 1, (exact + 1) * 0.999, (exact + 1) * Math.Pow(2, 1.0 / 8) * 1.001);
    }

    [Fact]
    public void The_percentile_follows_a_change()
    {
        var quantile = new LatencyQuantile();
        for (var i = 0; i < 5000; i++) quantile.Observe(5000);
        for (var i = 0; i < 5000; i++) quantile.Observe(100);
        Assert.InRange(quantile.P95, 100, 112);
        quantile.Observe(double.MaxValue);
        quantile.Observe(double.PositiveInfinity);
        Assert.InRange(quantile.P95, 100, 112);
    }

    [Fact]
    public async Task Measures_stay_sound_under_concurrency()
    {
        var (mean, average, quantile) = (new PeakEwma(_time), new Average(), new LatencyQuantile());
        await Task.WhenAll(Enumerable.Range(0, 4).Select(worker => Task.Run(() =>
        {
            var random = new Entropy((ulong)worker);
            for (var i = 0; i < 50_000; i++)
            {
                var value = 100 + (random.NextDouble() * 100);
                mean.Observe(value, Now);
                average.Observe(value);
                quantile.Observe(value);
            }
        }, TestContext.Current.CancellationToken)));
        Assert.InRange(mean.Value, 100, 200);
        Assert.InRange(average.Value, 100, 200);
        Assert.InRange(quantile.P95, 185, 225);
    }

    [Fact]
    public void Retries_are_a_share_of_requests_and_some_each_second()
    {
        var budget = new RetryBudget(_time);
        budget.Configure(new RetryConfig { BudgetRatio = 0.25, BudgetMin = 2 });
        Drain(budget);
        for (var i = 0; i < 8; i++) budget.Request(Now);
        Assert.Equal(2, Drain(budget));
        _time.Advance(499);
        Assert.Equal(0, Drain(budget));
        _time.Advance(1);
        Assert.Equal(1, Drain(budget));
        _time.Advance(10_000);
        Assert.Equal(20, Drain(budget));
    }

    [Fact]
    public void What_is_saved_is_bounded()
    {
        var budget = new RetryBudget(_time);
        budget.Configure(new RetryConfig { BudgetRatio = 1, BudgetMin = 20 });
        _time.Advance(TimeSpan.FromDays(300));
        for (var i = 0; i < 100_000; i++) budget.Request(Now);
        Assert.Equal(200, Drain(budget));
        // A reload to less takes the rest away; to nothing, everything.
        for (var i = 0; i < 200; i++) budget.Request(Now);
        budget.Configure(new RetryConfig { BudgetRatio = 1, BudgetMin = 0 });
        Assert.Equal(100, budget.Left);
        budget.Configure(new RetryConfig { BudgetRatio = 0, BudgetMin = 0 });
        _time.Advance(TimeSpan.FromDays(1));
        budget.Request(Now);
        Assert.Equal(0, Drain(budget));
    }

    [Fact]
    public async Task Nobody_takes_what_another_has_taken()
    {
        var budget = new RetryBudget(_time);
        budget.Configure(new RetryConfig { BudgetRatio = 0.1, BudgetMin = 0 });
        Drain(budget);
        long taken = 0;
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            for (var i = 0; i < 25_000; i++)
            {
                budget.Request(Now);
                if (budget.TryTake(Now)) Interlocked.Increment(ref taken);
                Assert.True(budget.Left >= 0);
            }
        }, TestContext.Current.CancellationToken)));
        Assert.Equal(10_000, taken + budget.Left);
    }

    [Fact]
    public void Hedges_are_a_share_of_requests()
    {
        var budget = new HedgeBudget();
        var hedges = 0;
        for (var i = 0; i < 1000; i++)
        {
            budget.Request(0.0625);
            if (budget.TryTake()) hedges++;
        }
        // And the one that is there from the beginning.
        Assert.Equal(63, hedges);
        for (var i = 0; i < 1000; i++) budget.Request(1);
        for (var i = 0; i < 10; i++) Assert.True(budget.TryTake());
        Assert.False(budget.TryTake());
    }

    private int Drain(RetryBudget budget)
    {
        var taken = 0;
        while (budget.TryTake(Now)) taken++;
        return taken;
    }
}
