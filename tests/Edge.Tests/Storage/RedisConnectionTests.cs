using System.Collections.Concurrent;
using System.Diagnostics;
using System.Threading.Channels;
using Edge.Configuration;
using Edge.Storage.Redis;
using Edge.Telemetry;
using Edge.TestSupport;
using StackExchange.Redis;

namespace Edge.Tests.Storage;

/// <summary>Against a real redis-server.</summary>
public sealed class RedisConnectionTests : IAsyncLifetime
{
    private static readonly RedisScript _add = new("return redis.call('INCRBY', KEYS[1], ARGV[1])");

    private readonly MemoryStream _lines = new();
    private readonly Channel<bool> _changes = Channel.CreateUnbounded<bool>();
    private Log _log = null!;
    private RedisServer _server = null!;
    private RedisConnection _redis = null!;

    public async ValueTask InitializeAsync()
    {
        _log = new Log(_lines, TimeProvider.System, LogSeverity.Info);
        _server = await RedisServer.StartNewAsync();
        _redis = Connect(_server.Url);
    }

    public async ValueTask DisposeAsync()
    {
        await _redis.DisposeAsync();
        await _server.DisposeAsync();
        await _log.DisposeAsync();
    }

    [Fact]
    public async Task A_script_runs_by_its_hash_and_is_sent_again_where_the_server_has_lost_it()
    {
        await UpAsync();
        for (var i = 1; i <= 3; i++)
        {
            var answer = await _redis.RunAsync(_add, ["{t}:a"], [2]);
            Assert.True(answer.IsThere);
            Assert.Equal(2 * i, (long)answer.Value);
            if (i < 3) await _server.CommandAsync("SCRIPT", "FLUSH");
        }
        Assert.Contains("calls=", await _server.CommandAsync("INFO", "commandstats"), StringComparison.Ordinal);
        // By hash three times, whole as often as the server did not know it.
        Assert.Equal((3, 3), (await CallsOfAsync("evalsha"), await CallsOfAsync("eval")));
        Assert.Equal((3, 0, 0), (_redis.Calls, _redis.Failures, _redis.Timeouts));
    }

    [Fact]
    public async Task A_server_that_was_never_there_throws_nothing_and_is_found_when_it_comes()
    {
        await _redis.DisposeAsync();
        await _server.StopAsync();
        _changes.Reader.TryRead(out _);
        _redis = Connect(_server.Url);
        Assert.False(await _changes.Reader.ReadAsync(Stop));
        Assert.False((await _redis.RunAsync(_add, ["{t}:a"], [1])).IsThere);
        await _server.StartAsync();
        await UpAsync();
        Assert.True((await _redis.RunAsync(_add, ["{t}:a"], [1])).IsThere);
    }

    [Fact]
    public async Task A_server_that_dies_and_comes_back_is_found_again_and_each_change_is_logged_once()
    {
        await UpAsync();
        await _server.KillAsync();
        while (_redis.IsUp) await _redis.RunAsync(_add, ["{t}:a"], [1]);
        for (var i = 0; i < 100; i++) Assert.False((await _redis.RunAsync(_add, ["{t}:a"], [1])).IsThere);
        await _server.StartAsync();
        await UpAsync();
        Assert.Equal(1, (long)(await _redis.RunAsync(_add, ["{t}:a"], [1])).Value);
        await _redis.DisposeAsync();
        await _log.DisposeAsync();
        var log = System.Text.Encoding.UTF8.GetString(_lines.ToArray());
        Assert.Equal((2, 1), (Count(log, "\"redis_up\""), Count(log, "\"redis_down\"")));
    }

    [Fact]
    public async Task A_server_that_hangs_costs_the_deadline_once_and_nothing_afterwards()
    {
        await UpAsync();
        _server.Pause();
        // Whether a ping or a call finds out is all the same.
        while (_redis.IsUp) Assert.False((await _redis.RunAsync(_add, ["{t}:a"], [1])).IsThere);
        var (sent, asked) = (_redis.Calls, 0);
        for (; asked < 10_000; asked++)
        {
            var answer = _redis.RunAsync(_add, ["{t}:a"], [1]);
            // Not a millisecond is waited for.
            Assert.True(answer.IsCompletedSuccessfully);
            Assert.False((await answer).IsThere);
        }
        Assert.Equal(sent, _redis.Calls);
        _server.Resume();
        await UpAsync();
        Assert.True((await _redis.RunAsync(_add, ["{t}:a"], [1])).IsThere);
    }

