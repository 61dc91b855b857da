using Edge.Storage.Redis;
using Prometheus;

namespace Edge.Telemetry;

/// <summary>How Redis fares.</summary>
public sealed class RedisMetrics
{
    private static readonly double[] _seconds = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1];

    private readonly RedisConnection _redis;
    private readonly Gauge _up;
    private readonly Counter _calls;
    private readonly Counter _failures;

    /// <summary>From here on calls are timed, and the rest is read whenever somebody looks.</summary>
    public RedisMetrics(CollectorRegistry registry, RedisConnection redis)
    {
        _redis = redis;
        var factory = Metrics.WithCustomRegistry(registry);
        _up = factory.CreateGauge("edge_redis_up", "1 = Redis answers.");
        _calls = factory.CreateCounter("edge_redis_calls_total", "Calls of Redis.");
        _failures = factory.CreateCounter("edge_redis_failures_total", "Calls of Redis that came to nothing, by reason: timeout, or error.", ["reason"]);
        redis.Latency = factory.CreateHistogram("edge_redis_call_seconds", "Time until Redis answered.", new HistogramConfiguration { Buckets = _seconds });
        registry.AddBeforeCollectCallback(Sample);
    }

    private void Sample()
    {
        _up.Set(_redis.IsUp ? 1 : 0);
        _calls.IncTo(_redis.Calls);
        _failures.WithLabels("timeout").IncTo(_redis.Timeouts);
        _failures.WithLabels("error").IncTo(_redis.Failures);
    }
}
