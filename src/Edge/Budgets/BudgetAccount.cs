namespace Edge.Budgets;

/// <summary>Whose money it is: a tenant's path, or all together. Keeps what it spent in the periods at hand; outlives snapshots.</summary>
public sealed class BudgetAccount
{
    /// <summary>The path of everybody together (<c>limits.max_cost_per_day</c>): no tenant's can be equal.</summary>
    public const string Everybody = "*";

    private BudgetCounter? _day;
    private BudgetCounter? _month;

    public BudgetAccount(string path) => Path = path;

    public string Path { get; }

    /// <summary>Guards the numbers of its counters. Where several are needed they are taken from the organisation downwards.</summary>
    internal Lock Lock { get; } = new();

    /// <summary>The day on which somebody asked for a limit of its own: from then on every request of it is counted, whoever else asks.</summary>
    internal int WatchedDay { get; set; } = -1;

    /// <summary>It is among those that are shown.</summary>
    internal bool IsSeen { get; set; }

    /// <summary>The counter of a period; the one before it lives on in the reservations that were made in it.</summary>
    internal BudgetCounter Counter(BudgetPeriod period, int number)
    {
        var now = period == BudgetPeriod.Day ? _day : _month;
        // Never back: of two requests at midnight the slower one would otherwise begin the old day anew.
        if (now is not null && number <= now.Number) return now;
        lock (Lock)
        {
            ref var slot = ref period == BudgetPeriod.Day ? ref _day : ref _month;
            // What followed a period that was counted here began with nothing: there is nothing to ask the disk for.
            if (slot is null || number > slot.Number) slot = new BudgetCounter(this, period, number) { IsLoaded = slot is not null };
            return slot;
        }
    }

    /// <summary>What it has of a period; null = nothing was counted in it.</summary>
    public BudgetCounter? Find(BudgetPeriod period) => period == BudgetPeriod.Day ? _day : _month;
}

/// <summary>One account's money in one period, in nano-dollars. With Redis: what the last answer said.</summary>
public sealed class BudgetCounter
{
    private long _spent;
    private long _reserved;
    private long _unknown;

    internal BudgetCounter(BudgetAccount account, BudgetPeriod period, int number)
    {
        (Account, Period, Number) = (account, period, number);
        Key = $"{account.Path}|{(period == BudgetPeriod.Day ? 'd' : 'm')}|{BudgetDay.NameOf(period, number)}";
    }

    public BudgetAccount Account { get; }

    public BudgetPeriod Period { get; }

    /// <summary><see cref="BudgetDay.NumberOf"/>.</summary>
    public int Number { get; }

    /// <summary>Unique among all budgets and periods.</summary>
    public string Key { get; }

    /// <summary>Settled.</summary>
    public long Spent => Volatile.Read(ref _spent);

    /// <summary>Of requests under way, at worst.</summary>
    public long Reserved => Volatile.Read(ref _reserved);

    /// <summary>The part of <see cref="Spent"/> that nobody knows: requests of instances that died, at worst.</summary>
    public long Unknown => Volatile.Read(ref _unknown);

    /// <summary>The last limit that a request held against it; 0 = none did.</summary>
    public long Limit { get; internal set; }

    /// <summary>What this instance may spend of it without Redis.</summary>
    internal Redis.LocalShare Local;

    /// <summary>The highest part, in percent, that was told of.</summary>
    internal int Alerted;

    /// <summary>What was spent before this process began has been added.</summary>
    internal volatile bool IsLoaded;

    /// <summary>What a refusal says is left: never below 0.</summary>
    public static long Left(long limit, long spent, long reserved) => Math.Max(0, limit - Add(spent, reserved));

    // The rest under the account's lock.

    internal bool Fits(long amount, long limit) => amount <= Left(limit, _spent, _reserved);

    internal void Reserve(long amount) => _reserved = Add(_reserved, amount);

    internal void Settle(long reserved, long cost)
    {
        _reserved -= reserved;
        _spent = Add(_spent, cost);
    }

    internal void Load(long spent, long unknown)
    {
        _spent = Add(_spent, spent);
        _unknown = Add(_unknown, unknown);
        IsLoaded = true;
    }

    internal void Set(long spent, long reserved, long unknown)
    {
        Volatile.Write(ref _spent, spent);
        Volatile.Write(ref _reserved, reserved);
        Volatile.Write(ref _unknown, unknown);
    }

    private static long Add(long a, long b) => a > long.MaxValue - b ? long.MaxValue : a + b;
}
