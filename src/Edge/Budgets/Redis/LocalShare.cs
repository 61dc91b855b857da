namespace Edge.Budgets.Redis;

/// <summary>What an instance may spend of a budget while it cannot reach Redis, where that much is reserved for it. Under the account's lock.</summary>
internal struct LocalShare
{
    /// <summary>Held in Redis.</summary>
    public long Granted;

    /// <summary>Until when, as a timestamp: then others may have it.</summary>
    public long Until;

    /// <summary>Spent, and not booked in Redis yet.</summary>
    public long Used;

    /// <summary>Of requests under way.</summary>
    public long Reserved;

    public readonly long Left(long now) => now > Until ? 0 : Math.Max(0, Granted - Used - Reserved);

    public void Reserve(long amount) => Reserved += amount;

    public void Settle(long reserved, long cost)
    {
        Reserved -= reserved;
        Used += cost;
    }
}
