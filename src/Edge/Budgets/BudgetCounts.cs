namespace Edge.Budgets;

/// <summary>What became of requests that a budget applies to, since the process began. Any thread.</summary>
public sealed class BudgetCounts
{
    private long _refused;
    private long _refusedUnpriced;
    private long _refusedAway;
    private long _capped;
    private long _downgraded;
    private long _overruns;
    private long _overrunNanos;

    public long Refused => Volatile.Read(ref _refused);

    /// <summary>For want of a price.</summary>
    public long RefusedUnpriced => Volatile.Read(ref _refusedUnpriced);

    /// <summary>Because nobody could be asked what is left.</summary>
    public long RefusedAway => Volatile.Read(ref _refusedAway);

    /// <summary>Answers that were given a lower bound.</summary>
    public long Capped => Volatile.Read(ref _capped);

    /// <summary>Requests that went to a cheaper model.</summary>
    public long Downgrades => Volatile.Read(ref _downgraded);

    /// <summary>Requests that cost more than was reserved for them, and by how many nano-dollars in all.</summary>
    public long Overruns => Volatile.Read(ref _overruns);

    public long OverrunNanos => Volatile.Read(ref _overrunNanos);

    internal void Refuse() => Interlocked.Increment(ref _refused);

    internal void RefuseUnpriced() => Interlocked.Increment(ref _refusedUnpriced);

    internal void RefuseAway() => Interlocked.Increment(ref _refusedAway);

    internal void Cap() => Interlocked.Increment(ref _capped);

    internal void Downgraded() => Interlocked.Increment(ref _downgraded);

    internal void Overrun(long nanos)
    {
        Interlocked.Increment(ref _overruns);
        Interlocked.Add(ref _overrunNanos, nanos);
    }
}
