namespace Edge.Budgets;

/// <summary>One budget that a request counts against.</summary>
/// <param name="Counter">Where, in the period in which the reservation was made: there it is settled, whenever that is.</param>
/// <param name="Limit">Nano-dollars.</param>
public readonly record struct BudgetLine(BudgetCounter Counter, long Limit);

/// <summary>What a request has reserved, and where. Pooled with its context.</summary>
public sealed class BudgetReservation
{
    // Day and month of four levels, everybody's, and the request's own.
    private const int MaxLines = 10;

    private readonly BudgetLine[] _lines = new BudgetLine[MaxLines];

    /// <summary>The request's.</summary>
    public string Id { get; private set; } = "";

    /// <summary>From the organisation downwards: the order in which accounts are locked.</summary>
    public ReadOnlySpan<BudgetLine> Lines => _lines.AsSpan(0, Count);

    public int Count { get; private set; }

    /// <summary>Nano-dollars, in every line.</summary>
    public long Amount { get; internal set; }

    /// <summary>What one call can cost at worst.</summary>
    public long Step { get; internal set; }

    /// <summary>The most that the request may cost; null = no limit of its own.</summary>
    public long? Most { get; internal set; }

    /// <summary>Something is reserved that must be settled.</summary>
    public bool IsOpen { get; internal set; }

    /// <summary>Made while the shared store was away.</summary>
    internal bool IsLocal { get; set; }

    /// <summary>Who made it.</summary>
    internal BudgetStage? Stage { get; private set; }

    internal void Begin(BudgetStage stage, string id)
    {
        Clear();
        Stage = stage;
        Id = id;
    }

    internal void Add(BudgetCounter counter, long limit)
    {
        for (var i = 0; i < Count; i++)
        {
            // The request's own limit of an account that has one already: the stricter one counts.
            if (_lines[i].Counter != counter) continue;
            _lines[i] = new(counter, Math.Min(limit, _lines[i].Limit));
            return;
        }
        _lines[Count++] = new(counter, limit);
    }

    internal void Clear()
    {
        Array.Clear(_lines, 0, Count);
        Count = 0;
        Amount = Step = 0;
        Most = null;
        IsOpen = IsLocal = false;
        Stage = null;
        Id = "";
    }

    /// <summary>Before another call for the same request, when an earlier one may have cost something. False = there is not enough left.</summary>
    public ValueTask<bool> ExtendAsync() => Stage is null || !IsOpen ? new(true) : Stage.ExtendAsync(this, Step);
}
