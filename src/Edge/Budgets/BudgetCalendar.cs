using System.Globalization;

namespace Edge.Budgets;

/// <summary>How long a budget lasts.</summary>
public enum BudgetPeriod : byte
{
    Day,
    Month,
}

/// <summary>Which day and month it is in a time zone. Any thread; allocates when a day begins.</summary>
public sealed class BudgetCalendar
{
    private volatile BudgetDay _today;

    public BudgetCalendar(TimeZoneInfo zone)
    {
        Zone = zone;
        _today = BudgetDay.Of(DateTimeOffset.UnixEpoch, zone);
    }

    public TimeZoneInfo Zone { get; }

    /// <summary>From when until when a period lasts.</summary>
    public (DateTimeOffset From, DateTimeOffset Until) Span(BudgetPeriod period, int number)
    {
        var first = period == BudgetPeriod.Day ? DateOnly.FromDayNumber(number) : new DateOnly(number / 12, (number % 12) + 1, 1);
        return (BudgetDay.Midnight(first, Zone), BudgetDay.Midnight(period == BudgetPeriod.Day ? first.AddDays(1) : first.AddMonths(1), Zone));
    }

    public BudgetDay At(DateTimeOffset now)
    {
        var today = _today;
        if (now >= today.Begin && now < today.End) return today;
        return _today = BudgetDay.Of(now, Zone);
    }
}

/// <summary>A day of a calendar, and its month.</summary>
public sealed class BudgetDay
{
    private BudgetDay(DateOnly date, DateTimeOffset begin, DateTimeOffset end, DateTimeOffset monthEnd)
    {
        (Date, Begin, End, MonthEnd) = (date, begin, end, monthEnd);
    }

    public DateOnly Date { get; }

    public DateTimeOffset Begin { get; }

    /// <summary>The next midnight of the zone: 23 to 25 hours after the last one, or more where a zone skips a day.</summary>
    public DateTimeOffset End { get; }

    public DateTimeOffset MonthEnd { get; }

    /// <summary>Rises by one from period to period.</summary>
    public int NumberOf(BudgetPeriod period) => period == BudgetPeriod.Day ? Date.DayNumber : (Date.Year * 12) + Date.Month - 1;

    public DateTimeOffset EndOf(BudgetPeriod period) => period == BudgetPeriod.Day ? End : MonthEnd;

    public static BudgetDay Of(DateTimeOffset now, TimeZoneInfo zone)
    {
        var local = TimeZoneInfo.ConvertTime(now, zone);
        var date = DateOnly.FromDateTime(local.DateTime);
        return new(date, Midnight(date, zone), Midnight(date.AddDays(1), zone), Midnight(new DateOnly(date.Year, date.Month, 1).AddMonths(1), zone));
    }

    /// <summary>How people write it: <c>2026-11-23</c>, <c>2026-11</c>.</summary>
    public static string NameOf(BudgetPeriod period, int number) => period == BudgetPeriod.Day
        ? DateOnly.FromDayNumber(number).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)
        : string.Create(CultureInfo.InvariantCulture, $"{number / 12:D4}-{(number % 12) + 1:D2}");

    // The first moment of a date: clocks that go forward at midnight have none at 0:00.
    internal static DateTimeOffset Midnight(DateOnly date, TimeZoneInfo zone)
    {
        var local = date.ToDateTime(TimeOnly.MinValue);
        while (zone.IsInvalidTime(local)) local = local.AddMinutes(15);
        // Where the clock goes back over midnight the day begins with the first of the two.
        var offset = zone.IsAmbiguousTime(local) ? zone.GetAmbiguousTimeOffsets(local).Max() : zone.GetUtcOffset(local);
        return new DateTimeOffset(local, offset);
    }
}
