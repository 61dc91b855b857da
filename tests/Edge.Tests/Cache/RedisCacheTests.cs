using Edge.Cache;
using Edge.Cache.Stores;
using Edge.Configuration;
using Edge.Providers;
using Edge.Tests.Pipeline;
using Edge.TestSupport;

namespace Edge.Tests.Cache;

/// <summary>Two instances before a real redis-server.</summary>
public sealed class RedisCacheTests : IAsyncLifetime
{
    private const string Path = "/v1/chat/completions";

    private readonly CancellationTokenSource _stop = new();
    private readonly List<Task> _workers = [];
    private RedisServer _server = null!;
    private PipelineKit _a = null!, _b = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await RedisServer.StartNewAsync();
        (_a, _b) = (Instance("from a"), Instance("from b"));
        await UntilAsync(() => Task.FromResult(_a.Policy.Redis!.IsUp && _b.Policy.Redis!.IsUp));
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_workers);
        await _a.Policy.DisposeAsync();
        await _b.Policy.DisposeAsync();
        await _server.DisposeAsync();
        _stop.Dispose();
    }

    [Fact]
    public async Task What_one_keeps_the_other_has_and_a_purge_reaches_both()
    {
        await FillAsync(_a, Body("What?"), ("x-edge-cache-tag", "news, x"));
        var other = await _b.SendAsync(Path, Body("What?"));
        Assert.Equal(("hit", "from a"), (other.Cache(), Text(other)));
        Assert.Equal("fake", other.ResponseHeaders["x-edge-provider"].ToString());
        // From its memory now.
        Assert.Equal(1, _b.Pipeline.Cache.Memory.Count);
        var id = other.ResponseHeaders["x-edge-cache-id"].ToString();
        foreach (var purge in new[] { new CachePurge(CachePurgeKind.Key, id), new(CachePurgeKind.Tag, "news"), new(CachePurgeKind.Model, "m"), CachePurge.OfScope(0), new(CachePurgeKind.All) })
        {
            var (_, isShared) = await _b.Pipeline.Cache.PurgeAsync(purge);
            Assert.True(isShared);
            await UntilAsync(() => Task.FromResult(_a.Pipeline.Cache.Memory.Count + _b.Pipeline.Cache.Memory.Count == 0));
            Assert.True(await IsGoneAsync(), purge.ToString());
            await FillAsync(_a, Body("What?"), ("x-edge-cache-tag", "news, x"));
            Assert.Equal("hit", (await _b.SendAsync(Path, Body("What?"))).Cache());
        }
        foreach (var purge in new[] { new CachePurge(CachePurgeKind.Key, new string('0', 64)), new(CachePurgeKind.Tag, "new"), new(CachePurgeKind.Model, "n"), CachePurge.OfScope(1) })
        {
            Assert.Equal((0, true), await _b.Pipeline.Cache.PurgeAsync(purge));
            Assert.False(await IsGoneAsync());
        }
        // A client's word counts everywhere, too.
        Assert.Equal("miss", (await _b.SendAsync(Path, Body("Else?"), ("x-edge-cache-reject", id))).Cache());
        await UntilAsync(() => Task.FromResult(_a.Pipeline.Cache.Memory.Find(Parse(id)) is null));
    }

    [Fact]
    public async Task Without_redis_each_has_its_memory_and_all_heals_by_itself()
    {
        await FillAsync(_a, Body("What?"));
        await _server.KillAsync();
        Assert.Equal("hit", (await _a.SendAsync(Path, Body("What?"))).Cache());
        for (var i = 0; i < 3; i++)
        {
            var sent = await _b.SendAsync(Path, Body("What?"));
            Assert.Equal((i == 0 ? "miss" : "hit", "from b"), (sent.Cache(), Text(sent)));
        }
        Assert.True(_b.Pipeline.Cache.Shared!.Skipped > 0);
        Assert.False((await _b.Pipeline.Cache.PurgeAsync(new(CachePurgeKind.Tag, "none"))).IsShared);
        await _server.StartAsync();
        await UntilAsync(() => Task.FromResult(_a.Policy.Redis!.IsUp && _b.Policy.Redis!.IsUp));
        // No order was missed: what each has stays.
        Assert.Equal("hit", (await _a.SendAsync(Path, Body("What?"))).Cache());
        await FillAsync(_a, Body("Another?"));
        Assert.Equal("hit", (await _b.SendAsync(Path, Body("Another?"))).Cache());
    }

    [Fact]
    public async Task Who_was_cut_off_while_something_was_dropped_keeps_nothing()
    {
        await FillAsync(_a, Body("What?"));
        await _server.CommandAsync("INCR", "edge:cache-purges");
        await _server.CommandAsync("CLIENT", "KILL", "TYPE", "normal");
        await _server.StopAsync();
        await UntilAsync(async () =>
        {
            await _a.SendAsync(Path, Body("Down?"));
            return !_a.Policy.Redis!.IsUp;
        });
        await _server.StartAsync();
        await _server.CommandAsync("SET", "edge:cache-purges", "7");
        await UntilAsync(() => Task.FromResult(_a.Pipeline.Cache.Memory.Count == 0));
    }

    [Fact]
    public async Task A_hanging_redis_holds_nobody_up_for_long()
    {
        _server.Pause();
        try
        {
            var sent = await _a.SendAsync(Path, Body("What?"));
            Assert.Equal(("miss", "from a"), (sent.Cache(), Text(sent)));
        }
        finally
        {
            _server.Resume();
        }
    }

    [Fact]
    public async Task What_is_no_entry_is_none()
    {
        await FillAsync(_a, Body("What?"));
        var name = (await _server.CommandAsync("KEYS", "edge:cache:*")).Split('\n', '\r').First(line => line.StartsWith("edge:cache:", StringComparison.Ordinal));
        foreach (var value in new[] { "", "x", "\u0001" + new string('z', 200) })
        {
            await _server.CommandAsync("SET", name, value);
            _b.Pipeline.Cache.Memory.RemoveWhere(_ => true);
            // Until its own answer stands there: it would overwrite the next value.
            await FillAsync(_b, Body("What?"));
        }
    }

    [Fact]
    public void An_entry_is_read_as_it_was_written()
    {
        var entry = MemoryCacheTests.Entry(7, 100);
        var bytes = EntryFormat.Write(entry);
        var read = EntryFormat.Read(bytes, entry.Key, entry.Scope)!;
        Assert.Equal(
            (entry.Model, entry.Provider, entry.ProviderModel, entry.Wire, entry.Usage, entry.CreatedAt, entry.ExpiresAt, entry.ForgottenAt, entry.Bytes),
            (read.Model, read.Provider, read.ProviderModel, read.Wire, read.Usage, read.CreatedAt, read.ExpiresAt, read.ForgottenAt, read.Bytes));
        Assert.Equal(entry.Tags, read.Tags);
        for (var i = 0; i < bytes.Length; i++)
        {
            Assert.Null(EntryFormat.Read(bytes.AsSpan(0, i), entry.Key, entry.Scope));
            var broken = bytes.ToArray();
            broken[i] ^= 0x40;
            Assert.Null(EntryFormat.Read(broken, entry.Key, entry.Scope));
        }
    }

    private PipelineKit Instance(string says)
    {
        // A machine with other work may take its time for a look-up.
        var config = new EdgeConfig { Stores = new StoresConfig { Redis = new Secret(_server.Url), RedisTimeout = TimeSpan.FromSeconds(2) } };
        var kit = CacheKit.Kit(caching: CacheKit.Exact with { RedisTimeout = TimeSpan.FromSeconds(2) }, config: config);
        kit.Answer(() => CacheKit.Answer(Dialect.OpenAi, says, streamed: false));
        kit.Policy.Redis!.Start();
        foreach (var (_, run) in kit.Pipeline.Cache.Workers) _workers.Add(Task.Run(() => run(_stop.Token)));
        return kit;
    }

    // Until it is in Redis.
    private static async Task FillAsync(PipelineKit kit, string body, params (string Name, string Value)[] headers)
    {
        var written = kit.Pipeline.Cache.Shared!.Written;
        Assert.Equal("miss", (await kit.SendAsync(Path, body, headers)).Cache());
        await UntilAsync(() => Task.FromResult(kit.Pipeline.Cache.Shared!.Written > written));
    }

    private async Task<bool> IsGoneAsync() => !(await _server.CommandAsync("KEYS", "edge:cache:*")).Contains("edge:cache:", StringComparison.Ordinal);

    private static CacheKey Parse(string id) => CacheKey.TryParse(id, out var key) ? key : throw new ArgumentException(id);

    private static string Body(string text) => CacheKit.Body(Dialect.OpenAi, text);

    private static string Text(NullTransport sent) => CacheKit.TextOf(Dialect.OpenAi, sent, streamed: false);

    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        using var patience = new CancellationTokenSource(Patience.Limit);
        while (!await condition())
        {
            patience.Token.ThrowIfCancellationRequested();
            await Task.Delay(5, CancellationToken.None);
        }
    }
}
