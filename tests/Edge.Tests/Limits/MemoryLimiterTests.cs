using System.Numerics;
using CsCheck;
using Edge.Limits;
using Edge.Tests.Simulator;

namespace Edge.Tests.Limits;

public sealed class MemoryLimiterTests
{
    private readonly ManualTime _time = new();

    /// <summary>
    /// What a sliding window promises, said without its arithmetic: in every interval at most the burst and what the rate gives for its length; and nobody is refused unless some
    /// interval that ends now would hold more than that.
    /// </summary>
    [Fact]
    public void A_sliding_window_lets_in_all_that_fits_and_nothing_else() =>
        Gen.Select(Gen.Long[1, 1000], Gen.Long[1, 40], Gen.OneOf(Gen.Const(LimitWindow.Second), Gen.Const(LimitWindow.Minute), Gen.Const(LimitWindow.Hour), Gen.Const(LimitWindow.Of(TimeSpan.FromMinutes(15)))),
            Gen.Select(Gen.OneOf(Gen.Const(0L), Gen.Long[1, 2_000_000], Gen.Long[1, 20_000_000_000]), Gen.Long[1, 30]).Array[1, 60]).Sample((amount, burst, window, steps) =>
        {
            var time = new ManualTime();
            var limiter = new MemoryLimiter(new LimitClock(time, TimeZoneInfo.Utc));
            var slot = LimitKit.Sliding(amount, window, burst);
            var begin = time.GetTimestamp();
            var let = new List<(long At, long Cost)>();
            foreach (var (ticks, cost) in steps)
            {
                time.Advance(TimeSpan.FromTicks(ticks));
                var now = (time.GetTimestamp() - begin) * 100;
                var isLet = limiter.TryTake(LimitKit.Take((slot, cost)));
                // units * window's nanoseconds <= burst * window + amount * nanoseconds, for every interval that begins at a take.
                var fits = cost <= burst;
                BigInteger sum = cost;
                for (var i = let.Count - 1; i >= 0; i--)
                {
                    sum += let[i].Cost;
                    fits &= sum * window.Nanoseconds <= ((BigInteger)burst * window.Nanoseconds) + ((BigInteger)amount * (now - let[i].At));
                }
                if (isLet != fits) return false;
                if (isLet) let.Add((now, cost));
            }
            return true;
        });

    [Fact]
    public void Who_is_refused_gets_in_after_the_wait_that_it_was_told_and_not_before()
    {
        Gen.Select(Gen.Long[1, 5000], Gen.Long[1, 100], Gen.Long[1, 100], Gen.Int[0, 100_000]).Sample((amount, burst, cost, ticks) =>
        {
            cost = Math.Min(cost, burst);
            var time = new ManualTime();
            var limiter = new MemoryLimiter(new LimitClock(time, TimeZoneInfo.Utc));
            var slot = LimitKit.Sliding(amount, LimitWindow.Minute, burst);
            Assert.True(limiter.TryTake(LimitKit.Take((slot, burst))));
            time.Advance(TimeSpan.FromTicks(ticks));
            var take = LimitKit.Take((slot, cost));
            if (limiter.TryTake(take)) return;
            var wait = take.StandingOf(take.Refused).WaitMilliseconds;
            Assert.True(wait > 0);
            time.Advance(TimeSpan.FromMilliseconds(wait - 1));
            if (wait > 1) Assert.False(limiter.TryTake(LimitKit.Take((slot, cost))));
            time.Advance(1);
            Assert.True(limiter.TryTake(LimitKit.Take((slot, cost))));
        });
    }

    [Fact]
    public void All_of_a_window_comes_back_by_its_end_and_is_told()
    {
        var limiter = New();
        var slot = LimitKit.Sliding(7);
        for (var left = 6; left >= 0; left--)
        {
            var take = LimitKit.Take((slot, 1));
            Assert.True(limiter.TryTake(take));
            Assert.Equal(left, take.StandingOf(0).Left);
        }
        var refused = LimitKit.Take((slot, 1));
        Assert.False(limiter.TryTake(refused));
        Assert.Equal(new LimitStanding(0, 60_000, 8572), refused.StandingOf(0));
        _time.Advance(TimeSpan.FromMinutes(1));
        for (var i = 0; i < 7; i++) Assert.True(limiter.TryTake(LimitKit.Take((slot, 1))));
        Assert.False(limiter.TryTake(LimitKit.Take((slot, 1))));
    }

    [Fact]
    public void Of_several_limits_all_are_taken_or_none()
    {
        var limiter = New();
        var (wide, narrow, places) = (LimitKit.Sliding(100, name: "wide"), LimitKit.Sliding(2, name: "narrow"), LimitKit.Concurrent(10));
        for (var i = 0; i < 5; i++) Assert.Equal(i < 2, limiter.TryTake(LimitKit.Take((wide, 1), (narrow, 1), (places, 1))));
        Assert.Equal((2, 2, 2), (Used(wide), Used(narrow), Used(places)));
    }

