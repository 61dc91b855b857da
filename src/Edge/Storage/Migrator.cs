using System.Data.Common;
using System.Globalization;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;

namespace Edge.Storage;

/// <summary>Numbered SQL files of the binary, each run once, forward only. What was applied is in <c>schema_migrations</c>, with a checksum.</summary>
/// <remarks>Numbers: 0001.. tenants and keys, 0101.. ledger, 0201.. audit, 0301.. budgets. A database may thus get 0002 after 0101: they are independent of each other across hundreds.</remarks>
internal static class Migrator
{
    private const string Prefix = "migrations/";

    // Any number, the same in every gateway: "edge" in ASCII.
    private const long LockId = 0x65646765;

    /// <summary>In their order.</summary>
    public static IReadOnlyList<Migration> Embedded { get; } = Load();

    /// <summary>Within the caller's transaction, so that a migration that fails leaves nothing behind; both databases roll back changes of a schema.</summary>
    /// <returns>How many were run.</returns>
    /// <exception cref="SchemaException">The schema is newer than this binary, or a file was changed after it had run.</exception>
    public static Task<int> RunAsync(DbConnection connection, bool isPostgres, TimeProvider time, CancellationToken cancel) =>
        RunAsync(connection, isPostgres, Embedded, time, cancel);

    /// <inheritdoc cref="RunAsync(DbConnection, bool, TimeProvider, CancellationToken)"/>
    public static async Task<int> RunAsync(DbConnection connection, bool isPostgres, IReadOnlyList<Migration> migrations, TimeProvider time, CancellationToken cancel)
    {
        // SQLite needs no more: the transaction is the only one that writes. PostgreSQL's lock ends with the transaction.
        if (isPostgres) await connection.QueryAsync("SELECT pg_advisory_xact_lock(@id)", static _ => 0, cancel, ("@id", LockId));
        await connection.ExecuteAsync(
            "CREATE TABLE IF NOT EXISTS schema_migrations (number BIGINT PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL, applied_at BIGINT NOT NULL)", cancel);
        var applied = (await connection.QueryAsync("SELECT number, name, checksum FROM schema_migrations", row => (row.GetInt64(0), row.GetString(1), row.GetString(2)), cancel))
            .ToDictionary(static row => row.Item1, static row => (Name: row.Item2, Checksum: row.Item3));

        foreach (var (number, (name, _)) in applied)
        {
            if (migrations.All(migration => migration.Number != number))
            {
                throw new SchemaException($"The database was written by a newer version: it has migration {name}, which this binary does not know. Run that version, or restore a backup made before the upgrade.");
            }
        }
        var done = 0;
        foreach (var migration in migrations.OrderBy(static migration => migration.Number))
        {
            if (applied.TryGetValue(migration.Number, out var before))
            {
                if (before.Checksum == migration.Checksum) continue;
                throw new SchemaException($"Migration {migration.Name} is not the one that this database was made with (it ran as {before.Name}): the binary and the database do not belong together.");
            }
            await connection.ExecuteAsync(migration.Sql, cancel);
            await connection.ExecuteAsync(
                "INSERT INTO schema_migrations (number, name, checksum, applied_at) VALUES (@number, @name, @checksum, @at)", cancel,
                ("@number", migration.Number), ("@name", migration.Name), ("@checksum", migration.Checksum), ("@at", time.GetUtcNow().ToUnixTimeMilliseconds()));
            done++;
        }
        return done;
    }

    private static List<Migration> Load()
    {
        var assembly = Assembly.GetExecutingAssembly();
        return [.. assembly.GetManifestResourceNames()
            .Where(static name => name.StartsWith(Prefix, StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)
            .Select(name =>
            {
                using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!, Encoding.UTF8);
                return Migration.Of(Path.GetFileNameWithoutExtension(name[Prefix.Length..]), reader.ReadToEnd());
            })];
    }
}

/// <summary>One file.</summary>
/// <param name="Number">The four digits that its name starts with.</param>
/// <param name="Name">Of the file, without its extension.</param>
/// <param name="Sql">Statements that both databases understand.</param>
/// <param name="Checksum">SHA-256, hex.</param>
internal sealed record Migration(long Number, string Name, string Sql, string Checksum)
{
    public static Migration Of(string name, string sql)
    {
        // A checkout on another system must not change the checksum.
        var text = sql.ReplaceLineEndings("\n");
        return new(long.Parse(name.AsSpan(0, 4), NumberStyles.None, CultureInfo.InvariantCulture), name, text, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text))));
    }
}

/// <summary>The schema and the binary do not belong together.</summary>
public sealed class SchemaException : IOException
{
    public SchemaException(string message)
        : base(message)
    {
    }
}
