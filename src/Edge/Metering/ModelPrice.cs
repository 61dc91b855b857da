namespace Edge.Metering;

/// <summary>What a model costs at a provider, now and at other times. Immutable; found by <see cref="PriceCatalog"/>, once a route.</summary>
public sealed class ModelPrice
{
    private readonly PricePeriod[] _periods;
    private readonly PricePeriod? _only;

    /// <param name="provider">As in the price table.</param>
    /// <param name="model">The pattern that matched.</param>
    /// <param name="periods">At least one. Where several hold at a time, the last one does; where none does, the first.</param>
    public ModelPrice(string provider, string model, IReadOnlyList<PricePeriod> periods)
    {
        ArgumentOutOfRangeException.ThrowIfZero(periods.Count);
        Provider = provider;
        Model = model;
        _periods = [.. periods];
        _only = _periods.Length == 1 ? _periods[0] : null;
        ContextWindow = _periods.Max(period => period.ContextWindow);
        MaxOutput = _periods.Max(period => period.MaxOutput);
    }

    /// <summary>The table's name of the provider.</summary>
    public string Provider { get; }

    /// <summary>The name or pattern of the table's line.</summary>
    public string Model { get; }

    /// <summary>Tokens that a request may have, input and output together; 0 = not known.</summary>
    public int ContextWindow { get; }

    /// <summary>Tokens that an answer may have; 0 = not known.</summary>
    public int MaxOutput { get; }

    public RateCard Standard(DateTimeOffset at) => At(at, ServiceTier.Standard);

    /// <summary>The prices at a time.</summary>
    public RateCard At(DateTimeOffset at, ServiceTier tier) => (_only ?? Find(at)).Cards[(int)tier];

    private PricePeriod Find(DateTimeOffset at)
    {
        for (var i = _periods.Length - 1; i > 0; i--)
        {
            if (_periods[i].Holds(at)) return _periods[i];
        }
        return _periods[0];
    }
}

/// <summary>Prices for a time: one line of a price table.</summary>
public sealed record PricePeriod
{
    /// <summary>From this day on, 0:00 UTC, in ticks.</summary>
    public long From { get; init; } = long.MinValue;

    /// <summary>Until this day, 0:00 UTC, exclusive, in ticks.</summary>
    public long Until { get; init; } = long.MaxValue;

    /// <summary>From this time of each day on, UTC, in ticks. May be after <see cref="UntilTime"/>: over midnight.</summary>
    public long FromTime { get; init; }

    /// <summary>Until this time of each day, exclusive, UTC, in ticks.</summary>
    public long UntilTime { get; init; } = TimeSpan.TicksPerDay;

    public int ContextWindow { get; init; }

    public int MaxOutput { get; init; }

    /// <summary>One for each <see cref="ServiceTier"/>.</summary>
    public required IReadOnlyList<RateCard> Cards { get; init; }

    public bool Holds(DateTimeOffset at)
    {
        var ticks = at.UtcTicks;
        if (ticks < From || ticks >= Until) return false;
        var time = ticks % TimeSpan.TicksPerDay;
        return FromTime <= UntilTime ? time >= FromTime && time < UntilTime : time >= FromTime || time < UntilTime;
    }

    /// <summary>
    /// The cards of each tier. What a tier does not price is as in the standard one; the prices of long prompts rise in a tier by the same ratio as in the standard one, where
    /// the tier's own are not given.
    /// </summary>
    /// <param name="standard">The usual prices.</param>
    /// <param name="aboveTokens">Above so many input tokens...</param>
    /// <param name="above">...these prices hold; null = no such step.</param>
    /// <param name="tiers">Prices by tier; the standard one's is not read.</param>
    internal static RateCard[] MakeCards(PriceRates standard, long aboveTokens, PriceRates? above, IReadOnlyList<PriceRates?> tiers)
    {
        var full = above?.Or(standard);
        var cards = new RateCard[tiers.Count];
        cards[0] = Card(standard, full);
        for (var i = 1; i < cards.Length; i++)
        {
            cards[i] = tiers[i] is { } rates ? Card(rates.Or(standard), full is null ? null : Raised(rates.Or(standard), standard, full)) : cards[0];
        }
        return cards;

        RateCard Card(PriceRates low, PriceRates? high) => new(low, aboveTokens, high is null ? null : new RateCard(high));
    }

    private static PriceRates Raised(PriceRates tier, PriceRates standard, PriceRates high) => tier with
    {
        Input = Ratio(high.Input, tier.Input, standard.Input),
        Output = Ratio(high.Output, tier.Output, standard.Output),
        CacheRead = Ratio(high.CacheRead, tier.CacheRead, standard.CacheRead),
        CacheWrite = Ratio(high.CacheWrite, tier.CacheWrite, standard.CacheWrite),
        CacheWrite1h = Ratio(high.CacheWrite1h, tier.CacheWrite1h, standard.CacheWrite1h),
        Reasoning = Ratio(high.Reasoning, tier.Reasoning, standard.Reasoning),
        AudioInput = Ratio(high.AudioInput, tier.AudioInput, standard.AudioInput),
        AudioOutput = Ratio(high.AudioOutput, tier.AudioOutput, standard.AudioOutput),
        ImageInput = Ratio(high.ImageInput, tier.ImageInput, standard.ImageInput),
        ImageOutput = Ratio(high.ImageOutput, tier.ImageOutput, standard.ImageOutput),
    };

    private static long? Ratio(long? high, long? tier, long? standard) =>
        high is { } value && tier is { } numerator && standard is { } denominator ? RateCard.Scale(value, numerator, denominator) : high ?? tier;
}
