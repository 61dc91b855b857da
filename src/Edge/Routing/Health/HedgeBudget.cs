namespace Edge.Routing.Health;

/// <summary>Hedges as a share of requests. Any thread, no lock.</summary>
public sealed class HedgeBudget
{
    // Thousandths of a hedge.
    private const long One = 1000;
    private const long Most = 10 * One;

    private long _tokens = One;

    /// <summary>A request was sent that could have been hedged.</summary>
    public void Request(double share)
    {
        if (Interlocked.Add(ref _tokens, (long)(share * One)) > Most) Interlocked.Exchange(ref _tokens, Most);
    }

    public bool TryTake()
    {
        if (Interlocked.Add(ref _tokens, -One) >= 0) return true;
        Interlocked.Add(ref _tokens, One);
        return false;
    }
}
