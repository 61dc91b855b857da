using Edge.Admin.V1;
using Edge.Audit;
using Edge.Auth;
using Edge.Budgets;
using Edge.Budgets.Redis;
using Edge.Cache;
using Edge.Cache.Stores;
using Edge.Configuration;
using Edge.Ledger;
using Edge.Limits;
using Edge.Model;
using Edge.Storage;
using Edge.Storage.Redis;
using Edge.Telemetry;
using Edge.Tenancy;

namespace Edge;

/// <summary>
/// What the steps of policy and their workers share: stores, limits, budgets, ledger, audit. One for a process, made before the first request and stopped after the last one.
/// </summary>
public sealed class PolicyServices : IAsyncDisposable
{
    private readonly Log _log;
    private readonly TimeProvider _time;
    private readonly SpentSource _spent;
    private readonly EdgeConfig _config;
    private readonly AuditService _audit;
    private readonly RedisBudgets? _sharedBudgets;
    private volatile bool _isStopped;

    /// <summary>Without stores: everything is in memory and nothing is kept.</summary>
    /// <exception cref="IOException">The data directory cannot be used.</exception>
    public PolicyServices(EdgeConfig config, Log log, TimeProvider time, ConfigEnvironment? environment = null)
    {
        if (config.Stores.Redis.HasValue && RedisAddress.TryParse(config.Stores.Redis.Reveal(), out var address, out _))
        {
            Redis = new RedisConnection(address, config.Stores.RedisTimeout, time, log);
        }
        _log = log;
        Time = _time = time;
        DataFolder = DataDirectory.Open(config.Stores, environment ?? ConfigEnvironment.Process);
        Database = Database.Open(config.Stores, DataFolder, time);
        TenantStore = new TenantStore(Database, time);
        Tenancy = new TenancySource { Hasher = KeyHasher.Of(config.Auth, DataFolder), TokenKeys = new JwtKeySources(time, log) };
        TenancyWorker = new TenancyWorker(Database, TenantStore, Tenancy, DataFolder, log, time);
        Auth = new AuthStage(time);
        Cache = new CacheStage(new MemoryCache(config.Caching.MaxMemory), Redis is null ? null : new RedisCache(Redis, time, log), time, log);
        Limits = new RateLimitStage(time, Meters, Redis, config.Limits);
        _spent = new SpentSource(SpentAsync);
        Budgets = new BudgetStage(time, new MemoryBudgets(_spent)) { Config = config.Budgets };
        if (Redis is not null)
        {
            _sharedBudgets = new RedisBudgets(Redis, _spent, () => Budgets.Config, time, "i" + Convert.ToHexStringLower(System.Security.Cryptography.RandomNumberGenerator.GetBytes(8)));
            Budgets.Store = _sharedBudgets;
        }
        BudgetAlerts = new BudgetAlerts(() => Budgets.Config.Alerts, alert => _sharedBudgets?.IsFirstAsync(alert.Counter, alert.Percent) ?? new(true), time, log);
        Budgets.OnThreshold = (counter, limit, percent) => BudgetAlerts.Post(new BudgetAlert(counter, limit, counter.Spent, percent));
        Audit = new AuditStage(time);
        _audit = new AuditService(Audit, log, time);
        Journal.Writer = async (change, _) =>
        {
            if (!await Audit.ChangedAsync(change)) throw new IOException("the audit takes no records");
        };
        LedgerService = new LedgerService(time, log);
        _config = config;
        Workers = [("tenancy", TenancyWorker.RunAsync), ("ledger", LedgerService.RunAsync), ("audit", _audit.RunAsync), ("budget_alerts", BudgetAlerts.RunAsync), ("token_keys", Tenancy.TokenKeys.RunAsync), .. Cache.Workers, .. Limits.Workers];
        if (_sharedBudgets is { } shared) Workers = [.. Workers, ("budgets", shared.RunAsync)];
    }

    /// <summary>Whoever there is beyond the configuration.</summary>
    public TenancySource Tenancy { get; }

    public MeterRegistry Meters => Tenancy.Meters;

    public AuthStage Auth { get; }

