using Edge.Configuration;
using Edge.Storage;
using Edge.TestSupport;

[assembly: AssemblyFixture(typeof(Edge.Tests.Storage.Databases))]

namespace Edge.Tests.Storage;

/// <summary>Databases for tests: each call gives a new, empty one. One PostgreSQL serves all of them, started by the first that asks.</summary>
public sealed class Databases : IAsyncDisposable
{
    /// <summary>Every kind there is: the same tests run on each.</summary>
    public static TheoryData<string> Kinds => ["memory", "sqlite", "postgres"];

    private readonly SemaphoreSlim _lock = new(1, 1);
    private readonly List<string> _folders = [];
    private PostgresServer? _postgres;

    /// <summary>Migrated.</summary>
    public async Task<Database> OpenAsync(string kind, TimeProvider? time = null)
    {
        var database = await OpenEmptyAsync(kind, time);
        await database.MigrateAsync(TestContext.Current.CancellationToken);
        return database;
    }

    public async Task<Database> OpenEmptyAsync(string kind, TimeProvider? time = null)
    {
        var (config, folder) = await ConfigAsync(kind);
        return Database.Open(config, folder, time ?? TimeProvider.System);
    }

    public async Task<(StoresConfig Config, string? Folder)> ConfigAsync(string kind) => kind switch
    {
        "memory" => (new StoresConfig(), null),
        "sqlite" => (new StoresConfig(), NewFolder()),
        _ => (new StoresConfig { Database = new Secret(await PostgresUrlAsync()) }, NewFolder()),
    };

    public async Task<string> PostgresUrlAsync()
    {
        await _lock.WaitAsync();
        try
        {
            _postgres ??= await PostgresServer.StartAsync();
            return await _postgres.CreateDatabaseAsync();
        }
        finally
        {
            _lock.Release();
        }
    }

    /// <summary>Deleted in the end.</summary>
    public string NewFolder()
    {
        var folder = Directory.CreateTempSubdirectory("edge-store-").FullName;
        lock (_folders) _folders.Add(folder);
        return folder;
    }

    public async ValueTask DisposeAsync()
    {
        if (_postgres is not null) await _postgres.DisposeAsync();
        foreach (var folder in _folders) Directory.Delete(folder, recursive: true);
        _lock.Dispose();
    }
}
