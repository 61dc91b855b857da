namespace Edge.Routing.Health;

/// <summary>
/// A mean of times that forgets (exponentially, by time, not by count) and that a bad value lifts at once: a target that has just become slow is seen at the first answer, one that has recovered after a while.
/// Any thread, no lock: of observations at one moment a peak wins.
/// </summary>
public sealed class PeakEwma
{
    private const double DecaySeconds = 10;

    // At least a little for each answer, so that a burst within one moment is heard too.
    private const double MostKept = 0.95;

    private readonly double _secondsPerTick;
    private long _value = BitConverter.DoubleToInt64Bits(double.NaN);
    private long _observed;

    public PeakEwma(TimeProvider time) => _secondsPerTick = 1.0 / time.TimestampFrequency;

    /// <summary>Milliseconds; NaN = nothing was observed yet.</summary>
    public double Value => BitConverter.Int64BitsToDouble(Volatile.Read(ref _value));

    /// <summary>When the last value came; 0 = never.</summary>
    public long ObservedAt => Volatile.Read(ref _observed);

    /// <param name="milliseconds">What is negative or no number is ignored.</param>
    /// <param name="now">A timestamp; one that is older than the last counts as the last.</param>
    public void Observe(double milliseconds, long now)
    {
        if (!(milliseconds >= 0) || double.IsPositiveInfinity(milliseconds)) return;
        var last = Volatile.Read(ref _observed);
        if (now > last) Volatile.Write(ref _observed, now);
        var keep = Math.Min(MostKept, Math.Exp(-DecaySteps(now - last)));
        while (true)
        {
            var bits = Volatile.Read(ref _value);
            var old = BitConverter.Int64BitsToDouble(bits);
            var next = double.IsNaN(old) || milliseconds >= old ? milliseconds : milliseconds + ((old - milliseconds) * keep);
            if (Interlocked.CompareExchange(ref _value, BitConverter.DoubleToInt64Bits(next), bits) == bits) return;
        }
    }

    private double DecaySteps(long ticks) => ticks <= 0 ? 0 : ticks * _secondsPerTick / DecaySeconds;
}
