using System.Data.Common;
using Edge.Storage;

namespace Edge.Tenancy;

/// <summary>What kind of tenant a row is.</summary>
internal enum TenantKind : byte
{
    Organisation,
    Team,
    User,
}

/// <summary>An organisation, a team or a user as it is stored.</summary>
/// <param name="Kind">Which.</param>
/// <param name="Organisation">Whose; an organisation's own id.</param>
/// <param name="Id">Unique among its kind in the organisation.</param>
/// <param name="Document">JSON: what it was given, by the names of its declaration.</param>
/// <param name="Revision">Another one after every change; never used again.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="UpdatedAt">When it was changed last.</param>
internal sealed record TenantRow(TenantKind Kind, string Organisation, string Id, string Document, long Revision, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt);

/// <summary>A key as it is stored, without its hashes.</summary>
/// <param name="Id">Stable.</param>
/// <param name="Organisation">Empty = none.</param>
/// <param name="Prefix">The beginning of its text.</param>
/// <param name="PreviousUntil">Until when the text before the last rotation is accepted.</param>
/// <param name="Document">JSON, as of <see cref="TenantRow"/>.</param>
/// <param name="RevokedAt">Null = it is not.</param>
/// <param name="CreatedBy">The admin token's name.</param>
/// <param name="Revision">As of <see cref="TenantRow"/>.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="UpdatedAt">When it was changed last.</param>
internal sealed record KeyRow(
    string Id, string Organisation, string Prefix, DateTimeOffset? PreviousUntil, string Document, DateTimeOffset? RevokedAt, string? CreatedBy, long Revision, DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt);

/// <summary>A key with its hashes: for the snapshot alone.</summary>
internal sealed record KeyHashes(KeyRow Row, byte[] Hash, byte[]? PreviousHash);

/// <summary>
/// Tenants and keys in the database. Methods that take a connection run in the caller's transaction, so that a change, what it depends on and the version that tells others of it are one.
/// </summary>
internal sealed class TenantStore
{
    private const string TenantColumns = "kind, organisation, id, document, revision, created_at, updated_at";
    private const string KeyColumns = "id, organisation, prefix, previous_until, document, revoked_at, created_by, revision, created_at, updated_at";

    private readonly Database _database;
    private readonly TimeProvider _time;

    public TenantStore(Database database, TimeProvider time)
    {
        _database = database;
        _time = time;
    }

    /// <inheritdoc cref="Database.ReadAsync"/>
    public Task<T> ReadAsync<T>(Func<DbConnection, CancellationToken, Task<T>> work, CancellationToken cancel) => _database.ReadAsync(work, cancel);

    /// <summary>A change: the work gets the revision that what it writes will have. One at a time over all instances, so that revisions come in the order of the commits.</summary>
    public Task<T> ChangeAsync<T>(Func<DbConnection, long, CancellationToken, Task<T>> work, CancellationToken cancel) => _database.WriteAsync(
        async (connection, stop) =>
        {
            var revision = await connection.NumberAsync("UPDATE tenancy_version SET version = version + 1 WHERE id = 1 RETURNING version", stop);
            return await work(connection, revision!.Value, stop);
        },
        cancel);

    public Task<long> VersionAsync(CancellationToken cancel) => _database.ReadAsync(
        static async (connection, stop) => await connection.NumberAsync("SELECT version FROM tenancy_version WHERE id = 1", stop) ?? 0, cancel);

    /// <summary>All that a snapshot is made of, of one moment.</summary>
    public Task<(long Version, List<TenantRow> Tenants, List<KeyHashes> Keys)> LoadAsync(DateTimeOffset revokedSince, CancellationToken cancel) =>
        // A transaction: the version must be that of the rows. The version comes first, so that under READ COMMITTED the rows are of it or newer, and what is newer is read again.
        _database.ReadAsync(
            async (connection, stop) =>
            {
                var version = await connection.NumberAsync("SELECT version FROM tenancy_version WHERE id = 1", stop) ?? 0;
                var tenants = await connection.QueryAsync($"SELECT {TenantColumns} FROM tenants", Tenant, stop);
                var keys = await connection.QueryAsync(
                    $"SELECT {KeyColumns}, hash, previous_hash FROM keys WHERE revoked_at IS NULL OR revoked_at > @since",
                    static row => new KeyHashes(Key(row), row.GetFieldValue<byte[]>(10), row.IsDBNull(11) ? null : row.GetFieldValue<byte[]>(11)), stop, ("@since", revokedSince.ToUnixTimeMilliseconds()));
                return (version, tenants, keys);
            },
            cancel);

