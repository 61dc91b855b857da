using System.Diagnostics;
using Edge.Configuration;
using Edge.Limits;
using Edge.Storage.Redis;
using Edge.Telemetry;
using Edge.TestSupport;

namespace Edge.Tests.Limits;

/// <summary>Several limiters, as several instances have them, over one real Redis.</summary>
public sealed class RedisLimiterTests : IAsyncLifetime
{
    private readonly Log _log = new(new MemoryStream(), TimeProvider.System, LogSeverity.Info);
    private readonly List<Instance> _instances = [];
    private RedisServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await RedisServer.StartNewAsync();

    public async ValueTask DisposeAsync()
    {
        foreach (var instance in _instances) await instance.DisposeAsync();
        await _server.DisposeAsync();
        await _log.DisposeAsync();
    }

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    public async Task Many_at_once_in_several_instances_get_exactly_what_there_is(int instances)
    {
        const int Amount = 333;
        // Windows so long that none of it comes back meanwhile.
        var year = LimitWindow.Of(TimeSpan.FromDays(365));
        var let = 0;
        for (var i = 0; i < instances; i++)
        {
            await StartAsync(LimitKit.Sliding(Amount, year, name: "a"), LimitKit.Period(Amount + 7, LimitWindow.Month, name: "b"), LimitKit.Concurrent(Amount + 20, "c"), LimitKit.Sliding(Amount * 2, year, name: "d"));
        }
        await Task.WhenAll(_instances.SelectMany(instance => Enumerable.Range(0, 16).Select(async _ =>
        {
            for (var i = 0; i < 40; i++)
            {
                if (await instance.Limiter.TryTakeAsync(instance.Take()) == true) Interlocked.Increment(ref let);
            }
        })));
        Assert.Equal(Amount, let);
    }

    [Fact]
    public async Task All_limits_of_a_request_are_one_round_trip_and_what_is_left_is_told()
    {
        var instance = await StartAsync(LimitKit.Sliding(10), LimitKit.Period(100, LimitWindow.Day), LimitKit.Concurrent(3));
        var before = instance.Redis.Calls;
        var take = LimitKit.Take((instance.Slots[0], 1), (instance.Slots[1], 40), (instance.Slots[2], 1));
        Assert.True(await instance.Limiter.TryTakeAsync(take));
        Assert.Equal(1, instance.Redis.Calls - before);
        Assert.Equal([9, 60, 2], Enumerable.Range(0, 3).Select(i => take.StandingOf(i).Left));
        Assert.InRange(take.StandingOf(0).ResetMilliseconds, 5000, 6000);
        var refused = LimitKit.Take((instance.Slots[0], 1), (instance.Slots[1], 61), (instance.Slots[2], 1));
        Assert.False(await instance.Limiter.TryTakeAsync(refused));
        Assert.Equal("period", refused.Entries[refused.Refused].Rule.Name);
        Assert.InRange(refused.StandingOf(refused.Refused).WaitMilliseconds, 1, (long)TimeSpan.FromDays(1).TotalMilliseconds);
        // None of the others was taken.
        var third = LimitKit.Take((instance.Slots[0], 1), (instance.Slots[1], 60), (instance.Slots[2], 1));
        Assert.True(await instance.Limiter.TryTakeAsync(third));
        Assert.Equal([8, 0, 1], Enumerable.Range(0, 3).Select(i => third.StandingOf(i).Left));
    }

    [Theory]
    [InlineData(100, 30)]
    [InlineData(100, 900)]
    [InlineData(100, 0)]
    public async Task Tokens_are_corrected_for_everybody(long estimate, long used)
    {
        var (one, other) = (await StartAsync(Tokens()), await StartAsync(Tokens()));
        var take = LimitKit.Take((one.Slots[0], estimate), (one.Slots[1], estimate));
        Assert.True(await one.Limiter.TryTakeAsync(take));
        one.Limiter.Settle(take, used);
        await UntilAsync(async () =>
        {
            var look = LimitKit.Take((other.Slots[0], 0), (other.Slots[1], 0));
            Assert.True(await other.Limiter.TryTakeAsync(look));
            return look.StandingOf(0).Left == 10_000 - used && look.StandingOf(1).Left == 10_000 - used;
        });

        static LimitSlot[] Tokens() => [LimitKit.Sliding(10_000, LimitWindow.Of(TimeSpan.FromDays(300)), kind: LimitKind.Tokens), LimitKit.Period(10_000, LimitWindow.Month)];
    }

