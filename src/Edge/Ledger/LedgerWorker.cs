using System.Data.Common;
using Edge.Configuration;
using Edge.Telemetry;

namespace Edge.Ledger;

/// <summary>Carries rows from the backlog to the database, in batches and in order, each exactly once. While the database is away they wait.</summary>
internal sealed class LedgerWorker : IDisposable
{
    private static readonly TimeSpan _maxPause = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan _pruneInterval = TimeSpan.FromMinutes(10);

    private readonly ILedgerBacklog _backlog;
    private readonly LedgerStore _store;
    private readonly Func<LedgerConfig> _config;
    private readonly TimeProvider _time;
    private readonly Log _log;
    private readonly SeriesBook _book = new();
    private readonly List<LedgerRow> _rows = [];
    private readonly SemaphoreSlim _one = new(1, 1);
    private long _position = -1;
    private long _written;
    private long _batches;
    private long _errors;
    private long _oldest;
    private long _reportedLost;
    private bool _isDown;

    // Rows of the next batch at most, and the row that it begins with is not to be written.
    private int _most = int.MaxValue;
    private bool _isPoisoned;
    private long _refused;

    public LedgerWorker(ILedgerBacklog backlog, LedgerStore store, Func<LedgerConfig> config, TimeProvider time, Log log)
    {
        _backlog = backlog;
        _store = store;
        _config = config;
        _time = time;
        _log = log;
    }

    /// <summary>Rows that are in the database, of this process.</summary>
    public long Written => Volatile.Read(ref _written);

    public long Batches => Volatile.Read(ref _batches);

    /// <summary>Rows that there was no room for, or that the database would not take.</summary>
    public long Lost => _backlog.Lost + Volatile.Read(ref _refused);

    /// <summary>What waits.</summary>
    public BacklogSize Waiting => _backlog.Size;

    /// <summary>Attempts to write that failed.</summary>
    public long Errors => Volatile.Read(ref _errors);

    /// <summary>Age of the oldest row that waits for a database that is away; zero = none does.</summary>
    public TimeSpan OldestAge => Volatile.Read(ref _oldest) is var at && at == 0 ? TimeSpan.Zero : _time.GetUtcNow() - DateTimeOffset.FromUnixTimeMilliseconds(at);

    /// <summary>Until cancelled; returns then without throwing.</summary>
    public async Task RunAsync(CancellationToken cancel)
    {
        var pause = TimeSpan.Zero;
        var pruned = _time.GetTimestamp() - (long)(_time.TimestampFrequency * _pruneInterval.TotalSeconds);
        try
        {
            while (true)
            {
                var interval = _config().WriteInterval;
                await Task.Delay(pause > interval ? pause : interval, _time, cancel);
                if (!await TryWriteAsync(cancel))
                {
                    pause = pause == TimeSpan.Zero ? TimeSpan.FromMilliseconds(200) : TimeSpan.FromTicks(Math.Min(pause.Ticks * 2, _maxPause.Ticks));
                    continue;
                }
                pause = TimeSpan.Zero;
                if (_time.GetElapsedTime(pruned) < _pruneInterval) continue;
                pruned = _time.GetTimestamp();
                await PruneAsync(cancel);
            }
        }
        catch (OperationCanceledException)
        {
        }
    }

    /// <summary>Writes everything that is there. False = the database is away.</summary>
    public async Task<bool> TryWriteAsync(CancellationToken cancel)
    {
        await _one.WaitAsync(cancel);
        try
        {
            ReportLost();
            while (await WriteOrHalveAsync(cancel))
            {
            }
            if (_isDown) _log.Info(EventIds.LedgerWritten, "The ledger is written again.", ("waiting", _backlog.Size.Rows));
            _isDown = false;
            Volatile.Write(ref _oldest, 0);
            return true;
        }
        catch (Exception e) when (e is IOException or DbException)
        {
            Interlocked.Increment(ref _errors);
            // A commit that was cut off may have been done: the database knows.
            _position = -1;
            if (_rows.Count > 0) Volatile.Write(ref _oldest, _rows[0].At);
            if (!_isDown) _log.Warn(EventIds.LedgerWaits, "The ledger cannot be written; its rows wait.", ("reason", e.Message), ("waiting", _backlog.Size.Rows));
            _isDown = true;
            return false;
        }
        finally
        {
            _one.Release();
        }
    }

    // The database is there and refuses something: which row, smaller batches show; and that one must not keep all that follow from being written.
    private async Task<bool> WriteOrHalveAsync(CancellationToken cancel)
    {
        try
        {
            return await WriteOneAsync(cancel);
        }
        catch (DbException e) when (_rows.Count > 0)
        {
            Interlocked.Increment(ref _errors);
            _position = -1;
            _most = Math.Max(1, _rows.Count / 2);
            _isPoisoned = _rows.Count == 1;
            if (_isPoisoned) _log.Error(EventIds.LedgerLost, "The database refuses a row of the ledger; it is left out.", ("reason", e.Message), ("request_id", _rows[0].Id));
            return true;
        }
    }

    public void Dispose() => _one.Dispose();

    private async Task<bool> WriteOneAsync(CancellationToken cancel)
    {
        if (_position < 0)
        {
            _position = await _store.PositionAsync(_backlog.Writer, cancel);
            if (_backlog is JournalBacklog journal && _position > journal.Journal.Last)
            {
                journal.Renew();
                _position = await _store.PositionAsync(_backlog.Writer, cancel);
            }
        }
        _rows.Clear();
        var config = _config();
        var to = _backlog.Read(_position, _rows, Math.Min(config.BatchSize, _most));
        if (to == _position) return false;
        if (_isPoisoned)
        {
            Interlocked.Increment(ref _refused);
            _rows.Clear();
        }
        if (!await _store.WriteAsync(LedgerBatch.Of(_rows, _book, config), _backlog.Writer, _position, to, cancel))
        {
            _position = -1;
            return true;
        }
        _position = to;
        Interlocked.Add(ref _written, _rows.Count);
        Interlocked.Increment(ref _batches);
        _rows.Clear();
        _isPoisoned = false;
        _most = int.MaxValue;
        _backlog.Release(to);
        return true;
    }

    private async Task PruneAsync(CancellationToken cancel)
    {
        try
        {
            await _store.PruneAsync(_config(), cancel);
        }
        catch (Exception e) when (e is IOException or DbException)
        {
            Interlocked.Increment(ref _errors);
            _log.Warn(EventIds.LedgerWaits, "Old rows of the ledger could not be deleted.", ("reason", e.Message));
        }
    }

    private void ReportLost()
    {
        var lost = _backlog.Lost;
        if (lost == _reportedLost) return;
        _log.Error(EventIds.LedgerLost, "Rows of the ledger were lost: there is no more room for those that wait.", ("lost", lost - _reportedLost), ("waiting", _backlog.Size.Rows));
        _reportedLost = lost;
    }
}
