using System.Data.Common;
using System.Net.Sockets;
using Edge.Configuration;
using Microsoft.Data.Sqlite;
using Npgsql;
using Polly;
using Polly.Retry;

namespace Edge.Storage;

/// <summary>
/// The one database of a gateway: PostgreSQL by URL, else SQLite in the data directory, else SQLite in memory, which keeps nothing. Tenants, ledger, audit and budgets each have their tables in it.
/// </summary>
/// <remarks>
/// Both run the same SQL: TEXT, BIGINT and BYTEA columns; <c>@name</c> parameters; <c>ON CONFLICT</c>, <c>RETURNING</c>, <c>LIMIT</c>, <c>CAST(SUM(x) AS BIGINT)</c> (PostgreSQL's sum of
/// BIGINT is a numeric). Times are BIGINT, milliseconds since 1970; booleans are BIGINT 0 and 1; money is BIGINT nano-dollars. No AUTOINCREMENT, no JSON or date functions, no <c>now()</c>.
/// Any thread. No request waits for it.
/// </remarks>
public sealed class Database : IAsyncDisposable
{
    private readonly TimeProvider _time;
    // SQLite has one writer at a time: those of this process queue here in order, rather than poll for the file's lock. In memory there is no WAL, and readers queue too.
    private readonly SemaphoreSlim? _writers;
    private readonly SemaphoreSlim? _readers;
    // In memory: while it is open, what is stored stays.
    private DbConnection? _keptOpen;
    private volatile bool _isUp = true;
    private volatile bool _isMigrated;
    private long _operations;
    private long _errors;
    private long _ticks;

    private Database(DbDataSource source, bool isPostgres, bool isKept, string place, TimeProvider time)
    {
        Source = source;
        IsPostgres = isPostgres;
        IsKept = isKept;
        Place = place;
        _time = time;
        if (!isPostgres) _writers = new SemaphoreSlim(1, 1);
        if (!isPostgres && !isKept) _readers = _writers;
        Retry = new ResiliencePipelineBuilder { TimeProvider = time }
            .AddRetry(new RetryStrategyOptions
            {
                ShouldHandle = new PredicateBuilder().Handle<StoreUnavailableException>(),
                MaxRetryAttempts = int.MaxValue,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                Delay = TimeSpan.FromMilliseconds(200),
                MaxDelay = TimeSpan.FromSeconds(10),
            })
            .Build();
    }

    /// <summary>Connections as the database's own library gives them; most callers want <see cref="ReadAsync"/> and <see cref="WriteAsync"/>.</summary>
    public DbDataSource Source { get; }

    public bool IsPostgres { get; }

    /// <summary>False = in memory: gone with the process.</summary>
    public bool IsKept { get; }

    /// <summary>For logs, without a password.</summary>
    public string Place { get; }

    /// <summary>How the last operation found it.</summary>
    public bool IsUp => _isUp;

    /// <summary>Its schema is this binary's.</summary>
    public bool IsMigrated => _isMigrated;

    /// <summary>Reads and writes since the start.</summary>
    public long Operations => Volatile.Read(ref _operations);

    /// <summary>Those that found it away.</summary>
    public long Errors => Volatile.Read(ref _errors);

    /// <summary>Spent in all of them together.</summary>
    public TimeSpan Elapsed => TimeSpan.FromTicks(Volatile.Read(ref _ticks));

    /// <summary>For workers: tries again, ever more slowly (0.2 s to 10 s), until it works or is cancelled. What it runs must be harmless when it happens twice.</summary>
    public ResiliencePipeline Retry { get; }

    /// <summary>Makes the pool, connects to nothing yet.</summary>
    /// <param name="config">Which one.</param>
    /// <param name="dataDirectory">As <see cref="DataDirectory.Open"/> found it; null = there is none.</param>
    /// <param name="time">For retries and figures.</param>
    /// <exception cref="IOException">The file of SQLite cannot be made.</exception>
    public static Database Open(StoresConfig config, string? dataDirectory, TimeProvider time)
    {
        if (config.Database.HasValue)
        {
            var settings = PostgresUrl.Parse(config.Database.Reveal(), out var problem) ?? throw new IOException($"stores.database {problem}");
            var builder = new NpgsqlSlimDataSourceBuilder(settings.ConnectionString);
            builder.EnableTransportSecurity();
            return new Database(builder.Build(), isPostgres: true, isKept: true, $"postgres://{settings.Host}:{settings.Port}/{settings.Database}", time);
        }
        if (dataDirectory is not null)
        {
            var path = Path.Combine(dataDirectory, "edge.db");
            DataDirectory.CreateFile(path);
            return new Database(new SqliteSource(path, isWal: true), isPostgres: false, isKept: true, path, time);
        }
        // A name of its own for each: two gateways in one process (tests) must not share it. memdb locks as a file does; the older shared cache answers SQLITE_LOCKED at once.
        return new Database(new SqliteSource($"file:/edge-{Guid.NewGuid():N}?vfs=memdb", isWal: false), isPostgres: false, isKept: false, "memory", time);
    }

