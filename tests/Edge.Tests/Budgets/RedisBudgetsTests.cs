using Edge.Budgets;
using Edge.Budgets.Redis;
using Edge.Configuration;
using Edge.Storage.Redis;
using Edge.Telemetry;
using Edge.TestSupport;

namespace Edge.Tests.Budgets;

/// <summary>Budgets in a real Redis, shared by several instances.</summary>
public sealed class RedisBudgetsTests : IAsyncLifetime
{
    private readonly List<RedisConnection> _connections = [];
    private RedisServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await RedisServer.StartNewAsync("--appendonly", "yes", "--appendfsync", "always");

    public async ValueTask DisposeAsync()
    {
        foreach (var connection in _connections) await connection.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task Instances_share_a_budget_and_settle_in_it()
    {
        var (one, two) = (await InstanceAsync("a"), await InstanceAsync("b"));
        var first = one.Reservation("r1", 100, 80);
        Assert.True((await one.Store.ReserveAsync(first, 60)).IsOk);
        first.Amount = 60;
        // The inner budget has 20 left, of which nothing may be taken in parts.
        var refused = await two.Store.ReserveAsync(two.Reservation("r2", 100, 80), 21);
        Assert.Equal(new BudgetVerdict(1, 0, 60), refused);
        Assert.Equal((0L, 60L), (two.Counters[1].Spent, two.Counters[1].Reserved));
        one.Store.Settle(first, 35);
        await ReadAsync(one, 1, (35, 0, 0));
        Assert.True((await two.Store.ReserveAsync(two.Reservation("r3", 100, 80), 45)).IsOk);
        Assert.False((await one.Store.ReserveAsync(one.Reservation("r4", 100, 80), 1)).IsOk);
    }

    [Theory]
    [InlineData("9007199254740993", "9007199254740993", true)]
    [InlineData("9007199254740993", "9007199254740992", false)]
    [InlineData("9223372036854775807", "9223372036854775807", true)]
    [InlineData("9223372036854775807", "9223372036854775806", false)]
    [InlineData("999999999", "1000000000", true)]
    [InlineData("1000000000", "999999999", false)]
    [InlineData("0", "0", true)]
    public async Task Amounts_beyond_what_lua_counts_are_exact(string amount, string limit, bool fits)
    {
        var one = await InstanceAsync("a");
        Assert.Equal(fits, (await one.Store.ReserveAsync(one.Reservation("r1", Number(limit)), Number(amount))).IsOk);

        static long Number(string text) => long.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
    }

    [Fact]
    public async Task What_many_instances_reserve_at_once_never_exceeds_a_budget()
    {
        const int Instances = 4, Each = 400;
        var all = new List<Instance>();
        for (var i = 0; i < Instances; i++) all.Add(await InstanceAsync("i" + i));
        var booked = 0L;
        var refused = 0;
        await Task.WhenAll(all.SelectMany((instance, number) => Enumerable.Range(0, 8).Select(worker => Task.Run(async () =>
        {
            var random = new Random((number * 100) + worker);
            for (var i = 0; i < Each / 8; i++)
            {
                var reservation = instance.Reservation($"i{number}w{worker}n{i}", 60_000, 40_000);
                var amount = random.NextInt64(1, 200);
                if (!(await instance.Store.ReserveAsync(reservation, amount)).IsOk)
                {
                    Interlocked.Increment(ref refused);
                    continue;
                }
                reservation.Amount = amount;
                var cost = random.NextInt64(0, amount + 1);
                Interlocked.Add(ref booked, cost);
                instance.Store.Settle(reservation, cost);
            }
        }))));
        Assert.True(refused > 0, "nothing was refused");
        await ReadAsync(all[0], 0, (booked, 0, 0));
        Assert.True(booked <= 40_000);
        await ReadAsync(all[0], 1, (booked, 0, 0));
    }

    [Fact]
    public async Task A_settlement_that_is_said_twice_counts_once()
    {
        var one = await InstanceAsync("a");
        var reservation = one.Reservation("r1", 100);
        await one.Store.ReserveAsync(reservation, 50);
        reservation.Amount = 50;
        one.Store.Settle(reservation, 20);
        await ReadAsync(one, 0, (20, 0, 0));
        one.Store.Settle(reservation, 20);
        // And a try of the reservation that arrives behind its settlement holds nothing.
        Assert.True((await one.Store.ReserveAsync(one.Reservation("r1", 100), 50)).IsAway);
        await ReadAsync(one, 0, (20, 0, 0));
    }

    [Fact]
    public async Task What_an_instance_held_that_died_is_booked_at_its_worst_until_somebody_knows_better()
    {
        var config = new BudgetsConfig { Lease = TimeSpan.FromSeconds(1), Allowance = 0 };
        var (dead, living) = (await InstanceAsync("a", config), await InstanceAsync("b", config));
        var reservation = dead.Reservation("r1", 100);
        await dead.Store.ReserveAsync(reservation, 70);
        reservation.Amount = 70;
        Assert.False((await living.Store.ReserveAsync(living.Reservation("r2", 100), 50)).IsOk);
        // Nobody renews it. The living one's worker shows that Redis was not away meanwhile.
        await UntilAsync(living, 0, (70, 0, 70));
        Assert.True((await living.Store.ReserveAsync(living.Reservation("r3", 100), 30)).IsOk);
        // It was not dead after all.
        dead.Store.Settle(reservation, 10);
        await ReadAsync(living, 0, (10, 30, 0));
    }

    [Fact]
    public async Task A_further_call_of_a_request_whose_lease_ran_out_takes_back_what_was_booked_for_it()
    {
        var config = new BudgetsConfig { Lease = TimeSpan.FromMilliseconds(500), Allowance = 0 };
        var (slow, living) = (await InstanceAsync("a", config), await InstanceAsync("b", config));
        var reservation = slow.Reservation("r1", 100);
        await slow.Store.ReserveAsync(reservation, 40);
        reservation.Amount = 40;
        await UntilAsync(living, 0, (40, 0, 40));
        Assert.False((await slow.Store.ReserveAsync(reservation, 61)).IsOk);
        Assert.True((await slow.Store.ReserveAsync(reservation, 60)).IsOk);
        reservation.Amount = 100;
        slow.Store.Settle(reservation, 20);
        await ReadAsync(living, 0, (20, 0, 0));
    }

    [Fact]
    public async Task An_allowance_is_booked_whole_where_its_instance_died_while_redis_was_away_however_short()
    {
        var dead = await InstanceAsync("a", new BudgetsConfig { Allowance = 10, Lease = TimeSpan.FromMilliseconds(100) });
        // Half its lease is longer than Redis will be away: by the clock of Redis nothing happened.
        var living = await InstanceAsync("b", new BudgetsConfig { Allowance = 0, Lease = TimeSpan.FromMinutes(1) });
        var reservation = dead.Reservation("r1", 1000);
        await dead.Store.ReserveAsync(reservation, 30);
        reservation.Amount = 30;
        dead.Store.Settle(reservation, 20);
        await dead.Store.KeepAsync();
        await ReadAsync(living, 0, (20, 100, 0));
        await _server.StopAsync();
        await WaitAsync(() => !living.Connection.IsUp);
        await _server.StartAsync();
        await WaitAsync(() => living.Connection.IsUp);
        await UntilAsync(living, 0, (120, 0, 100));
    }

    [Fact]
    public async Task What_is_under_way_on_an_allowance_stays_covered_when_nothing_else_is_left()
    {
        var config = new BudgetsConfig { Allowance = 10, Lease = TimeSpan.FromSeconds(30) };
        var (one, two) = (await InstanceAsync("a", config), await InstanceAsync("b", new BudgetsConfig { Allowance = 0 }));
        var before = one.Reservation("r0", 1000);
        await one.Store.ReserveAsync(before, 100);
        before.Amount = 100;
        await one.Store.KeepAsync();
        Assert.True((await two.Store.ReserveAsync(two.Reservation("r1", 1000), 800)).IsOk);
        await _server.StopAsync();
        await WaitAsync(() => !one.Connection.IsUp);
        var local = one.Reservation("r2", 1000);
        Assert.True((await one.Store.ReserveAsync(local, 90)).IsOk);
        local.Amount = 90;

        await _server.StartAsync();
        await WaitAsync(() => one.Connection.IsUp && two.Connection.IsUp);
        await one.Store.KeepAsync();
        await ReadAsync(one, 0, (0, 990, 0));
        Assert.False((await two.Store.ReserveAsync(two.Reservation("r3", 1000), 11)).IsOk);
        one.Store.Settle(local, 90);
        await one.Store.KeepAsync();
        await ReadAsync(one, 0, (90, 900, 0));
    }

    [Fact]
    public async Task What_an_instance_renews_is_held_beyond_its_lease()
    {
        var config = new BudgetsConfig { Lease = TimeSpan.FromSeconds(1), Allowance = 0 };
        var one = await InstanceAsync("a", config);
        var reservation = one.Reservation("r1", 100);
        await one.Store.ReserveAsync(reservation, 70);
        for (var i = 0; i < 12; i++)
        {
            await Task.Delay(200, TestContext.Current.CancellationToken);
            await one.Store.KeepAsync();
        }
        await ReadAsync(one, 0, (0, 70, 0));
    }

    [Fact]
    public async Task Without_redis_requests_go_on_from_what_was_kept_for_that_and_no_further()
    {
        var one = await InstanceAsync("a", new BudgetsConfig { Allowance = 10, Lease = TimeSpan.FromSeconds(30) });
        var before = one.Reservation("r0", 1000);
        await one.Store.ReserveAsync(before, 100);
        before.Amount = 100;
        await one.Store.KeepAsync();
        // 10 % of it.
        await ReadAsync(one, 0, (0, 200, 0));
        await _server.StopAsync();
        await WaitAsync(() => !one.Connection.IsUp);

        var local = one.Reservation("r1", 1000);
        Assert.True((await one.Store.ReserveAsync(local, 90)).IsOk);
        local.Amount = 90;
        Assert.True((await one.Store.ReserveAsync(one.Reservation("r2", 1000), 11)).IsAway);
        one.Store.Settle(local, 25);
        one.Store.Settle(before, 60);
        await WaitAsync(() => one.Store.Pending > 0);

        await _server.StartAsync();
        await WaitAsync(() => one.Connection.IsUp);
        await one.Store.KeepAsync();
        // All that was spent meanwhile, and a new share.
        await ReadAsync(one, 0, (85, 100, 0));
        await one.Store.StopAsync();
        await ReadAsync(one, 0, (85, 0, 0));
    }

    [Fact]
    public async Task A_redis_that_lost_its_data_learns_from_disk_what_was_spent_and_from_instances_what_is_open()
    {
        var source = new SpentSource((_, _) => new(new SpentBefore(40, 5)));
        var one = await InstanceAsync("a", new BudgetsConfig { Allowance = 0, Lease = TimeSpan.FromMilliseconds(100) }, source);
        var reservation = one.Reservation("r1", 100);
        Assert.True((await one.Store.ReserveAsync(reservation, 30)).IsOk);
        reservation.Amount = 30;
        await ReadAsync(one, 0, (40, 30, 5));
        await _server.CommandAsync("FLUSHALL");
        Assert.True((await one.Store.ReserveAsync(one.Reservation("r2", 100), 10)).IsOk);
        await Task.Delay(60, TestContext.Current.CancellationToken);
        await one.Store.KeepAsync();
        await ReadAsync(one, 0, (40, 40, 5));
        one.Store.Settle(reservation, 7);
        await ReadAsync(one, 0, (47, 10, 5));
    }

    [Fact]
    public async Task An_alert_is_one_instances_alone()
    {
        var (one, two) = (await InstanceAsync("a"), await InstanceAsync("b"));
        Assert.True(await one.Store.IsFirstAsync(one.Counters[0], 80));
        Assert.False(await two.Store.IsFirstAsync(two.Counters[0], 80));
        Assert.True(await two.Store.IsFirstAsync(two.Counters[0], 100));
    }

    private async Task<Instance> InstanceAsync(string name, BudgetsConfig? config = null, SpentSource? source = null)
    {
        config ??= new BudgetsConfig();
        Assert.True(RedisAddress.TryParse(_server.Url, out var address, out _));
        var log = new Log(Stream.Null, TimeProvider.System, LogSeverity.Error);
        var connection = new RedisConnection(address, TimeSpan.FromSeconds(5), TimeProvider.System, log);
        _connections.Add(connection);
        connection.Start();
        await WaitAsync(() => connection.IsUp);
        return new Instance(connection, new RedisBudgets(connection, source, () => config, TimeProvider.System, name));
    }

    // Settlements go their own way: they are there soon.
    private static async Task ReadAsync(Instance instance, int level, (long, long, long) expected)
    {
        for (var i = 0; i < 200; i++)
        {
            if (await NumbersAsync(instance, level) == expected) return;
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }
        Assert.Equal(expected, await NumbersAsync(instance, level));
    }

    private static async Task UntilAsync(Instance instance, int level, (long, long, long) expected)
    {
        for (var i = 0; i < 100; i++)
        {
            await instance.Store.KeepAsync();
            if (await NumbersAsync(instance, level) == expected) return;
            await Task.Delay(100, TestContext.Current.CancellationToken);
        }
        Assert.Equal(expected, await NumbersAsync(instance, level));
    }

    private static async Task<(long, long, long)> NumbersAsync(Instance instance, int level)
    {
        var answer = await instance.Connection.CallAsync(database => database.HashGetAsync("{edge:b}:c:" + instance.Counters[level].Key, ["s", "r", "u"]));
        Assert.True(answer.IsThere);
        return ((long)answer.Value[0], (long)answer.Value[1], (long)answer.Value[2]);
    }

    private static async Task WaitAsync(Func<bool> condition)
    {
        for (var i = 0; i < 1000 && !condition(); i++) await Task.Delay(10, TestContext.Current.CancellationToken);
        Assert.True(condition());
    }

    /// <summary>An instance, with its own picture of two budgets.</summary>
    private sealed class Instance(RedisConnection connection, RedisBudgets store)
    {
        public RedisConnection Connection { get; } = connection;

        public RedisBudgets Store { get; } = store;

        public BudgetCounter[] Counters { get; } = [new BudgetAccount("acme").Counter(BudgetPeriod.Day, 1), new BudgetAccount("acme/team:a").Counter(BudgetPeriod.Month, 1)];

        public BudgetReservation Reservation(string id, params long[] limits)
        {
            var reservation = new BudgetReservation();
            reservation.Begin(new BudgetStage(TimeProvider.System, Store), id);
            for (var i = 0; i < limits.Length; i++)
            {
                Counters[i].Limit = limits[i];
                reservation.Add(Counters[i], limits[i]);
            }
            return reservation;
        }
    }
}
