using Edge.Budgets;
using Edge.Budgets.Redis;
using Prometheus;

namespace Edge.Telemetry;

/// <summary>
/// Budgets. Which tenant has spent how much stands in reports; here, by default, only that of all together, because tenants' names would make series without end. With <c>budgets.metrics</c> the first
/// 200 tenants have theirs.
/// </summary>
public sealed class BudgetMetrics
{
    internal const int MaxTenants = 200;

    private readonly BudgetStage _stage;
    private readonly BudgetAlerts _alerts;
    private readonly Gauge _used;
    private readonly Gauge _reserved;
    private readonly Gauge _unknown;
    private readonly Gauge _limit;
    private readonly Counter _refused;
    private readonly Counter _capped;
    private readonly Counter _downgraded;
    private readonly Counter _overruns;
    private readonly Counter _overrun;
    private readonly Counter _webhooks;
    private readonly Gauge _pending;

    public BudgetMetrics(CollectorRegistry registry, BudgetStage stage, BudgetAlerts alerts)
    {
        (_stage, _alerts) = (stage, alerts);
        var factory = Metrics.WithCustomRegistry(registry);
        string[] budget = ["budget", "period"];
        _used = factory.CreateGauge("edge_budget_spent_usd", "Settled in the period at hand.", budget);
        _reserved = factory.CreateGauge("edge_budget_reserved_usd", "Held for requests under way, at worst.", budget);
        _unknown = factory.CreateGauge("edge_budget_unknown_usd", "The part of what is spent that is the worst case of requests whose end nobody knows.", budget);
        _limit = factory.CreateGauge("edge_budget_limit_usd", "The budget.", budget);
        _refused = factory.CreateCounter("edge_budget_refused_total", "Requests that were refused.", ["reason"]);
        _capped = factory.CreateCounter("edge_budget_capped_total", "Answers whose bound was lowered to fit what was left.");
        _downgraded = factory.CreateCounter("edge_budget_downgraded_total", "Requests that went to a cheaper model.");
        _overruns = factory.CreateCounter("edge_budget_overruns_total", "Requests that cost more than was reserved for them.");
        _overrun = factory.CreateCounter("edge_budget_overrun_usd_total", "By how much in all.");
        _webhooks = factory.CreateCounter("edge_budget_alerts_total", "Alerts to the webhook.", ["result"]);
        _pending = factory.CreateGauge("edge_budget_settlements_pending", "Settlements that Redis has not heard of yet.");
        registry.AddBeforeCollectCallback(Sample);
    }

    private void Sample()
    {
        var counts = _stage.Counts;
        _refused.WithLabels("exceeded").IncTo(counts.Refused);
        _refused.WithLabels("unpriced").IncTo(counts.RefusedUnpriced);
        _refused.WithLabels("unavailable").IncTo(counts.RefusedAway);
        _capped.IncTo(counts.Capped);
        _downgraded.IncTo(counts.Downgrades);
        _overruns.IncTo(counts.Overruns);
        _overrun.IncTo(counts.OverrunNanos / 1e9);
        _webhooks.WithLabels("sent").IncTo(_alerts.Sent);
        _webhooks.WithLabels("failed").IncTo(_alerts.Failed);
        _webhooks.WithLabels("lost").IncTo(_alerts.Lost);
        _pending.Set(_stage.Store is RedisBudgets redis ? redis.Pending : 0);
        var left = MaxTenants;
        foreach (var account in _stage.Accounts())
        {
            if (account.Path != BudgetAccount.Everybody && (!_stage.Config.Metrics || left-- <= 0)) continue;
            Set(account.Find(BudgetPeriod.Day));
            Set(account.Find(BudgetPeriod.Month));
        }
    }

    private void Set(BudgetCounter? counter)
    {
        if (counter is null) return;
        string[] labels = [counter.Account.Path, counter.Period == BudgetPeriod.Day ? "day" : "month"];
        _used.WithLabels(labels).Set(counter.Spent / 1e9);
        _reserved.WithLabels(labels).Set(counter.Reserved / 1e9);
        _unknown.WithLabels(labels).Set(counter.Unknown / 1e9);
        _limit.WithLabels(labels).Set(counter.Limit / 1e9);
    }
}