    /// <summary>What all instances share; null = none is configured, and everything is in this process's memory.</summary>
    public RedisConnection? Redis { get; }

    /// <summary>Full path of the data directory; null = there is none, and nothing is kept on this machine.</summary>
    public string? DataFolder { get; }

    public Database Database { get; }

    public CacheStage Cache { get; }

    internal TenantStore TenantStore { get; }

    /// <summary>Keeps <see cref="Tenancy"/> in step with the database.</summary>
    internal TenancyWorker TenancyWorker { get; }

    internal TimeProvider Time { get; }

    /// <summary>Where changes by administrators are told.</summary>
    internal AdminJournal Journal { get; } = new();

    public RateLimitStage Limits { get; }

    public BudgetStage Budgets { get; }

    /// <summary>Tells of budgets that run low.</summary>
    public BudgetAlerts BudgetAlerts { get; }

    public AuditStage Audit { get; }

    public LedgerStage Ledger => LedgerService.Stage;

    public LedgerService LedgerService { get; }

    /// <summary>Background work, by name; each ends when it is cancelled.</summary>
    public IEnumerable<(string Name, Func<CancellationToken, Task> Run)> Workers { get; }

    /// <summary>Opens the stores; before the listeners.</summary>
    /// <exception cref="IOException">A store that must be there is not.</exception>
    public async Task StartAsync(CancellationToken cancel)
    {
        if (_isStopped) throw new InvalidOperationException("They were stopped.");
        // It is connected to in the background: whoever needs it does without until it is there.
        Redis?.Start();
        // Most are there at once, and the first requests should not be refused over a tenth of a second. One that is away holds up nothing for longer.
        for (var waited = 0; Redis is { IsUp: false } && waited < 50; waited++) await Task.Delay(TimeSpan.FromMilliseconds(20), _time, cancel);
        Cache.Semantic.Apply(_config.Caching);
        await TenancyWorker.StartAsync(cancel);
        if (Database.IsKept) _log.Info(EventIds.StoreOpened, "The database is open.", ("database", Database.Place));
        else _log.Info(EventIds.StoreOpened, "Nothing is kept beyond this process: neither stores.data_directory nor stores.database is set.", ("database", Database.Place));
        LedgerService.Open(_config.Ledger, DataFolder, Database);
        _audit.Start(_config, DataFolder);
    }

    // By the ledger, with what waits to be written there.
    private async ValueTask<SpentBefore> SpentAsync(BudgetCounter counter, CancellationToken cancel)
    {
        if (LedgerService.Store is not { } store) return default;
        await LedgerService.FlushAsync(cancel);
        var (from, until) = Budgets.Calendar.Span(counter.Period, counter.Number);
        return new(await store.SpentOfAsync(counter.Account.Path, from, until, cancel), 0);
    }

    /// <summary>Brings this instance's snapshot up to the store at once, after a change that was made here.</summary>
    internal Task RefreshTenancyAsync(CancellationToken cancel) => TenancyWorker.RefreshAsync(cancel);

    /// <summary>Who publishes a state when the store has changed. Before <see cref="StartAsync"/>.</summary>
    public void Attach(GatewayStateHolder state) => TenancyWorker.Changed = () => state.Update(current => current.WithTenancy(Tenancy));

    /// <summary>After a reload.</summary>
    public void Apply(EdgeConfig config)
    {
        LedgerService.Apply(config.Ledger);
        Cache.Semantic.Apply(config.Caching);
    }

    /// <summary>After the last request and the workers: writes what is left.</summary>
    public async Task StopAsync()
    {
        _isStopped = true;
        if (_sharedBudgets is not null) await _sharedBudgets.StopAsync();
        await LedgerService.StopAsync();
        await _audit.DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        Limits.Dispose();
        Cache.Semantic.Dispose();
        BudgetAlerts.Dispose();
        _spent.Dispose();
        await LedgerService.DisposeAsync();
        if (Redis is not null) await Redis.DisposeAsync();
        _sharedBudgets?.Dispose();
        TenancyWorker.Dispose();
        await Database.DisposeAsync();
    }
}
