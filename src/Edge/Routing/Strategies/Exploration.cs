using Edge.Routing.Health;

namespace Edge.Routing.Strategies;

/// <summary>
/// Latency is only known of targets that are called: one that was slow once would be slow for ever. So one that nobody has called for a while gets a request now and then: at most one at a time, at
/// most each twentieth request of all, and the slower it was, the more rarely.
/// </summary>
internal static class Exploration
{
    /// <summary>Of the requests that could explore something.</summary>
    public const double Share = 0.05;

    /// <summary>Seconds without a call after which a target as fast as the best is asked again; one that is r times as slow waits r times as long.</summary>
    public const double Interval = 30;

    // Ten minutes at most: by then a provider's incident is over.
    private const double MostTimes = 20;

    /// <summary>The target was never called, and can be.</summary>
    public static bool IsFresh(TargetState state, long now) => state.LastBegin == 0 && state.IsPreferred(now);

    /// <summary>Nobody has called the target for so long that what is known of it is doubtful.</summary>
    /// <param name="state">Of the target.</param>
    /// <param name="slowness">Its latency divided by the best one's.</param>
    /// <param name="now">A timestamp.</param>
    public static bool IsStale(TargetState state, double slowness, long now) =>
        state.SecondsSinceBegin(now) > Interval * Math.Clamp(slowness, 1, MostTimes) && state.InFlight == 0 && state.IsPreferred(now);

    /// <summary>Whether this request is one of those that explore.</summary>
    public static bool IsTurn(in RoutingQuery query) => query.Entropy.NextDouble() < Share;
}
