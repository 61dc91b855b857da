using Edge.Configuration;
using Edge.Routing.Strategies;

namespace Edge.Routing;

/// <summary>The one list of strategies.</summary>
public static class RoutingStrategies
{
    private static readonly IRoutingStrategy[] _all =
    [
        new PriorityStrategy(), new CostStrategy(), new LatencyStrategy(), new QualityStrategy(), new BalancedStrategy(), new WeightedStrategy(), new RoundRobinStrategy(), new StickyStrategy(),
    ];

    public static IReadOnlyList<IRoutingStrategy> All => _all;

    public static IRoutingStrategy Of(SelectionStrategy kind) => _all[(int)kind];
}
