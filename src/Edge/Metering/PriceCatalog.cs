using System.Buffers;
using System.Collections.Concurrent;
using Edge.Configuration;

namespace Edge.Metering;

/// <summary>
/// What models cost: the table in the binary (models/prices.jsonl), before it the price file that the configuration names, before that the prices that it holds itself.
/// Nothing comes from the network. Immutable but for its caches; safe for concurrent use.
/// </summary>
public sealed class PriceCatalog
{
    private const string FileName = "prices.jsonl";

    // Clients choose names: the cache may not grow with them.
    private const int MaxCached = 4096;

    private static readonly PriceTable _embedded = new(ReadEmbedded);

    private readonly PriceTable[] _tables;
    private readonly ConcurrentDictionary<(string Name, string Type, string Model), ModelPrice?> _found = new();

    /// <summary>The table in the binary alone.</summary>
    public static PriceCatalog Embedded { get; } = new([]);

    /// <param name="overrides">Go before the table in the binary; earlier lists before later ones.</param>
    public PriceCatalog(params IReadOnlyList<PriceLine>[] overrides) => _tables = [.. overrides.Where(lines => lines.Count > 0).Select(lines => new PriceTable(lines)), _embedded];

    /// <summary>The prices that a configuration makes.</summary>
    public static PriceCatalog Of(PricesConfig config)
    {
        if (config.Models.Count == 0 && config.File is null) return Embedded;
        var lines = config.Models.Select(model => new PriceLine(PricesConfig.ProviderOf(model.Key), [PricesConfig.ModelOf(model.Key)], PeriodOf(model.Value))).ToList();
        return new PriceCatalog(lines, config.File?.Lines ?? []);
    }

    /// <summary>
    /// The price of a model, or null where it is not known. Some microseconds at first, then a look-up; still, a route that serves one model keeps the answer.
    /// </summary>
    /// <param name="providerName">The name in the configuration: prices may be given for it.</param>
    /// <param name="providerType">The type: <c>openai</c>, <c>bedrock</c>...</param>
    /// <param name="model">As the provider is asked for it.</param>
    public ModelPrice? Find(string providerName, string providerType, string model)
    {
        if (_found.TryGetValue((providerName, providerType, model), out var cached)) return cached;
        var price = Search(providerName.ToLowerInvariant(), providerType.ToLowerInvariant(), ModelNames.Candidates(model));
        if (_found.Count < MaxCached) _found[(providerName, providerType, model)] = price;
        return price;
    }

    private static PricePeriod PeriodOf(ModelPriceConfig price) => new()
    {
        ContextWindow = price.Context,
        MaxOutput = price.MaxOutput,
        Cards = PricePeriod.MakeCards(price.Rates, 0, null, [null, null, null, price.Batch is { } factor ? price.Rates.Times(factor) : null]),
    };

    private ModelPrice? Search(string name, string type, List<string> candidates)
    {
        if (candidates.Count == 0) return null;
        string[] providers = [name, .. TypesOf(type)];
        foreach (var table in _tables)
        {
            // Of the embedded table a name says nothing but where the type has no prices of its own: "cerebras" as an openai_compatible.
            IEnumerable<string> order = table == _embedded ? providers.Skip(1).Append(name) : providers;
            foreach (var provider in order.Distinct())
            {
                if (table.Of(provider).Find(candidates) is { } price) return price;
            }
        }
        return null;
    }

    // The same models at the same list price elsewhere; and the surfaces of a provider that have data sheets of their own.
    private static string[] TypesOf(string type) => type switch
    {
        "azure_openai" or "azure_openai_deployments" => ["azure_openai", "openai"],
        "vertex" or "vertex_anthropic" => ["vertex", "gemini"],
        "bedrock_mantle" => ["bedrock"],
        "ollama_native" => ["ollama"],
        _ => [type],
    };

    // A test reads every line of it; one that is wrong all the same must not end a gateway that serves.
    private static List<PriceLine> ReadEmbedded(string provider) => ReadEmbedded(provider, []);

    /// <param name="provider">Null = all.</param>
    /// <param name="errors">Takes what is wrong.</param>
    internal static List<PriceLine> ReadEmbedded(string? provider, List<ConfigError> errors)
    {
        using var stream = typeof(PriceCatalog).Assembly.GetManifestResourceStream(FileName)!;
        var bytes = ArrayPool<byte>.Shared.Rent((int)stream.Length);
        try
        {
            var length = (int)stream.Length;
            stream.ReadExactly(bytes, 0, length);
            return PriceFile.Read(bytes.AsSpan(0, length), FileName, errors, provider);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }
}
