using CsCheck;
using Edge.Configuration;
using Edge.Ledger;
using Edge.Storage;
using Edge.Tests.Storage;
using Edge.TestSupport;

namespace Edge.Tests.Ledger;

/// <summary>Rows that wait, and a database that is away or will not take them.</summary>
public sealed class LedgerWorkerTests(Databases databases)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task WhileTheDatabaseIsAwayRowsWait(bool hasJournal)
    {
        await using var server = await PostgresServer.StartAsync();
        var database = Database.Open(new StoresConfig { Database = new Secret(await server.CreateDatabaseAsync()) }, null, TimeProvider.System);
        await database.MigrateAsync(Cancel);
        await using var kit = LedgerKit.Start(database, hasJournal ? databases.NewFolder() : null, new LedgerConfig { BatchSize = 50 });
        var posted = 0;
        async Task PostAsync(int count)
        {
            for (var i = 0; i < count; i++) kit.Post(RandomRows.One.Single() with { Id = $"req_{posted++}", InputCost = 1, OutputCost = 2, Organisation = "acme" });
            await Task.Yield();
        }

        await PostAsync(120);
        Assert.True(await kit.FlushAsync());
        await server.StopAsync();
        await PostAsync(300);
        Assert.False(await kit.FlushAsync());
        Assert.False(await kit.FlushAsync());
        Assert.True(kit.Service.Worker!.Errors >= 2);
        Assert.Equal(300, kit.Service.Worker.Waiting.Rows);
        Assert.True(kit.Service.Worker.OldestAge > TimeSpan.Zero);
        await server.StartAgainAsync();
        await PostAsync(80);
        Assert.True(await kit.FlushAsync());
        // In the middle of a batch, as by a power cut: what had been committed is there, the rest comes again.
        await PostAsync(200);
        var writing = kit.FlushAsync();
        await server.KillAsync();
        await writing;
        await server.StartAgainAsync();
        await PostAsync(10);
        while (!await kit.FlushAsync()) Cancel.ThrowIfCancellationRequested();

        Assert.Equal(posted, await kit.NumberAsync("SELECT COUNT(*) FROM ledger"));
        Assert.Equal(posted, await kit.NumberAsync("SELECT CAST(SUM(requests) AS BIGINT) FROM ledger_hour"));
        Assert.Equal(posted * 3, await kit.NumberAsync("SELECT CAST(SUM(cost) AS BIGINT) FROM ledger_spent WHERE tenant = 'acme'"));
        Assert.Equal((0L, 0L), (kit.Service.Worker.Lost, kit.Service.Worker.Waiting.Rows));
        Assert.Equal(TimeSpan.Zero, kit.Service.Worker.OldestAge);
    }

    [Fact]
    public async Task SeveralGatewaysWriteTheSameSums()
    {
        var url = await databases.PostgresUrlAsync();
        var kits = new List<LedgerKit>();
        for (var i = 0; i < 4; i++)
        {
            var database = Database.Open(new StoresConfig { Database = new Secret(url) }, null, TimeProvider.System);
            await database.MigrateAsync(Cancel);
            kits.Add(LedgerKit.Start(database, databases.NewFolder(), new LedgerConfig { BatchSize = 20 }));
        }
        var rows = RandomRows.Some(400, 400).Single();
        for (var i = 0; i < rows.Count; i++) kits[i % kits.Count].Post(rows[i]);
        await Task.WhenAll(kits.Select(kit => kit.FlushAsync()));

        var report = await kits[0].ReportAsync("", RandomRows.Begin, RandomRows.End);
        Assert.Equal(rows.Aggregate(default(Sums), (sums, row) => sums.Plus(Sums.Of(row))), report.Total);
        Assert.All(kits, kit => Assert.Equal(0, kit.Service.Worker!.Errors));
        foreach (var kit in kits) await kit.DisposeAsync();
    }

    [Fact]
    public async Task ARowThatTheDatabaseRefusesHoldsNothingUp()
    {
        await using var kit = await LedgerKit.StartAsync(databases, "sqlite");
        await kit.Database.WriteAsync(
            (connection, cancel) => connection.ExecuteAsync("CREATE TRIGGER refuse BEFORE INSERT ON ledger WHEN NEW.id = 'req_000033' BEGIN SELECT RAISE(ABORT, 'no'); END", cancel), Cancel);
        foreach (var row in RandomRows.Some(100, 100).Single()) kit.Post(row);
        Assert.True(await kit.FlushAsync());

        Assert.Equal(99, await kit.NumberAsync("SELECT COUNT(*) FROM ledger"));
        Assert.Equal(99, await kit.NumberAsync("SELECT CAST(SUM(requests) AS BIGINT) FROM ledger_hour"));
        Assert.Equal(1, kit.Service.Worker!.Lost);
    }

    [Fact]
    public async Task BeyondItsRoomRowsAreLostAndCounted()
    {
        await using var kit = await LedgerKit.StartAsync(databases, "sqlite", new LedgerConfig { MaxQueue = 128 * 1024 }, hasJournal: false);
        var row = RandomRows.One.Single();
        for (var i = 0; i < 5000; i++) kit.Post(row with { Id = $"req_{i}" });
        var lost = kit.Service.Worker!.Lost;
        Assert.InRange(lost, 1, 4999);
        Assert.True(await kit.FlushAsync());
        Assert.Equal(5000 - lost, await kit.NumberAsync("SELECT COUNT(*) FROM ledger"));
        // There is room again.
        kit.Post(row with { Id = "req_again" });
        Assert.True(await kit.FlushAsync());
        Assert.Equal(5001 - lost, await kit.NumberAsync("SELECT COUNT(*) FROM ledger"));
    }

    [Fact]
    public async Task AnOlderJournalDoesNotPassForWhatWasWritten()
    {
        var database = await databases.OpenAsync("memory");
        var folder = databases.NewFolder();
        await using var kit = LedgerKit.Start(database, folder);
        for (var i = 0; i < 10; i++) kit.Post(RandomRows.One.Single() with { Id = $"req_a{i}" });
        await kit.FlushAsync();
        await kit.Service.DisposeAsync();
        // The directory of before, with the writer's name, and without the records.
        foreach (var file in Directory.GetFiles(Path.Combine(folder, "ledger")).Where(file => !file.EndsWith("writer.id", StringComparison.Ordinal))) File.Delete(file);
        await using var again = LedgerKit.Start(database, folder);
        for (var i = 0; i < 5; i++) again.Post(RandomRows.One.Single() with { Id = $"req_b{i}" });
        Assert.True(await again.FlushAsync());

        Assert.Equal(15, await again.NumberAsync("SELECT COUNT(*) FROM ledger"));
    }
}
