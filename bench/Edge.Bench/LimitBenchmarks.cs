using BenchmarkDotNet.Attributes;
using Edge.Limits;

namespace Edge.Bench;

/// <summary>What four limits in memory cost a request: two that slide, a month's tokens, a place; all taken and settled (budget: 1 us).</summary>
[BenchmarkCategory("limits-memory")]
public class LimitBenchmarks
{
    private readonly MemoryLimiter _limiter = new(new LimitClock(TimeProvider.System, TimeZoneInfo.Utc));
    private readonly LimitTake _take = new();

    // Never used up, so that every request takes the whole way.
    private readonly LimitSlot[] _slots =
    [
        Slot(LimitKind.Requests, LimitWindow.Second, "second"), Slot(LimitKind.Tokens, LimitWindow.Minute, "minute"),
        Slot(LimitKind.Tokens, LimitWindow.Month, "month"), Slot(LimitKind.Concurrent, LimitWindow.Minute, "places"),
    ];

    [Benchmark(Baseline = true)]
    public void Four()
    {
        _take.Clear();
        foreach (var slot in _slots) _take.Add(slot.Rule, slot.Cells, slot.Cells.One, slot.Rule.Kind == LimitKind.Tokens ? 500 : 1);
        if (!_limiter.TryTake(_take)) throw new InvalidOperationException("A limit was used up.");
        _limiter.Settle(_take, 400);
    }

    internal static Action Operation() => new LimitBenchmarks().Four;

    private static LimitSlot Slot(LimitKind kind, LimitWindow window, string name)
    {
        const long Much = 100_000_000_000_000;
        return new(new LimitRule { Kind = kind, Amount = Much, Burst = Much, Window = window, Name = name, Level = "key", Identity = name }, new LimitCells(name, LimitBy.Tenant));
    }
}
