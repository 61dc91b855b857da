namespace Edge.Limits;

/// <summary>What limits have let in and refused, by what they count and by level. Any thread, no allocation.</summary>
internal sealed class LimitCounters
{
    /// <summary>Those that metrics tell apart.</summary>
    public static readonly string[] Levels = ["gateway", "anonymous", "organisation", "team", "user", "key"];

    private const int Kinds = 3;

    private readonly long[] _admitted = new long[Kinds * 6];
    private readonly long[] _refused = new long[Kinds * 6];
    private long _alone;

    /// <summary>Requests that were decided without Redis though it is configured.</summary>
    public long DecidedAlone => Volatile.Read(ref _alone);

    public long AdmittedOf(LimitKind kind, int level) => Volatile.Read(ref _admitted[At(kind, level)]);

    public long RefusedOf(LimitKind kind, int level) => Volatile.Read(ref _refused[At(kind, level)]);

    public void Admitted(LimitRule rule, long units) => Interlocked.Add(ref _admitted[At(rule.Kind, LevelOf(rule))], units);

    public void Refused(LimitRule rule) => Interlocked.Increment(ref _refused[At(rule.Kind, LevelOf(rule))]);

    public void Alone() => Interlocked.Increment(ref _alone);

    private static int At(LimitKind kind, int level) => (level * Kinds) + (int)kind;

    private static int LevelOf(LimitRule rule) => Math.Max(0, Array.IndexOf(Levels, rule.Level));
}
