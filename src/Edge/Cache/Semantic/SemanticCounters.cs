using Edge.Cache.Semantic.Gate;

namespace Edge.Cache.Semantic;

/// <summary>What happened so far, for metrics: counted by workers, read by anyone.</summary>
internal sealed class SemanticCounters
{
    private readonly long[] _outcomes = new long[Enum.GetValues<SemanticOutcome>().Length];
    private readonly long[] _refused = new long[Enum.GetValues<GateReason>().Length];
    private readonly long[] _bypassed = new long[Enum.GetValues<GateReason>().Length];

    public long Of(SemanticOutcome outcome) => Interlocked.Read(ref _outcomes[(int)outcome]);

    public long Refused(GateReason reason) => Interlocked.Read(ref _refused[(int)reason]);

    public long Bypassed(GateReason reason) => Interlocked.Read(ref _bypassed[(int)reason]);

    public void Count(in SemanticResult result)
    {
        Interlocked.Increment(ref _outcomes[(int)result.Outcome]);
        if (result.Outcome == SemanticOutcome.Refused) Interlocked.Increment(ref _refused[(int)result.Reason]);
        else if (result.Outcome == SemanticOutcome.Bypassed) Interlocked.Increment(ref _bypassed[(int)result.Reason]);
    }
}
