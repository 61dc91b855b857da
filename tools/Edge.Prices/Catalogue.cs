using Edge.Metering;

namespace Edge.Prices;

/// <summary>The lines so far. Records of the second form complete those of the first, or stand as lines of their own where the price differs.</summary>
internal sealed class Catalogue
{
    public List<Entry> Entries { get; } = [];

    public void Add(Entry entry)
    {
        if (!entry.PerToken)
        {
            Entries.Add(entry);
            return;
        }
        var name = entry.Models[0];
        var found = Entries.LastOrDefault(known => known.Provider == entry.Provider && known.Models.Any(model => ModelNames.Matches(model, name)));
        if (found is null)
        {
            if (!entry.IsGuess) Entries.Add(entry);
            return;
        }
        if (found.PerToken || entry.IsGuess) return;
        // Where the first form has the price of images or sound for all that is written or read, the second one knows better.
        if (found.Rates.Get("output") == entry.Rates.Get("image_output")) found.Rates.Set("output", entry.Rates.Get("output"));
        if (found.Rates.Get("audio_input") == found.Rates.Get("input") && entry.Rates.Get("audio_input") is { } audio) found.Rates.Set("audio_input", audio);
        if (!found.Rates.SamePrice(entry.Rates))
        {
            if (entry.IsVertex)
            {
                // The same model, sold at another price in the cloud than by the API.
                entry.Provider = "vertex";
                Entries.Add(entry);
                return;
            }
            // A version that costs something else: its own name goes before the pattern. The line's own name keeps the first form's price.
            if (found.Models[0] == name || found.From is not null) return;
            found.Models.Remove(name);
            Entries.Add(entry);
            return;
        }
        foreach (var (kind, price) in entry.Rates)
        {
            // A cache price that the first form does not have is left out: there is none for that model then. Sound below the price of text is a slip.
            if (kind is not ("cache_read" or "cache_write") && !(kind == "audio_input" && price < found.Rates.Get("input"))) found.Rates.TryAdd(kind, price);
        }
        foreach (var (tier, rates) in entry.Tiers) found.Tiers.TryAdd(tier, rates);
        found.Above ??= entry.Above;
        if (found.Context == 0) found.Context = entry.Context;
        if (found.MaxOutput == 0) found.MaxOutput = entry.MaxOutput;
    }
}
