using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Threading.Channels;
using Edge.Storage.Redis;
using Edge.Telemetry;
using StackExchange.Redis;

namespace Edge.Cache.Stores;

/// <summary>
/// The answers that instances share. A look-up has a deadline and is skipped while Redis is away; what is kept is written in the background; an order to drop entries reaches the memory of every instance.
/// </summary>
/// <remarks>
/// Names: <c>edge:cache:SCOPE:MODEL:KEY</c> for an entry (MODEL is a hash of the name), <c>edge:cache-tag:TAG</c> for the names of a tag's entries, <c>edge:cache-purges</c> for the number of orders so far, by which an
/// instance that was cut off knows whether it has missed one.
/// </remarks>
public sealed class RedisCache
{
    private const string Prefix = "edge:cache:", TagPrefix = "edge:cache-tag:", Purges = "edge:cache-purges", Channel = "edge:cache-purge";
    private const int QueueLength = 1024, PurgeBatch = 500;

    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(1);

    private readonly RedisConnection _redis;
    private readonly TimeProvider _time;
    private readonly Log _log;
    private readonly Channel<(CacheEntry Entry, TimeSpan Keep)> _queue =
        System.Threading.Channels.Channel.CreateBounded<(CacheEntry, TimeSpan)>(new BoundedChannelOptions(QueueLength) { SingleReader = true });

    private Action<CachePurge>? _onPurge;
    private long _purges, _hits, _misses, _skipped, _written, _shed;

    public RedisCache(RedisConnection redis, TimeProvider time, Log log)
    {
        _redis = redis;
        _time = time;
        _log = log;
    }

    /// <summary>Look-ups that found an entry.</summary>
    public long Hits => Volatile.Read(ref _hits);

    public long Misses => Volatile.Read(ref _misses);

    /// <summary>Look-ups that Redis did not answer in time, or that were not made because it is away.</summary>
    public long Skipped => Volatile.Read(ref _skipped);

    /// <summary>Entries that were written.</summary>
    public long Written => Volatile.Read(ref _written);

    /// <summary>Entries that were not, because Redis was away or too slow.</summary>
    public long Shed => Volatile.Read(ref _shed);

    /// <summary>From now on orders of other instances are carried out.</summary>
    /// <param name="onPurge">Drops entries of this instance's memory. Any thread.</param>
    internal void Listen(Action<CachePurge> onPurge)
    {
        _onPurge = onPurge;
        _redis.Subscribe(Channel, message => Hear(message.ToString()));
        _redis.Changed += isUp =>
        {
            if (isUp) _ = CatchUpAsync();
        };
    }

    /// <summary>Null = there is none, or Redis does not say in time.</summary>
    internal async ValueTask<CacheEntry?> FindAsync(CacheKey key, ulong scope, string model, TimeSpan deadline)
    {
        var answer = await _redis.CallAsync(NameOf(key, scope, model), static (database, name) => database.StringGetAsync(name), deadline);
        if (!answer.IsThere)
        {
            Interlocked.Increment(ref _skipped);
            return null;
        }
        var entry = answer.Value.IsNull ? null : EntryFormat.Read(((ReadOnlyMemory<byte>)answer.Value).Span, key, scope);
        Interlocked.Increment(ref entry is null ? ref _misses : ref _hits);
        return entry;
    }

    /// <summary>Writes an entry, later.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="keep">Until it may be forgotten.</param>
    internal void Post(CacheEntry entry, TimeSpan keep)
    {
        if (!_redis.IsUp || !_queue.Writer.TryWrite((entry, keep))) Interlocked.Increment(ref _shed);
    }

    /// <summary>Writes what is posted, until cancelled; returns then without throwing.</summary>
    internal async Task RunAsync(CancellationToken cancel)
    {
        try
        {
            await foreach (var (entry, keep) in _queue.Reader.ReadAllAsync(cancel))
            {
                var isWritten = await WriteAsync(entry, keep);
                Interlocked.Increment(ref isWritten ? ref _written : ref _shed);
            }
        }
        catch (OperationCanceledException)
        {
        }
    }

    /// <summary>Drops entries here and in the memory of every instance. False = Redis is away: what it holds, and what others hold, stays until its time is over.</summary>
    internal async Task<bool> PurgeAsync(CachePurge purge)
    {
        var isDone = purge.Kind switch
        {
            CachePurgeKind.Tag => await DropTagAsync(purge.Text),
            CachePurgeKind.All => await DropAllAsync($"{Prefix}*"),
            CachePurgeKind.Key => await DropAllAsync($"{Prefix}*:{purge.Text.ToLowerInvariant()}"),
            CachePurgeKind.Model => await DropAllAsync($"{Prefix}*:{HashOf(purge.Text)}:*"),
            _ => await DropAllAsync($"{Prefix}{purge.Text.ToLowerInvariant()}:*"),
        };
        return await TellAsync(purge) && isDone;
    }

