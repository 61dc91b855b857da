using System.Data.Common;
using Edge.Configuration;
using Edge.Storage;
using Edge.TestSupport;

namespace Edge.Tests.Storage;

public sealed class DatabaseTests(Databases databases)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Databases.Kinds), MemberType = typeof(Databases))]
    public async Task EveryMigrationRunsOnceWhoeverAsks(string kind)
    {
        var (config, folder) = await databases.ConfigAsync(kind);
        await using var first = Database.Open(config, folder, TimeProvider.System);
        if (kind == "memory")
        {
            await Task.WhenAll(first.MigrateAsync(Cancel), first.MigrateAsync(Cancel));
        }
        else
        {
            // Instances that start together on one database.
            await using var second = Database.Open(config, folder, TimeProvider.System);
            await using var third = Database.Open(config, folder, TimeProvider.System);
            await Task.WhenAll(first.MigrateAsync(Cancel), second.MigrateAsync(Cancel), third.MigrateAsync(Cancel));
            Assert.True(second.IsMigrated);
        }

        var applied = await first.ReadAsync((connection, cancel) => connection.QueryAsync("SELECT name FROM schema_migrations ORDER BY number", row => row.GetString(0), cancel), Cancel);
        Assert.Equal(Migrator.Embedded.Select(migration => migration.Name), applied);
        Assert.True(first.IsUp && first.IsMigrated);
    }

    [Theory]
    [MemberData(nameof(Databases.Kinds), MemberType = typeof(Databases))]
    public async Task ADatabaseOfANewerVersionIsRefused(string kind)
    {
        await using var database = await databases.OpenAsync(kind);
        await database.WriteAsync(
            (connection, cancel) => connection.ExecuteAsync("INSERT INTO schema_migrations (number, name, checksum, applied_at) VALUES (9999, '9999_future', 'x', 0)", cancel), Cancel);

        var refused = await Assert.ThrowsAsync<SchemaException>(() => database.MigrateAsync(Cancel));

        Assert.Contains("newer version", refused.Message, StringComparison.Ordinal);
        Assert.Contains("9999_future", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Databases.Kinds), MemberType = typeof(Databases))]
    public async Task AMigrationThatWasChangedAfterwardsIsRefused(string kind)
    {
        await using var database = await databases.OpenAsync(kind);
        await database.WriteAsync((connection, cancel) => connection.ExecuteAsync("UPDATE schema_migrations SET checksum = 'other' WHERE number = 1", cancel), Cancel);

        var refused = await Assert.ThrowsAsync<SchemaException>(() => database.MigrateAsync(Cancel));

        Assert.Contains("0001_tenancy", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Databases.Kinds), MemberType = typeof(Databases))]
    public async Task AMigrationThatFailsLeavesNothingBehind(string kind)
    {
        await using var database = await databases.OpenEmptyAsync(kind);
        Migration[] migrations = [Migration.Of("0001_good", "CREATE TABLE good (id BIGINT PRIMARY KEY)"), Migration.Of("0002_bad", "CREATE TABLE bad (id BIGINT); INSERT INTO nowhere VALUES (1)")];

        await Assert.ThrowsAnyAsync<DbException>(() => database.WriteAsync(
            (connection, cancel) => Migrator.RunAsync(connection, database.IsPostgres, migrations, TimeProvider.System, cancel), Cancel));

        await Assert.ThrowsAnyAsync<DbException>(() => database.ReadAsync((connection, cancel) => connection.NumberAsync("SELECT COUNT(*) FROM good", cancel), Cancel));
        // A mistake in a statement is no outage.
        Assert.True(database.IsUp);
    }

    [Theory]
    [MemberData(nameof(Databases.Kinds), MemberType = typeof(Databases))]
    public async Task AWriteIsAllOrNothing(string kind)
    {
        await using var database = await WithCounterAsync(kind);

        await Assert.ThrowsAsync<InvalidOperationException>(() => database.WriteAsync<int>(
            async (connection, cancel) =>
            {
                await connection.ExecuteAsync("UPDATE counter SET n = 100", cancel);
                throw new InvalidOperationException("half-way");
            },
            Cancel));

        Assert.Equal(0, await CountAsync(database));
    }

    [Theory]
    [MemberData(nameof(Databases.Kinds), MemberType = typeof(Databases))]
    public async Task WritersAtOnceLoseNothingAndReadersSeeWholeTransactions(string kind)
    {
        await using var database = await WithCounterAsync(kind);

        var writers = Enumerable.Range(0, 40).Select(_ => database.WriteAsync(
            async (connection, cancel) =>
            {
                await connection.ExecuteAsync("UPDATE counter SET n = n + 1", cancel);
                return await connection.ExecuteAsync("UPDATE counter SET m = m + 1", cancel);
            },
            Cancel));
        var readers = Enumerable.Range(0, 40).Select(_ => database.ReadAsync((connection, cancel) => connection.NumberAsync("SELECT n - m FROM counter", cancel), Cancel));
        var differences = Task.WhenAll(readers);
        await Task.WhenAll(writers);

        Assert.All(await differences, difference => Assert.Equal(0, difference));
        Assert.Equal(40, await CountAsync(database));
    }

    [Theory]
    [MemberData(nameof(Databases.Kinds), MemberType = typeof(Databases))]
    public async Task EveryTypeOfTheSubsetComesBackAsItWentIn(string kind)
    {
        await using var database = await databases.OpenEmptyAsync(kind);
        byte[] bytes = [0, 255, 39, 92];
        const string Text = "it's \"quoted\", ünïcode \U0001F600 @name\n";

        var rows = await database.WriteAsync(
            async (connection, cancel) =>
            {
                await connection.ExecuteAsync("CREATE TABLE kinds (t TEXT, n BIGINT, b BYTEA, absent TEXT, no_number BIGINT)", cancel);
                await connection.ExecuteAsync(
                    "INSERT INTO kinds (t, n, b, absent, no_number) VALUES (@t, @n, @b, @absent, @no_number)", cancel,
                    ("@t", Text), ("@n", long.MaxValue), ("@b", bytes), ("@absent", null), ("@no_number", null));
                return await connection.QueryAsync(
                    "SELECT t, n, b, absent, no_number, CAST(SUM(n) OVER () AS BIGINT) FROM kinds WHERE t = @t AND n = @n", row => (row.GetString(0), row.GetInt64(1),
                        row.GetFieldValue<byte[]>(2), row.Text(3), row.Number(4), row.GetInt64(5)), cancel, ("@t", Text), ("@n", long.MaxValue));
            },
            Cancel);

        var (text, number, blob, absent, noNumber, sum) = Assert.Single(rows);
        Assert.Equal((Text, long.MaxValue, null, null, long.MaxValue), (text, number, absent, noNumber, sum));
        Assert.Equal(bytes, blob);
    }

    [Theory]
    [MemberData(nameof(Databases.Kinds), MemberType = typeof(Databases))]
    public async Task ASecondRowOfOneKeyIsAConflict(string kind)
    {
        await using var database = await WithCounterAsync(kind);

        var conflict = await Assert.ThrowsAnyAsync<DbException>(() => database.WriteAsync(
            (connection, cancel) => connection.ExecuteAsync("INSERT INTO counter (id, n, m) VALUES (1, 0, 0)", cancel), Cancel));

        Assert.True(Database.IsConflict(conflict));
        Assert.True(database.IsUp);
    }

    [Fact]
    public async Task WhatIsInMemoryIsItsGatewaysAlone()
    {
        await using var one = await WithCounterAsync("memory");
        await using var other = await databases.OpenEmptyAsync("memory");

        await Assert.ThrowsAnyAsync<DbException>(() => CountAsync(other));
        Assert.False(one.IsKept);
    }

    [Fact]
    public async Task TheFilesOfSqliteAreTheOwnersAlone()
    {
        var folder = databases.NewFolder();
        await using var database = Database.Open(new StoresConfig(), folder, TimeProvider.System);
        await database.MigrateAsync(Cancel);

        Assert.True(File.Exists(Path.Combine(folder, "edge.db-wal")));
        Assert.All(Directory.GetFiles(folder), file => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, new FileInfo(file).UnixFileMode));
    }

    [Fact]
    public async Task PostgresMayBeStoppedKilledAndStartedUnderUse()
    {
        await using var server = await PostgresServer.StartAsync();
        await using var database = Database.Open(new StoresConfig { Database = new Secret(server.Url) }, null, TimeProvider.System);
        await CreateCounterAsync(database);

        foreach (var end in (Func<Task>[])[server.StopAsync, server.KillAsync])
        {
            await database.WriteAsync((connection, cancel) => connection.ExecuteAsync("UPDATE counter SET n = n + 1", cancel), Cancel);
            await end();
            await Assert.ThrowsAsync<StoreUnavailableException>(() => CountAsync(database));
            Assert.False(database.IsUp);

            var waiting = database.Retry.ExecuteAsync(async cancel => await database.ReadAsync((connection, stop) => connection.NumberAsync("SELECT n FROM counter", stop), cancel), Cancel).AsTask();
            await server.StartAgainAsync();
            _ = await Patience.For(waiting, "the worker's read after the outage");
            Assert.True(database.IsUp);
        }
        Assert.Equal(2, await CountAsync(database));
        Assert.True(database.Errors >= 2 && database.Operations > database.Errors);
    }

    [Theory]
    [InlineData("postgres://u:p%40ss@db.example:5433/edge?sslmode=verify-full&search_path=gateway", "db.example", 5433, "edge", "u", "p@ss")]
    [InlineData("postgresql://[::1]/edge", "::1", 5432, "edge", null, null)]
    public void AUrlIsReadAsLibpqReadsIt(string url, string host, int port, string database, string? user, string? password)
    {
        var settings = PostgresUrl.Parse(url, out var problem);

        Assert.Null(problem);
        Assert.Equal((host, port, database, user, password), (settings!.Host, settings.Port, settings.Database, settings.Username, settings.Password));
    }

    [Theory]
    [InlineData("mysql://u:secret@host/db")]
    [InlineData("postgres://u:secret@host")]
    [InlineData("postgres://u:secret@host/db?sslmode=maybe")]
    [InlineData("postgres://u:secret@host/db?pooling=no")]
    [InlineData("secret")]
    public void AUrlThatIsWrongIsRefusedWithoutShowingIt(string url)
    {
        Assert.Null(PostgresUrl.Parse(url, out var problem));

        Assert.Contains("allowed: postgres://", problem, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", problem, StringComparison.Ordinal);
    }

    private async Task<Database> WithCounterAsync(string kind)
    {
        var database = await databases.OpenEmptyAsync(kind);
        await CreateCounterAsync(database);
        return database;
    }

    private static Task<int> CreateCounterAsync(Database database) => database.WriteAsync(
        async (connection, cancel) =>
        {
            await connection.ExecuteAsync("CREATE TABLE counter (id BIGINT PRIMARY KEY, n BIGINT NOT NULL, m BIGINT NOT NULL)", cancel);
            return await connection.ExecuteAsync("INSERT INTO counter (id, n, m) VALUES (1, 0, 0)", cancel);
        },
        Cancel);

    private static Task<long?> CountAsync(Database database) => database.ReadAsync((connection, cancel) => connection.NumberAsync("SELECT n FROM counter", cancel), Cancel);
}
