using Edge.Configuration;

namespace Edge.Routing.Strategies;

/// <summary>At random, by weight.</summary>
public sealed class WeightedStrategy : IRoutingStrategy
{
    public SelectionStrategy Kind => SelectionStrategy.Weighted;

    // A race of exponential clocks: each is first with the probability of its weight, and so are the ones behind it among themselves.
    public void Score(in RoutingQuery query, Span<Candidate> candidates)
    {
        for (var i = 0; i < candidates.Length; i++)
        {
            var draw = query.StickyHash == 0 ? query.Entropy.NextDouble() : StickyStrategy.Draw(query.StickyHash, candidates[i]);
            candidates[i].Score = candidates[i].Weight == 0 ? double.MaxValue : -Math.Log(1 - draw) / candidates[i].Weight;
        }
    }
}
