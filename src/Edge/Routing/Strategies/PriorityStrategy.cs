using Edge.Configuration;

namespace Edge.Routing.Strategies;

/// <summary>The configured order.</summary>
public sealed class PriorityStrategy : IRoutingStrategy
{
    public SelectionStrategy Kind => SelectionStrategy.Priority;

    public void Score(in RoutingQuery query, Span<Candidate> candidates)
    {
        for (var i = 0; i < candidates.Length; i++) candidates[i].Score = i;
    }
}
