using Edge.Configuration;
using Edge.Ledger;
using Edge.Ledger.Reports;
using Edge.Storage;
using Edge.Telemetry;
using Edge.Tests.Storage;

namespace Edge.Tests.Ledger;

/// <summary>A ledger over a real database, of which rows can be asked.</summary>
internal sealed class LedgerKit : IAsyncDisposable
{
    private readonly MemoryStream _log = new();

    private LedgerKit(Database database, string? folder, TimeProvider time)
    {
        Database = database;
        Folder = folder;
        Log = new Log(_log, TimeProvider.System, LogSeverity.Trace);
        Service = new LedgerService(time, Log);
    }

    public Database Database { get; }

    public string? Folder { get; }

    public Log Log { get; }

    public LedgerService Service { get; }

    public LedgerStore Store => Service.Store!;

    /// <param name="databases">Of the run.</param>
    /// <param name="kind">As in <see cref="Databases.Kinds"/>.</param>
    /// <param name="config">Its own where it says nothing of time: tests write when they want to.</param>
    /// <param name="hasJournal">False = rows wait in memory.</param>
    /// <param name="time">For rows and retention.</param>
    public static async Task<LedgerKit> StartAsync(Databases databases, string kind, LedgerConfig? config = null, bool hasJournal = true, TimeProvider? time = null)
    {
        var database = await databases.OpenAsync(kind);
        return Start(database, hasJournal ? databases.NewFolder() : null, config, time);
    }

    public static LedgerKit Start(Database database, string? folder, LedgerConfig? config = null, TimeProvider? time = null)
    {
        var kit = new LedgerKit(database, folder, time ?? TimeProvider.System);
        kit.Service.Open((config ?? new LedgerConfig()) with { Enabled = true, JournalInterval = TimeSpan.FromMilliseconds(1) }, folder, database);
        return kit;
    }

    public void Post(LedgerRow row)
    {
        var scratch = new byte[LedgerRecord.MaxBytes];
        Service.Stage.Backlog!.Append(scratch.AsSpan(0, RecordText.Write(scratch, row)));
    }

    public Task<bool> FlushAsync() => Service.FlushAsync(TestContext.Current.CancellationToken);

    public Task<List<T>> RowsAsync<T>(string sql, Func<System.Data.Common.DbDataReader, T> row) =>
        Database.ReadAsync((connection, cancel) => connection.QueryAsync(sql, row, cancel), TestContext.Current.CancellationToken);

    public async Task<long> NumberAsync(string sql) =>
        await Database.ReadAsync((connection, cancel) => connection.NumberAsync(sql, cancel), TestContext.Current.CancellationToken) ?? 0;

    public async Task<LedgerReport> ReportAsync(string groups, DateTimeOffset from, DateTimeOffset to, ReportInterval interval = ReportInterval.All, params (string, string)[] filters)
    {
        var query = new ReportQuery { From = from, To = to, GroupBy = groups.Length == 0 ? [] : groups.Split(','), Interval = interval, Filters = filters };
        return (await LedgerReport.RunAsync(Store, query, TestContext.Current.CancellationToken))!;
    }

    public async ValueTask DisposeAsync()
    {
        await Service.DisposeAsync();
        await Database.DisposeAsync();
        await Log.DisposeAsync();
    }
}

/// <summary>Rows as the stage would write them.</summary>
internal static class RecordText
{
    public static int Write(Span<byte> to, LedgerRow row)
    {
        var writer = new RecordWriter(to);
        writer.Text(row.Id);
        writer.Number(row.At);
        writer.Number(row.Expires);
        writer.Flag(row.IsRollupOnly);
        writer.Text(row.Organisation);
        writer.Text(row.Team);
        writer.Text(row.User);
        writer.Text(row.Key);
        writer.Text(row.CallerKind);
        writer.Text(row.Caller);
        writer.Bytes(Pack(row.Tags));
        writer.Number(row.TagsDropped);
        writer.Text(row.Endpoint);
        writer.Text(row.ModelAsked);
        writer.Text(row.Model);
        writer.Text(row.Provider);
        writer.Text(row.Region);
        writer.Number(row.InputTokens);
        writer.Number(row.OutputTokens);
        writer.Number(row.CacheReadTokens);
        writer.Number(row.CacheWriteTokens);
        writer.Number(row.ReasoningTokens);
        writer.Number(row.AudioInputTokens);
        writer.Number(row.AudioOutputTokens);
        writer.Number(row.ImageInputTokens);
        writer.Number(row.ImageOutputTokens);
        writer.Number((long)row.UsageFrom);
        writer.Flag(row.IsPriced);
        writer.Number(row.InputCost);
        writer.Number(row.OutputCost);
        writer.Number(row.SavedByCache);
        writer.Number(row.SavedByRouting);
        writer.Number(row.TotalMicroseconds);
        writer.Number(row.GatewayMicroseconds);
        writer.Number(row.FirstTokenMicroseconds);
        writer.Flag(row.IsStreamed);
        writer.Text(row.Outcome);
        writer.Text(row.Error);
        writer.Number(row.Status);
        writer.Number(row.Attempts);
        writer.Text(row.Guard);
        return writer.Length;
    }

    private static byte[] Pack(IReadOnlyList<KeyValuePair<string, string>> tags)
    {
        using var packed = new MemoryStream();
        foreach (var (name, value) in tags)
        {
            foreach (var text in (string[])[name, value])
            {
                var bytes = System.Text.Encoding.UTF8.GetBytes(text);
                packed.Write(BitConverter.GetBytes((ushort)bytes.Length));
                packed.Write(bytes);
            }
        }
        return packed.ToArray();
    }
}
