namespace Edge.Budgets;

/// <summary>What came of a wish to reserve.</summary>
/// <param name="Refused">The line that has not enough left; -1 = none: it is reserved in all.</param>
/// <param name="Spent">Of that line's budget.</param>
/// <param name="Reserved">Of that line's budget, without the wish.</param>
/// <param name="IsAway">Nobody knows: the store is away, and so is what was kept for that time.</param>
internal readonly record struct BudgetVerdict(int Refused, long Spent = 0, long Reserved = 0, bool IsAway = false)
{
    public static readonly BudgetVerdict Ok = new(-1);

    public bool IsOk => Refused < 0 && !IsAway;
}

/// <summary>Where budgets are counted: this process, or Redis for several.</summary>
internal interface IBudgetStore
{
    /// <summary>Reserves so much more in every line, or nothing in any.</summary>
    ValueTask<BudgetVerdict> ReserveAsync(BudgetReservation reservation, long amount);

    /// <summary>Books what it cost in every line and frees what was reserved. Never blocks, never throws. The reservation is the caller's again at once.</summary>
    void Settle(BudgetReservation reservation, long cost);
}
