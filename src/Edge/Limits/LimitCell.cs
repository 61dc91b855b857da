namespace Edge.Limits;

/// <summary>
/// What is counted for one limit of one tenant (or model, user, address): a sliding window's debt, a calendar period's sum, the requests that are under way. All of it is only
/// touched by whoever holds <see cref="Gate"/>, for some nanoseconds.
/// </summary>
internal sealed class LimitCell
{
    private static long _last;

    /// <param name="key">Its name in Redis.</param>
    /// <param name="name">The model, user or address that it is for; empty = none.</param>
    public LimitCell(string key, string name)
    {
        Key = key;
        Name = name;
        Order = Interlocked.Increment(ref _last);
    }

    /// <summary>Who needs several takes them by it, so that nobody waits for whom it keeps waiting.</summary>
    public long Order { get; }

    public Lock Gate { get; } = new();

    /// <summary>Its name in Redis.</summary>
    public string Key { get; }

    /// <summary>The model, user or address that it is for; empty = none.</summary>
    public string Name { get; }

    /// <summary>It was thrown out for being empty: whoever still holds it asks for its successor.</summary>
    public bool IsGone { get; set; }

    // A leaky bucket in exact integers: units times the window's nanoseconds; each nanosecond takes the limit's amount away. The same as GCRA's theoretical arrival time, without its
    // rounding of the time per unit.
    private UInt128 _debt;
    private long _at;

    private int _period;
    private long _used;

    /// <summary>Requests under way, whoever admitted them.</summary>
    public long Running { get; private set; }

    /// <summary>What Redis does not know of yet, of the calendar's period at hand: taken while it was away.</summary>
    public long Owed { get; private set; }

    /// <summary>The outage of Redis that it has gone through last.</summary>
    public int Outage { get; set; }

    /// <summary>The calendar's period that it counts.</summary>
    public int Period => _period;

    /// <summary>Something was taken, or given back, that Redis was not told.</summary>
    public void Owe(LimitRule rule, long change)
    {
        // A sliding window has forgotten it by the time that Redis is back.
        if (rule.Kind != LimitKind.Concurrent && !rule.IsSliding) Owed += change;
    }

    /// <summary>What Redis said last, so that an outage begins with that.</summary>
    public SharedUse Shared { get; set; }

    /// <summary>Whether this much fits. Changes nothing but what time has changed.</summary>
    /// <param name="rule">The limit.</param>
    /// <param name="cost">How much is wanted.</param>
    /// <param name="now">Of the clock.</param>
    /// <param name="period">The calendar's, where the rule has one.</param>
    /// <param name="share">Among how many instances it is divided.</param>
    public bool Fits(LimitRule rule, long cost, long now, int period, int share)
    {
        Move(rule, now, period, share);
        if (cost == 0) return true;
        if (rule.Kind == LimitKind.Concurrent) return Running + cost <= Part(rule.Amount, share);
        // A request that is larger than a share, but not than the whole, passes where nothing else is counted: divided limits would otherwise never let it.
        if (rule.IsSliding) return _debt + ((UInt128)(ulong)cost * (ulong)rule.Window.Nanoseconds) <= (UInt128)(ulong)Part(rule.Burst, share) * (ulong)rule.Window.Nanoseconds
            || (share > 1 && _debt == 0 && cost <= rule.Burst);
        return _used + cost <= PeriodAmount(rule, share);
    }

    /// <summary>Takes it, whether it fits or not; negative gives back. After <see cref="Fits"/> at the same time.</summary>
    public void Add(LimitRule rule, long cost)
    {
        if (rule.Kind == LimitKind.Concurrent) return;
        if (!rule.IsSliding)
        {
            _used = Math.Max(0, _used + cost);
            return;
        }
        var change = (UInt128)(ulong)Math.Abs(cost) * (ulong)rule.Window.Nanoseconds;
        _debt = cost >= 0 ? _debt + change : _debt > change ? _debt - change : 0;
    }

    /// <summary>A request begins (1) or ends (-1).</summary>
    public void Run(int change) => Running = Math.Max(0, Running + change);

    /// <summary>As it stands now, for whoever reckons later.</summary>
    public LimitState State(LimitRule rule, int share) => new(_debt, rule.Kind == LimitKind.Concurrent ? Running : _used,
        rule.Kind == LimitKind.Concurrent ? Part(rule.Amount, share) : rule.IsSliding ? Part(rule.Burst, share) : PeriodAmount(rule, share));

    /// <summary>How much of it is used now.</summary>
    public long Used(LimitRule rule) => rule.Kind == LimitKind.Concurrent ? Running
        : rule.IsSliding ? (long)((_debt + (ulong)(rule.Window.Nanoseconds - 1)) / (ulong)rule.Window.Nanoseconds) : _used;