    public static async Task<TenantRow?> FindAsync(DbConnection connection, TenantKind kind, string organisation, string id, CancellationToken cancel) =>
        (await connection.QueryAsync(
            $"SELECT {TenantColumns} FROM tenants WHERE kind = @kind AND organisation = @organisation AND id = @id", Tenant, cancel, ("@kind", Name(kind)), ("@organisation", organisation), ("@id", id)))
        .FirstOrDefault();

    /// <param name="connection">Of the caller's transaction.</param>
    /// <param name="kind">Which.</param>
    /// <param name="organisation">Whose; null = of organisations: all.</param>
    /// <param name="after">Ids behind it, in the order of their bytes.</param>
    /// <param name="limit">At most so many.</param>
    /// <param name="cancel">Ends it.</param>
    public Task<List<TenantRow>> ListAsync(DbConnection connection, TenantKind kind, string? organisation, string after, long limit, CancellationToken cancel) => connection.QueryAsync(
        $"SELECT {TenantColumns} FROM tenants WHERE kind = @kind {(organisation is null ? "" : "AND organisation = @organisation")} AND {Ordinal("id")} > @after ORDER BY {Ordinal("id")} LIMIT @limit",
        Tenant, cancel, organisation is null
            ? [("@kind", Name(kind)), ("@after", after), ("@limit", limit)]
            : [("@kind", Name(kind)), ("@organisation", organisation), ("@after", after), ("@limit", limit)]);

    /// <summary>Makes or replaces one.</summary>
    /// <param name="connection">Of the change.</param>
    /// <param name="before">Null = it is new.</param>
    /// <param name="kind">Which.</param>
    /// <param name="organisation">Whose.</param>
    /// <param name="id">Of it.</param>
    /// <param name="document">JSON.</param>
    /// <param name="revision">Of the change.</param>
    /// <param name="cancel">Ends it.</param>
    public async Task<TenantRow> PutAsync(
        DbConnection connection, TenantRow? before, TenantKind kind, string organisation, string id, string document, long revision, CancellationToken cancel)
    {
        var now = DateTimeOffset.FromUnixTimeMilliseconds(_time.GetUtcNow().ToUnixTimeMilliseconds());
        var row = new TenantRow(kind, organisation, id, document, revision, before?.CreatedAt ?? now, now);
        await connection.ExecuteAsync(
            $"""
            INSERT INTO tenants ({TenantColumns}) VALUES (@kind, @organisation, @id, @document, @revision, @created, @updated)
            ON CONFLICT (kind, organisation, id) DO UPDATE SET document = @document, revision = @revision, updated_at = @updated
            """,
            cancel, ("@kind", Name(kind)), ("@organisation", organisation), ("@id", id), ("@document", document), ("@revision", revision),
            ("@created", row.CreatedAt.ToUnixTimeMilliseconds()), ("@updated", now.ToUnixTimeMilliseconds()));
        return row;
    }

    public static Task<int> DeleteAsync(DbConnection connection, TenantRow row, CancellationToken cancel) => connection.ExecuteAsync(
        "DELETE FROM tenants WHERE kind = @kind AND organisation = @organisation AND id = @id", cancel, ("@kind", Name(row.Kind)), ("@organisation", row.Organisation), ("@id", row.Id));

    /// <param name="connection">Open.</param>
    /// <param name="id">Of the key.</param>
    /// <param name="organisation">It must be its; null = any.</param>
    /// <param name="cancel">Ends it.</param>
    public static async Task<KeyHashes?> FindKeyAsync(DbConnection connection, string id, string? organisation, CancellationToken cancel) =>
        (await connection.QueryAsync(
            $"SELECT {KeyColumns}, hash, previous_hash FROM keys WHERE id = @id AND (organisation = @organisation OR @any = 1)",
            static row => new KeyHashes(Key(row), row.GetFieldValue<byte[]>(10), row.IsDBNull(11) ? null : row.GetFieldValue<byte[]>(11)), cancel,
            ("@id", id), ("@organisation", organisation ?? ""), ("@any", organisation is null ? 1L : 0L)))
        .FirstOrDefault();

