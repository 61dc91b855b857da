using Edge.Providers.Chat;

namespace Edge.Metering;

/// <summary>
/// Tokens to money, in integers. A price is nano-dollars per million tokens, so each product is exact in units of 10^-15 dollars; the sum is rounded once, half up, to
/// nano-dollars. What would exceed 9.2 billion dollars is <see cref="long.MaxValue"/>.
/// </summary>
public static class CostCalculator
{
    private const uint PerMillion = 1_000_000;
    private const long MaxSearches = 1_000_000;

    /// <summary>What a request cost.</summary>
    /// <param name="price">Of the model that served it.</param>
    /// <param name="usage">As reported; a counter that was not is 0. A part that is larger than its whole counts as the whole.</param>
    /// <param name="at">The time that was taken for its reservation too, so that a change of prices in between cannot exceed it.</param>
    /// <param name="tier">The tier that it was served in.</param>
    /// <param name="searches">Web searches that the provider did and charges for.</param>
    /// <returns>The total is rounded; of its parts, the input is rounded and the output is the rest, so that they add up.</returns>
    public static Cost Cost(ModelPrice price, in Usage usage, DateTimeOffset at, ServiceTier tier = ServiceTier.Standard, long searches = 0)
    {
        var (inputFemtos, outputFemtos) = Exact(price, usage, at, tier, searches);
        var input = Round(inputFemtos);
        return new Cost(input, Round(inputFemtos + outputFemtos) - input);
    }

    /// <summary>The same before rounding, in 10^-15 dollars.</summary>
    internal static (UInt128 Input, UInt128 Output) Exact(ModelPrice price, in Usage usage, DateTimeOffset at, ServiceTier tier = ServiceTier.Standard, long searches = 0)
    {
        var input = Math.Max(0, usage.Input);
        var output = Math.Max(0, usage.Output);
        var card = price.At(at, tier).For(input);

        // Each part takes from what is left, so that kinds that overlap (cached audio) are not paid for twice.
        var rest = input;
        var read = Take(usage.CacheRead, ref rest);
        var written = Take(usage.CacheWrite, ref rest);
        var written1h = Math.Clamp(usage.CacheWrite1h, 0, written);
        var audio = Take(usage.AudioInput, ref rest);
        var image = Take(usage.ImageInput, ref rest);
        var inputFemtos = Times(rest, card.Input) + Times(read, card.CacheRead) + Times(written - written1h, card.CacheWrite) + Times(written1h, card.CacheWrite1h)
            + Times(audio, card.AudioInput) + Times(image, card.ImageInput)
            + Times(PerMillion, card.PerRequest) + Times(Math.Clamp(searches, 0, MaxSearches) * PerMillion, card.PerSearch);

        rest = output;
        var audioOut = Take(usage.AudioOutput, ref rest);
        var imageOut = Take(usage.ImageOutput, ref rest);
        var reasoning = Take(usage.Reasoning, ref rest);
        var outputFemtos = Times(rest, card.Output) + Times(reasoning, card.Reasoning) + Times(audioOut, card.AudioOutput) + Times(imageOut, card.ImageOutput);
        return (inputFemtos, outputFemtos);
    }

    /// <summary>
    /// The most that a request can cost, for a reservation: every token at the dearest price of the kinds that it may turn out to be, rounded up.
    /// </summary>
    /// <param name="price">Of the dearest target that may serve it.</param>
    /// <param name="inputTokens">At least as many as the provider may count.</param>
    /// <param name="maxOutputTokens">The cap that the provider is told.</param>
    /// <param name="at">When the request came.</param>
    /// <param name="kinds">What the tokens may be besides text. Left out only where the request rules it out: some providers write to their caches unasked.</param>
    /// <param name="tier">The tier asked for.</param>
    /// <param name="searches">The most searches that the provider may do.</param>
    public static long WorstCase(
        ModelPrice price, long inputTokens, long maxOutputTokens, DateTimeOffset at,
        TokenKinds kinds = TokenKinds.CacheWrite | TokenKinds.CacheWrite1h, ServiceTier tier = ServiceTier.Standard, long searches = 0)
    {
        var lowest = price.At(at, tier);
        var highest = lowest.For(inputTokens);
        // Long prompts might be cheaper, and the provider may count fewer tokens.
        var most = UInt128.Max(WorstOf(lowest), WorstOf(highest));
        return Narrow((most + (PerMillion - 1)) / PerMillion);

        UInt128 WorstOf(RateCard card)
        {
            var input = Math.Max(card.Input, card.CacheRead);
            var output = Math.Max(card.Output, card.Reasoning);
            if ((kinds & TokenKinds.CacheWrite) != 0) input = Math.Max(input, card.CacheWrite);
            if ((kinds & TokenKinds.CacheWrite1h) != 0) input = Math.Max(input, card.CacheWrite1h);
            if ((kinds & TokenKinds.Audio) != 0) (input, output) = (Math.Max(input, card.AudioInput), Math.Max(output, card.AudioOutput));
            if ((kinds & TokenKinds.Image) != 0) (input, output) = (Math.Max(input, card.ImageInput), Math.Max(output, card.ImageOutput));
            return Times(Math.Max(0, inputTokens), input) + Times(Math.Max(0, maxOutputTokens), output)
                + Times(PerMillion, card.PerRequest) + Times(Math.Clamp(searches, 0, MaxSearches) * PerMillion, card.PerSearch);
        }
    }

    /// <summary>What plain text is likely to cost: for comparing targets. Nano-dollars, rounded half up.</summary>
    public static long Estimate(ModelPrice price, long inputTokens, long outputTokens, DateTimeOffset at)
    {
        var card = price.At(at, ServiceTier.Standard).For(inputTokens);
        return Round(Times(Math.Max(0, inputTokens), card.Input) + Times(Math.Max(0, outputTokens), card.Output) + Times(PerMillion, card.PerRequest));
    }

    private static long Take(long part, ref long rest)
    {
        var taken = Math.Clamp(part, 0, rest);
        rest -= taken;
        return taken;
    }

    // Prices are at most 2^50 (PriceRates.MaxRate), so a product has 113 bits and ten of them still fit.
    private static UInt128 Times(long tokens, long rate) => new(Math.BigMul((ulong)tokens, (ulong)rate, out var low), low);

    private static long Round(UInt128 femtos) => Narrow(femtos.Upper() == 0 && femtos.Lower() < ulong.MaxValue - PerMillion
        ? (femtos.Lower() + (PerMillion / 2)) / PerMillion // A division by a constant: some twenty times faster than one of 128 bits.
        : (femtos + (PerMillion / 2)) / PerMillion);

    private static long Narrow(UInt128 nanos) => nanos > (UInt128)long.MaxValue ? long.MaxValue : (long)(ulong)nanos;

    private static ulong Upper(this UInt128 value) => (ulong)(value >> 64);

    private static ulong Lower(this UInt128 value) => (ulong)value;
}
