namespace Edge.Routing.Health;

/// <summary>The 95th percentile of times, over the last thousand or so: counts by size (eighths of a power of two), halved when there are many. Any thread.</summary>
public sealed class LatencyQuantile
{
    private const int PerOctave = 8;
    private const int Octaves = 24;
    private const int Enough = 1024;

    private readonly int[] _counts = new int[Octaves * PerOctave];
    private int _total;
    private long _p95 = BitConverter.DoubleToInt64Bits(double.NaN);

    /// <summary>Milliseconds; NaN = too few were observed (20).</summary>
    public double P95 => BitConverter.Int64BitsToDouble(Volatile.Read(ref _p95));

    public void Observe(double milliseconds)
    {
        var size = Math.Clamp((int)(Math.Log2(Math.Max(milliseconds, 0.01) + 1) * PerOctave), 0, _counts.Length - 1);
        Interlocked.Increment(ref _counts[size]);
        var total = Interlocked.Increment(ref _total);
        if (total >= Enough) Halve();
        if (total % 16 == 0 || total == 20) Compute();
    }

    private void Halve()
    {
        lock (_counts)
        {
            if (Volatile.Read(ref _total) < Enough) return;
            var sum = 0;
            for (var i = 0; i < _counts.Length; i++) sum += _counts[i] = Volatile.Read(ref _counts[i]) / 2;
            Volatile.Write(ref _total, sum);
        }
    }

    private void Compute()
    {
        var total = Volatile.Read(ref _total);
        if (total < 20) return;
        var rest = total * 0.05;
        for (var i = _counts.Length - 1; i >= 0; i--)
        {
            rest -= Volatile.Read(ref _counts[i]);
            if (rest > 0) continue;
            Volatile.Write(ref _p95, BitConverter.DoubleToInt64Bits(Math.Pow(2, (i + 1.0) / PerOctave) - 1));
            return;
        }
    }
}
