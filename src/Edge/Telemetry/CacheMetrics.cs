using Edge.Cache;
using Prometheus;

namespace Edge.Telemetry;

/// <summary>What the cache does, and what it saves.</summary>
public sealed class CacheMetrics
{
    private static readonly string[] _results = ["bypass", "miss", "hit", "semantic", "coalesced", "stale"];
    private static readonly string[] _reasons = ["none", "off", "disabled", "no_store", "temperature", "stateful", "model"];

    private readonly Counter _requests;
    private readonly Counter _bypasses;
    private readonly Counter _stored;
    private readonly Counter _rejected;
    private readonly Counter _saved;
    private readonly Gauge _entries;
    private readonly Gauge _bytes;
    private readonly Gauge _flights;
    private readonly Counter _evictions;
    private readonly Counter _shared;
    private readonly Counter _writes;

    public CacheMetrics(MetricFactory factory)
    {
        _requests = factory.CreateCounter("edge_cache_requests_total", "Requests that the cache was asked for, by what it did: hit, semantic, coalesced, stale, miss, bypass.", ["result"]);
        _bypasses = factory.CreateCounter("edge_cache_bypasses_total", "Requests that the cache was not asked for, by reason.", ["reason"]);
        _stored = factory.CreateCounter("edge_cache_stored_total", "Answers that were kept.");
        _rejected = factory.CreateCounter("edge_cache_rejected_total", "Answers that a client has sent back as wrong (x-edge-cache-reject).");
        _saved = factory.CreateCounter("edge_cache_saved_tokens_total", "Tokens that no provider had to be paid for, by who had been.", ["provider", "kind"]);
        _entries = factory.CreateGauge("edge_cache_entries", "Answers in memory.");
        _bytes = factory.CreateGauge("edge_cache_bytes", "What they occupy.");
        _flights = factory.CreateGauge("edge_cache_flights", "Calls of providers that identical requests may join now.");
        _evictions = factory.CreateCounter("edge_cache_evictions_total", "Answers that were dropped from memory for lack of room.");
        _shared = factory.CreateCounter("edge_cache_redis_lookups_total", "Look-ups in Redis; skipped = it was away, or did not answer in time.", ["result"]);
        _writes = factory.CreateCounter("edge_cache_redis_writes_total", "Answers for Redis; shed = it was away or too slow.", ["result"]);
    }

    public void Add(in CacheRecord record)
    {
        if (record.IsRejected) _rejected.Inc();
        // The cache is off.
        if (record is { Result: CacheResult.Bypass, Bypass: CacheBypass.None }) return;
        _requests.WithLabels(_results[(int)record.Result]).Inc();
        if (record.Bypass != CacheBypass.None) _bypasses.WithLabels(_reasons[(int)record.Bypass]).Inc();
        if (record.IsStored) _stored.Inc();
        if (record.SavedProvider is not { } provider) return;
        if (record.Saved.Input > 0) _saved.WithLabels(provider, "input").Inc(record.Saved.Input);
        if (record.Saved.Output > 0) _saved.WithLabels(provider, "output").Inc(record.Saved.Output);
    }

    /// <summary>Values that are read when somebody looks.</summary>
    public void Sample(CacheStage cache)
    {
        _entries.Set(cache.Memory.Count);
        _bytes.Set(cache.Memory.Bytes);
        _flights.Set(cache.Flights);
        _evictions.IncTo(cache.Memory.Evictions);
        if (cache.Shared is not { } shared) return;
        _shared.WithLabels("hit").IncTo(shared.Hits);
        _shared.WithLabels("miss").IncTo(shared.Misses);
        _shared.WithLabels("skipped").IncTo(shared.Skipped);
        _writes.WithLabels("written").IncTo(shared.Written);
        _writes.WithLabels("shed").IncTo(shared.Shed);
    }
}
