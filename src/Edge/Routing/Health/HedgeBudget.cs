namespace Edge.Routing.Health;

/// <summary>Hedges as a share of requests. Any thread, no lock, never below zero.</summary>
public sealed class HedgeBudget
{
    // Millionths of a hedge: the smallest share that counts.
    private const long One = 1_000_000;
    private const long Most = 10 * One;

    private long _tokens = One;

    /// <summary>A request was sent that could have been hedged.</summary>
    public void Request(double share)
    {
        while (true)
        {
            var old = Interlocked.Read(ref _tokens);
            var next = Math.Min(Most, old + (long)(share * One));
            if (next == old || Interlocked.CompareExchange(ref _tokens, next, old) == old) return;
        }
    }

    public bool TryTake()
    {
        while (true)
        {
            var tokens = Interlocked.Read(ref _tokens);
            if (tokens < One) return false;
            if (Interlocked.CompareExchange(ref _tokens, tokens - One, tokens) == tokens) return true;
        }
    }
}
