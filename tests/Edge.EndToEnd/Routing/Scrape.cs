using System.Globalization;

namespace Edge.EndToEnd.Routing;

/// <summary>The gateway's metrics at one moment.</summary>
internal sealed class Scrape
{
    private readonly List<(string Name, Dictionary<string, string> Labels, double Value)> _samples;
    private readonly Lazy<ILookup<string, (string Name, Dictionary<string, string> Labels, double Value)>> _byProvider;

    private Scrape(List<(string Name, Dictionary<string, string> Labels, double Value)> samples)
    {
        _samples = samples;
        _byProvider = new(() => samples.ToLookup(sample => sample.Labels.GetValueOrDefault("provider", "")));
    }

    public static async Task<Scrape> OfAsync(EdgeProcess edge)
    {
        using var client = new HttpClient { Timeout = Patience.Limit };
        var samples = new List<(string Name, Dictionary<string, string> Labels, double Value)>();
        foreach (var line in (await client.GetStringAsync(new Uri(edge.AdminUrl, "/metrics"), Kit.Stop)).Split('\n'))
        {
            if (line.Length == 0 || line[0] == '#') continue;
            var space = line.LastIndexOf(' ');
            var brace = line.IndexOf('{', StringComparison.Ordinal);
            var labels = new Dictionary<string, string>();
            // No label of ours holds a comma or a quote.
            if (brace > 0) foreach (var label in line[(brace + 1)..line.LastIndexOf('}')].Split(',')) labels[label[..label.IndexOf('=', StringComparison.Ordinal)]] = label[(label.IndexOf('=', StringComparison.Ordinal) + 2)..^1];
            samples.Add((line[..(brace > 0 ? brace : space)], labels, double.Parse(line[(space + 1)..], CultureInfo.InvariantCulture)));
        }
        return new Scrape(samples);
    }

    /// <summary>What is told of one provider.</summary>
    public Scrape Of(string provider) => new([.. _byProvider.Value[provider]]);

    /// <summary>The sum of a metric over everything that carries these labels.</summary>
    public double Sum(string name, params (string Name, string Value)[] labels) =>
        _samples.Where(sample => sample.Name == name && labels.All(label => sample.Labels.GetValueOrDefault(label.Name) == label.Value)).Sum(sample => sample.Value);

}
