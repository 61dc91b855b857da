using Edge.Configuration;

namespace Edge.Routing.Strategies;

/// <summary>
/// The lowest expected cost: prices, the prompt's size, and the length of the answers that the target has given, within what the client allows. Unknown prices come last. Explores nothing: a
/// dearer target is never called while a cheaper one can be.
/// </summary>
public sealed class CostStrategy : IRoutingStrategy
{
    public SelectionStrategy Kind => SelectionStrategy.CostOptimized;

    public void Score(in RoutingQuery query, Span<Candidate> candidates)
    {
        var usual = Expectation.UsualOutput(candidates);
        foreach (ref var candidate in candidates)
        {
            var cost = Expectation.Cost(query, candidate, usual);
            candidate.Score = double.IsNaN(cost) ? double.MaxValue : cost;
        }
    }
}
