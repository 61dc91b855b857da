using Edge.Audit;
using Edge.Budgets;
using Edge.Configuration;
using Edge.Ledger;
using Edge.Limits;
using Edge.Telemetry;
using Edge.Tenancy;

namespace Edge;

/// <summary>
/// What the steps of policy and their workers share: stores, limits, budgets, ledger, audit. One for a process, made before the first request and stopped after the last one.
/// </summary>
public sealed class PolicyServices : IAsyncDisposable
{
    private volatile bool _isStopped;

    /// <summary>Without stores: everything is in memory and nothing is kept.</summary>
    public PolicyServices(EdgeConfig config, Log log, TimeProvider time)
    {
        _ = (config, log);
        Limits = new RateLimitStage(time);
        Budgets = new BudgetStage(time);
        Audit = new AuditStage(time);
        Ledger = new LedgerStage(time);
    }

    public MeterRegistry Meters { get; } = new();

    public RateLimitStage Limits { get; }

    public BudgetStage Budgets { get; }

    public AuditStage Audit { get; }

    public LedgerStage Ledger { get; }

    /// <summary>Background work, by name; each ends when it is cancelled.</summary>
    public IEnumerable<(string Name, Func<CancellationToken, Task> Run)> Workers { get; } = [];

    /// <summary>Opens the stores; before the listeners.</summary>
    /// <exception cref="IOException">A store that must be there is not.</exception>
    public Task StartAsync(CancellationToken cancel) => _isStopped ? throw new InvalidOperationException("They were stopped.") : Task.CompletedTask;

    /// <summary>After the last request and the workers: writes what is left.</summary>
    public Task StopAsync()
    {
        _isStopped = true;
        return Task.CompletedTask;
    }

    public ValueTask DisposeAsync() => default;
}