    [Fact]
    public void Of_several_that_refuse_the_one_that_takes_longest_is_named()
    {
        var limiter = New();
        var (minute, day) = (LimitKit.Sliding(1), LimitKit.Period(1, LimitWindow.Day));
        Assert.True(limiter.TryTake(LimitKit.Take((minute, 1), (day, 1))));
        var take = LimitKit.Take((minute, 1), (day, 1));
        Assert.False(limiter.TryTake(take));
        Assert.Equal("period", take.Entries[take.Refused].Rule.Name);
        Assert.Equal((long)TimeSpan.FromDays(1).TotalMilliseconds, take.StandingOf(take.Refused).WaitMilliseconds);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(997)]
    public async Task Many_at_once_get_exactly_what_there_is(int amount)
    {
        var limiter = New();
        var slots = new[] { LimitKit.Sliding(amount, name: "a"), LimitKit.Sliding(amount + 5, name: "b"), LimitKit.Period(amount + 1, LimitWindow.Month, name: "c"), LimitKit.Concurrent(amount + 9) };
        var let = await InParallelAsync(8, 500, random =>
        {
            // In any order: the cells are locked in theirs.
            var order = slots.OrderBy(_ => random.Next()).Select(slot => (slot, 1L)).ToArray();
            return limiter.TryTake(LimitKit.Take(order)) ? 1 : 0;
        });
        Assert.Equal(amount, let.Sum());
        Assert.All(slots, slot => Assert.Equal(amount, Used(slot)));
    }

    [Fact]
    public async Task A_request_that_is_refused_by_another_limit_makes_nobody_else_be_refused()
    {
        var limiter = New();
        var (shared, full) = (LimitKit.Concurrent(1, "shared"), LimitKit.Sliding(1, name: "full"));
        Assert.True(limiter.TryTake(LimitKit.Take((full, 1))));
        using var done = new CancellationTokenSource();
        // They want the place, and never get it for their other limit.
        var others = Enumerable.Range(0, 3).Select(_ => Task.Run(() =>
        {
            while (!done.IsCancellationRequested) Assert.False(limiter.TryTake(LimitKit.Take((shared, 1), (full, 1))));
        })).ToList();
        var refused = 0;
        for (var i = 0; i < 100_000; i++)
        {
            var take = LimitKit.Take((shared, 1));
            if (limiter.TryTake(take)) limiter.Settle(take, 0);
            else refused++;
        }
        await done.CancelAsync();
        await Task.WhenAll(others);
        Assert.Equal(0, refused);
    }

    [Fact]
    public async Task Never_more_run_at_once_than_may()
    {
        var limiter = New();
        var (one, two) = (LimitKit.Concurrent(5, "one"), LimitKit.Concurrent(3, "two"));
        var (runningOne, runningTwo, most) = (0, 0, 0);
        await InParallelAsync(6, 20_000, random =>
        {
            var both = random.Next(2) == 0;
            var take = both ? LimitKit.Take((one, 1), (two, 1)) : LimitKit.Take((one, 1));
            if (!limiter.TryTake(take)) return 0;
            var now = Interlocked.Increment(ref runningOne);
            Assert.InRange(now, 1, 5);
            InterlockedMax(ref most, now);
            if (both) Assert.InRange(Interlocked.Increment(ref runningTwo), 1, 3);
            if (random.Next(4) == 0) Thread.Yield();
            Interlocked.Decrement(ref runningOne);
            if (both) Interlocked.Decrement(ref runningTwo);
            limiter.Settle(take, 0);
            return 1;
        });
        Assert.Equal((0, 0), (Used(one), Used(two)));
        Assert.True(most > 1);
    }

    [Theory]
    [InlineData(100, 30, 30)]
    [InlineData(100, 250, 250)]
    [InlineData(100, -1, 100)]
    [InlineData(100, 0, 0)]
    public void Tokens_are_corrected_to_what_was_used(long estimate, long used, long counted)
    {
        var limiter = New();
        var (sliding, month) = (LimitKit.Sliding(1000, kind: LimitKind.Tokens), LimitKit.Period(1000, LimitWindow.Month));
        var take = LimitKit.Take((sliding, estimate), (month, estimate));
        Assert.True(limiter.TryTake(take));
        limiter.Settle(take, used);
        Assert.Equal((counted, counted), (Used(sliding), Used(month)));
    }

    [Fact]
    public void What_was_used_beyond_a_limit_is_paid_before_the_next_request()
    {
        var limiter = New();
        var slot = LimitKit.Sliding(60, kind: LimitKind.Tokens);
        var take = LimitKit.Take((slot, 10));
        Assert.True(limiter.TryTake(take));
        limiter.Settle(take, 120);
        var next = LimitKit.Take((slot, 1));
        Assert.False(limiter.TryTake(next));
        Assert.Equal(61_000, next.StandingOf(0).WaitMilliseconds);
    }

