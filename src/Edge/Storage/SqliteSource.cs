using System.Data.Common;
using Microsoft.Data.Sqlite;

namespace Edge.Storage;

/// <summary>Connections to one SQLite database, each set up alike. The pool is the library's own.</summary>
internal sealed class SqliteSource : DbDataSource
{
    private readonly string _setUp;

    /// <param name="path">Of the file, or a URI.</param>
    /// <param name="isWal">Readers and one writer at once; a file alone can do that.</param>
    public SqliteSource(string path, bool isWal)
    {
        ConnectionString = new SqliteConnectionStringBuilder { DataSource = path, ForeignKeys = true, DefaultTimeout = 30 }.ConnectionString;
        // FULL: what was answered as done is done, also when the power goes.
        _setUp = isWal ? "PRAGMA busy_timeout=10000; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL" : "PRAGMA busy_timeout=10000";
    }

    public override string ConnectionString { get; }

    protected override DbConnection CreateDbConnection() => new SqliteConnection(ConnectionString);

    protected override DbConnection OpenDbConnection()
    {
        var connection = new SqliteConnection(ConnectionString);
        try
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = _setUp;
            command.ExecuteNonQuery();
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    protected override ValueTask<DbConnection> OpenDbConnectionAsync(CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return new(OpenDbConnection());
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) ClearPool();
        base.Dispose(disposing);
    }

    protected override ValueTask DisposeAsyncCore()
    {
        ClearPool();
        return base.DisposeAsyncCore();
    }

    // Pooled connections keep the file open; nobody else uses this string.
    private void ClearPool()
    {
        using var any = new SqliteConnection(ConnectionString);
        SqliteConnection.ClearPool(any);
    }
}
