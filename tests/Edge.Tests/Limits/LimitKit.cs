using Edge.Limits;

namespace Edge.Tests.Limits;

/// <summary>Limits without a configuration around them.</summary>
internal static class LimitKit
{
    public static LimitSlot Sliding(long amount, LimitWindow? window = null, long? burst = null, LimitKind kind = LimitKind.Requests, string name = "sliding") =>
        Slot(new LimitRule { Kind = kind, Amount = amount, Burst = burst ?? amount, Window = window ?? LimitWindow.Minute, Name = name, Level = "team", Identity = name });

    public static LimitSlot Period(long amount, LimitWindow window, LimitKind kind = LimitKind.Tokens, string name = "period") =>
        Slot(new LimitRule { Kind = kind, Amount = amount, Burst = amount, Window = window, Name = name, Level = "organisation", Identity = name });

    public static LimitSlot Concurrent(long amount, string name = "concurrent") =>
        Slot(new LimitRule { Kind = LimitKind.Concurrent, Amount = amount, Name = name, Level = "key", Identity = name });

    public static LimitTake Take(params ReadOnlySpan<(LimitSlot Slot, long Cost)> wanted)
    {
        var take = new LimitTake();
        foreach (var (slot, cost) in wanted) take.Add(slot.Rule, slot.Cells, slot.Cells.One, cost);
        return take;
    }

    private static LimitSlot Slot(LimitRule rule) => new(rule, new LimitCells(rule.Identity, rule.By));
}
