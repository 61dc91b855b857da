namespace Edge.Prices;

/// <summary>What holds for all models of a provider, and stands in its price list in words.</summary>
internal static class Rules
{
    private static readonly string[] _halfBatch = ["openai", "azure_openai", "anthropic", "gemini", "mistral", "groq"];

    public static void Apply(Catalogue catalogue)
    {
        foreach (var entry in catalogue.Entries)
        {
            // Free variants are one pattern.
            if (entry.Provider == "openrouter") entry.Models.RemoveAll(model => model.EndsWith(":free", StringComparison.Ordinal));
            if (entry.Models.Count == 0) continue;

            // Anthropic: an entry that lives for an hour costs twice the input price to write, at every seller.
            if (entry.Models.Any(model => model.Contains("claude", StringComparison.Ordinal)))
            {
                foreach (var rates in (Rates?[])[entry.Rates, entry.Above])
                {
                    if (rates?.Get("cache_write") is not null) rates.Set("cache_write_1h", rates.Get("input") * 2);
                }
            }
            // Half the price in a batch: OpenAI, Azure (global batch), Anthropic, Gemini, Mistral, Groq.
            if (_halfBatch.Contains(entry.Provider) && !entry.Tiers.ContainsKey("batch") && entry.Rates.Any(rate => rate.Value > 0)) entry.Factors["batch"] = 0.5m;
            if (entry.Provider == "anthropic") entry.Rates.TryAdd("per_search", 0.01m);
            if (entry.Rates.Get("reasoning") == entry.Rates.Get("output")) entry.Rates.Remove("reasoning");
            ToFactors(entry);
        }
        catalogue.Entries.RemoveAll(entry => entry.Models.Count == 0);

        Add("openrouter", "*:free");
        // Run by oneself: what they cost is no price of tokens.
        foreach (var own in (string[])["ollama", "vllm", "llamacpp", "lmstudio", "simulator"]) Add(own, "*");

        void Add(string provider, string model) =>
            catalogue.Entries.Add(new Entry { Provider = provider, Models = [model], Rates = { ["input"] = 0, ["output"] = 0 } });
    }

    // A tier whose prices are all the same multiple of the usual ones is written as that multiple.
    private static void ToFactors(Entry entry)
    {
        foreach (var (tier, rates) in entry.Tiers.ToList())
        {
            var (first, price) = rates.First();
            if (entry.Rates.Get(first) is not { } usual || usual == 0) continue;
            var factor = price / usual;
            // No tier is dearer than four times the usual: a slip of the point.
            if (factor > 4) entry.Tiers.Remove(tier);
            if (factor > 4 || Math.Round(factor, 3) != factor || rates.Any(rate => entry.Rates.Get(rate.Key) * factor != rate.Value)) continue;
            entry.Factors[tier] = factor;
            entry.Tiers.Remove(tier);
        }
    }
}
