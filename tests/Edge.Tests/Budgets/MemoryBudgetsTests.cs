using CsCheck;
using Edge.Budgets;

namespace Edge.Tests.Budgets;

/// <summary>Budgets in memory against a model of them, and under many threads.</summary>
public class MemoryBudgetsTests
{
    [Fact]
    public void What_is_reserved_and_spent_is_what_a_model_says()
    {
        // (budget levels that count, amount, what it costs in the end, which open one is settled before)
        Gen.Select(Gen.Int[1, 4], Gen.Long[0, 400], Gen.Long[0, 500], Gen.Int[0, 5]).Array[1, 200].Sample(steps =>
        {
            long[] limits = [1000, 700, 500, 300];
            var kit = new BudgetKit(limits);
            var store = new MemoryBudgets();
            var (spent, reserved) = (new long[4], new long[4]);
            var open = new List<(BudgetReservation Reservation, int Levels, long Cost)>();
            foreach (var (levels, amount, cost, settle) in steps)
            {
                if (settle < open.Count) Settle(settle);
                var reservation = kit.Reservation(levels);
                var verdict = MemoryBudgets.Reserve(reservation, amount);
                var fits = Enumerable.Range(0, levels).All(i => spent[i] + reserved[i] + amount <= limits[i]);
                Assert.Equal(fits, verdict.IsOk);
                if (fits)
                {
                    reservation.Amount = amount;
                    for (var i = 0; i < levels; i++) reserved[i] += amount;
                    open.Add((reservation, levels, Math.Min(cost, amount)));
                }
                else
                {
                    var first = Enumerable.Range(0, levels).First(i => spent[i] + reserved[i] + amount > limits[i]);
                    Assert.Equal(new BudgetVerdict(first, spent[first], reserved[first]), verdict);
                }
                Check();
            }
            while (open.Count > 0) Settle(0);
            Check();
            Assert.All(kit.Counters, counter => Assert.Equal(0, counter.Reserved));

            void Settle(int index)
            {
                var (reservation, levels, cost) = open[index];
                open.RemoveAt(index);
                store.Settle(reservation, cost);
                for (var i = 0; i < levels; i++) (spent[i], reserved[i]) = (spent[i] + cost, reserved[i] - reservation.Amount);
            }

            void Check()
            {
                for (var i = 0; i < 4; i++)
                {
                    Assert.Equal((spent[i], reserved[i]), (kit.Counters[i].Spent, kit.Counters[i].Reserved));
                    Assert.True(spent[i] + reserved[i] <= limits[i]);
                }
            }
        }, iter: 300);
    }

    [Fact]
    public async Task Many_threads_never_exceed_a_budget_and_leave_nothing_reserved()
    {
        const int Threads = 8, Each = 20_000;
        long[] limits = [5_000_000, 3_000_000, 2_000_000, 1_000_000];
        // Two trees below one organisation, so that requests meet on some budgets and not on others.
        var (left, right) = (new BudgetKit(limits), new BudgetKit(limits));
        right.Share(left, 1);
        var store = new MemoryBudgets();
        var refused = 0L;
        var costs = new long[Threads];
        await Task.WhenAll(Enumerable.Range(0, Threads).Select(thread => Task.Run(() =>
        {
            var random = new Random(thread);
            var kit = thread % 2 == 0 ? left : right;
            for (var i = 0; i < Each; i++)
            {
                var reservation = kit.Reservation(1 + random.Next(4));
                var amount = random.NextInt64(1, 400);
                if (!MemoryBudgets.Reserve(reservation, amount).IsOk)
                {
                    Interlocked.Increment(ref refused);
                    continue;
                }
                reservation.Amount = amount;
                foreach (ref readonly var line in reservation.Lines)
                {
                    // Read while others write: each of the two is never above what the lock allowed.
                    Assert.True(line.Counter.Spent <= line.Limit);
                }
                var cost = random.NextInt64(0, amount + 1);
                costs[thread] += cost;
                store.Settle(reservation, cost);
            }
        })));
        Assert.Equal(costs.Sum(), left.Counters[0].Spent);
        Assert.True(refused > 0, "nothing was refused: the budgets are too large for the test");
        foreach (var counter in left.Counters.Concat(right.Counters))
        {
            Assert.Equal(0, counter.Reserved);
            Assert.True(counter.Spent <= limits[Array.IndexOf([.. left.Counters], counter) is >= 0 and var i ? i : Array.IndexOf([.. right.Counters], counter)]);
        }
    }

