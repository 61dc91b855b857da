using Edge.Configuration;
using Edge.Storage;
using Edge.Storage.Journal;
using Edge.Telemetry;

namespace Edge.Ledger;

/// <summary>The ledger's parts, put together: the stage that takes rows, the backlog where they wait, the worker that writes them, the store that is asked.</summary>
public sealed class LedgerService : IAsyncDisposable
{
    // What is left when the gateway stops goes to the database if that is quick; in a journal it waits for the next start.
    private static readonly TimeSpan _stopTimeout = TimeSpan.FromSeconds(5);

    private readonly TimeProvider _time;
    private readonly Log _log;
    private volatile LedgerConfig _config = new();
    private ILedgerBacklog? _backlog;

    public LedgerService(TimeProvider time, Log log)
    {
        _time = time;
        _log = log;
        Stage = new LedgerStage(time);
    }

    public LedgerStage Stage { get; }

    /// <summary>Null = there is no ledger.</summary>
    public LedgerStore? Store { get; private set; }

    internal LedgerWorker? Worker { get; private set; }

    /// <summary>Opens the journal; the database may be away. Nothing where no ledger is wanted.</summary>
    /// <param name="config">Of the start.</param>
    /// <param name="dataDirectory">Null = rows wait in memory.</param>
    /// <param name="database">Takes the rows.</param>
    /// <exception cref="IOException">The journal cannot be opened.</exception>
    public void Open(LedgerConfig config, string? dataDirectory, Database database)
    {
        _config = config;
        if (!(config.Enabled ?? (dataDirectory is not null || database.IsKept))) return;
        Store = new LedgerStore(database, _time);
        _backlog = dataDirectory is null ? new MemoryBacklog(config.MaxQueue) : new JournalBacklog(OpenJournal(config, dataDirectory), config.MaxQueue);
        Worker = new LedgerWorker(_backlog, Store, () => _config, _time, _log);
        Stage.Begin(_backlog);
    }

    /// <summary>After a reload: everything but where rows wait.</summary>
    public void Apply(LedgerConfig config) => _config = config;

    /// <summary>Until cancelled.</summary>
    public Task RunAsync(CancellationToken cancel) => Worker?.RunAsync(cancel) ?? Task.CompletedTask;

    /// <summary>Everything that was posted so far is in the database afterwards. False = it is away.</summary>
    public async Task<bool> FlushAsync(CancellationToken cancel)
    {
        if (_backlog is null) return true;
        await _backlog.FlushAsync(cancel);
        return await Worker!.TryWriteAsync(cancel);
    }

    /// <summary>After the last request and the worker.</summary>
    public async Task StopAsync()
    {
        if (_backlog is null) return;
        using var deadline = new CancellationTokenSource(_stopTimeout, _time);
        try
        {
            if (await FlushAsync(deadline.Token)) return;
        }
        catch (OperationCanceledException)
        {
        }
        if (_backlog is MemoryBacklog && _backlog.Size.Rows is > 0 and var rows)
        {
            _log.Error(EventIds.LedgerLost, "The gateway stops while the database is away, and has no data directory where rows of the ledger could wait.", ("lost", rows));
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_backlog is not null) await _backlog.DisposeAsync();
        Worker?.Dispose();
    }

    private Journal OpenJournal(LedgerConfig config, string dataDirectory) => Journal.Open(
        new JournalOptions
        {
            Directory = Path.Combine(dataDirectory, "ledger"),
            MaxBytes = config.MaxJournal,
            // A millisecond of rows still share one fsync.
            MaxDelay = config.Durable ? TimeSpan.FromMilliseconds(1) : config.JournalInterval,
            SegmentBytes = Math.Clamp(config.MaxJournal / 16, 1 << 20, 64 << 20),
            OnDisk = (fault, message) =>
            {
                if (fault == JournalFault.None) _log.Info(EventIds.LedgerWritten, "The ledger's journal is written again.");
                else _log.Error(EventIds.LedgerWaits, "The ledger's journal cannot be written; rows wait in memory.", ("reason", message));
            },
        },
        _time);
}
