using BenchmarkDotNet.Attributes;
using Edge.Configuration;
using Edge.Routing.Health;

namespace Edge.Bench;

/// <summary>What a call that goes well costs the bookkeeping of its target: all of it, its breaker alone (goal: below 50 ns), a place at the provider.</summary>
[BenchmarkCategory("target-call")]
public class TargetCallBenchmarks
{
    private readonly TargetState _target = new ProviderState("p", TimeProvider.System).For("m");
    private readonly ConcurrencyGate _free = new(TimeProvider.System);
    private readonly ConcurrencyGate _limited = new(TimeProvider.System);
    // Time does not go on: the change of buckets, once a second, is not the usual path.
    private readonly long _now = TimeProvider.System.GetTimestamp();

    public TargetCallBenchmarks()
    {
        _limited.Configure(new UpstreamConfig { MaxConcurrent = 100 });
        Target();
    }

    [Benchmark(Baseline = true)]
    public void Target()
    {
        _target.TryBegin(_now, force: false, out var isProbe);
        _target.End(CallResult.Ok, isProbe, 300, _now);
    }

    [Benchmark]
    public void Breaker()
    {
        _target.Breaker.TryEnter(_now, out var isProbe);
        _target.Breaker.Leave(CallResult.Ok, isProbe, 300, _now);
    }

    [Benchmark]
    public void GateWithoutLimit()
    {
        _free.TryEnter();
        _free.Leave(CallResult.Ok);
    }

    [Benchmark]
    public void GateWithLimit()
    {
        _limited.TryEnter();
        _limited.Leave(CallResult.Ok);
    }

    internal static Action Operation()
    {
        var benchmark = new TargetCallBenchmarks();
        return () =>
        {
            benchmark.Target();
            benchmark.GateWithLimit();
        };
    }
}
