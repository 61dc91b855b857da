using Edge.Configuration;
using Edge.Endpoints;
using Edge.Ledger;
using Edge.Metering;
using Edge.Pipeline;
using Edge.Providers;
using Edge.Tenancy;
using Edge.Tests.Pipeline;
using Edge.Tests.Storage;

namespace Edge.Tests.Ledger;

/// <summary>What a request leaves in the ledger.</summary>
public sealed class LedgerStageTests(Databases databases)
{
    private const string Chat = """{"model":"gpt-x","messages":[{"role":"user","content":"Hi"}]}""";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task AWholeAnswer()
    {
        await using var kit = await StageKit.StartAsync(databases, new EdgeConfig());
        var before = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        var transport = await kit.SendAsync(Chat, transport => transport.RequestHeaders["x-edge-tags"] = "project=apollo");

        var row = Assert.Single(await kit.RowsAsync());
        Assert.Equal(transport.ResponseHeaders["x-edge-request-id"].ToString(), row.Id);
        Assert.InRange(row.At, before, DateTimeOffset.UtcNow.ToUnixTimeMilliseconds());
        Assert.Equal(row.At + (long)TimeSpan.FromDays(90).TotalMilliseconds, row.Expires);
        Assert.Equal(("chat_completions", "gpt-x", "gpt-x", "fake"), (row.Endpoint, row.ModelAsked, row.Model, row.Provider));
        Assert.Equal((1000L, 100L, 400L, UsageFrom.Reported), (row.InputTokens, row.OutputTokens, row.CacheReadTokens, row.UsageFrom));
        // 600 at a dollar a million, 400 at ten cents; 100 at ten dollars.
        Assert.Equal((true, 640_000L, 1_000_000L), (row.IsPriced, row.InputCost, row.OutputCost));
        Assert.Equal(("completed", 200, 1, false, false), (row.Outcome, row.Status, row.Attempts, row.IsStreamed, row.IsRollupOnly));
        Assert.Equal(("anonymous", "anonymous", "project", "apollo"), (row.CallerKind, row.Caller, row.Tags[0].Key, row.Tags[0].Value));
        Assert.True(row.GatewayMicroseconds > 0 && row.TotalMicroseconds >= row.GatewayMicroseconds && row.FirstTokenMicroseconds >= row.GatewayMicroseconds);
    }

    [Fact]
    public async Task AStream()
    {
        await using var kit = await StageKit.StartAsync(databases, new EdgeConfig());
        kit.Pipeline.Answer(() => CannedResponse.Events([
            "data: {\"id\":\"c\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Yes\"},\"finish_reason\":null}]}\n\n",
            "data: {\"id\":\"c\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n",
            "data: {\"id\":\"c\",\"choices\":[],\"usage\":{\"prompt_tokens\":10,\"completion_tokens\":5,\"total_tokens\":15}}\n\n",
            "data: [DONE]\n\n",
        ]));
        await kit.SendAsync(Chat.Replace("\"messages\"", "\"stream\":true,\"messages\"", StringComparison.Ordinal));

        var row = Assert.Single(await kit.RowsAsync());
        Assert.Equal((true, 10L, 5L, 60_000L, UsageFrom.Reported), (row.IsStreamed, row.InputTokens, row.OutputTokens, row.Cost, row.UsageFrom));
    }

    [Fact]
    public async Task ABrokenStreamIsMarkedAsEstimated()
    {
        await using var kit = await StageKit.StartAsync(databases, new EdgeConfig());
        kit.Pipeline.Answer(() => CannedResponse.Events(["data: {\"id\":\"c\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Yes\"},\"finish_reason\":null}]}\n\n"]));
        await kit.SendAsync(Chat.Replace("\"messages\"", "\"stream\":true,\"messages\"", StringComparison.Ordinal));

        var row = Assert.Single(await kit.RowsAsync());
        Assert.Equal(UsageFrom.Estimated, row.UsageFrom);
        Assert.True(row.InputTokens > 0 && row.OutputTokens > 0 && row.Cost > 0);
        Assert.NotEqual("completed", row.Outcome);
    }

