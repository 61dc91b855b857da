namespace Edge.Routing.Health;

/// <summary>A mean that forgets, by count. Any thread, no lock.</summary>
public sealed class Average
{
    private readonly double _share;
    private long _value;
    private int _count;

    /// <param name="share">Of the newest value, above 0 to 1; the plain mean until there are 1 / share of them, where nothing was known before.</param>
    /// <param name="start">What it is before anything was observed, and fades as values come; NaN = not known.</param>
    public Average(double share = 0.1, double start = double.NaN)
    {
        _share = share;
        _value = BitConverter.DoubleToInt64Bits(start);
        _count = double.IsNaN(start) ? 0 : (int)Math.Ceiling(1 / share);
    }

    /// <summary>NaN = nothing was observed yet, and there was no start.</summary>
    public double Value => BitConverter.Int64BitsToDouble(Volatile.Read(ref _value));

    /// <param name="value">What is not finite is ignored.</param>
    public void Observe(double value)
    {
        if (!double.IsFinite(value)) return;
        var share = _share;
        if (Volatile.Read(ref _count) * _share < 1) share = Math.Max(_share, 1.0 / Interlocked.Increment(ref _count));
        while (true)
        {
            var bits = Volatile.Read(ref _value);
            var old = BitConverter.Int64BitsToDouble(bits);
            var next = double.IsNaN(old) ? value : old + ((value - old) * share);
            if (Interlocked.CompareExchange(ref _value, BitConverter.DoubleToInt64Bits(next), bits) == bits) return;
        }
    }
}
