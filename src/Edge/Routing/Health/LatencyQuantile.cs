namespace Edge.Routing.Health;

/// <summary>
/// The 95th percentile of times, over the last thousand or so: counts by size (eighths of a power of two), halved when there are many. At most 9.1 % (2^(1/8)) above the true one, plus what the last
/// 15 observations would change. Any thread, no lock but for the halving.
/// </summary>
public sealed class LatencyQuantile
{
    private const int PerOctave = 8;
    // Up to 2^24 ms, four and a half hours.
    private const int Octaves = 24;
    private const int Enough = 1024;
    private const int Fewest = 20;
    private const int ComputeEach = 16;

    private readonly int[] _counts = new int[Octaves * PerOctave];
    private readonly Lock _halving = new();
    private int _total;
    private long _p95 = BitConverter.DoubleToInt64Bits(double.NaN);

    /// <summary>Milliseconds; NaN = too few were observed (20).</summary>
    public double P95 => BitConverter.Int64BitsToDouble(Volatile.Read(ref _p95));

    /// <param name="milliseconds">What is negative or no number is ignored.</param>
    public void Observe(double milliseconds)
    {
        if (!(milliseconds >= 0)) return;
        var size = (int)Math.Min(_counts.Length - 1, Math.Log2(milliseconds + 1) * PerOctave);
        Interlocked.Increment(ref _counts[size]);
        var total = Interlocked.Increment(ref _total);
        if (total >= Enough) Halve();
        if (total % ComputeEach == 0 || total == Fewest) Compute();
    }

    private void Halve()
    {
        lock (_halving)
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
        if (total < Fewest) return;
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