    /// <summary>Brings the schema up to this binary's; any number of gateways may do so at once.</summary>
    /// <exception cref="StoreUnavailableException">It is away.</exception>
    /// <exception cref="SchemaException">It was written by a newer binary, or a migration was changed after it was applied.</exception>
    public async Task MigrateAsync(CancellationToken cancel)
    {
        await WriteAsync((connection, stop) => Migrator.RunAsync(connection, IsPostgres, _time, stop), cancel);
        _isMigrated = true;
    }

    /// <summary>Runs one or more queries on a connection of the pool.</summary>
    /// <exception cref="StoreUnavailableException">It is away.</exception>
    public Task<T> ReadAsync<T>(Func<DbConnection, CancellationToken, Task<T>> work, CancellationToken cancel) => RunAsync(work, isWrite: false, cancel);

    /// <summary>Runs the work in one transaction: all of it or, where it throws, nothing. Repeated when another transaction got in its way.</summary>
    /// <exception cref="StoreUnavailableException">It is away; when it went away during the commit, the work may have been done.</exception>
    public Task<T> WriteAsync<T>(Func<DbConnection, CancellationToken, Task<T>> work, CancellationToken cancel) => RunAsync(work, isWrite: true, cancel);

    /// <summary>Two rows with one key, or a reference to a row that is not there.</summary>
    public static bool IsConflict(DbException exception) => exception switch
    {
        PostgresException postgres => postgres.SqlState.StartsWith("23", StringComparison.Ordinal),
        SqliteException sqlite => sqlite.SqliteErrorCode == 19,
        _ => false,
    };

    public async ValueTask DisposeAsync()
    {
        if (_keptOpen is not null) await _keptOpen.DisposeAsync();
        await Source.DisposeAsync();
        _writers?.Dispose();
    }

    private Task<T> RunAsync<T>(Func<DbConnection, CancellationToken, Task<T>> work, bool isWrite, CancellationToken cancel) =>
        // SQLite's calls block, also those that are called async; whoever calls us may be a thread that serves sockets.
        IsPostgres ? GuardAsync(work, isWrite, cancel) : Task.Run(() => GuardAsync(work, isWrite, cancel), cancel);

    private async Task<T> GuardAsync<T>(Func<DbConnection, CancellationToken, Task<T>> work, bool isWrite, CancellationToken cancel)
    {
        var gate = isWrite ? _writers : _readers;
        if (gate is not null) await gate.WaitAsync(cancel);
        var started = _time.GetTimestamp();
        try
        {
            if (!IsKept) _keptOpen ??= await Source.OpenConnectionAsync(cancel);
            var result = await AttemptAsync(work, isWrite, cancel);
            _isUp = true;
            return result;
        }
        catch (Exception e) when (IsOutage(e))
        {
            _isUp = false;
            Interlocked.Increment(ref _errors);
            throw new StoreUnavailableException($"The database ({Place}) is not available: {e.Message}", e);
        }
        finally
        {
            Interlocked.Increment(ref _operations);
            Interlocked.Add(ref _ticks, _time.GetElapsedTime(started).Ticks);
            gate?.Release();
        }
    }

    private async Task<T> AttemptAsync<T>(Func<DbConnection, CancellationToken, Task<T>> work, bool isWrite, CancellationToken cancel)
    {
        const int MostAttempts = 5;
        for (var attempt = 1; ; attempt++)
        {
            await using var connection = await Source.OpenConnectionAsync(cancel);
            if (!isWrite) return await work(connection, cancel);
            try
            {
                await using var transaction = await connection.BeginTransactionAsync(cancel);
                var result = await work(connection, cancel);
                await transaction.CommitAsync(cancel);
                return result;
            }
            // Serialisation failure and deadlock: PostgreSQL asks for exactly this, and nothing was written.
            catch (PostgresException e) when (attempt < MostAttempts && e.SqlState is "40001" or "40P01")
            {
            }
        }
    }

    private static bool IsOutage(Exception e) => e switch
    {
        // 08 connection, 53 resources, 57 operator (shutdown, starting up), 58 system; 28 and 3D: wrong password, no such database: nothing works until somebody mends it; 25006: a standby.
        PostgresException postgres => postgres.SqlState[..2] is "08" or "53" or "57" or "58" or "28" or "3D" || postgres.SqlState == "25006",
        NpgsqlException => true,
        // BUSY, LOCKED, READONLY, IOERR, CORRUPT, FULL, CANTOPEN, PROTOCOL, NOTADB.
        SqliteException sqlite => sqlite.SqliteErrorCode is 5 or 6 or 8 or 10 or 11 or 13 or 14 or 15 or 26,
        SocketException or TimeoutException => true,
        IOException => e is not (StoreUnavailableException or SchemaException),
        _ => false,
    };
}

/// <summary>The database is away, or does not do its work: full, locked, read-only.</summary>
public sealed class StoreUnavailableException : IOException
{
    public StoreUnavailableException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
