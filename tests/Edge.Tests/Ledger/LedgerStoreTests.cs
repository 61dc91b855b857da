using CsCheck;
using Edge.Configuration;
using Edge.Ledger;
using Edge.Ledger.Reports;
using Edge.Storage;
using Edge.Tests.Storage;

namespace Edge.Tests.Ledger;

public sealed class LedgerStoreTests(Databases databases)
{
    private static readonly string[] _groups =
        ["", "organisation", "organisation,team", "key", "user", "tag:project", "tag:colour,model", "model,provider", "endpoint", "outcome", "organisation,key,tag:project,tag:colour,provider,model"];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Databases.Kinds), MemberType = typeof(Databases))]
    public async Task SumsAreTheSumsOfTheRows(string kind)
    {
        await using var kit = await LedgerKit.StartAsync(databases, kind, new LedgerConfig { BatchSize = 37 });
        var rows = RandomRows.Some(300, 300).Single();
        foreach (var row in rows) kit.Post(row);
        Assert.True(await kit.FlushAsync());

        Assert.Equal(rows.Count, await kit.NumberAsync("SELECT COUNT(*) FROM ledger"));
        foreach (var groups in _groups)
        {
            foreach (var interval in Enum.GetValues<ReportInterval>()) await CheckAsync(kit, rows, groups, interval);
        }
        var only = await kit.ReportAsync("organisation", RandomRows.Begin, RandomRows.End, ReportInterval.All, ("organisation", "acme"), ("tag:project", "apollo"));
        Assert.Equal(rows.Where(row => row.Organisation == "acme" && ValueOf(row, "tag:project") == "apollo").Sum(row => row.Cost), only.Total.Cost);
        Assert.All(only.Lines, line => Assert.Equal("acme", line.Group[0]));
    }

    [Theory]
    [MemberData(nameof(Databases.Kinds), MemberType = typeof(Databases))]
    public async Task SpendingOfATenantIsExact(string kind)
    {
        await using var kit = await LedgerKit.StartAsync(databases, kind);
        var rows = RandomRows.Some(200, 200).Single();
        foreach (var row in rows) kit.Post(row);
        await kit.FlushAsync();

        foreach (var tenant in rows.SelectMany(row => (string[])[row.Organisation, row.Team, row.Key]).Where(path => path.Length > 0).Distinct())
        {
            // From a quarter on, as a day in Nepal begins.
            var from = RandomRows.Begin.AddMinutes(75);
            var until = RandomRows.End.AddHours(-1);
            var own = rows.Where(row => row.Organisation == tenant || row.Team == tenant || row.Key == tenant)
                .Where(row => row.At >= from.ToUnixTimeMilliseconds() && row.At < until.ToUnixTimeMilliseconds());
            Assert.Equal(own.Sum(row => row.Cost), await kit.Store.SpentOfAsync(tenant, from, until, Cancel));
        }
        Assert.Equal(0, await kit.Store.SpentOfAsync("nobody", RandomRows.Begin, RandomRows.End, Cancel));
    }

    [Theory]
    [MemberData(nameof(Databases.Kinds), MemberType = typeof(Databases))]
    public async Task RowsThatComeAgainCountOnce(string kind)
    {
        var database = await databases.OpenAsync(kind);
        var folder = databases.NewFolder();
        var rows = RandomRows.Some(50, 50).Single();
        await using (var first = LedgerKit.Start(database, folder))
        {
            foreach (var row in rows) first.Post(row);
            await first.FlushAsync();
        }
        if (kind == "memory") return; // Its database is gone with the kit.
        // The journal still holds what was written, as after a crash before it was told so.
        File.Delete(Path.Combine(folder, "ledger", "consumer.ack"));
        var again = Database.Open(database.IsPostgres ? new StoresConfig { Database = new Secret(UrlOf(database)) } : new StoresConfig(), database.IsPostgres ? null : Path.GetDirectoryName(database.Place), TimeProvider.System);
        await again.MigrateAsync(Cancel);
        await using var second = LedgerKit.Start(again, folder);
        second.Post(rows[0] with { Id = "req_after" });
        Assert.True(await second.FlushAsync());

        Assert.Equal(rows.Count + 1, await second.NumberAsync("SELECT COUNT(*) FROM ledger"));
        Assert.Equal(rows.Count + 1, await second.NumberAsync("SELECT CAST(SUM(requests) AS BIGINT) FROM ledger_hour"));
        Assert.Equal(rows.Sum(row => row.Cost) + rows[0].Cost, await second.NumberAsync("SELECT CAST(SUM(cost_input + cost_output) AS BIGINT) FROM ledger_day"));
    }

    [Theory]
    [MemberData(nameof(Databases.Kinds), MemberType = typeof(Databases))]
    public async Task RetentionTakesRowsAndKeepsSums(string kind)
    {
        await using var kit = await LedgerKit.StartAsync(databases, kind);
        var now = DateTimeOffset.UtcNow;
        var row = RandomRows.One.Single() with { Organisation = "acme" };
        for (var i = 0; i < 2500; i++)
        {
            var at = now.AddDays(-i % 200).ToUnixTimeMilliseconds();
            kit.Post(row with { Id = $"req_{i}", At = at, Expires = at + 86_400_000L * 90 });
        }
        await kit.FlushAsync();
        var config = new LedgerConfig { HourRetention = TimeSpan.FromDays(50), DayRetention = TimeSpan.FromDays(150) };
        Assert.True(await kit.Store.PruneAsync(config, Cancel) > 0);

        var kept = Enumerable.Range(0, 2500).Select(i => i % 200).ToList();
        Assert.Equal(kept.Count(days => days < 90), await kit.NumberAsync("SELECT COUNT(*) FROM ledger"));
        Assert.InRange(await kit.NumberAsync("SELECT CAST(SUM(requests) AS BIGINT) FROM ledger_hour"), kept.Count(days => days < 50), kept.Count(days => days <= 50));
        Assert.InRange(await kit.NumberAsync("SELECT CAST(SUM(requests) AS BIGINT) FROM ledger_day"), kept.Count(days => days < 150), kept.Count(days => days <= 150));
        Assert.Equal(1, await kit.NumberAsync("SELECT COUNT(*) FROM ledger_series"));
        Assert.Equal(0, await kit.Store.PruneAsync(config, Cancel));
    }

    [Theory]
    [MemberData(nameof(Databases.Kinds), MemberType = typeof(Databases))]
    public async Task TagsOfManyValuesDoNotDrownTheSums(string kind)
    {
        await using var kit = await LedgerKit.StartAsync(databases, kind, new LedgerConfig { MaxSeries = 100 });
        var row = RandomRows.One.Single() with { Organisation = "acme", Attempts = 1 };
        for (var i = 0; i < 700; i++) kit.Post(row with { Id = $"req_{i}", Tags = [new("session", $"s{i}")], Model = $"model-{i % 350}" });
        await kit.FlushAsync();

        // A hundred with their tags, a hundred with their model, and one for the rest.
        Assert.Equal(201, await kit.NumberAsync("SELECT COUNT(*) FROM ledger_hour"));
        Assert.Equal(700, await kit.NumberAsync("SELECT COUNT(*) FROM ledger"));
        var report = await kit.ReportAsync("tag:session", RandomRows.Begin, RandomRows.End);
        Assert.Equal(700 * row.Cost, report.Total.Cost);
        Assert.Equal(600, report.Lines.Single(line => line.Group[0] == SeriesBook.Other).Sums.Requests);
    }

    [Theory]
    [MemberData(nameof(Databases.Kinds), MemberType = typeof(Databases))]
    public async Task TextsThatAreNoHarmToAnyDatabase(string kind)
    {
        await using var kit = await LedgerKit.StartAsync(databases, kind);
        string[] texts = ["'; DROP TABLE ledger; --", "\0", "a\0b", "💥", "\ud800", "\u202e", new string('é', 4000), "@p0", "{}"];
        foreach (var (text, i) in texts.Select((text, i) => (text, i)))
        {
            kit.Post(RandomRows.One.Single() with { Id = $"req_{i}", Caller = text, Organisation = text, ModelAsked = text, Model = text, Guard = text, Tags = [new("project", text.Length > 256 ? "x" : text)] });
        }
        Assert.True(await kit.FlushAsync());
        Assert.Equal(texts.Length, await kit.NumberAsync("SELECT COUNT(*) FROM ledger"));
        Assert.Equal(texts.Length, (await kit.ReportAsync("tag:project,caller", RandomRows.Begin, RandomRows.End)).Total.Requests);
    }

    private static async Task CheckAsync(LedgerKit kit, List<LedgerRow> rows, string groups, ReportInterval interval)
    {
        var words = groups.Length == 0 ? [] : groups.Split(',');
        var report = await kit.ReportAsync(groups, RandomRows.Begin, RandomRows.End, interval);
        var expected = rows.GroupBy(row => (report.Query.BucketOf(DateTimeOffset.FromUnixTimeMilliseconds(row.At)), string.Join('|', words.Select(word => ValueOf(row, word)))))
            .ToDictionary(group => group.Key, group => group.Aggregate(default(Sums), (sums, row) => sums.Plus(Sums.Of(row))));
        var found = report.Lines.ToDictionary(line => (line.At, string.Join('|', line.Group)), line => line.Sums);
        Assert.Equal(expected.OrderBy(pair => pair.Key), found.OrderBy(pair => pair.Key));
        Assert.Equal(rows.Aggregate(default(Sums), (sums, row) => sums.Plus(Sums.Of(row))), report.Total);
    }

    private static string ValueOf(LedgerRow row, string word) => word switch
    {
        "organisation" => row.Organisation,
        "team" => row.Team,
        "user" => row.User,
        "key" => row.Key,
        "model" => row.Model,
        "provider" => row.Provider,
        "endpoint" => row.Endpoint,
        "outcome" => row.Outcome,
        _ => row.Tags.FirstOrDefault(tag => "tag:" + tag.Key == word).Value ?? "",
    };

    private static string UrlOf(Database database) => database.Place.Replace("postgres://", "postgres://edge@", StringComparison.Ordinal);
}