    [Fact]
    public async Task Places_end_with_their_request_or_with_the_lease_of_an_instance_that_died()
    {
        var (one, other) = (await StartAsync(LimitKit.Concurrent(2)), await StartAsync(LimitKit.Concurrent(2)));
        one.Limiter.Lease = TimeSpan.FromSeconds(1);
        var (first, second) = (one.Take(), one.Take());
        Assert.True(await one.Limiter.TryTakeAsync(first));
        Assert.True(await one.Limiter.TryTakeAsync(second));
        Assert.False(await other.Limiter.TryTakeAsync(other.Take()));
        one.Limiter.Settle(first, 0);
        await UntilAsync(async () => await other.Limiter.TryTakeAsync(other.Take()) == true);
        Assert.False(await other.Limiter.TryTakeAsync(other.Take()));
        // Nobody renews what the first one holds: its worker does not run, as if it had been killed.
        await UntilAsync(async () => await other.Limiter.TryTakeAsync(other.Take()) == true);
    }

    [Fact]
    public async Task Places_of_a_long_stream_are_renewed_and_announced_again_where_redis_has_lost_them()
    {
        var one = await StartAsync(LimitKit.Concurrent(1));
        one.Limiter.Lease = TimeSpan.FromMilliseconds(900);
        Assert.True(await one.Limiter.TryTakeAsync(one.Take()));
        one.Run();
        // Several leases long.
        for (var i = 0; i < 30; i++)
        {
            Assert.False(await one.Limiter.TryTakeAsync(one.Take()));
            await Task.Delay(100, Stop);
        }
        await _server.KillAsync();
        await DownAsync(one);
        await _server.StartAsync();
        await UpAsync(one);
        await UntilAsync(async () => (await _server.CommandAsync("ZCARD", "{edge:limits}:concurrent")).StartsWith(":1", StringComparison.Ordinal));
        Assert.False(await one.Limiter.TryTakeAsync(one.Take()));
    }

    [Fact]
    public async Task Instances_announce_themselves_and_their_end()
    {
        var all = new List<Instance>();
        for (var i = 0; i < 3; i++)
        {
            all.Add(await StartAsync(LimitKit.Sliding(1)));
            all[i].Run();
        }
        // By the next heartbeat of the first one at the latest.
        await UntilAsync(() => Task.FromResult(all[0].Limiter.Instances == 3));
        await all[2].DisposeAsync();
        await UntilAsync(() => Task.FromResult(all[0].Limiter.Instances == 2));
    }

    [Fact]
    public async Task While_redis_is_away_each_goes_on_with_its_share_of_what_was_left()
    {
        var instance = await StartAsync(LimitKit.Period(1000, LimitWindow.Month), LimitKit.Sliding(1000, LimitWindow.Of(TimeSpan.FromDays(300)), name: "long"));
        var memory = new MemoryLimiter(instance.Clock);
        (await StartAsync(LimitKit.Sliding(1))).Run();
        instance.Run();
        await UntilAsync(() => Task.FromResult(instance.Limiter.Instances == 2));
        Assert.True(await instance.Limiter.TryTakeAsync(LimitKit.Take((instance.Slots[0], 400), (instance.Slots[1], 400))));
        await _server.StopAsync();
        await DownAsync(instance);
        // Two instances: half of the 600 that are left.
        var let = 0;
        for (var i = 0; i < 1000; i++)
        {
            var take = LimitKit.Take((instance.Slots[0], 1), (instance.Slots[1], 1));
            instance.Limiter.BeginAlone(take);
            if (memory.TryTake(take, instance.Limiter.Instances, isOwed: true)) let++;
        }
        Assert.Equal(300, instance.Slots[0].Cells.One.Owed);
        Assert.Equal(300, let);
        await _server.StartAsync();
        await UpAsync(instance);
        // Redis came back empty; it is told what was used without it.
        await UntilAsync(async () => (await _server.CommandAsync("KEYS", "{edge:limits}:period:*")).Contains("period", StringComparison.Ordinal));
        await UntilAsync(() => Task.FromResult(instance.Slots[0].Cells.One.Owed == 0));
        var look = LimitKit.Take((instance.Slots[0], 0));
        Assert.True(await instance.Limiter.TryTakeAsync(look));
        Assert.Equal(700, look.StandingOf(0).Left);
    }