    [Fact]
    public void A_reservation_is_settled_in_the_period_in_which_it_was_made()
    {
        var account = new BudgetAccount("acme");
        var store = new MemoryBudgets();
        var reservation = new BudgetReservation();
        var yesterday = account.Counter(BudgetPeriod.Day, 100);
        reservation.Add(yesterday, 50);
        Assert.True(MemoryBudgets.Reserve(reservation, 50).IsOk);
        reservation.Amount = 50;

        var today = account.Counter(BudgetPeriod.Day, 101);
        var next = new BudgetReservation();
        next.Add(today, 50);
        Assert.True(MemoryBudgets.Reserve(next, 50).IsOk);
        store.Settle(reservation, 20);

        Assert.Equal((20L, 0L), (yesterday.Spent, yesterday.Reserved));
        Assert.Equal((0L, 50L), (today.Spent, today.Reserved));
        // A slower thread whose clock still says yesterday counts for today: the old day never begins again.
        Assert.Same(today, account.Counter(BudgetPeriod.Day, 100));
    }

    [Fact]
    public async Task What_was_spent_before_is_asked_for_once_and_nothing_is_reserved_on_a_guess()
    {
        var account = new BudgetAccount("acme");
        var asked = 0;
        var isDown = true;
        var store = new MemoryBudgets(new SpentSource(async (_, _) =>
        {
            await Task.Yield();
            Interlocked.Increment(ref asked);
            return isDown ? throw new IOException() : new SpentBefore(90, 10);
        }));
        var counter = account.Counter(BudgetPeriod.Month, 1);
        Assert.True((await store.ReserveAsync(One(), 5)).IsAway);
        isDown = false;
        var all = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Task.Run(async () => (await store.ReserveAsync(One(), 1)).IsOk)));
        Assert.Equal(10, all.Count(ok => ok));
        Assert.Equal(2, asked);
        Assert.Equal((90L, 10L, 10L), (counter.Spent, counter.Reserved, counter.Unknown));

        BudgetReservation One()
        {
            var reservation = new BudgetReservation();
            reservation.Add(counter, 100);
            return reservation;
        }
    }

    [Fact]
    public void Numbers_end_at_the_largest()
    {
        var account = new BudgetAccount("acme");
        var store = new MemoryBudgets();
        var counter = account.Counter(BudgetPeriod.Day, 1);
        var reservation = new BudgetReservation();
        reservation.Add(counter, long.MaxValue);
        Assert.True(MemoryBudgets.Reserve(reservation, long.MaxValue).IsOk);
        reservation.Amount = long.MaxValue;
        Assert.False(MemoryBudgets.Reserve(reservation, 1).IsOk);
        store.Settle(reservation, long.MaxValue);
        Assert.Equal((long.MaxValue, 0L), (counter.Spent, counter.Reserved));
    }
}

/// <summary>Budgets of an organisation, a team, a user and a key.</summary>
internal sealed class BudgetKit
{
    private readonly long[] _limits;

    public BudgetKit(params long[] limits)
    {
        _limits = limits;
        Counters = [.. limits.Select((_, i) => new BudgetAccount("level" + i).Counter(BudgetPeriod.Day, 1))];
    }

    public BudgetCounter[] Counters { get; }

    /// <summary>The first ones are another's.</summary>
    public void Share(BudgetKit other, int count) => Array.Copy(other.Counters, Counters, count);

    public BudgetReservation Reservation(int levels)
    {
        var reservation = new BudgetReservation();
        for (var i = 0; i < levels; i++) reservation.Add(Counters[i], _limits[i]);
        return reservation;
    }
}