    /// <param name="connection">Open.</param>
    /// <param name="organisation">Whose; null = all.</param>
    /// <param name="after">Ids behind it, in the order of their bytes.</param>
    /// <param name="limit">At most so many.</param>
    /// <param name="cancel">Ends it.</param>
    public Task<List<KeyRow>> ListKeysAsync(DbConnection connection, string? organisation, string after, long limit, CancellationToken cancel) => connection.QueryAsync(
        $"SELECT {KeyColumns} FROM keys WHERE (organisation = @organisation OR @any = 1) AND {Ordinal("id")} > @after ORDER BY {Ordinal("id")} LIMIT @limit",
        Key, cancel, ("@organisation", organisation ?? ""), ("@any", organisation is null ? 1L : 0L), ("@after", after), ("@limit", limit));

    /// <summary>Makes one.</summary>
    public static Task<int> InsertKeyAsync(DbConnection connection, KeyHashes key, CancellationToken cancel)
    {
        var row = key.Row;
        return connection.ExecuteAsync(
            $"""
            INSERT INTO keys ({KeyColumns}, hash, previous_hash)
            VALUES (@id, @organisation, @prefix, NULL, @document, NULL, @created_by, @revision, @created, @created, @hash, NULL)
            """,
            cancel, ("@id", row.Id), ("@organisation", row.Organisation), ("@prefix", row.Prefix), ("@document", row.Document), ("@created_by", row.CreatedBy), ("@revision", row.Revision),
            ("@created", row.CreatedAt.ToUnixTimeMilliseconds()), ("@hash", key.Hash));
    }

    /// <summary>Writes what may change of one.</summary>
    public static Task<int> UpdateKeyAsync(DbConnection connection, KeyHashes key, CancellationToken cancel)
    {
        var row = key.Row;
        return connection.ExecuteAsync(
            """
            UPDATE keys SET organisation = @organisation, prefix = @prefix, hash = @hash, previous_hash = @previous_hash, previous_until = @previous_until, document = @document,
                revoked_at = @revoked_at, revision = @revision, updated_at = @updated
            WHERE id = @id
            """,
            cancel, ("@id", row.Id), ("@organisation", row.Organisation), ("@prefix", row.Prefix), ("@hash", key.Hash), ("@previous_hash", key.PreviousHash),
            ("@previous_until", row.PreviousUntil?.ToUnixTimeMilliseconds()), ("@document", row.Document), ("@revoked_at", row.RevokedAt?.ToUnixTimeMilliseconds()),
            ("@revision", row.Revision), ("@updated", row.UpdatedAt.ToUnixTimeMilliseconds()));
    }

    /// <summary>
    /// A mark that every gateway over this database must agree on: set by the first, read by the others.
    /// </summary>
    /// <returns>What it was set to.</returns>
    public Task<string> MarkAsync(string name, string value, CancellationToken cancel) => _database.WriteAsync(
        async (connection, stop) =>
        {
            await connection.ExecuteAsync("INSERT INTO store_marks (name, value) VALUES (@name, @value) ON CONFLICT (name) DO NOTHING", stop, ("@name", name), ("@value", value));
            return (await connection.QueryAsync("SELECT value FROM store_marks WHERE name = @name", static row => row.GetString(0), stop, ("@name", name)))[0];
        },
        cancel);

    /// <summary>The time of now, as rows keep it.</summary>
    public DateTimeOffset Now => DateTimeOffset.FromUnixTimeMilliseconds(_time.GetUtcNow().ToUnixTimeMilliseconds());

    public static string Name(TenantKind kind) => kind switch
    {
        TenantKind.Organisation => "organisation",
        TenantKind.Team => "team",
        _ => "user",
    };

    // A database's own collation may put "B" before "a", or call two names equal; pages and cursors go by bytes. SQLite does that by itself.
    private string Ordinal(string column) => _database.IsPostgres ? column + " COLLATE \"C\"" : column;

    private static TenantRow Tenant(DbDataReader row) => new(
        row.GetString(0) switch
        {
            "organisation" => TenantKind.Organisation,
            "team" => TenantKind.Team,
            _ => TenantKind.User,
        },
        row.GetString(1), row.GetString(2), row.GetString(3), row.GetInt64(4), row.Time(5)!.Value, row.Time(6)!.Value);

    private static KeyRow Key(DbDataReader row) => new(
        row.GetString(0), row.GetString(1), row.GetString(2), row.Time(3), row.GetString(4), row.Time(5), row.Text(6), row.GetInt64(7), row.Time(8)!.Value, row.Time(9)!.Value);
}
