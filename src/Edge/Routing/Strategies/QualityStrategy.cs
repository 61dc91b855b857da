using Edge.Configuration;

namespace Edge.Routing.Strategies;

/// <summary>The best first (<c>routing.quality</c>); of equal ones those that are well, of these the cheaper.</summary>
public sealed class QualityStrategy : IRoutingStrategy
{
    // One number holds three: whole steps of quality, half a step for health, a quarter for cost.
    private const double Steps = 1_000_000;
    private const double Unwell = 0.5;
    private const double CostShare = 0.25;
    private const double UnknownCost = 0.375;

    public SelectionStrategy Kind => SelectionStrategy.QualityFirst;

    public void Score(in RoutingQuery query, Span<Candidate> candidates)
    {
        var usual = Expectation.UsualOutput(candidates);
        var dearest = double.Epsilon;
        foreach (ref var candidate in candidates)
        {
            candidate.Score = Expectation.Cost(query, candidate, usual);
            if (candidate.Score > dearest) dearest = candidate.Score;
        }
        foreach (ref var candidate in candidates)
        {
            var cost = double.IsNaN(candidate.Score) ? UnknownCost : candidate.Score / dearest * CostShare;
            var health = candidate.State.IsPreferred(query.Now) ? 0 : Unwell;
            candidate.Score = Math.Round((1 - candidate.Route.Facts.Quality) * Steps) + health + cost;
        }
    }
}