    [Fact]
    public async Task A_server_that_has_lost_its_scripts_gets_them_again()
    {
        var instance = await StartAsync(LimitKit.Sliding(3));
        for (var i = 0; i < 4; i++)
        {
            Assert.Equal(i < 3, await instance.Limiter.TryTakeAsync(instance.Take()));
            await _server.CommandAsync("SCRIPT", "FLUSH");
        }
    }

    [Fact]
    public async Task Keys_end_by_themselves()
    {
        var instance = await StartAsync(LimitKit.Sliding(10), LimitKit.Period(100, LimitWindow.Day), LimitKit.Concurrent(3));
        Assert.True(await instance.Limiter.TryTakeAsync(instance.Take()));
        foreach (var line in (await _server.CommandAsync("KEYS", "*")).Split("\r\n").Where(line => line.StartsWith("{edge", StringComparison.Ordinal)))
        {
            Assert.NotEqual(":-1\r\n", await _server.CommandAsync("PTTL", line));
        }
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private async Task<Instance> StartAsync(params LimitSlot[] slots)
    {
        Assert.True(RedisAddress.TryParse(_server.Url, out var address, out _));
        var instance = new Instance(new RedisConnection(address, TimeSpan.FromSeconds(5), TimeProvider.System, _log), slots);
        _instances.Add(instance);
        await UpAsync(instance);
        return instance;
    }

    private static Task UpAsync(Instance instance) => UntilAsync(() => Task.FromResult(instance.Redis.IsUp));

    private static Task DownAsync(Instance instance) => UntilAsync(() => Task.FromResult(!instance.Redis.IsUp));

    private static async Task UntilAsync(Func<Task<bool>> isSo)
    {
        var started = Stopwatch.GetTimestamp();
        while (!await isSo())
        {
            Assert.True(Stopwatch.GetElapsedTime(started) < Patience.Limit, "It did not happen.");
            await Task.Delay(10, Stop);
        }
    }

    private sealed class Instance : IAsyncDisposable
    {
        private readonly CancellationTokenSource _stop = new();
        private Task _running = Task.CompletedTask;
        private bool _isDisposed;

        public Instance(RedisConnection redis, LimitSlot[] slots)
        {
            Redis = redis;
            Slots = slots;
            Limiter = new RedisLimiter(redis, Clock, TimeProvider.System, () => slots);
            redis.Start();
        }

        public LimitClock Clock { get; } = new(TimeProvider.System, TimeZoneInfo.Utc);

        public RedisConnection Redis { get; }

        public RedisLimiter Limiter { get; }

        public LimitSlot[] Slots { get; }

        public LimitTake Take() => LimitKit.Take([.. Slots.Select(slot => (slot, 1L))]);

        public void Run() => _running = Task.Run(() => Limiter.RunAsync(_stop.Token));

        public async ValueTask DisposeAsync()
        {
            if (_isDisposed) return;
            _isDisposed = true;
            await _stop.CancelAsync();
            await _running;
            Limiter.Dispose();
            await Redis.DisposeAsync();
            _stop.Dispose();
        }
    }
}
