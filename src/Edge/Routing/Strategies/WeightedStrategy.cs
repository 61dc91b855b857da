using Edge.Configuration;

namespace Edge.Routing.Strategies;

/// <summary>At random, by weight; where the group is sticky, by weight over keys or users.</summary>
public sealed class WeightedStrategy : IRoutingStrategy
{
    public SelectionStrategy Kind => SelectionStrategy.Weighted;

    public void Score(in RoutingQuery query, Span<Candidate> candidates) => Rendezvous.Score(query.StickyHash == 0 ? query.Entropy.Next() : query.StickyHash, candidates);
}
