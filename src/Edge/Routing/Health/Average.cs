namespace Edge.Routing.Health;

/// <summary>A mean that forgets, by count. Any thread, no lock.</summary>
public sealed class Average
{
    private readonly double _share;
    private readonly bool _isStarted;
    private readonly int _mostCount;
    private long _value;
    private int _count;

    /// <param name="share">Of the newest value, above 0 to 1; the plain mean until there are 1 / share of them, where nothing was known before.</param>
    /// <param name="start">What it is before anything was observed, and fades as values come; NaN = not known.</param>
    public Average(double share = 0.1, double start = double.NaN)
    {
        _share = share;
        _isStarted = !double.IsNaN(start);
        _mostCount = (int)Math.Ceiling(2 / share);
        _value = BitConverter.DoubleToInt64Bits(start);
    }

    /// <summary>NaN = nothing was observed yet, and there was no start.</summary>
    public double Value => BitConverter.Int64BitsToDouble(Volatile.Read(ref _value));

    /// <summary>How many values it stands for: those that were observed, and no more than 2 / share, since it has forgotten the others.</summary>
    public int Count => Math.Min(_mostCount, Volatile.Read(ref _count));

    /// <param name="value">What is not finite is ignored.</param>
    public void Observe(double value)
    {
        if (!double.IsFinite(value)) return;
        var count = Volatile.Read(ref _count);
        if (count < _mostCount) count = Interlocked.Increment(ref _count);
        var share = _isStarted ? _share : Math.Max(_share, 1.0 / count);
        while (true)
        {
            var bits = Volatile.Read(ref _value);
            var old = BitConverter.Int64BitsToDouble(bits);
            var next = double.IsNaN(old) ? value : old + ((value - old) * share);
            if (Interlocked.CompareExchange(ref _value, BitConverter.DoubleToInt64Bits(next), bits) == bits) return;
        }
    }
}
