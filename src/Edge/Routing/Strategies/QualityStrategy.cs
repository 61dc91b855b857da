using Edge.Configuration;

namespace Edge.Routing.Strategies;

/// <summary>TODO</summary>
public sealed class QualityStrategy : IRoutingStrategy
{
    public SelectionStrategy Kind => SelectionStrategy.QualityFirst;

    public void Score(in RoutingQuery query, Span<Candidate> candidates)
    {
        for (var i = 0; i < candidates.Length; i++) candidates[i].Score = i;
    }
}
