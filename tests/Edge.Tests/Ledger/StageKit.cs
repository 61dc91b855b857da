using Edge.Configuration;
using Edge.Ledger;
using Edge.Metering;
using Edge.Providers;
using Edge.Storage;
using Edge.Telemetry;
using Edge.Tests.Pipeline;
using Edge.Tests.Storage;

namespace Edge.Tests.Ledger;

/// <summary>A whole pipeline with a ledger over SQLite.</summary>
internal sealed class StageKit : IAsyncDisposable
{
    public const string Answer =
        """{"id":"c","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"Yes."},"finish_reason":"stop"}],"usage":{"prompt_tokens":1000,"completion_tokens":100,"total_tokens":1100,"prompt_tokens_details":{"cached_tokens":400}}}""";

    private readonly PolicyServices _policy;

    private StageKit(PolicyServices policy, PipelineKit pipeline)
    {
        _policy = policy;
        Pipeline = pipeline;
    }

    public PipelineKit Pipeline { get; }

    public PolicyServices Policy => _policy;

    public static async Task<StageKit> StartAsync(Databases databases, EdgeConfig config, IReadOnlyList<Provider>? more = null)
    {
        config = config with
        {
            Stores = new StoresConfig { DataDirectory = databases.NewFolder() },
            Prices = new PricesConfig
            {
                Models = new Dictionary<string, ModelPriceConfig>
                {
                    ["fake/*"] = new() { Rates = new PriceRates { Input = 1_000_000_000, Output = 10_000_000_000, CacheRead = 100_000_000 } },
                    ["cheap/*"] = new() { Rates = new PriceRates { Input = 500_000_000, Output = 1_000_000_000 } },
                },
            },
        };
        var policy = new PolicyServices(config, new Log(new MemoryStream(), TimeProvider.System, LogSeverity.Trace), TimeProvider.System);
        await policy.StartAsync(TestContext.Current.CancellationToken);
        return new StageKit(policy, new PipelineKit(config: config, policy: policy, more: more).Answer(() => CannedResponse.Json(Answer)));
    }

    public Task<NullTransport> SendAsync(string body, Action<NullTransport>? configure = null) => Pipeline.SendAsync(body, configure);

    /// <summary>What was posted, sums alone included.</summary>
    public async Task<List<LedgerRow>> RowsAsync()
    {
        var backlog = _policy.Ledger.Backlog!;
        await backlog.FlushAsync(TestContext.Current.CancellationToken);
        var rows = new List<LedgerRow>();
        backlog.Read(0, rows, 1000);
        return rows;
    }

    public async Task<long> NumberAsync(string sql)
    {
        Assert.True(await _policy.LedgerService.FlushAsync(TestContext.Current.CancellationToken));
        return await _policy.Database.ReadAsync((connection, cancel) => connection.NumberAsync(sql, cancel), TestContext.Current.CancellationToken) ?? 0;
    }

    public async ValueTask DisposeAsync()
    {
        await _policy.StopAsync();
        await _policy.DisposeAsync();
    }
}
