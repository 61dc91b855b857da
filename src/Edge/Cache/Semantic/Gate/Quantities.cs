namespace Edge.Cache.Semantic.Gate;

/// <summary>Numbers with what they count: of two prompts they must be the same.</summary>
internal static class Quantities
{
    private static readonly HashSet<string> s_currencies = ["usd", "eur", "gbp", "jpy", "inr", "chf", "dollar", "euro", "pound", "yen", "rupe", "franc", "cent"];

    private static readonly Dictionary<string, string> s_units = Units();

    public static GateReason Compare(List<ContentWord> a, List<ContentWord> b)
    {
        if (!Numbers(a).SequenceEqual(Numbers(b))) return GateReason.Numbers;
        if (!Words(a, s_currencies.Contains).SequenceEqual(Words(b, s_currencies.Contains))) return GateReason.Currencies;
        return Measures(a).SequenceEqual(Measures(b)) ? GateReason.None : GateReason.Units;
    }

    /// <summary>One name for a unit's spellings: "km", "kilometer" and "kilometre".</summary>
    public static string Unit(string key) => s_units.GetValueOrDefault(key, key);

    private static IEnumerable<string> Numbers(List<ContentWord> words) => words.Where(w => w.IsNumber).Select(w => w.Key).Order(StringComparer.Ordinal);

    private static IEnumerable<string> Words(List<ContentWord> words, Func<string, bool> isIt) => words.Select(w => Unit(w.Key)).Where(isIt).Distinct().Order(StringComparer.Ordinal);

    // Units right behind a number, with it.
    private static List<string> Measures(List<ContentWord> words)
    {
        var found = new List<string>();
        for (var i = 1; i < words.Count; i++)
        {
            if (words[i - 1].IsNumber && s_units.TryGetValue(words[i].Key, out var unit)) found.Add(words[i - 1].Key + unit);
        }
        found.Sort(StringComparer.Ordinal);
        return found;
    }

    private static Dictionary<string, string> Units()
    {
        var table = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var group in new[]
        {
            "second sec s secs", "minut min mins minute", "hour h hr hrs", "day d", "week wk", "month", "year yr yrs", "millisecond ms", "kilometer km kilometre kms", "meter m metre", "centimeter cm centimetre", "millimeter mm millimetre",
            "mil mile mi", "yard yd", "foot feet ft", "inch in", "kilogram kg kilo kgs", "gram g gramme", "milligram mg", "microgram mcg", "ton tonne", "pound-weight lb lbs", "ounc oz ounce", "liter l litre", "milliliter ml millilitre",
            "gallon gal", "cup", "teaspoon tsp", "tablespoon tbsp", "celsius degree-celsius c", "fahrenheit f", "kelvin", "percent pct", "byt byte", "kilobyt kb", "megabyt mb", "gigabyt gb", "terabyt tb", "bit", "watt w", "kilowatt kw", "volt v",
            "am", "pm", "usd dollar", "eur euro", "gbp pound", "jpy yen", "inr rupe", "chf franc",
        })
        {
            var names = group.Split(' ');
            foreach (var name in names) table.TryAdd(name, names[0]);
        }
        return table;
    }
}
