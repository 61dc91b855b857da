using System.Data.Common;
using System.Text;
using Edge.Configuration;
using Edge.Storage;

namespace Edge.Ledger;

/// <summary>The ledger's tables. Everything that is written is written in one transaction with the writer's position, so that nothing is lost and nothing counts twice.</summary>
public sealed class LedgerStore
{
    private const int MaxParameters = 4000;

    // A gateway that was away longer than this begins anew, and so must its journal.
    private static readonly TimeSpan _writerRetention = TimeSpan.FromDays(400);

    private static readonly TimeSpan _spentRetention = TimeSpan.FromDays(70);

    private static readonly string[] _rowColumns =
    [
        "id", "at", "expires", "organisation", "team", "member", "api_key", "caller_kind", "caller", "tags", "tags_dropped", "endpoint", "model_asked", "model", "provider", "region",
        "tokens_input", "tokens_output", "tokens_cache_read", "tokens_cache_write", "tokens_reasoning", "tokens_audio_input", "tokens_audio_output", "tokens_image_input",
        "tokens_image_output", "usage_from", "priced", "cost_input", "cost_output", "saved_by_cache", "saved_by_routing", "total_us", "gateway_us", "first_token_us", "streamed",
        "outcome", "error", "status", "attempts", "guard",
    ];

    private static readonly string[] _seriesColumns = ["id", "organisation", "team", "member", "api_key", "caller", "endpoint", "model", "provider", "outcome", "tags", "seen"];

    private readonly Database _database;
    private readonly TimeProvider _time;

    // Series that the database has, by the hour in which they were noted there.
    private readonly HashSet<string> _noted = [];
    private long _notedHour;

    public LedgerStore(Database database, TimeProvider time)
    {
        _database = database;
        _time = time;
    }

    internal static string RowColumns { get; } = string.Join(", ", _rowColumns);

    internal Database Database => _database;

    /// <summary>How far a writer's rows have been taken in.</summary>
    /// <exception cref="StoreUnavailableException">It is away.</exception>
    internal Task<long> PositionAsync(string writer, CancellationToken cancel) => _database.WriteAsync(
        async (connection, stop) =>
        {
            await connection.ExecuteAsync(
                "INSERT INTO ledger_writer (id, position, seen) VALUES (@id, 0, @now) ON CONFLICT (id) DO NOTHING", stop, ("@id", writer), ("@now", Now));
            return await connection.NumberAsync("SELECT position FROM ledger_writer WHERE id = @id", stop, ("@id", writer)) ?? 0;
        },
        cancel);

    /// <summary>Writes a batch. False = the writer is not where it was said to be, and nothing was written: ask for its position.</summary>
    /// <exception cref="StoreUnavailableException">It is away; whether the batch is there, the position tells.</exception>
    internal async Task<bool> WriteAsync(LedgerBatch batch, string writer, long from, long to, CancellationToken cancel)
    {
        var hour = Now / 3_600_000;
        if (hour != _notedHour) _noted.Clear();
        _notedHour = hour;
        var isWritten = await _database.WriteAsync(
            async (connection, stop) =>
            {
                var moved = await connection.ExecuteAsync(
                    "UPDATE ledger_writer SET position = @to, seen = @now WHERE id = @id AND position = @from", stop, ("@to", to), ("@now", Now), ("@id", writer), ("@from", from));
                if (moved != 1) return false;
                await InsertAsync(connection, "ledger", _rowColumns, batch.Rows, ValuesOf, "ON CONFLICT (id) DO NOTHING", stop);
                var now = Now;
                var unknown = batch.Series.Values.Where(series => !_noted.Contains(series.Id)).ToList();
                await InsertAsync(connection, "ledger_series", _seriesColumns, unknown, series => ValuesOf(series, now), "ON CONFLICT (id) DO UPDATE SET seen = excluded.seen", stop);
                await AddAsync(connection, "ledger_hour", batch.Hours, stop);
                await AddAsync(connection, "ledger_day", batch.Days, stop);
                await InsertAsync(
                    connection, "ledger_spent", ["tenant", "at", "requests", "tokens", "cost"], batch.Spent,
                    static line => [line.Key.Tenant, line.Key.At, line.Value.Requests, line.Value.Tokens, line.Value.Cost],
                    "ON CONFLICT (tenant, at) DO UPDATE SET requests = ledger_spent.requests + excluded.requests, tokens = ledger_spent.tokens + excluded.tokens, cost = ledger_spent.cost + excluded.cost",
                    stop);
                return true;
            },
            cancel);
        if (isWritten) _noted.UnionWith(batch.Series.Keys);
        return isWritten;
    }

    /// <summary>What a tenant and everybody below it spent, exactly, as far as the ledger has been written. Nano-dollars.</summary>
    /// <param name="tenant">Its path.</param>
    /// <param name="from">The beginning of a quarter of an hour (every zone's days begin at one).</param>
    /// <param name="until">The first quarter that does not count.</param>
    /// <param name="cancel">Ends the wait.</param>
    /// <exception cref="StoreUnavailableException">It is away.</exception>
    public Task<long> SpentOfAsync(string tenant, DateTimeOffset from, DateTimeOffset until, CancellationToken cancel) => _database.ReadAsync(
        async (connection, stop) => await connection.NumberAsync(
            "SELECT CAST(SUM(cost) AS BIGINT) FROM ledger_spent WHERE tenant = @tenant AND at >= @from AND at < @until", stop,
            ("@tenant", tenant), ("@from", from.ToUnixTimeMilliseconds()), ("@until", until.ToUnixTimeMilliseconds())) ?? 0,
        cancel);

