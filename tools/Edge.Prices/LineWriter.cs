using System.Globalization;
using System.Text;
using Edge.Metering;

namespace Edge.Prices;

/// <summary>Writes the table: providers together, names in order, fields in the order of docs/cost.md.</summary>
internal static class LineWriter
{
    public static string Write(Catalogue catalogue)
    {
        var text = new StringBuilder("# What models cost, in US dollars per million tokens; the fields are in docs/cost.md. Made by tools/Edge.Prices: do not edit.\n");
        foreach (var entry in catalogue.Entries.OrderBy(entry => entry.Provider, StringComparer.Ordinal).ThenBy(entry => entry.Models[0], StringComparer.Ordinal).ThenBy(entry => entry.From ?? entry.Hours ?? "", StringComparer.Ordinal))
        {
            Write(text, entry);
        }
        return text.ToString();
    }

    private static void Write(StringBuilder text, Entry entry)
    {
        text.Append(CultureInfo.InvariantCulture, $"{{\"provider\":\"{entry.Provider}\",\"model\":\"{entry.Models[0]}\"");
        var also = entry.Models.Skip(1).Distinct().Where(name => !entry.Models.Any(other => other != name && ModelNames.Matches(other, name))).ToList();
        if (also.Count > 0) text.Append(CultureInfo.InvariantCulture, $",\"also\":[{string.Join(',', also.Select(name => $"\"{name}\""))}]");
        if (entry.From is not null) text.Append(CultureInfo.InvariantCulture, $",\"from\":\"{entry.From}\"");
        if (entry.Hours is not null) text.Append(CultureInfo.InvariantCulture, $",\"hours\":\"{entry.Hours}\"");
        Write(text, entry.Rates);
        if (entry.Above is { } above) WriteObject(text, "above", above);
        foreach (var tier in (string[])["flex", "priority", "batch"])
        {
            if (entry.Factors.TryGetValue(tier, out var factor)) text.Append(CultureInfo.InvariantCulture, $",\"{tier}\":{factor:0.#########}");
            else if (entry.Tiers.TryGetValue(tier, out var rates)) WriteObject(text, tier, rates);
        }
        if (entry.Context > 0) text.Append(CultureInfo.InvariantCulture, $",\"context\":{entry.Context}");
        if (entry.MaxOutput > 0) text.Append(CultureInfo.InvariantCulture, $",\"max_output\":{entry.MaxOutput}");
        text.Append("}\n");
    }

    private static void WriteObject(StringBuilder text, string name, Rates rates)
    {
        var start = text.Append(CultureInfo.InvariantCulture, $",\"{name}\":{{").Length;
        Write(text, rates);
        text.Remove(start, 1).Append('}');
    }

    private static void Write(StringBuilder text, Rates rates)
    {
        foreach (var (name, price) in rates) text.Append(CultureInfo.InvariantCulture, $",\"{name}\":{price:0.#########}");
    }
}
