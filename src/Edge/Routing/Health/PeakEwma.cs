namespace Edge.Routing.Health;

/// <summary>
/// A mean of times that forgets (exponentially, by time, not by count) and that a bad value lifts at once: a target that has just become slow is seen at the first answer, one that has recovered after a while.
/// Any thread, no lock: of two observations at one moment one may be lost.
/// </summary>
public sealed class PeakEwma
{
    private const double DecaySeconds = 10;

    private readonly TimeProvider _time;
    private long _value = BitConverter.DoubleToInt64Bits(double.NaN);
    private long _observed;

    public PeakEwma(TimeProvider time) => _time = time;

    /// <summary>Milliseconds; NaN = nothing was observed yet.</summary>
    public double Value => BitConverter.Int64BitsToDouble(Volatile.Read(ref _value));

    /// <summary>When the last value came; 0 = never.</summary>
    public long ObservedAt => Volatile.Read(ref _observed);

    public void Observe(double milliseconds, long now)
    {
        var old = Value;
        var last = Volatile.Read(ref _observed);
        Volatile.Write(ref _observed, now);
        if (double.IsNaN(old) || milliseconds >= old)
        {
            Write(milliseconds);
            return;
        }
        var seconds = Math.Max(0, now - last) / (double)_time.TimestampFrequency;
        // At least a little for each answer, so that a burst within one moment is heard too.
        var keep = Math.Min(0.95, Math.Exp(-seconds / DecaySeconds));
        Write(milliseconds + ((old - milliseconds) * keep));
    }

    private void Write(double value) => Volatile.Write(ref _value, BitConverter.DoubleToInt64Bits(value));
}

/// <summary>A mean that forgets, by count. Any thread, no lock.</summary>
public sealed class Average
{
    private const double Share = 0.1;
    private long _value = BitConverter.DoubleToInt64Bits(double.NaN);

    /// <summary>NaN = nothing was observed yet.</summary>
    public double Value => BitConverter.Int64BitsToDouble(Volatile.Read(ref _value));

    public void Observe(double value)
    {
        var old = Value;
        Volatile.Write(ref _value, BitConverter.DoubleToInt64Bits(double.IsNaN(old) ? value : old + ((value - old) * Share)));
    }
}
