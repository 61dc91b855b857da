using Edge.Configuration;

namespace Edge.Routing.Strategies;

/// <summary>Each in turn; the ones behind it stand by in the same order.</summary>
public sealed class RoundRobinStrategy : IRoutingStrategy
{
    public SelectionStrategy Kind => SelectionStrategy.RoundRobin;

    public void Score(in RoutingQuery query, Span<Candidate> candidates)
    {
        var first = (int)(query.Turn % (uint)candidates.Length);
        for (var i = 0; i < candidates.Length; i++) candidates[i].Score = i < first ? i - first + candidates.Length : i - first;
    }
}
