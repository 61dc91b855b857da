using Edge.Model;
using Edge.Routing.Health;

namespace Edge.Routing;

/// <summary>One model of one provider that could serve a request.</summary>
public struct Candidate
{
    public ModelRoute Route;

    /// <summary>0 = serves such requests; 1 and more = stands by until every one before it has failed, in this order.</summary>
    public int Tier;

    /// <summary>In relation to the others of its tier.</summary>
    public int Weight;

    /// <summary>The lowest is tried first, within a tier. Set by the strategy.</summary>
    public double Score;

    public readonly TargetState State => Route.State;
}

/// <summary>What a strategy may know of a request.</summary>
public readonly struct RoutingQuery
{
    /// <summary>Estimated.</summary>
    public long InputTokens { get; init; }

    /// <summary>What the client allows; 0 = it names no limit.</summary>
    public long MaxOutputTokens { get; init; }

    public bool IsStream { get; init; }

    /// <summary>Of the key or user whose requests stay together; 0 = of none.</summary>
    public ulong StickyHash { get; init; }

    /// <summary>Which request of its group it is, for taking turns.</summary>
    public uint Turn { get; init; }

    /// <summary>A TimeProvider timestamp.</summary>
    public long Now { get; init; }

    public required Entropy Entropy { get; init; }

    public required Configuration.BalanceConfig Balance { get; init; }
}

/// <summary>Orders the candidates of a request. Stateless: what it learns lives in <see cref="TargetState"/>.</summary>
public interface IRoutingStrategy
{
    Configuration.SelectionStrategy Kind { get; }

    /// <summary>
    /// Sets each candidate's <see cref="Candidate.Score"/>. Called with the candidates of one tier, at least two, in their configured order; the stage sorts, and equal scores keep that order.
    /// Allocates nothing; below 300 ns for ten.
    /// </summary>
    void Score(in RoutingQuery query, Span<Candidate> candidates);
}
