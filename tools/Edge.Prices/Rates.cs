namespace Edge.Prices;

/// <summary>Prices by the field of the price table (<c>input</c>, <c>cache_read</c>...): dollars per million tokens, fees in dollars.</summary>
internal sealed class Rates : SortedDictionary<string, decimal>
{
    // The order in which they are written.
    private static readonly string[] _order =
        ["tokens", "input", "output", "cache_read", "cache_write", "cache_write_1h", "reasoning", "audio_input", "audio_output", "image_input", "image_output", "per_request", "per_search"];

    public Rates()
        : base(Comparer<string>.Create((a, b) => Array.IndexOf(_order, a).CompareTo(Array.IndexOf(_order, b))))
    {
    }

    /// <summary>Null = not given. To nine decimals, as the table holds them.</summary>
    public void Set(string name, decimal? value)
    {
        if (value is { } given) this[name] = Math.Round(given, 9, MidpointRounding.AwayFromZero);
    }

    public decimal? Get(string name) => TryGetValue(name, out var value) ? value : null;

    public bool SamePrice(Rates other) => Get("input") == other.Get("input") && (Get("output") ?? 0) == (other.Get("output") ?? 0);
}

/// <summary>One line of the table.</summary>
internal sealed class Entry
{
    public required string Provider { get; set; }

    /// <summary>The first is the line's name.</summary>
    public required List<string> Models { get; init; }

    public string? From { get; set; }

    public string? Hours { get; set; }

    public Rates Rates { get; init; } = [];

    /// <summary>With <c>tokens</c>; null = no step.</summary>
    public Rates? Above { get; set; }

    /// <summary>By <c>flex</c>, <c>priority</c>, <c>batch</c>.</summary>
    public SortedDictionary<string, Rates> Tiers { get; } = new(StringComparer.Ordinal);

    /// <summary>The same as a factor on everything.</summary>
    public SortedDictionary<string, decimal> Factors { get; } = new(StringComparer.Ordinal);

    public int Context { get; set; }

    public int MaxOutput { get; set; }

    /// <summary>Whether it came from a record of the second form.</summary>
    public bool PerToken { get; init; }

    /// <summary>Whether its seller is Vertex rather than the Gemini API.</summary>
    public bool IsVertex { get; init; }

    /// <summary>Whether the record says that its price was filled in by the list's keeper: it makes no line.</summary>
    public bool IsGuess { get; init; }
}
