namespace Edge.Limits;

/// <summary>
/// The limits of one request: which they are, what it takes of each, how they stand. Kept by its context and used again, so that it costs no allocation.
/// </summary>
internal sealed class LimitTake
{
    private Entry[] _entries = new Entry[8];

    /// <summary>What a request takes of one limit.</summary>
    public struct Entry
    {
        public LimitRule Rule;
        public LimitCells Cells;
        public LimitCell Cell;

        /// <summary>Units: 1 request, so many tokens, 1 of those at once.</summary>
        public long Cost;

        /// <summary>The calendar's period that it was taken of.</summary>
        public int Period;

        /// <summary>How the limit stood just after it was asked, in this process; else <see cref="Told"/> says it.</summary>
        public LimitState State;

        /// <summary>What Redis said of it; default = it was not asked.</summary>
        public LimitStanding? Told;

        public bool Fits;
    }

    public int Count { get; private set; }

    public Span<Entry> Entries => _entries.AsSpan(0, Count);

    /// <summary>It was let in, and what it took is settled or given back later.</summary>
    public bool IsTaken { get; set; }

    /// <summary>What it took is booked in Redis; else in this process alone.</summary>
    public bool IsShared { get; set; }

    /// <summary>Names its places among concurrent requests; empty = it has none in Redis.</summary>
    public string Lease { get; set; } = "";

    /// <summary>What it is expected to use.</summary>
    public long Tokens { get; set; }

    /// <summary>The limit that refuses it, of several the one that it has to wait longest for; -1 = none.</summary>
    public int Refused { get; set; } = -1;

    /// <summary>One of them counts requests at once.</summary>
    public bool HasConcurrent { get; private set; }

    /// <summary>One of them counts by the calendar.</summary>
    public bool HasCalendar { get; private set; }

    /// <summary>Whose time the waits below are told by.</summary>
    public LimitClock? Clock { get; set; }

    /// <summary>Among how many instances the limits were divided.</summary>
    public int Share { get; set; } = 1;

    public DateTimeOffset UtcNow => Clock!.UtcNow;

    /// <summary>How much is left of a limit, and when; reckoned when somebody wants to know, for it takes divisions.</summary>
    public LimitStanding StandingOf(int index)
    {
        ref var entry = ref _entries[index];
        if (entry.Told is { } told) return told;
        var period = entry.Rule.Window.Calendar;
        var left = period == CalendarPeriod.None ? 0 : Math.Max(0, (long)Math.Ceiling((Clock!.Last.End(period) - Clock.UtcNow).TotalMilliseconds));
        return entry.State.Standing(entry.Rule, entry.Fits ? 0 : entry.Cost, Share, left);
    }

    public void Add(LimitRule rule, LimitCells cells, LimitCell cell, long cost)
    {
        if (Count == _entries.Length) Array.Resize(ref _entries, Count * 2);
        // In the order in which they are locked. There are few, and most come in order.
        var at = Count++;
        for (; at > 0 && _entries[at - 1].Cell.Order > cell.Order; at--) _entries[at] = _entries[at - 1];
        _entries[at] = new Entry { Rule = rule, Cells = cells, Cell = cell, Cost = cost };
        HasConcurrent |= rule.Kind == LimitKind.Concurrent;
        HasCalendar |= rule.Window.Calendar != CalendarPeriod.None;
    }

    /// <summary>Of those that refuse, the one that takes longest to give way.</summary>
    public void FindRefusal()
    {
        Refused = -1;
        for (var i = 0; i < Count; i++)
        {
            if (!_entries[i].Fits && (Refused < 0 || StandingOf(i).WaitMilliseconds > StandingOf(Refused).WaitMilliseconds)) Refused = i;
        }
    }

    public void Clear()
    {
        Array.Clear(_entries, 0, Count);
        Count = 0;
        IsTaken = IsShared = HasConcurrent = HasCalendar = false;
        Lease = "";
        Tokens = 0;
        Refused = -1;
        Share = 1;
    }
}