    [Theory]
    [InlineData(RefusedRows.Rollup, 0, 1)]
    [InlineData(RefusedRows.Rows, 1, 1)]
    [InlineData(RefusedRows.Off, 0, 0)]
    public async Task WhatWasRefused(RefusedRows refused, long rows, long requests)
    {
        await using var kit = await StageKit.StartAsync(databases, new EdgeConfig { Ledger = new LedgerConfig { Refused = refused } });
        Assert.Equal(400, (await kit.SendAsync("""{"model":"gpt-x"}""")).StatusCode);

        Assert.Equal(rows, await kit.NumberAsync("SELECT COUNT(*) FROM ledger"));
        Assert.Equal(requests, await kit.NumberAsync("SELECT CAST(SUM(requests) AS BIGINT) FROM ledger_hour"));
        if (rows > 0) Assert.Equal(1, await kit.NumberAsync("SELECT COUNT(*) FROM ledger WHERE error = 'INVALID_REQUEST' AND status = 400 AND outcome = 'rejected' AND attempts = 0"));
    }

    [Fact]
    public async Task TheTenantsAndTheirRetention()
    {
        var meters = new MeterRegistry();
        var organisation = Make("acme", TenantLevel.Organisation, null, TimeSpan.FromDays(30));
        var team = Make("acme/team:red", TenantLevel.Team, organisation, TimeSpan.FromDays(7));
        var key = Make("key:k1", TenantLevel.Key, team, TimeSpan.FromDays(400));
        await using var kit = await StageKit.StartAsync(databases, new EdgeConfig());
        PostAs(kit, new Caller { Kind = CallerKind.Key, Id = "k1", Tenants = [organisation, team, key] });

        var row = Assert.Single(await kit.RowsAsync());
        Assert.Equal(("acme", "acme/team:red", "", "key:k1", "key", "k1"), (row.Organisation, row.Team, row.User, row.Key, row.CallerKind, row.Caller));
        Assert.Equal(TimeSpan.FromDays(7).TotalMilliseconds, row.Expires - row.At);
        Assert.True(await kit.Policy.LedgerService.FlushAsync(Cancel));
        var hour = DateTimeOffset.FromUnixTimeMilliseconds(row.At);
        foreach (var path in (string[])["acme", "acme/team:red", "key:k1"])
        {
            Assert.Equal(row.Cost, await kit.Policy.LedgerService.Store!.SpentOfAsync(path, hour.AddHours(-1), hour.AddHours(1), Cancel));
        }

        Tenant Make(string path, TenantLevel level, Tenant? parent, TimeSpan retention) =>
            new() { Path = path, Level = level, Name = path, Parent = parent, Meters = meters.Of(path), Own = new TenantPolicyConfig { DataRetention = retention } };
    }

    [Fact]
    public async Task WhatRoutingSavedAgainstTheModelAskedFor()
    {
        var cheap = ProviderCatalog.Find("openai")! with { Name = "cheap" };
        var config = new EdgeConfig
        {
            Models = new ModelsConfig { Groups = new Dictionary<string, ModelGroupConfig> { ["smart"] = new() { Targets = ["fake/big", "cheap/small"], Strategy = SelectionStrategy.CostOptimized } } },
        };
        await using var kit = await StageKit.StartAsync(databases, config, [cheap]);
        await kit.SendAsync(Chat.Replace("gpt-x", "smart", StringComparison.Ordinal));

        var row = Assert.Single(await kit.RowsAsync());
        Assert.Equal(("smart", "small", "cheap"), (row.ModelAsked, row.Model, row.Provider));
        Assert.Equal(600_000, row.Cost);
        Assert.Equal(1_640_000 - 600_000, row.SavedByRouting);
    }

    [Fact]
    public async Task NothingIsKeptWhereNobodyWantsIt()
    {
        await using var policy = new PolicyServices(new EdgeConfig { Ledger = new LedgerConfig { Enabled = false }, Stores = new StoresConfig { DataDirectory = databases.NewFolder() } }, new Edge.Telemetry.Log(new MemoryStream(), TimeProvider.System, LogSeverity.Trace), TimeProvider.System);
        await policy.StartAsync(Cancel);
        Assert.True(policy.Ledger.IsOff);
    }

    // As Step 1 would find it, whatever shows who it is.
    private static void PostAs(StageKit kit, Caller caller)
    {
        using var context = new RequestContext();
        context.Begin(new NullTransport().Begin(default), kit.Pipeline.State.Current, "req_1", 1);
        context.Caller = caller;
        context.Operation = Operation.ChatCompletions;
        kit.Policy.Ledger.Post(context, new Settlement { WasSent = true, IsPriced = true, Cost = 12_345 });
        context.Clear();
    }
}