    /// <summary>Deletes what has been kept long enough, a thousand lines at a time.</summary>
    /// <returns>Lines deleted.</returns>
    /// <exception cref="StoreUnavailableException">It is away.</exception>
    public async Task<long> PruneAsync(LedgerConfig config, CancellationToken cancel)
    {
        var now = _time.GetUtcNow();
        var deleted = 0L;
        deleted += await DeleteAsync("DELETE FROM ledger WHERE id IN (SELECT id FROM ledger WHERE expires < @at ORDER BY expires LIMIT 1000)", now, cancel);
        deleted += await DeleteAsync("DELETE FROM ledger_hour WHERE at IN (SELECT DISTINCT at FROM ledger_hour WHERE at < @at ORDER BY at LIMIT 1)", now - config.HourRetention, cancel);
        deleted += await DeleteAsync("DELETE FROM ledger_day WHERE at IN (SELECT DISTINCT at FROM ledger_day WHERE at < @at ORDER BY at LIMIT 1)", now - config.DayRetention, cancel);
        deleted += await DeleteAsync("DELETE FROM ledger_spent WHERE at IN (SELECT DISTINCT at FROM ledger_spent WHERE at < @at ORDER BY at LIMIT 10)", now - _spentRetention, cancel);
        var longest = config.HourRetention > config.DayRetention ? config.HourRetention : config.DayRetention;
        // A series is noted anew in every hour that uses it, so that none goes whose sums are there.
        deleted += await DeleteAsync(
            "DELETE FROM ledger_series WHERE id IN (SELECT id FROM ledger_series WHERE seen < @at ORDER BY seen LIMIT 1000)", now - longest - TimeSpan.FromDays(1), cancel);
        deleted += await DeleteAsync("DELETE FROM ledger_writer WHERE seen < @at", now - _writerRetention, cancel);
        return deleted;
    }

    private async Task<long> DeleteAsync(string sql, DateTimeOffset before, CancellationToken cancel)
    {
        var all = 0L;
        while (true)
        {
            var deleted = await _database.WriteAsync((connection, stop) => connection.ExecuteAsync(sql, stop, ("@at", before.ToUnixTimeMilliseconds())), cancel);
            all += deleted;
            if (deleted == 0) return all;
        }
    }

    private long Now => _time.GetUtcNow().ToUnixTimeMilliseconds();

    private static Task AddAsync(DbConnection connection, string table, SortedDictionary<(long At, string Series), Sums> sums, CancellationToken cancel) => InsertAsync(
        connection, table, ["at", "series", .. Sums.Columns], sums,
        static line => [line.Key.At, line.Key.Series, .. line.Value.Values().Select(static value => (object)value)],
        "ON CONFLICT (at, series) DO UPDATE SET " + string.Join(", ", Sums.Columns.Select(column => $"{column} = {table}.{column} + excluded.{column}")), cancel);

    // One statement for many lines: a round trip each would be most of the time.
    private static async Task InsertAsync<T>(
        DbConnection connection, string table, string[] columns, IEnumerable<T> lines, Func<T, object[]> values, string onConflict, CancellationToken cancel)
    {
        foreach (var chunk in lines.Chunk(Math.Max(1, MaxParameters / columns.Length)))
        {
            await using var command = connection.CreateCommand();
            var text = new StringBuilder("INSERT INTO ").Append(table).Append(" (").AppendJoin(", ", columns).Append(") VALUES ");
            for (var line = 0; line < chunk.Length; line++)
            {
                var row = values(chunk[line]);
                text.Append(line == 0 ? "(" : ", (");
                for (var column = 0; column < row.Length; column++)
                {
                    var parameter = command.CreateParameter();
                    parameter.ParameterName = $"@p{(line * row.Length) + column}";
                    parameter.Value = row[column];
                    command.Parameters.Add(parameter);
                    text.Append(column == 0 ? "" : ", ").Append(parameter.ParameterName);
                }
                text.Append(')');
            }
            command.CommandText = text.Append(' ').Append(onConflict).ToString();
            await command.ExecuteNonQueryAsync(cancel);
        }
    }

    private static object[] ValuesOf(LedgerRow row) =>
    [
        row.Id, row.At, row.Expires, row.Organisation, row.Team, row.User, row.Key, row.CallerKind, row.Caller, SeriesBook.TagsOf(row.Tags, []), (long)row.TagsDropped,
        row.Endpoint, row.ModelAsked, row.Model, row.Provider, row.Region,
        row.InputTokens, row.OutputTokens, row.CacheReadTokens, row.CacheWriteTokens, row.ReasoningTokens, row.AudioInputTokens, row.AudioOutputTokens, row.ImageInputTokens,
        row.ImageOutputTokens, NameOf(row.UsageFrom), row.IsPriced ? 1L : 0L, row.InputCost, row.OutputCost, row.SavedByCache, row.SavedByRouting, row.TotalMicroseconds,
        row.GatewayMicroseconds, row.FirstTokenMicroseconds, row.IsStreamed ? 1L : 0L, row.Outcome, row.Error, (long)row.Status, (long)row.Attempts, row.Guard,
    ];

    private static object[] ValuesOf(Series series, long now) =>
    [
        series.Id, series.Organisation, series.Team, series.User, series.Key, series.Caller, series.Endpoint, series.Model, series.Provider, series.Outcome,
        series.Tags, now,
    ];

    internal static string NameOf(UsageFrom from) => from switch
    {
        UsageFrom.Reported => "reported",
        UsageFrom.Estimated => "estimated",
        _ => "unknown",
    };
}
