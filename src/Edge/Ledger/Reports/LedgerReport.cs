using System.Globalization;
using System.Text;
using System.Text.Json;
using Edge.Storage;

namespace Edge.Ledger.Reports;

/// <summary>One line of a report.</summary>
/// <param name="At">The beginning of its interval.</param>
/// <param name="Group">A value for each of the query's groups; empty = none.</param>
/// <param name="Sums">Of its requests.</param>
public sealed record ReportLine(DateTimeOffset At, IReadOnlyList<string> Group, Sums Sums);

/// <summary>A report out of the sums by hour or day: rows that are deleted or were never written do not change it.</summary>
/// <param name="Query">What was asked.</param>
/// <param name="Lines">By time, then by cost, dearest first.</param>
/// <param name="Total">Of all lines.</param>
public sealed record LedgerReport(ReportQuery Query, IReadOnlyList<ReportLine> Lines, Sums Total)
{
    internal const int MaxLines = 100_000;

    private const long Day = 86_400_000;

    /// <summary>Null = it would have more than <see cref="MaxLines"/> lines.</summary>
    /// <exception cref="StoreUnavailableException">The database is away.</exception>
    public static Task<LedgerReport?> RunAsync(LedgerStore store, ReportQuery query, CancellationToken cancel) => store.Database.ReadAsync(
        async (connection, stop) =>
        {
            var (from, to) = (query.From.ToUnixTimeMilliseconds(), query.To.ToUnixTimeMilliseconds());
            var isByDay = query.Interval != ReportInterval.Hour && from % Day == 0 && to % Day == 0;
            var isByTime = query.Interval != ReportInterval.All;
            List<(string, object?)> parameters = [("@from", from), ("@to", to)];
            var where = Where(query.Filters, parameters);
            var sql = $"""
                SELECT q.at, {string.Join(", ", ReportQuery.Dimensions.Select(static d => "s." + d.Column))}, s.tags, {string.Join(", ", Sums.Columns.Select(static c => "q." + c))}
                FROM (SELECT {(isByTime ? "at" : "MIN(at) AS at")}, series, {string.Join(", ", Sums.Columns.Select(static c => $"CAST(SUM({c}) AS BIGINT) AS {c}"))}
                      FROM {(isByDay ? "ledger_day" : "ledger_hour")} WHERE at >= @from AND at < @to GROUP BY series{(isByTime ? ", at" : "")}) q
                JOIN ledger_series s ON s.id = q.series{where}
                """;
            var lines = new Dictionary<string, ReportLine>(StringComparer.Ordinal);
            var total = default(Sums);
            var values = new long[Sums.Columns.Length];
            await using var command = connection.Command(sql, [.. parameters]);
            await using var reader = await command.ExecuteReaderAsync(stop);
            while (await reader.ReadAsync(stop))
            {
                var tags = reader.GetString(1 + ReportQuery.Dimensions.Length);
                if (!MatchesTags(query.Filters, tags)) continue;
                for (var i = 0; i < values.Length; i++) values[i] = reader.GetInt64(2 + ReportQuery.Dimensions.Length + i);
                var sums = Sums.Of(values);
                var at = query.BucketOf(DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(0)));
                var group = new string[query.GroupBy.Count];
                for (var i = 0; i < group.Length; i++)
                {
                    group[i] = query.GroupBy[i] is var word && word.StartsWith(ReportQuery.TagPrefix, StringComparison.Ordinal)
                        ? TagOf(tags, word[ReportQuery.TagPrefix.Length..])
                        : reader.GetString(1 + Array.FindIndex(ReportQuery.Dimensions, d => d.Word == word));
                }
                total = total.Plus(sums);
                var key = at.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture) + "\0" + string.Join('\0', group);
                if (lines.TryGetValue(key, out var line)) lines[key] = line with { Sums = line.Sums.Plus(sums) };
                else if (lines.Count == MaxLines) return null;
                else lines.Add(key, new(at, group, sums));
            }
            return new LedgerReport(
                query, [.. lines.Values.OrderBy(static line => line.At).ThenByDescending(static line => line.Sums.Cost).ThenBy(static line => string.Join('\0', line.Group), StringComparer.Ordinal)], total);
        },
        cancel);

    private static string Where(IReadOnlyList<(string Word, string Value)> filters, List<(string, object?)> parameters)
    {
        var where = "";
        foreach (var (word, value) in filters)
        {
            if (ReportQuery.ColumnOf(word) is not { } column) continue;
            var name = $"@f{parameters.Count}";
            where += $"{(where.Length == 0 ? " WHERE" : " AND")} s.{column} = {name}";
            parameters.Add((name, value));
        }
        return where;
    }

    // In the process, not in the database: SQLite and PostgreSQL read JSON with different words, and a series has its tags once.
    internal static bool MatchesTags(IReadOnlyList<(string Word, string Value)> filters, string tags)
    {
        foreach (var (word, value) in filters)
        {
            if (word.StartsWith(ReportQuery.TagPrefix, StringComparison.Ordinal) && TagOf(tags, word[ReportQuery.TagPrefix.Length..]) != value) return false;
        }
        return true;
    }

    internal static string TagOf(string tags, string name)
    {
        if (tags == "{}") return "";
        if (tags == SeriesBook.OtherTags) return SeriesBook.Other;
        // Of our own writing: an object of texts.
        var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(tags));
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isIt = reader.ValueTextEquals(name);
            reader.Read();
            if (isIt) return reader.GetString()!;
        }
        return "";
    }
}