    /// <summary>Drops one entry, whose whole name is known, everywhere.</summary>
    internal async Task DropAsync(CacheKey key, ulong scope, string model)
    {
        await _redis.CallAsync(NameOf(key, scope, model), static (database, name) => database.KeyDeleteAsync(name), _patience);
        await TellAsync(new CachePurge(CachePurgeKind.Key, key.ToString()));
    }

    private async Task<bool> WriteAsync(CacheEntry entry, TimeSpan keep)
    {
        var name = NameOf(entry.Key, entry.Scope, entry.Model);
        var answer = await _redis.CallAsync((name, value: EntryFormat.Write(entry), keep), static (database, call) => database.StringSetAsync(call.name, call.value, call.keep), _patience);
        foreach (var tag in entry.Tags)
        {
            if (!answer.IsThere) return false;
            await _redis.CallAsync((TagPrefix + tag, name), static (database, call) => database.SetAddAsync(call.Item1, call.name), _patience);
            await _redis.CallAsync((TagPrefix + tag, keep), static (database, call) => database.KeyExpireAsync(call.Item1, call.keep, ExpireWhen.GreaterThanCurrentExpiry), _patience);
            await _redis.CallAsync((TagPrefix + tag, keep), static (database, call) => database.KeyExpireAsync(call.Item1, call.keep, ExpireWhen.HasNoExpiry), _patience);
        }
        return answer.IsThere;
    }

    private async Task<bool> DropTagAsync(string tag)
    {
        var names = await _redis.CallAsync(TagPrefix + tag, static (database, name) => database.SetMembersAsync(name), _patience);
        if (!names.IsThere) return false;
        var keys = names.Value.Select(static name => (RedisKey)name.ToString()).Append(TagPrefix + tag);
        foreach (var batch in keys.Chunk(PurgeBatch))
        {
            if (!await DropAsync(batch)) return false;
        }
        return true;
    }

    // On every server of a cluster; a replica would say the same once more.
    private async Task<bool> DropAllAsync(string pattern)
    {
        var servers = await _redis.CallAsync(static database => Task.FromResult(database.Multiplexer.GetServers()), _patience);
        if (!servers.IsThere) return false;
        try
        {
            foreach (var server in servers.Value)
            {
                if (!server.IsConnected || server.IsReplica) continue;
                var batch = new List<RedisKey>(PurgeBatch);
                await foreach (var name in server.KeysAsync(pattern: pattern, pageSize: PurgeBatch))
                {
                    batch.Add(name);
                    if (batch.Count < PurgeBatch) continue;
                    if (!await DropAsync([.. batch])) return false;
                    batch.Clear();
                }
                if (batch.Count > 0 && !await DropAsync([.. batch])) return false;
            }
            return true;
        }
        catch (Exception e) when (e is RedisException or TimeoutException)
        {
            _log.Warn(EventIds.CachePurgeFailed, "Entries of the cache could not be dropped in Redis.", ("error", e.GetType().Name));
            return false;
        }
    }

    // One by one: the nodes of a cluster each know their own.
    private async Task<bool> DropAsync(RedisKey[] names)
    {
        var answer = await _redis.CallAsync(names, static (database, names) => Task.WhenAll(names.Select(name => database.KeyDeleteAsync(name))), _patience);
        return answer.IsThere;
    }

    private async Task<bool> TellAsync(CachePurge purge)
    {
        var count = await _redis.CallAsync(static database => database.StringIncrementAsync(Purges), _patience);
        if (!count.IsThere) return false;
        var message = string.Create(CultureInfo.InvariantCulture, $"{count.Value} {purge.Message}");
        return (await _redis.CallAsync(message, static (database, message) => database.PublishAsync(RedisChannel.Literal(Channel), message), _patience)).IsThere;
    }

    private void Hear(string message)
    {
        var space = message.IndexOf(' ', StringComparison.Ordinal);
        if (space < 0 || !long.TryParse(message.AsSpan(0, space), NumberStyles.None, CultureInfo.InvariantCulture, out var count)) return;
        Interlocked.Exchange(ref _purges, Math.Max(count, Volatile.Read(ref _purges)));
        if (CachePurge.TryParse(message[(space + 1)..], out var purge)) _onPurge?.Invoke(purge);
    }

    // Redis was away: orders that were given meanwhile, or to another one in its place, are not known one by one.
    private async Task CatchUpAsync()
    {
        var count = await _redis.CallAsync(static database => database.StringGetAsync(Purges), _patience);
        if (!count.IsThere) return;
        var now = count.Value.TryParse(out long value) ? value : 0;
        if (Interlocked.Exchange(ref _purges, now) != now) _onPurge?.Invoke(new CachePurge(CachePurgeKind.All));
    }

    private static string NameOf(in CacheKey key, ulong scope, string model) => string.Create(CultureInfo.InvariantCulture, $"{Prefix}{scope:x16}:{HashOf(model)}:{key}");

    private static string HashOf(string model) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(model)).AsSpan(0, 8));
}
