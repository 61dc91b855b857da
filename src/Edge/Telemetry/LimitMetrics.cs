using Edge.Limits;
using Prometheus;

namespace Edge.Telemetry;

/// <summary>What limits let in and refuse, by what they count and the level that has them: a limit's name or a tenant's is in no label.</summary>
public sealed class LimitMetrics
{
    private readonly RateLimitStage _limits;
    private readonly Counter _used;
    private readonly Counter _refused;
    private readonly Counter _alone;
    private readonly Gauge _isAlone;
    private readonly Gauge _instances;

    /// <summary>Read whenever somebody looks.</summary>
    public LimitMetrics(CollectorRegistry registry, RateLimitStage limits)
    {
        _limits = limits;
        var factory = Metrics.WithCustomRegistry(registry);
        string[] labels = ["kind", "level"];
        _used = factory.CreateCounter("edge_limit_used_total", "What requests were let in for: requests, tokens as estimated, places among concurrent requests.", labels);
        _refused = factory.CreateCounter("edge_limit_refused_total", "Requests that a limit refused.", labels);
        _alone = factory.CreateCounter("edge_limit_decided_alone_total", "Requests whose limits were decided without Redis though it is configured.");
        _isAlone = factory.CreateGauge("edge_limit_store_fallback", "1 = Redis is configured and away: limits.on_store_failure is in force.");
        _instances = factory.CreateGauge("edge_limit_instances", "Instances that share the limits, as last known.");
        registry.AddBeforeCollectCallback(Sample);
    }

    private void Sample()
    {
        _isAlone.Set(_limits.IsAlone ? 1 : 0);
        _instances.Set(_limits.Instances);
        _alone.IncTo(_limits.Counters.DecidedAlone);
        for (var level = 0; level < LimitCounters.Levels.Length; level++)
        {
            foreach (var kind in (LimitKind[])[LimitKind.Requests, LimitKind.Tokens, LimitKind.Concurrent])
            {
                var (used, refused) = (_limits.Counters.AdmittedOf(kind, level), _limits.Counters.RefusedOf(kind, level));
                if (used == 0 && refused == 0) continue;
                var name = kind.ToString().ToLowerInvariant();
                _used.WithLabels(name, LimitCounters.Levels[level]).IncTo(used);
                _refused.WithLabels(name, LimitCounters.Levels[level]).IncTo(refused);
            }
        }
    }
}
