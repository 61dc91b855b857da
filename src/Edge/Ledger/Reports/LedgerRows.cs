using System.Data.Common;
using System.Globalization;
using System.Text.Json;
using Edge.Storage;

namespace Edge.Ledger.Reports;

/// <summary>The rows of requests themselves, latest first, a page at a time.</summary>
public static class LedgerRows
{
    private static readonly string[] _numbers =
        ["tags_dropped", "tokens_input", "tokens_output", "tokens_cache_read", "tokens_cache_write", "tokens_reasoning", "tokens_audio_input", "tokens_audio_output", "tokens_image_input",
         "tokens_image_output", "total_us", "gateway_us", "first_token_us", "status", "attempts"];

    private static readonly string[] _flags = ["priced", "streamed"];

    private static readonly string[] _money = ["cost_input", "cost_output", "saved_by_cache", "saved_by_routing"];

    private static readonly string[] _columns = LedgerStore.RowColumns.Split(", ");

    /// <param name="store">Where they are.</param>
    /// <param name="query">Time and filters; groups and interval do not count.</param>
    /// <param name="after">The cursor of the last row that was seen; empty = from the latest on.</param>
    /// <param name="most">Rows at most.</param>
    /// <param name="cancel">Ends the wait.</param>
    /// <exception cref="StoreUnavailableException">The database is away.</exception>
    public static Task<List<LedgerLine>> ReadAsync(LedgerStore store, ReportQuery query, string after, int most, CancellationToken cancel) => store.Database.ReadAsync(
        async (connection, stop) =>
        {
            List<(string, object?)> parameters = [("@from", query.From.ToUnixTimeMilliseconds()), ("@to", query.To.ToUnixTimeMilliseconds())];
            var where = "at >= @from AND at < @to";
            foreach (var (word, value) in query.Filters)
            {
                if (ReportQuery.ColumnOf(word) is not { } column) continue;
                where += $" AND {column} = @f{parameters.Count}";
                parameters.Add(($"@f{parameters.Count}", value));
            }
            if (TryCursor(after, out var at, out var id))
            {
                where += " AND (at < @at OR (at = @at AND id < @id))";
                parameters.Add(("@at", at));
                parameters.Add(("@id", id));
            }
            var lines = new List<LedgerLine>();
            await using var command = connection.Command($"SELECT {LedgerStore.RowColumns} FROM ledger WHERE {where} ORDER BY at DESC, id DESC", [.. parameters]);
            await using var reader = await command.ExecuteReaderAsync(stop);
            while (lines.Count < most && await reader.ReadAsync(stop))
            {
                var line = LedgerLine.Of(reader, _columns);
                if (LedgerReport.MatchesTags(query.Filters, line.Text("tags"))) lines.Add(line);
            }
            return lines;
        },
        cancel);

    internal static bool IsNumber(string column) => _numbers.Contains(column);

    internal static bool IsFlag(string column) => _flags.Contains(column);

    internal static bool IsMoney(string column) => _money.Contains(column);

    private static bool TryCursor(string cursor, out long at, out string id)
    {
        var dot = cursor.IndexOf('.', StringComparison.Ordinal);
        id = dot < 0 ? "" : cursor[(dot + 1)..];
        at = 0;
        return dot > 0 && long.TryParse(cursor.AsSpan(0, dot), NumberStyles.None, CultureInfo.InvariantCulture, out at);
    }
}

/// <summary>One row, as it is shown: money in dollars, times in UTC, durations in microseconds.</summary>
public sealed class LedgerLine
{
    private readonly Dictionary<string, object> _values = [];

    /// <summary>What it is written as, for its description.</summary>
    internal static IEnumerable<(string Name, string Type, string Doc)> Columns =>
    [
        .. LedgerStore.RowColumns.Split(", ").Select(static column =>
            LedgerRows.IsMoney(column) ? (column + "_usd", "number", "US dollars, exact to nine decimals.")
            : LedgerRows.IsFlag(column) ? (column, "boolean", "See docs/ledger.md.")
            : LedgerRows.IsNumber(column) ? (column, "integer", column.EndsWith("_us", StringComparison.Ordinal) ? "Microseconds." : "See docs/ledger.md.")
            : (NameOf(column), column == "tags" ? "object" : "string", "See docs/ledger.md.")),
        ("cost_usd", "number", "Of input and output together."),
    ];

    private static string NameOf(string column) => column == "member" ? "user" : column == "api_key" ? "key" : column;

    /// <summary>Where the next page begins, if this is the last one seen.</summary>
    public string Cursor => string.Create(CultureInfo.InvariantCulture, $"{(long)_values["at"]}.{Text("id")}");

    internal string Text(string column) => (string)_values[column];

    internal static LedgerLine Of(DbDataReader reader, string[] columns)
    {
        var line = new LedgerLine();
        for (var i = 0; i < columns.Length; i++)
        {
            var isNumber = columns[i] is "at" or "expires" || LedgerRows.IsNumber(columns[i]) || LedgerRows.IsFlag(columns[i]) || LedgerRows.IsMoney(columns[i]);
            line._values[columns[i]] = isNumber ? reader.GetInt64(i) : reader.GetString(i);
        }
        return line;
    }

    /// <summary>Writes it as an object.</summary>
    public void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        foreach (var (column, value) in _values)
        {
            switch (value)
            {
                case long at when column is "at" or "expires":
                    json.WriteString(column, DateTimeOffset.FromUnixTimeMilliseconds(at).UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));
                    break;
                case long nanos when LedgerRows.IsMoney(column):
                    json.WriteNumber(column + "_usd", nanos / 1_000_000_000m);
                    break;
                case long flag when LedgerRows.IsFlag(column):
                    json.WriteBoolean(column, flag != 0);
                    break;
                case long number:
                    json.WriteNumber(column, number);
                    break;
                case string text when column == "tags":
                    json.WritePropertyName(column);
                    json.WriteRawValue(text);
                    break;
                default:
                    json.WriteString(NameOf(column), (string)value);
                    break;
            }
        }
        json.WriteNumber("cost_usd", ((long)_values["cost_input"] + (long)_values["cost_output"]) / 1_000_000_000m);
        json.WriteEndObject();
    }
}