    /// <summary>Nothing is counted that a new one would not count. After <see cref="Fits"/> at the same time.</summary>
    public bool IsEmpty(LimitRule rule) => Running == 0 && Owed == 0 && (rule.Kind == LimitKind.Concurrent || (rule.IsSliding ? _debt == 0 : _used == 0));

    /// <summary>An outage of Redis begins: this instance goes on from what all had used, with its share of what was left.</summary>
    public void BeginAlone(LimitRule rule, long now, int period, int share)
    {
        _period = period;
        _used = Shared.Period == period ? Shared.Used : 0;
        _at = now;
        _debt = 0;
        if (!rule.IsSliding || Shared.At == 0) return;
        var debt = (UInt128)(ulong)Shared.Used * (ulong)rule.Window.Nanoseconds;
        var gone = (UInt128)(ulong)Math.Max(0, now - Shared.At) * (ulong)rule.Amount;
        _debt = debt > gone ? (debt - gone) / (uint)share : 0;
    }

    private void Move(LimitRule rule, long now, int period, int share)
    {
        if (rule.Kind == LimitKind.Concurrent) return;
        if (!rule.IsSliding)
        {
            // Never back: see LimitClock.
            if (period <= _period) return;
            _period = period;
            _used = 0;
            Owed = 0;
            return;
        }
        if (now <= _at) return;
        var gone = (UInt128)(ulong)(now - _at) * Rate(rule, share);
        _debt = _debt > gone ? _debt - gone : 0;
        _at = now;
    }

    // A month's sum goes on from what all have used, so that only the rest is divided.
    private long PeriodAmount(LimitRule rule, int share)
    {
        if (share <= 1) return rule.Amount;
        var used = Shared.Period == _period ? Shared.Used : 0;
        return used + Part(Math.Max(0, rule.Amount - used), share);
    }

    internal static ulong Rate(LimitRule rule, int share) => (ulong)Math.Max(1, rule.Amount / share);

    // Whoever has few to give gives one in each instance rather than none.
    private static long Part(long amount, int share) => share <= 1 ? amount : Math.Max(Math.Min(1, amount), amount / share);
}

/// <summary>What all instances have used, as Redis said last.</summary>
/// <param name="Used">Units.</param>
/// <param name="At">Of the clock; 0 = never.</param>
/// <param name="Period">The calendar's.</param>
internal readonly record struct SharedUse(long Used, long At, int Period);

/// <summary>How a limit stands.</summary>
/// <param name="Left">Units.</param>
/// <param name="ResetMilliseconds">Until all of it is free; 0 = it is, or nobody knows.</param>
/// <param name="WaitMilliseconds">Until what was asked for is free; 0 = it is, or nobody knows.</param>
internal readonly record struct LimitStanding(long Left, long ResetMilliseconds, long WaitMilliseconds);

/// <summary>A limit's numbers at one moment.</summary>
/// <param name="Debt">Of a sliding window: units times its nanoseconds.</param>
/// <param name="Used">Of a calendar's period, or under way.</param>
/// <param name="Most">What may be used here.</param>
internal readonly record struct LimitState(UInt128 Debt, long Used, long Most)
{
    /// <summary>How much is left, and when.</summary>
    /// <param name="rule">The limit.</param>
    /// <param name="cost">What is waited for; 0 = nothing.</param>
    /// <param name="share">Among how many instances it is divided.</param>
    /// <param name="periodLeft">Milliseconds until the calendar's period ends.</param>
    public LimitStanding Standing(LimitRule rule, long cost, int share, long periodLeft)
    {
        if (rule.Kind == LimitKind.Concurrent) return new(Math.Max(0, Most - Used), 0, 0);
        if (!rule.IsSliding)
        {
            var left = Math.Max(0, Most - Used);
            return new(left, periodLeft, cost > left ? periodLeft : 0);
        }
        var window = (UInt128)(ulong)rule.Window.Nanoseconds;
        var most = (UInt128)(ulong)Most * window;
        var wanted = Debt + ((UInt128)(ulong)cost * window);
        var rate = LimitCell.Rate(rule, share);
        return new(Debt >= most ? 0 : (long)((most - Debt) / window), Milliseconds(Debt, rate), wanted > most ? Milliseconds(wanted - most, rate) : 0);
    }

    // Rounded up: whoever comes back then gets it.
    private static long Milliseconds(UInt128 debt, ulong rate)
    {
        var nanoseconds = (debt + rate - 1) / rate;
        var milliseconds = (nanoseconds + 999_999) / 1_000_000;
        return milliseconds > long.MaxValue ? long.MaxValue : (long)milliseconds;
    }
}
