using Edge.Configuration;
using Edge.Model;

namespace Edge.Routing;

/// <summary>What a model's name leads to: the candidates and how they are chosen among. Immutable but for the turn.</summary>
public sealed class RoutePlan
{
    private readonly Candidate[] _candidates;
    private uint _turn;

    /// <param name="candidates">By tier; at least one of tier 0, which comes first.</param>
    public RoutePlan(Candidate[] candidates) => _candidates = candidates;

    public ReadOnlySpan<Candidate> Candidates => _candidates;

    /// <summary>Where a request goes that cannot choose.</summary>
    public ModelRoute Primary => _candidates[0].Route;

    /// <summary>A group: all of it is what its name stands for. Else what stands behind the first tier is the chain's.</summary>
    public bool IsGroup { get; init; }

    /// <summary>What the name that led here is for one candidate.</summary>
    internal Tenancy.AskedName KindOf(in Candidate candidate, Tenancy.AskedName name) => IsGroup || candidate.Tier == 0 ? name : Tenancy.AskedName.None;

    /// <summary>Null = the configuration's.</summary>
    public SelectionStrategy? Strategy { get; init; }

    /// <summary>Null = by strategy.</summary>
    public StickyBy? Sticky { get; init; }

    /// <summary>Null = the configuration's.</summary>
    public bool? Hedge { get; init; }

    public bool StreamRecovery { get; init; }

    /// <summary>Gets a copy of some requests; null = nobody does.</summary>
    public ModelRoute? Shadow { get; init; }

    public double ShadowShare { get; init; }

    /// <summary>Which request of it this is.</summary>
    public uint NextTurn() => Interlocked.Increment(ref _turn) - 1;
}
