namespace Edge.Upstream.Http1;

/// <summary>Deadlines as timestamps of a <see cref="TimeProvider"/>: one comparison a sweep instead of a timer a request.</summary>
internal readonly struct UpstreamClock
{
    private readonly TimeProvider _time;
    private readonly double _perTick;

    public UpstreamClock(TimeProvider time)
    {
        _time = time;
        _perTick = (double)time.TimestampFrequency / TimeSpan.TicksPerSecond;
    }

    /// <summary>A deadline that never comes; small enough to be packed beside four bits of reason.</summary>
    public const long Never = long.MaxValue >> 5;

    public TimeProvider Time => _time;

    public long Now => _time.GetTimestamp();

    /// <summary>The timestamp <paramref name="span"/> after <paramref name="start"/>; never for zero, negative (infinite) and absurd spans.</summary>
    public long After(long start, TimeSpan span)
    {
        var ticks = span.Ticks * _perTick;
        return ticks <= 0 || ticks >= Never - start ? Never : start + (long)ticks;
    }
}
