using Edge.Cache;
using Edge.Cache.Semantic.Gate;
using Prometheus;

namespace Edge.Telemetry;

/// <summary>What the cache does, and what it saves.</summary>
public sealed class CacheMetrics
{
    private static readonly string[] _results = ["bypass", "miss", "hit", "semantic", "coalesced", "stale"];
    private static readonly string[] _reasons = ["none", "off", "disabled", "no_store", "temperature", "stateful", "model"];

    private static readonly SemanticUse[] _uses = Enum.GetValues<SemanticUse>();
    private static readonly SemanticBypass[] _turns = Enum.GetValues<SemanticBypass>();
    private static readonly GateReason[] _gate = Enum.GetValues<GateReason>();

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

    private readonly Counter _semantic;
    private readonly Counter _refusals;
    private readonly Counter _semanticBypasses;
    private readonly Gauge _semanticEntries;
    private readonly Gauge _semanticReady;

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
        _semantic = factory.CreateCounter("edge_cache_semantic_lookups_total", "Look-ups by meaning, by what came of them: hit, miss, refused, bypassed, busy, unavailable, gone, shadow.", ["result"]);
        _refusals = factory.CreateCounter("edge_cache_semantic_refusals_total", "Similar prompts that the gate took for different ones, by reason.", ["reason"]);
        _semanticBypasses = factory.CreateCounter("edge_cache_semantic_bypasses_total", "Requests that are not looked up by meaning, by reason.", ["reason"]);
        _semanticEntries = factory.CreateGauge("edge_cache_semantic_entries", "Prompts by which answers are found.");
        _semanticReady = factory.CreateGauge("edge_cache_semantic_ready", "1 = the model of the semantic cache is loaded.");
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
        Sample(cache.Semantic);
        if (cache.Shared is not { } shared) return;
        _shared.WithLabels("hit").IncTo(shared.Hits);
        _shared.WithLabels("miss").IncTo(shared.Misses);
        _shared.WithLabels("skipped").IncTo(shared.Skipped);
        _writes.WithLabels("written").IncTo(shared.Written);
        _writes.WithLabels("shed").IncTo(shared.Shed);
    }

    private void Sample(SemanticTier semantic)
    {
        _semanticEntries.Set(semantic.Count);
        _semanticReady.Set(semantic.IsReady ? 1 : 0);
        foreach (var use in _uses) _semantic.WithLabels(Label(use.ToString())).IncTo(semantic.Of(use));
        foreach (var bypass in _turns)
        {
            if (semantic.Of(bypass) is > 0 and var count) _semanticBypasses.WithLabels(Label(bypass.ToString())).IncTo(count);
        }
        foreach (var reason in _gate)
        {
            if (semantic.Counters.Refused(reason) is > 0 and var refused) _refusals.WithLabels(Label(reason.ToString())).IncTo(refused);
            if (semantic.Counters.Bypassed(reason) is > 0 and var bypassed) _semanticBypasses.WithLabels(Label(reason.ToString())).IncTo(bypassed);
        }
    }

    // TooLong -> too_long.
    private static string Label(string name) => string.Concat(name.Select((letter, at) => !char.IsAsciiLetterUpper(letter) ? $"{letter}" : at == 0 ? $"{char.ToLowerInvariant(letter)}" : $"_{char.ToLowerInvariant(letter)}"));
}
