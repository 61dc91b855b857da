using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Edge.Ledger.Reports;

/// <summary>A report as JSON or CSV. Dollars are decimals with all nine places that count, never floating point.</summary>
public static class ReportWriter
{
    private const decimal Nanos = 1_000_000_000;

    private static readonly (string Name, Func<Sums, decimal> Value)[] _usage =
    [
        ("requests", static s => s.Requests), ("streamed", static s => s.Streamed), ("attempts", static s => s.Attempts),
        ("input_tokens", static s => s.InputTokens), ("output_tokens", static s => s.OutputTokens), ("cache_read_tokens", static s => s.CacheReadTokens),
        ("cache_write_tokens", static s => s.CacheWriteTokens), ("reasoning_tokens", static s => s.ReasoningTokens),
        ("cost_usd", static s => s.Cost / Nanos), ("input_cost_usd", static s => s.InputCost / Nanos), ("output_cost_usd", static s => s.OutputCost / Nanos),
        ("estimated_requests", static s => s.Estimated), ("unpriced_requests", static s => s.Unpriced),
        ("mean_ms", static s => s.Requests == 0 ? 0 : decimal.Round(s.TotalMicroseconds / 1000m / s.Requests, 3)),
    ];

    private static readonly (string Name, Func<Sums, decimal> Value)[] _savings =
    [
        ("requests", static s => s.Requests), ("cost_usd", static s => s.Cost / Nanos), ("saved_by_cache_usd", static s => s.SavedByCache / Nanos),
        ("saved_by_routing_usd", static s => s.SavedByRouting / Nanos), ("saved_usd", static s => (s.SavedByCache + s.SavedByRouting) / Nanos),
        ("without_usd", static s => (s.Cost + s.SavedByCache + s.SavedByRouting) / Nanos),
    ];

    internal static IEnumerable<string> UsageNames => _usage.Select(static column => column.Name);

    internal static IEnumerable<string> SavingsNames => _savings.Select(static column => column.Name);

    /// <param name="report">What it holds.</param>
    /// <param name="isSavings">What was saved, rather than what was used.</param>
    public static byte[] Json(LedgerReport report, bool isSavings)
    {
        var buffer = new ArrayBufferWriter<byte>(4096);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("object"u8, "report"u8);
            json.WriteString("report"u8, isSavings ? "savings"u8 : "usage"u8);
            json.WriteString("from"u8, Time(report.Query.From));
            json.WriteString("to"u8, Time(report.Query.To));
            json.WriteString("interval"u8, NameOf(report.Query.Interval));
            json.WriteStartArray("group_by"u8);
            foreach (var word in report.Query.GroupBy) json.WriteStringValue(word);
            json.WriteEndArray();
            json.WriteStartArray("data"u8);
            foreach (var line in report.Lines)
            {
                json.WriteStartObject();
                if (report.Query.Interval != ReportInterval.All) json.WriteString("at"u8, Time(line.At));
                for (var i = 0; i < line.Group.Count; i++) json.WriteString(report.Query.GroupBy[i], line.Group[i]);
                WriteSums(json, line.Sums, isSavings);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteStartObject("total"u8);
            WriteSums(json, report.Total, isSavings);
            json.WriteEndObject();
            json.WriteEndObject();
        }
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>RFC 4180, with a head. Texts that a spreadsheet would take for a formula begin with an apostrophe.</summary>
    public static byte[] Csv(LedgerReport report, bool isSavings)
    {
        var text = new StringBuilder();
        var columns = isSavings ? _savings : _usage;
        List<string> head = report.Query.Interval == ReportInterval.All ? [] : ["at"];
        head.AddRange(report.Query.GroupBy);
        head.AddRange(columns.Select(static column => column.Name));
        text.AppendJoin(',', head.Select(Cell)).Append("\r\n");
        foreach (var line in report.Lines)
        {
            if (report.Query.Interval != ReportInterval.All) text.Append(Time(line.At)).Append(',');
            foreach (var value in line.Group) text.Append(Cell(value)).Append(',');
            text.AppendJoin(',', columns.Select(column => column.Value(line.Sums).ToString(CultureInfo.InvariantCulture))).Append("\r\n");
        }
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    // https://owasp.org/www-community/attacks/CSV_Injection
    internal static string Cell(string text)
    {
        if (text.Length > 0 && text[0] is '=' or '+' or '-' or '@' or '\t' or '\r' or '\n' or '＝' or '＋' or '－' or '＠') text = "'" + text;
        return text.AsSpan().IndexOfAny(",\"\r\n;") < 0 && text.Trim().Length == text.Length ? text : $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
    }

    internal static string Time(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);

    private static void WriteSums(Utf8JsonWriter json, Sums sums, bool isSavings)
    {
        foreach (var (name, value) in isSavings ? _savings : _usage) json.WriteNumber(name, value(sums));
    }

    private static string NameOf(ReportInterval interval) => interval switch
    {
        ReportInterval.Hour => "hour",
        ReportInterval.Day => "day",
        ReportInterval.Month => "month",
        _ => "all",
    };
}
