using Edge.Auth;
using Edge.Configuration;
using Edge.Storage;
using Edge.Telemetry;
using Edge.Tenancy;
using Edge.Tests.Storage;
using Edge.TestSupport;

namespace Edge.Tests.Tenancy;

/// <summary>What an instance goes by follows the store, and outlives its absence.</summary>
public sealed class TenancyWorkerTests(Databases databases) : IAsyncDisposable
{
    private readonly Log _log = new(Stream.Null, TimeProvider.System, LogSeverity.Error);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _log.DisposeAsync();

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task AChangeOfOneInstanceIsSeenByTheOthersNextLook(string kind)
    {
        var (config, folder) = await databases.ConfigAsync(kind);
        await using var one = await InstanceAsync(config, folder!);
        await using var other = await InstanceAsync(config, folder!);

        await one.PutAsync(TenantKind.Organisation, "acme", "acme", """{"monthly_budget":5}""");
        await other.Worker.PollAsync(Cancel);
        Assert.Equal(5_000_000_000, Assert.Single(other.Source.Stored.Organisations).Policy.MonthlyBudget);

        await one.PutAsync(TenantKind.Organisation, "acme", "acme", """{"monthly_budget":6}""");
        await one.PutAsync(TenantKind.Team, "acme", "t", "{}");
        await other.Worker.PollAsync(Cancel);
        Assert.Equal((6_000_000_000, 1), (other.Source.Stored.Organisations[0].Policy.MonthlyBudget, other.Source.Stored.Teams.Count));

        // Rows that have gone are noticed too, also together with new ones.
        await one.Store.ChangeAsync(
            async (connection, revision, cancel) =>
            {
                var row = await TenantStore.FindAsync(connection, TenantKind.Team, "acme", "t", cancel);
                await TenantStore.DeleteAsync(connection, row!, cancel);
                return await one.Store.PutAsync(connection, null, TenantKind.User, "acme", "u", "{}", revision, cancel);
            },
            Cancel);
        await other.Worker.PollAsync(Cancel);
        Assert.Equal((0, 1), (other.Source.Stored.Teams.Count, other.Source.Stored.Users.Count));
        Assert.Equal(4, other.Worker.Version);
        var published = other.Published;
        await other.Worker.PollAsync(Cancel);
        Assert.Equal(published, other.Published);
    }

    [Fact]
    public async Task ARowThatIsNotValidIsNobodyAndHarmsNoOther()
    {
        await using var instance = await InstanceAsync(new StoresConfig(), databases.NewFolder());
        await instance.PutAsync(TenantKind.Organisation, "good", "good", "{}");
        await instance.PutAsync(TenantKind.Organisation, "bad", "bad", """{"monthly_budget":"lots"}""");
        await instance.PutAsync(TenantKind.Organisation, "worse", "worse", "no json");

        await instance.Worker.PollAsync(Cancel);

        Assert.Equal(["good"], instance.Source.Stored.Organisations.Select(one => one.Id));
    }

    [Fact]
    public async Task WhilePostgresIsAwayTheLastIsInForceAlsoAfterARestart()
    {
        await using var server = await PostgresServer.StartAsync();
        var config = new StoresConfig { Database = new Secret(server.Url) };
        var folder = databases.NewFolder();
        await using (var first = await InstanceAsync(config, folder))
        {
            await first.PutAsync(TenantKind.Organisation, "acme", "acme", """{"name":"Acme"}""");
            await first.Worker.PollAsync(Cancel);
            await server.StopAsync();
            await first.Worker.PollAsync(Cancel);
            Assert.Equal((false, false), (first.Worker.IsCurrent, first.Source.Stored.Freshness.IsCurrent));
            Assert.Equal("Acme", Assert.Single(first.Source.Stored.Organisations).Name);
        }
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, new FileInfo(Path.Combine(folder, LastTenancy.FileName)).UnixFileMode);

        await using var second = await InstanceAsync(config, folder);
        Assert.Equal("Acme", Assert.Single(second.Source.Stored.Organisations).Name);
        Assert.False(second.Worker.IsCurrent);

        await server.StartAgainAsync();
        await second.Worker.PollAsync(Cancel);
        Assert.True(second.Worker.IsCurrent && second.Source.Stored.Freshness.IsCurrent);
        await second.PutAsync(TenantKind.Organisation, "more", "more", "{}");
        await second.Worker.PollAsync(Cancel);
        Assert.Equal(2, second.Source.Stored.Organisations.Count);
    }

    [Fact]
    public async Task WithoutAnythingToGoByItDoesNotStart()
    {
        var config = new StoresConfig { Database = new Secret("postgres://edge@127.0.0.1:1/edge?connect_timeout=1") };

        var refused = await Assert.ThrowsAsync<IOException>(() => InstanceAsync(config, databases.NewFolder()));

        Assert.Contains("is not available", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task AnotherPepperIsRefused(string kind)
    {
        var (config, folder) = await databases.ConfigAsync(kind);
        await using var first = await InstanceAsync(config, folder!);

        var other = await Assert.ThrowsAsync<SchemaException>(() => InstanceAsync(config, folder!, new KeyHasher(new byte[32])));
        var none = await Assert.ThrowsAsync<SchemaException>(() => InstanceAsync(config, folder!, KeyHasher.OfProcess));

        Assert.All([other, none], refused => Assert.Contains("auth.key_pepper", refused.Message, StringComparison.Ordinal));
    }

    private async Task<Instance> InstanceAsync(StoresConfig config, string folder, KeyHasher? hasher = null)
    {
        var instance = new Instance(config, folder, hasher ?? new KeyHasher("0123456789abcdef0123456789abcdef"u8), _log);
        try
        {
            await instance.Worker.StartAsync(Cancel);
            return instance;
        }
        catch
        {
            await instance.DisposeAsync();
            throw;
        }
    }

    private sealed class Instance : IAsyncDisposable
    {
        private readonly Database _database;

        public Instance(StoresConfig config, string folder, KeyHasher hasher, Log log)
        {
            _database = Database.Open(config, folder, TimeProvider.System);
            Store = new TenantStore(_database, TimeProvider.System);
            Source = new TenancySource { Hasher = hasher };
            Worker = new TenancyWorker(_database, Store, Source, folder, log, TimeProvider.System) { Changed = () => Published++ };
        }

        public TenantStore Store { get; }

        public TenancySource Source { get; }

        public TenancyWorker Worker { get; }

        public int Published { get; private set; }

        public Task<TenantRow> PutAsync(TenantKind kind, string organisation, string id, string document) => Store.ChangeAsync(
            async (connection, revision, cancel) => await Store.PutAsync(connection, await TenantStore.FindAsync(connection, kind, organisation, id, cancel), kind, organisation, id, document, revision, cancel), Cancel);

        public ValueTask DisposeAsync() => _database.DisposeAsync();
    }
}
