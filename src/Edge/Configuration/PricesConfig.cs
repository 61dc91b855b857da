using Edge.Metering;

namespace Edge.Configuration;

/// <summary>Prices that go before those in the binary.</summary>
public sealed record PricesConfig
{
    /// <summary>Null = none. Goes before the table in the binary.</summary>
    public PriceFileContent? File { get; init; }

    /// <summary>By <c>provider/model</c>, where the provider is a name or a type and the model may have <c>*</c>. Goes before <see cref="File"/>.</summary>
    public IReadOnlyDictionary<string, ModelPriceConfig> Models { get; init; } = new Dictionary<string, ModelPriceConfig>();

    internal static ConfigSection<PricesConfig> Section { get; } = new ConfigSection<PricesConfig>(
            "prices", "What models cost, before the table in the binary: docs/cost.md. In US dollars per million tokens.", new())
        .Field("file", new PriceFileKind(), c => c.File, (c, v) => c with { File = v },
            "A price file, JSON Lines. Read again when it changes; `edge prices --file` checks one.")
        .Field("models", new SectionMapKind<ModelPriceConfig>(ModelPriceConfig.Section, "provider/model", CheckKey),
            c => c.Models, (c, v) => c with { Models = v },
            "By provider (a name of `providers`, or a type) and model (`*` stands for any characters). They replace every other price of that model.");

    /// <summary>The provider of a key, in lower case.</summary>
    internal static string ProviderOf(string key) => key[..Math.Max(0, key.IndexOf('/', StringComparison.Ordinal))].ToLowerInvariant();

    internal static string ModelOf(string key) => key[(key.IndexOf('/', StringComparison.Ordinal) + 1)..].ToLowerInvariant();

    private static string? CheckKey(string key) =>
        ProviderOf(key).Length > 0 && PriceFile.CheckModel(ModelOf(key)) is null ? null : "is no provider and model; allowed: provider/model such as openai/gpt-5 or openai/gpt-5*";
}

/// <summary>The prices of one model.</summary>
public sealed record ModelPriceConfig
{
    private static readonly ScalarKind<long?> _price = new(
        "money", "an amount in US dollars such as 0.10 or 2.5, at most 1000000",
        (string text, out long? value) =>
        {
            var ok = MoneyText.TryParse(text, out var nanos, out var error);
            value = ok ? nanos : null;
            return ok && nanos > PriceRates.MaxRate ? "is too large" : error;
        },
        value => value is { } nanos ? MoneyText.Format(nanos) : "",
        Kinds.OptionalMoney.WriteSchema);

    public PriceRates Rates { get; init; } = new();

    /// <summary>In thousand-millionths; null = as outside of a batch.</summary>
    public long? Batch { get; init; }

    /// <summary>0 = not known.</summary>
    public int Context { get; init; }

    /// <summary>0 = not known.</summary>
    public int MaxOutput { get; init; }

    internal static ConfigSection<ModelPriceConfig> Section { get; } = new ConfigSection<ModelPriceConfig>(
            "model_price", "Of one model. What is not given costs as much as `input` or `output`.", new())
        .Field("input", _price, c => c.Rates.Input, (c, v) => c with { Rates = c.Rates with { Input = v } }, "Tokens of the request.")
        .Field("output", _price, c => c.Rates.Output, (c, v) => c with { Rates = c.Rates with { Output = v } }, "Tokens of the answer.")
        .Field("cache_read", _price, c => c.Rates.CacheRead, (c, v) => c with { Rates = c.Rates with { CacheRead = v } }, "Tokens of the request that came out of the provider's prompt cache.")
        .Field("cache_write", _price, c => c.Rates.CacheWrite, (c, v) => c with { Rates = c.Rates with { CacheWrite = v } }, "Tokens of the request that went into that cache.")
        .Field("cache_write_1h", _price, c => c.Rates.CacheWrite1h, (c, v) => c with { Rates = c.Rates with { CacheWrite1h = v } }, "The same, for an hour.")
        .Field("reasoning", _price, c => c.Rates.Reasoning, (c, v) => c with { Rates = c.Rates with { Reasoning = v } }, "Tokens of the answer that were reasoning.")
        .Field("audio_input", _price, c => c.Rates.AudioInput, (c, v) => c with { Rates = c.Rates with { AudioInput = v } }, "Tokens of sound in the request.")
        .Field("audio_output", _price, c => c.Rates.AudioOutput, (c, v) => c with { Rates = c.Rates with { AudioOutput = v } }, "Tokens of sound in the answer.")
        .Field("image_input", _price, c => c.Rates.ImageInput, (c, v) => c with { Rates = c.Rates with { ImageInput = v } }, "Tokens of images in the request.")
        .Field("image_output", _price, c => c.Rates.ImageOutput, (c, v) => c with { Rates = c.Rates with { ImageOutput = v } }, "Tokens of images in the answer.")
        .Field("per_request", _price, c => c.Rates.PerRequest, (c, v) => c with { Rates = c.Rates with { PerRequest = v } }, "Dollars a request, whatever its size.")
        .Field("per_search", _price, c => c.Rates.PerSearch, (c, v) => c with { Rates = c.Rates with { PerSearch = v } }, "Dollars a web search that the provider does.")
        .Field("batch", _price, c => c.Batch, (c, v) => c with { Batch = v }, "What everything is multiplied by in a batch: 0.5 is half the price.")
        .Field("context", Kinds.Int(0, int.MaxValue), c => c.Context, (c, v) => c with { Context = v }, "The most tokens of request and answer together; 0 = not known.")
        .Field("max_output", Kinds.Int(0, int.MaxValue), c => c.MaxOutput, (c, v) => c with { MaxOutput = v }, "The most tokens of an answer; 0 = not known.");
}

/// <summary>A price file that was read.</summary>
/// <param name="Path">As the configuration names it.</param>
/// <param name="Lines">What it holds.</param>
public sealed record PriceFileContent(string Path, IReadOnlyList<PriceLine> Lines);