    [Fact]
    public async Task Who_blocks_after_an_answer_keeps_nobody_else_from_theirs()
    {
        await UpAsync();
        using var gate = new ManualResetEventSlim();
        var blocked = Enumerable.Range(0, 4).Select(async _ =>
        {
            await _redis.RunAsync(_add, ["{t}:a"], [1]);
            Assert.True(gate.Wait(Patience.Limit));
        }).ToList();
        for (var i = 0; i < 50; i++) Assert.True((await _redis.RunAsync(_add, ["{t}:b"], [1], Patience.Limit)).IsThere);
        gate.Set();
        await Task.WhenAll(blocked);
    }

    [Fact]
    public async Task An_error_of_a_command_is_no_answer_and_no_outage()
    {
        await UpAsync();
        Assert.True((await _redis.CallAsync(database => database.StringSetAsync("{t}:text", "no number"))).IsThere);
        Assert.False((await _redis.RunAsync(_add, ["{t}:text"], [1])).IsThere);
        Assert.True(_redis.IsUp);
        Assert.Equal(1, _redis.Failures);
    }

    [Fact]
    public async Task A_channel_is_heard_again_after_a_break()
    {
        var heard = new BlockingCollection<string>();
        _redis.Subscribe("edge:news", value => heard.Add(value.ToString()));
        await UpAsync();
        await HearAsync("first");
        await _server.KillAsync();
        while (_redis.IsUp) await _redis.RunAsync(_add, ["{t}:a"], [1]);
        await _server.StartAsync();
        await UpAsync();
        await HearAsync("second");

        async Task HearAsync(string text)
        {
            // Nobody counts as a listener until the subscription has reached the server.
            var started = Stopwatch.GetTimestamp();
            while ((await _redis.CallAsync(database => database.PublishAsync(RedisChannel.Literal("edge:news"), text))) is not { IsThere: true, Value: > 0 })
            {
                Assert.True(Stopwatch.GetElapsedTime(started) < Patience.Limit);
                await Task.Delay(10, Stop);
            }
            Assert.Equal(text, heard.Take(Stop));
        }
    }

    [Fact]
    public async Task A_password_and_a_database_are_used()
    {
        await using var server = await RedisServer.StartNewAsync("--requirepass", "pa ss:wo@rd");
        await using var redis = Connect($"redis://:pa%20ss:wo%40rd@127.0.0.1:{server.Port}/5");
        await UpAsync(redis);
        Assert.True((await redis.RunAsync(_add, ["{t}:a"], [1])).IsThere);
        Assert.Equal(5, (await redis.CallAsync(database => Task.FromResult(database.Database))).Value);
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private RedisConnection Connect(string url)
    {
        Assert.True(RedisAddress.TryParse(url, out var address, out var error), error);
        var redis = new RedisConnection(address, TimeSpan.FromSeconds(2), TimeProvider.System, _log);
        redis.Changed += isUp => _changes.Writer.TryWrite(isUp);
        redis.Start();
        return redis;
    }

    private Task UpAsync() => UpAsync(_redis);

    private static async Task UpAsync(RedisConnection redis)
    {
        var started = Stopwatch.GetTimestamp();
        while (!redis.IsUp)
        {
            Assert.True(Stopwatch.GetElapsedTime(started) < Patience.Limit, "Redis was not found.");
            await Task.Delay(5, Stop);
        }
    }

    private async Task<int> CallsOfAsync(string command)
    {
        var text = await _server.CommandAsync("INFO", "commandstats");
        var at = text.IndexOf($"cmdstat_{command}:calls=", StringComparison.Ordinal);
        if (at < 0) return 0;
        at = text.IndexOf('=', at) + 1;
        return int.Parse(text.AsSpan(at, text.IndexOf(',', at) - at), System.Globalization.CultureInfo.InvariantCulture);
    }

    private static int Count(string text, string part) => text.Split(part).Length - 1;
}
