namespace Edge.Metering;

/// <summary>
/// Prices as they are written: nano-dollars per million tokens, so that nine decimals of a dollar are exact and any product with a number of tokens is a whole number of
/// 10^-15 dollars; fees in nano-dollars each. Null = not priced apart.
/// </summary>
public sealed record PriceRates
{
    /// <summary>The largest price, a million dollars per million tokens. With it no sum of tokens times prices leaves 128 bits.</summary>
    public const long MaxRate = 1_000_000_000_000_000;

    public long? Input { get; init; }

    public long? Output { get; init; }

    /// <summary>Null = as <see cref="Input"/>.</summary>
    public long? CacheRead { get; init; }

    /// <summary>Null = as <see cref="Input"/>.</summary>
    public long? CacheWrite { get; init; }

    /// <summary>Null = as <see cref="CacheWrite"/>.</summary>
    public long? CacheWrite1h { get; init; }

    /// <summary>Null = as <see cref="Output"/>.</summary>
    public long? Reasoning { get; init; }

    /// <summary>Null = as <see cref="Input"/>.</summary>
    public long? AudioInput { get; init; }

    /// <summary>Null = as <see cref="Output"/>.</summary>
    public long? AudioOutput { get; init; }

    /// <summary>Null = as <see cref="Input"/>.</summary>
    public long? ImageInput { get; init; }

    /// <summary>Null = as <see cref="Output"/>.</summary>
    public long? ImageOutput { get; init; }

    /// <summary>Nano-dollars a request, whatever its tokens.</summary>
    public long? PerRequest { get; init; }

    /// <summary>Nano-dollars a web search that the provider does itself.</summary>
    public long? PerSearch { get; init; }

    public bool IsEmpty => this == new PriceRates();

    /// <summary>These prices; where they say nothing, the others'.</summary>
    public PriceRates Or(PriceRates other) => new()
    {
        Input = Input ?? other.Input,
        Output = Output ?? other.Output,
        CacheRead = CacheRead ?? other.CacheRead,
        CacheWrite = CacheWrite ?? other.CacheWrite,
        CacheWrite1h = CacheWrite1h ?? other.CacheWrite1h,
        Reasoning = Reasoning ?? other.Reasoning,
        AudioInput = AudioInput ?? other.AudioInput,
        AudioOutput = AudioOutput ?? other.AudioOutput,
        ImageInput = ImageInput ?? other.ImageInput,
        ImageOutput = ImageOutput ?? other.ImageOutput,
        PerRequest = PerRequest ?? other.PerRequest,
        PerSearch = PerSearch ?? other.PerSearch,
    };

    /// <summary>Every price of tokens times a factor; fees stay.</summary>
    /// <param name="factor">In thousand-millionths: 500,000,000 is a half.</param>
    public PriceRates Times(long factor) => this with
    {
        Input = Times(Input, factor),
        Output = Times(Output, factor),
        CacheRead = Times(CacheRead, factor),
        CacheWrite = Times(CacheWrite, factor),
        CacheWrite1h = Times(CacheWrite1h, factor),
        Reasoning = Times(Reasoning, factor),
        AudioInput = Times(AudioInput, factor),
        AudioOutput = Times(AudioOutput, factor),
        ImageInput = Times(ImageInput, factor),
        ImageOutput = Times(ImageOutput, factor),
    };

    private static long? Times(long? rate, long factor) => rate is { } value ? RateCard.Scale(value, factor, 1_000_000_000) : null;
}
