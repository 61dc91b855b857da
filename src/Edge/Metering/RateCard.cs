namespace Edge.Metering;

/// <summary>What each kind of token costs, complete: nano-dollars per million tokens (<see cref="PriceRates"/>).</summary>
public sealed class RateCard
{
    public RateCard(PriceRates rates, long aboveTokens = long.MaxValue, RateCard? above = null)
    {
        Input = rates.Input ?? 0;
        Output = rates.Output ?? 0;
        CacheRead = rates.CacheRead ?? Input;
        CacheWrite = rates.CacheWrite ?? Input;
        CacheWrite1h = rates.CacheWrite1h ?? CacheWrite;
        Reasoning = rates.Reasoning ?? Output;
        AudioInput = rates.AudioInput ?? Input;
        AudioOutput = rates.AudioOutput ?? Output;
        ImageInput = rates.ImageInput ?? Input;
        ImageOutput = rates.ImageOutput ?? Output;
        PerRequest = rates.PerRequest ?? 0;
        PerSearch = rates.PerSearch ?? 0;
        AboveTokens = above is null ? long.MaxValue : aboveTokens;
        Above = above;
    }

    public long Input { get; }

    public long Output { get; }

    public long CacheRead { get; }

    public long CacheWrite { get; }

    public long CacheWrite1h { get; }

    public long Reasoning { get; }

    public long AudioInput { get; }

    public long AudioOutput { get; }

    public long ImageInput { get; }

    public long ImageOutput { get; }

    /// <summary>Nano-dollars.</summary>
    public long PerRequest { get; }

    /// <summary>Nano-dollars.</summary>
    public long PerSearch { get; }

    /// <summary>With more input tokens than these (those of the cache included) <see cref="Above"/> holds, for every token of the request, not for the rest alone.</summary>
    public long AboveTokens { get; }

    public RateCard? Above { get; }

    /// <summary>The card for a request with so many input tokens.</summary>
    public RateCard For(long inputTokens)
    {
        var card = this;
        while (inputTokens > card.AboveTokens) card = card.Above!;
        return card;
    }

    /// <summary><c>value * numerator / denominator</c>, half up; the largest price where it would be above.</summary>
    internal static long Scale(long value, long numerator, long denominator)
    {
        if (denominator == 0) return value;
        var (product, divisor) = ((UInt128)(ulong)value * (ulong)numerator, (UInt128)(ulong)denominator);
        return (long)UInt128.Min((product + (divisor / 2)) / divisor, (UInt128)PriceRates.MaxRate);
    }
}
