using Edge.Auth;
using Edge.Storage;
using Edge.Telemetry;

namespace Edge.Tenancy;

/// <summary>
/// Watches the store for changes, which may come from any instance, and keeps what <see cref="TenancySource"/> holds in step: a key that was revoked anywhere is refused here within a
/// second. While the store is away the last that was read stays in force, also over a restart where there is a data directory.
/// </summary>
/// <remarks>It reads one number twice a second. What changed since is found by its revision; only where rows have gone is everything read again.</remarks>
internal sealed class TenancyWorker : IDisposable
{
    private static readonly TimeSpan _interval = TimeSpan.FromMilliseconds(500);

    // Revoked keys are told from unknown ones for so long.
    private static readonly TimeSpan _revokedAreKnown = TimeSpan.FromDays(30);

    private readonly TenantStore _store;
    private readonly Database _database;
    private readonly TenancySource _source;
    private readonly string? _file;
    private readonly Log _log;
    private readonly TimeProvider _time;
    private readonly StoreFreshness _freshness = new();
    private readonly SemaphoreSlim _one = new(1, 1);
    private readonly StoredRows _rows;
    private bool _isDown;
    private bool _isMarked;
    private string? _said;

    /// <param name="database">Where they are.</param>
    /// <param name="store">Reads them.</param>
    /// <param name="source">Is kept in step.</param>
    /// <param name="folder">Of the data directory; null = there is none.</param>
    /// <param name="log">Tells when the store goes and comes.</param>
    /// <param name="time">Drives the polls.</param>
    public TenancyWorker(Database database, TenantStore store, TenancySource source, string? folder, Log log, TimeProvider time)
    {
        _database = database;
        _store = store;
        _source = source;
        // SQLite is a file itself: where it cannot be read, neither can this.
        _file = folder is not null && database.IsPostgres ? Path.Combine(folder, LastTenancy.FileName) : null;
        _log = log;
        _time = time;
        _rows = new StoredRows(log);
    }

    /// <summary>After <see cref="TenancySource.Stored"/> has changed: publishes a state with it.</summary>
    public Action? Changed { get; set; }

    /// <summary>The version in force.</summary>
    public long Version => _rows.Version;

    /// <summary>What is in force is what the store says.</summary>
    public bool IsCurrent => _freshness.IsCurrent;

    /// <summary>Opens the store: its schema, and what it holds. Where it is away, what was last read from it is taken.</summary>
    /// <exception cref="IOException">It is away, and nothing was read from it before; or it is not this gateway's.</exception>
    public async Task StartAsync(CancellationToken cancel)
    {
        try
        {
            await StepAsync(cancel);
        }
        catch (StoreUnavailableException e)
        {
            if (_file is null || LastTenancy.Read(_file) is not { } last)
            {
                throw new IOException($"{e.Message} Nothing was read from it before that could stand in for it.", e);
            }
            _rows.Load(last.Version, last.Tenants, last.Keys);
            _log.Warn(EventIds.StoreDown, "The database is away: the tenants and keys that were read last are in force.", ("database", _database.Place), ("read_at", last.At.ToString("O")), ("reason", e.Message));
            _isDown = true;
            _freshness.Set(isCurrent: false);
            Publish();
        }
    }

    /// <summary>Watches until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken cancel)
    {
        // Nobody else reaches this process's memory.
        if (!_database.IsKept) return;
        using var timer = new PeriodicTimer(_interval, _time);
        try
        {
            while (await timer.WaitForNextTickAsync(cancel)) await PollAsync(cancel);
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
        }
    }

    /// <summary>Takes up now what has changed, for whoever has changed it here and wants it in force before it says so.</summary>
    public async Task RefreshAsync(CancellationToken cancel)
    {
        try
        {
            await StepAsync(cancel);
        }
        catch (StoreUnavailableException)
        {
            // It was written, and is taken up when the store is back.
        }
    }

    public void Dispose() => _one.Dispose();

    /// <summary>One look. Never throws but for a cancel.</summary>
    internal async Task PollAsync(CancellationToken cancel)
    {
        try
        {
            await StepAsync(cancel);
            _said = null;
            if (!_isDown) return;
            _isDown = false;
            _log.Info(EventIds.StoreUp, "The database is back.", ("database", _database.Place));
        }
        catch (StoreUnavailableException e)
        {
            _freshness.Set(isCurrent: false);
            if (_isDown) return;
            _isDown = true;
            _log.Error(EventIds.StoreDown, "The database is away: the tenants and keys that were read last stay in force.", ("database", _database.Place), ("reason", e.Message));
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // Comes twice a second: said once.
            _freshness.Set(isCurrent: false);
            if (e.Message == _said) return;
            _said = e.Message;
            _log.Error(EventIds.TenancyInvalid, "Tenants and keys could not be taken from the database; those that were stay in force.", ("reason", e.Message));
        }
    }

    private async Task StepAsync(CancellationToken cancel)
    {
        await _one.WaitAsync(cancel);
        try
        {
            if (!_database.IsMigrated) await _database.MigrateAsync(cancel);
            if (!_isMarked) await CheckHasherAsync(cancel);
            if (!_rows.IsLoaded || await _store.VersionAsync(cancel) != _rows.Version || !_freshness.IsCurrent) await TakeAsync(cancel);
            _freshness.Set(isCurrent: true);
        }
        finally
        {
            _one.Release();
        }
    }

    private async Task TakeAsync(CancellationToken cancel)
    {
        var revokedSince = _time.GetUtcNow() - _revokedAreKnown;
        var since = _rows.IsLoaded ? _rows.Version : -1;
        var load = await _store.LoadAsync(since, revokedSince, cancel);
        // A version that went back: another database, or a backup.
        if (load.Version < since || !_rows.Apply(load.Version, load.Tenants, load.Keys, load.TenantCount))
        {
            load = await _store.LoadAsync(-1, revokedSince, cancel);
            _rows.Load(load.Version, load.Tenants, load.Keys);
        }
        Publish();
        if (_file is not null) LastTenancy.Write(_file, _rows.Version, _rows.Tenants, _rows.Keys, _time.GetUtcNow());
    }

    private void Publish()
    {
        _source.Stored = _rows.Build(_freshness);
        Changed?.Invoke();
    }

    // Instances that hash under different secrets would each call the other's keys unknown: better not to start.
    private async Task CheckHasherAsync(CancellationToken cancel)
    {
        const string Mark = "key_pepper";
        if (_database.IsKept)
        {
            if (ReferenceEquals(_source.Hasher, KeyHasher.OfProcess))
            {
                if (await _store.FindMarkAsync(Mark, cancel) is not null)
                {
                    throw new SchemaException("The keys in the database are hashed under a secret that this gateway does not have: set auth.key_pepper, or stores.data_directory to the directory that holds it.");
                }
                return;
            }
            var own = Convert.ToHexStringLower(_source.Hasher.Hash("the mark of this pepper"));
            if (await _store.MarkAsync(Mark, own, cancel) != own)
            {
                throw new SchemaException("The keys in the database are hashed under another secret than this gateway's: auth.key_pepper (or the file key-pepper in the data directory) must be the same for all gateways over one database.");
            }
        }
        _isMarked = true;
    }
}
