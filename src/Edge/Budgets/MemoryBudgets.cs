namespace Edge.Budgets;

/// <summary>Budgets of this process alone.</summary>
internal sealed class MemoryBudgets : IBudgetStore
{
    private readonly SpentSource? _source;

    /// <param name="source">What was spent before this process began; null = nothing is kept.</param>
    public MemoryBudgets(SpentSource? source = null) => _source = source;

    public ValueTask<BudgetVerdict> ReserveAsync(BudgetReservation reservation, long amount)
    {
        if (_source is not null)
        {
            foreach (ref readonly var line in reservation.Lines)
            {
                if (!line.Counter.IsLoaded) return LoadAsync(reservation, amount);
            }
        }
        return new(Reserve(reservation, amount));
    }

    // All locks first: with one budget after the other, a request that the last one refuses would hold the first one's money for a moment, and another be refused for it.
    internal static BudgetVerdict Reserve(BudgetReservation reservation, long amount)
    {
        var lines = reservation.Lines;
        foreach (ref readonly var line in lines) line.Counter.Account.Lock.Enter();
        var verdict = BudgetVerdict.Ok;
        for (var i = 0; i < lines.Length; i++)
        {
            var counter = lines[i].Counter;
            if (counter.Fits(amount, lines[i].Limit)) continue;
            verdict = new(i, counter.Spent, counter.Reserved);
            break;
        }
        if (verdict.IsOk)
        {
            foreach (ref readonly var line in lines) line.Counter.Reserve(amount);
        }
        foreach (ref readonly var line in lines) line.Counter.Account.Lock.Exit();
        return verdict;
    }

    public void Settle(BudgetReservation reservation, long cost)
    {
        foreach (ref readonly var line in reservation.Lines)
        {
            lock (line.Counter.Account.Lock) line.Counter.Settle(reservation.Amount, cost);
        }
    }

    private async ValueTask<BudgetVerdict> LoadAsync(BudgetReservation reservation, long amount)
    {
        for (var i = 0; i < reservation.Count; i++)
        {
            if (!await _source!.LoadAsync(reservation.Lines[i].Counter)) return new(i, IsAway: true);
        }
        return Reserve(reservation, amount);
    }
}
