namespace Edge.Metering;

/// <summary>The prices of one provider, by model.</summary>
internal sealed class ProviderPrices
{
    private readonly Dictionary<string, ModelPrice> _exact = new(StringComparer.Ordinal);
    private readonly List<(string Pattern, ModelPrice Price)> _patterns = [];

    /// <param name="lines">Of one provider. Lines of the same model are its periods, in this order.</param>
    public ProviderPrices(IEnumerable<PriceLine> lines)
    {
        foreach (var model in lines.GroupBy(line => line.Models[0], StringComparer.Ordinal))
        {
            var price = new ModelPrice(model.First().Provider, model.Key, [.. model.Select(line => line.Period)]);
            foreach (var name in model.SelectMany(line => line.Models).Distinct(StringComparer.Ordinal))
            {
                // The first of a file holds: a name of its own stands before the others' further names (see below).
                if (name.Contains('*', StringComparison.Ordinal)) _patterns.Add((name, price));
                else if (name == model.Key) _exact[name] = price;
                else _exact.TryAdd(name, price);
            }
        }
        // The most letters first: claude-sonnet-4-5* before claude-*. The sort is stable.
        _patterns = [.. _patterns.OrderByDescending(entry => entry.Pattern.Count(c => c != '*'))];
    }

    public int Count => _exact.Values.Concat(_patterns.Select(entry => entry.Price)).Distinct().Count();

    public ModelPrice? Find(IReadOnlyList<string> candidates)
    {
        foreach (var name in candidates)
        {
            if (_exact.TryGetValue(name, out var exact)) return exact;
            foreach (var (pattern, price) in _patterns)
            {
                if (ModelNames.Matches(pattern, name)) return price;
            }
        }
        return null;
    }
}

/// <summary>Prices of a file: those of a provider are read when it is first asked for, so that a start pays for what it uses.</summary>
internal sealed class PriceTable
{
    private readonly Func<string, IEnumerable<PriceLine>> _read;
    private readonly Dictionary<string, ProviderPrices> _providers = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();

    /// <param name="read">Gives the lines of a provider.</param>
    public PriceTable(Func<string, IEnumerable<PriceLine>> read) => _read = read;

    public PriceTable(IEnumerable<PriceLine> lines)
    {
        var byProvider = lines.ToLookup(line => line.Provider, StringComparer.Ordinal);
        _read = provider => byProvider[provider];
    }

    /// <param name="provider">In lower case.</param>
    public ProviderPrices Of(string provider)
    {
        lock (_lock)
        {
            if (_providers.TryGetValue(provider, out var prices)) return prices;
            return _providers[provider] = new ProviderPrices(_read(provider));
        }
    }
}
