namespace Edge.Limits;

/// <summary>
/// Now, for limits: a monotonic time that no clock's setting moves, and the calendar's period that it falls in. Any thread.
/// </summary>
internal sealed class LimitClock
{
    private readonly TimeProvider _time;
    private readonly long _start;
    private readonly double _nanosecondsPerTick;
    private readonly bool _isNanoseconds;
    private volatile Periods _periods;

    /// <param name="time">The clock.</param>
    /// <param name="zone">Whose days and months count.</param>
    public LimitClock(TimeProvider time, TimeZoneInfo zone)
    {
        _time = time;
        _start = time.GetTimestamp();
        _isNanoseconds = time.TimestampFrequency == 1_000_000_000;
        _nanosecondsPerTick = 1e9 / time.TimestampFrequency;
        Zone = zone;
        _periods = new Periods(time.GetUtcNow(), zone);
    }

    public TimeZoneInfo Zone { get; }

    /// <summary>Nanoseconds since this clock was made. Never goes back.</summary>
    public long Now
    {
        get
        {
            var ticks = _time.GetTimestamp() - _start;
            return _isNanoseconds ? ticks : (long)(ticks * _nanosecondsPerTick);
        }
    }

    public DateTimeOffset UtcNow => _time.GetUtcNow();

    /// <summary>The day and the month when somebody last asked for them.</summary>
    public Periods Last => _periods;

    /// <summary>The day and the month of now. A clock that is set back stays in the period that it has reached, or what was spent would be free again.</summary>
    public Periods Current()
    {
        var periods = _periods;
        var now = _time.GetUtcNow();
        if (now < periods.DayEnd) return periods;
        return _periods = new Periods(now, Zone);
    }

    /// <summary>A day and its month. Immutable.</summary>
    internal sealed class Periods
    {
        public Periods(DateTimeOffset now, TimeZoneInfo zone)
        {
            var local = TimeZoneInfo.ConvertTime(now, zone).DateTime;
            Day = (local.Year * 10_000) + (local.Month * 100) + local.Day;
            Month = (local.Year * 100) + local.Month;
            DayEnd = Utc(local.Date.AddDays(1), zone);
            MonthEnd = Utc(new DateTime(local.Year, local.Month, 1).AddMonths(1), zone);
        }

        /// <summary>20261123.</summary>
        public int Day { get; }

        /// <summary>202611.</summary>
        public int Month { get; }

        public DateTimeOffset DayEnd { get; }

        public DateTimeOffset MonthEnd { get; }

        public int Id(CalendarPeriod period) => period == CalendarPeriod.Day ? Day : Month;

        public DateTimeOffset End(CalendarPeriod period) => period == CalendarPeriod.Day ? DayEnd : MonthEnd;

        // Where a zone leaves midnight out, its day begins an hour later.
        private static DateTimeOffset Utc(DateTime local, TimeZoneInfo zone)
        {
            while (zone.IsInvalidTime(local)) local = local.AddMinutes(30);
            return new DateTimeOffset(local, zone.GetUtcOffset(local)).ToUniversalTime();
        }
    }
}