    [Fact]
    public void A_request_of_the_last_month_changes_nothing_of_this_one()
    {
        var limiter = New();
        var slot = LimitKit.Period(100, LimitWindow.Month);
        var old = LimitKit.Take((slot, 90));
        Assert.True(limiter.TryTake(old));
        _time.Advance(TimeSpan.FromDays(40));
        Assert.True(limiter.TryTake(LimitKit.Take((slot, 50))));
        limiter.Settle(old, 10);
        Assert.Equal(50, Used(slot));
    }

    [Fact]
    public void A_day_ends_where_its_zone_says()
    {
        var zone = TimeZoneInfo.FindSystemTimeZoneById("America/New_York");
        var limiter = new MemoryLimiter(new LimitClock(_time, zone));
        var slot = LimitKit.Period(1, LimitWindow.Day);
        // 1970-01-02 00:00 UTC is 19:00 on the first there.
        Assert.True(limiter.TryTake(LimitKit.Take((slot, 1))));
        var take = LimitKit.Take((slot, 1));
        Assert.False(limiter.TryTake(take));
        Assert.Equal((long)TimeSpan.FromHours(5).TotalMilliseconds, take.StandingOf(0).WaitMilliseconds);
        _time.Advance(TimeSpan.FromHours(5) - TimeSpan.FromMilliseconds(1));
        Assert.False(limiter.TryTake(LimitKit.Take((slot, 1))));
        _time.Advance(1);
        Assert.True(limiter.TryTake(LimitKit.Take((slot, 1))));
    }

    [Fact]
    public void A_clock_that_is_set_back_gives_nothing_back()
    {
        var time = new SettableTime();
        var limiter = new MemoryLimiter(new LimitClock(time, TimeZoneInfo.Utc));
        var (day, minute) = (LimitKit.Period(1, LimitWindow.Day), LimitKit.Sliding(1));
        Assert.True(limiter.TryTake(LimitKit.Take((day, 1), (minute, 1))));
        foreach (var days in (int[])[-1, -40, 0])
        {
            time.Offset = TimeSpan.FromDays(days);
            Assert.False(limiter.TryTake(LimitKit.Take((day, 1))));
            Assert.False(limiter.TryTake(LimitKit.Take((minute, 1))));
        }
        // A day further on a new day has begun; the sliding minute knows of no clock's setting.
        time.Offset = TimeSpan.FromDays(1);
        Assert.True(limiter.TryTake(LimitKit.Take((day, 1))));
        Assert.False(limiter.TryTake(LimitKit.Take((minute, 1))));
    }

    [Fact]
    public void Cells_that_nobody_would_miss_are_thrown_out_and_made_again()
    {
        var clock = new LimitClock(_time, TimeZoneInfo.Utc);
        var limiter = new MemoryLimiter(clock);
        var rule = new LimitRule { Kind = LimitKind.Requests, Amount = 2, Burst = 2, By = LimitBy.Ip, Name = "ip", Level = "gateway", Identity = "ip" };
        var cells = new LimitCells("ip", LimitBy.Ip);
        var take = new LimitTake();
        take.Add(rule, cells, cells.Of("10.0.0.1"), 1);
        Assert.True(limiter.TryTake(take));
        cells.Sweep(rule, clock.Now, 0, 1);
        Assert.Equal(2, cells.All.Count());
        _time.Advance(TimeSpan.FromMinutes(2));
        var late = new LimitTake();
        late.Add(rule, cells, cells.Of("10.0.0.1"), 1);
        cells.Sweep(rule, clock.Now, 0, 1);
        Assert.Single(cells.All);
        // Found before it was thrown out, taken after.
        Assert.True(limiter.TryTake(late));
        Assert.Equal(1, cells.Of("10.0.0.1").Used(rule));
    }

    private MemoryLimiter New() => new(new LimitClock(_time, TimeZoneInfo.Utc));

    private static long Used(LimitSlot slot) => slot.Cells.One.Used(slot.Rule);

    private static async Task<int[]> InParallelAsync(int threads, int times, Func<Random, int> run) => await Task.WhenAll(Enumerable.Range(0, threads).Select(thread => Task.Run(() =>
    {
        var random = new Random(thread);
        var sum = 0;
        for (var i = 0; i < times; i++) sum += run(random);
        return sum;
    })));

    private static void InterlockedMax(ref int most, int value)
    {
        for (var seen = Volatile.Read(ref most); value > seen; seen = Volatile.Read(ref most)) Interlocked.CompareExchange(ref most, value, seen);
    }

    private sealed class SettableTime : TimeProvider
    {
        public TimeSpan Offset { get; set; }

        public override long GetTimestamp() => 1;

        public override DateTimeOffset GetUtcNow() => new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.Zero) + Offset;
    }
}
