using System.Text;
using System.Text.Json;

namespace Edge.Cli;

/// <summary><c>edge report</c>: which report of the admin API is meant, and its lines for a terminal.</summary>
internal static class ReportTable
{
    /// <summary>Options that become parameters of the same name, with underscores.</summary>
    public static readonly string[] Options =
        ["from", "to", "group-by", "interval", "organisation", "team", "user", "key", "caller", "endpoint", "model", "provider", "outcome", "tag"];

    // A line of a terminal has an end: the other sums are in csv and json.
    private static readonly string[] _usage = ["requests", "input_tokens", "output_tokens", "cache_read_tokens", "cost_usd"];
    private static readonly string[] _savings = ["requests", "cost_usd", "saved_by_cache_usd", "saved_by_routing_usd", "without_usd"];

    /// <summary>The path below <c>/admin/v1/</c>.</summary>
    /// <param name="report">usage or savings.</param>
    /// <param name="options">Of the command line.</param>
    /// <param name="problem">Null = none.</param>
    public static string Path(string report, Dictionary<string, string> options, out string? problem)
    {
        var format = options.GetValueOrDefault("format", "table");
        problem = report is not ("usage" or "savings") ? $"there is no report '{report}': usage, savings"
            : format is not ("table" or "csv" or "json") ? "--format is table, csv or json"
            : null;
        var path = new StringBuilder("reports/").Append(report).Append("?format=").Append(format == "csv" ? "csv" : "json");
        foreach (var option in Options)
        {
            if (options.TryGetValue(option, out var value)) path.Append('&').Append(option.Replace('-', '_')).Append('=').Append(Uri.EscapeDataString(value));
        }
        return path.ToString();
    }

    /// <summary>Head, lines, and the total in the last one.</summary>
    public static List<string[]> Rows(JsonElement report)
    {
        List<string> names = [.. report.GetProperty("group_by"u8).EnumerateArray().Select(static name => name.GetString()!)];
        if (report.GetProperty("interval"u8).GetString() != "all") names.Insert(0, "at");
        var sums = report.GetProperty("report"u8).GetString() == "savings" ? _savings : _usage;
        List<string[]> rows = [[.. names, .. sums]];
        foreach (var line in report.GetProperty("data"u8).EnumerateArray()) rows.Add([.. names.Select(name => Text(line, name)), .. sums.Select(name => Text(line, name))]);
        var total = report.GetProperty("total"u8);
        if (names.Count > 0) rows.Add([.. names.Select(static (_, i) => i == 0 ? "total" : ""), .. sums.Select(name => Text(total, name))]);
        return rows;
    }

    // Tags and names of models are the clients': a terminal would obey what is no text in them.
    private static string Text(JsonElement line, string name)
    {
        if (!line.TryGetProperty(name, out var value)) return "-";
        var text = value.ToString();
        return text.Length == 0 ? "-" : text.Any(char.IsControl) ? string.Concat(text.Select(static c => char.IsControl(c) ? '?' : c)) : text;
    }
}
