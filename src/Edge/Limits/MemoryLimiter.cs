namespace Edge.Limits;

/// <summary>
/// Limits in this process's memory. All cells of a request are locked in one order, asked, and taken only where every one of them has room: nobody ever sees a take that is taken
/// back, so nobody is refused for one. (Taking one after another and giving back on a refusal, the tempting way without locks, refuses requests that would have fitted.)
/// </summary>
internal sealed class MemoryLimiter
{
    private readonly LimitClock _clock;

    public MemoryLimiter(LimitClock clock) => _clock = clock;

    /// <summary>All or nothing. False = <see cref="LimitTake.Refused"/> says which limit refuses. No allocation.</summary>
    /// <param name="take">The request's limits.</param>
    /// <param name="share">Among how many instances each limit is divided.</param>
    /// <param name="isOwed">Redis is to be told later.</param>
    public bool TryTake(LimitTake take, int share = 1, bool isOwed = false)
    {
        var now = _clock.Now;
        var periods = take.HasCalendar ? _clock.Current() : _clock.Last;
        var entries = take.Entries;
        Enter(entries);
        var fits = true;
        try
        {
            foreach (ref var entry in entries)
            {
                entry.Fits = entry.Cell.Fits(entry.Rule, entry.Cost, now, PeriodOf(entry.Rule, periods), share);
                fits &= entry.Fits;
            }
            if (fits)
            {
                foreach (ref var entry in entries)
                {
                    entry.Cell.Add(entry.Rule, entry.Cost);
                    entry.Period = entry.Cell.Period;
                    if (isOwed) entry.Cell.Owe(entry.Rule, entry.Cost);
                    if (entry.Rule.Kind == LimitKind.Concurrent) entry.Cell.Run(1);
                }
            }
            foreach (ref var entry in entries) entry.State = entry.Cell.State(entry.Rule, share);
        }
        finally
        {
            Exit(entries);
        }
        take.Clock = _clock;
        take.Share = share;
        take.IsTaken = fits;
        if (!fits) take.FindRefusal();
        return fits;
    }

    /// <summary>A request that was let in is over: its places are free, and its tokens are what they were.</summary>
    /// <param name="take">The request's limits.</param>
    /// <param name="tokens">Used; negative = nobody knows, and the estimate stands.</param>
    /// <param name="share">As when they were taken.</param>
    /// <param name="isOwed">Redis is to be told later.</param>
    public void Settle(LimitTake take, long tokens, int share = 1, bool isOwed = false)
    {
        var now = _clock.Now;
        var periods = take.HasCalendar ? _clock.Current() : _clock.Last;
        foreach (ref var entry in take.Entries)
        {
            var change = entry.Rule.Kind == LimitKind.Tokens && tokens >= 0 ? tokens - entry.Cost : 0;
            if (entry.Rule.Kind != LimitKind.Concurrent && change == 0) continue;
            lock (entry.Cell.Gate)
            {
                if (entry.Rule.Kind == LimitKind.Concurrent)
                {
                    entry.Cell.Run(-1);
                    continue;
                }
                // Time first, or what is given back would be given twice.
                entry.Cell.Fits(entry.Rule, 0, now, PeriodOf(entry.Rule, periods), share);
                // A month that is over keeps what it was taken for, and the new one owes nothing to it.
                if (entry.Cell.Period != entry.Period && !entry.Rule.IsSliding) continue;
                entry.Cell.Add(entry.Rule, change);
                if (isOwed) entry.Cell.Owe(entry.Rule, change);
            }
        }
    }

    internal static int PeriodOf(LimitRule rule, LimitClock.Periods periods) => rule.Window.Calendar == CalendarPeriod.None ? 0 : periods.Id(rule.Window.Calendar);

    private static void Enter(Span<LimitTake.Entry> entries)
    {
        for (var i = 0; i < entries.Length; i++)
        {
            entries[i].Cell.Gate.Enter();
            if (!entries[i].Cell.IsGone) continue;
            // Thrown out between being found and being locked: its successor has another place in the order, so all over again.
            for (; i >= 0; i--) entries[i].Cell.Gate.Exit();
            Renew(entries);
        }
    }

    private static void Renew(Span<LimitTake.Entry> entries)
    {
        foreach (ref var entry in entries)
        {
            if (entry.Cell.IsGone) entry.Cell = entry.Cells.Of(entry.Cell.Name);
        }
        for (var i = 1; i < entries.Length; i++)
        {
            var one = entries[i];
            var at = i;
            for (; at > 0 && entries[at - 1].Cell.Order > one.Cell.Order; at--) entries[at] = entries[at - 1];
            entries[at] = one;
        }
    }

    private static void Exit(Span<LimitTake.Entry> entries)
    {
        foreach (ref var entry in entries) entry.Cell.Gate.Exit();
    }
}
