using BenchmarkDotNet.Attributes;
using Edge.Configuration;
using Edge.Model;
using Edge.Providers;
using Edge.Routing;
using Edge.Routing.Health;
using Edge.Upstream;

namespace Edge.Bench;

/// <summary>One strategy scores ten candidates, all of them known and none alike. The goal: below 300 ns.</summary>
[BenchmarkCategory("route-choose")]
public class RouteChooseBenchmarks
{
    private const int Targets = 10;

    private readonly Candidate[] _candidates = Candidates();
    private readonly Entropy _entropy = new(1);
    private readonly BalanceConfig _balance = new();
    private readonly long _now = TimeProvider.System.GetTimestamp();
    private IRoutingStrategy _strategy = RoutingStrategies.Of(SelectionStrategy.Priority);

    [Params(SelectionStrategy.Priority, SelectionStrategy.CostOptimized, SelectionStrategy.LatencyOptimized, SelectionStrategy.QualityFirst, SelectionStrategy.Balanced,
        SelectionStrategy.Weighted, SelectionStrategy.RoundRobin, SelectionStrategy.Sticky)]
    public SelectionStrategy Strategy { get; set; }

    [GlobalSetup]
    public void Setup() => _strategy = RoutingStrategies.Of(Strategy);

    [Benchmark]
    public void Choose()
    {
        var query = new RoutingQuery
        {
            InputTokens = 1000,
            MaxOutputTokens = 4096,
            IsStream = true,
            StickyHash = Strategy == SelectionStrategy.Sticky ? 42UL : 0,
            Turn = 7,
            Now = _now,
            Entropy = _entropy,
            Balance = _balance,
        };
        _strategy.Score(query, _candidates);
    }

    internal static Action Operation(SelectionStrategy strategy)
    {
        var benchmark = new RouteChooseBenchmarks { Strategy = strategy };
        benchmark.Setup();
        return benchmark.Choose;
    }

    private static Candidate[] Candidates()
    {
        var now = TimeProvider.System.GetTimestamp();
        var candidates = new Candidate[Targets];
        for (var i = 0; i < Targets; i++)
        {
            var at = i;
            var provider = new ProviderState($"p{i}", TimeProvider.System);
            var state = provider.For("m");
            // One failure and a success, so that no strategy takes a short cut.
            state.TryBegin(now, force: true, out _);
            state.End(CallResult.Failed, false, -1, now);
            state.TryBegin(now, force: true, out _);
            state.End(CallResult.Ok, false, 300 + (20 * i), now);
            state.InterToken.Observe(10 + i, now);
            state.OutputTokens.Observe(200 + (10 * i));
            var target = new Target
            {
                Name = provider.Name,
                NameHeader = provider.Name,
                Sheet = ProviderCatalog.All[0],
                Endpoint = new UpstreamEndpoint { Host = "127.0.0.1", Port = 9 },
                RootPath = "",
                Headers = default,
                KnownState = provider,
                Limits = new UpstreamConfig(),
            };
            candidates[i] = new Candidate
            {
                Weight = i + 1,
                Route = new ModelRoute(target, "m"u8.ToArray(), "m", new TargetPaths("", target.Sheet, "m", ""), state)
                {
                    FindFacts = () => new ModelFacts { InputPrice = 1_000_000_000 + (at * 100_000_000), OutputPrice = 4_000_000_000 - (at * 100_000_000), Quality = at / 10.0, ContextWindow = 128_000 },
                },
            };
        }
        return candidates;
    }
}
