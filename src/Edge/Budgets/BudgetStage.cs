using System.Runtime.CompilerServices;
using Edge.Configuration;
using Edge.Endpoints;
using Edge.Metering;
using Edge.Pipeline;
using Edge.Tenancy;

namespace Edge.Budgets;

/// <summary>
/// Between Steps 6 and 7, when it is known who may serve a request: reserves the most that it can cost in every budget above it, all or none. A cached answer never gets here.
/// </summary>
public sealed class BudgetStage
{
    private readonly TimeProvider _time;
    private readonly BudgetAccount _everybody = new(BudgetAccount.Everybody);
    // Of callers without a tenant, which have nothing else to count on; as many as there are keys.
    private readonly System.Collections.Concurrent.ConcurrentDictionary<string, BudgetAccount> _callers = new(StringComparer.Ordinal);
    private volatile bool _hasCallers;
    private IBudgetStore _store;
    private readonly System.Collections.Concurrent.ConcurrentDictionary<string, BudgetAccount> _seen = new(StringComparer.Ordinal);
    private volatile BudgetCalendar _calendar = new(TimeZoneInfo.Utc);
    private volatile BudgetsConfig _config = new();

    public BudgetStage(TimeProvider time)
        : this(time, new MemoryBudgets())
    {
    }

    internal BudgetStage(TimeProvider time, IBudgetStore store) => (_time, _store) = (time, store);

    /// <summary>Sends a request to another model; false = nobody serves that. Null = there is no downgrade.</summary>
    public Func<RequestContext, string, bool>? Reroute { get; set; }

    /// <summary>What everybody together has spent.</summary>
    public BudgetAccount Everybody => _everybody;

    /// <summary>Of <see cref="Config"/>.</summary>
    public BudgetCalendar Calendar => CalendarOf(_config);

    /// <summary>As the last request found it.</summary>
    public BudgetsConfig Config
    {
        get => _config;
        set => _config = value;
    }

    /// <summary>Every account that a request counted against, in no order.</summary>
    public IEnumerable<BudgetAccount> Accounts() => _seen.Values;

    /// <summary>What became of requests here.</summary>
    public BudgetCounts Counts { get; } = new();

    /// <summary>Where budgets are counted; before the first request.</summary>
    internal IBudgetStore Store
    {
        get => _store;
        set => _store = value;
    }

    /// <summary>False = the context holds an error (<c>BUDGET_EXCEEDED</c>). Completes at once where the budgets are in memory.</summary>
    public ValueTask<bool> ReserveAsync(RequestContext context)
    {
        var config = context.State.Config;
        var tenants = context.Caller.Tenants;
        var hasWish = (context.Fields.Extended & ChatField.Budget) != 0;
        if ((tenants.Count == 0 && !hasWish && !_hasCallers && config.Limits.MaxCostPerDay is null) || context.Operation == Operation.CountTokens) return new(true);
        if (!ReferenceEquals(_config, config.Budgets)) _config = config.Budgets;
        var reservation = context.BeginBudget(this);
        var now = _time.GetUtcNow();
        Collect(context, reservation, tenants, hasWish, CalendarOf(config.Budgets).At(now));
        if (reservation.Count == 0 && reservation.Most is null) return new(true);
        return RunAsync(context, reservation, now);
    }

    /// <summary>Step 9, on every path: books what it cost and frees the rest of what was reserved. Never blocks; nothing where nothing was reserved.</summary>
    public void Settle(RequestContext context, in Settlement settlement)
    {
        if (context.Budget is not { IsOpen: true } reservation) return;
        var cost = settlement.WasSent ? settlement.Cost : 0;
        if (settlement is { WasSent: true, IsEstimated: true } && context.State.Config.Budgets.Unreported == UnreportedAction.WorstCase) cost = Math.Max(cost, reservation.Amount);
        reservation.IsOpen = false;
        if (cost > reservation.Amount) Counts.Overrun(cost - reservation.Amount);
        _store.Settle(reservation, cost);
        Notice(reservation, context.State.Config.Budgets.Alerts);
    }

    /// <summary>Is told of each budget that a settlement has brought to a part of its limit.</summary>
    public Action<BudgetCounter, long, int>? OnThreshold { get; set; }

    /// <summary>
    /// For endpoints whose cost nobody knows before: where a budget applies they are refused, or, where that is allowed, booked afterwards. False = the context holds an error.
    /// </summary>
    public async ValueTask<bool> ReserveUnmeteredAsync(RequestContext context)
    {
        var config = context.State.Config;
        var tenants = context.Caller.Tenants;
        if ((tenants.Count == 0 && config.Limits.MaxCostPerDay is null) || !MayCost(context)) return true;
        var reservation = context.BeginBudget(this);
        var now = _time.GetUtcNow();
        Collect(context, reservation, tenants, hasWish: false, CalendarOf(config.Budgets).At(now));
        if (reservation.Count == 0) return true;
        if (config.Budgets.Unpriced == UnpricedAction.Refuse) return BudgetRefusals.Unmetered(context, Counts);
        var verdict = await _store.ReserveAsync(reservation, 0);
        if (verdict.IsAway) return BudgetRefusals.Away(context, Counts);
        if (!verdict.IsOk) return BudgetRefusals.Refuse(context, reservation, verdict, default, CalendarOf(config.Budgets).At(now), now, Counts);
        reservation.IsOpen = true;
        return true;
    }

    private static bool MayCost(RequestContext context) => context.Operation switch
    {
        Operation.Realtime => true,
        Operation.Images or Operation.Audio or Operation.Rerank or Operation.Batches or Operation.FineTuning or Operation.VectorStores => context.Request.Method == "POST",
        _ => false,
    };

    /// <summary>Reserves for a copy of a request, which is settled by itself. Null = a budget has no room for it; an empty one = no budget applies.</summary>
    internal async ValueTask<BudgetReservation?> ReserveCopyAsync(RequestContext context, Model.ModelRoute route)
    {
        if (context.Budget is not { IsOpen: true } own) return new BudgetReservation();
        var worst = WorstCase.Of(context, route, RequestBound.Of(context), context.PricedAt);
        if (worst.Unpriced is not null && context.State.Config.Budgets.Unpriced == UnpricedAction.Refuse) return null;
        var copy = new BudgetReservation();
        copy.Begin(this, own.Id + "-copy");
        foreach (ref readonly var line in own.Lines) copy.Add(line.Counter, line.Limit);
        if (!(await _store.ReserveAsync(copy, worst.Cost)).IsOk) return null;
        (copy.Amount, copy.Step, copy.IsOpen) = (worst.Cost, worst.Cost, true);
        return copy;
    }

    /// <summary>Books what a copy cost.</summary>
    internal void SettleCopy(BudgetReservation copy, long cost)
    {
        if (!copy.IsOpen) return;
        copy.IsOpen = false;
        if (cost > copy.Amount) Counts.Overrun(cost - copy.Amount);
        _store.Settle(copy, cost);
        Notice(copy, _config.Alerts);
    }

    internal async ValueTask<bool> ExtendAsync(BudgetReservation reservation, long amount)
    {
        if (reservation.Most is { } most && amount > most - reservation.Amount) return false;
        if (!(await _store.ReserveAsync(reservation, amount)).IsOk) return false;
        reservation.Amount += amount;
        return true;
    }

    private BudgetCalendar CalendarOf(BudgetsConfig config)
    {
        var calendar = _calendar;
        return ReferenceEquals(calendar.Zone, config.TimeZone) ? calendar : _calendar = new BudgetCalendar(config.TimeZone);
    }

    // From everybody and the organisation downwards, which is the order of the locks.
    private void Collect(RequestContext context, BudgetReservation reservation, IReadOnlyList<Tenant> tenants, bool hasWish, BudgetDay today)
    {
        if (context.State.Config.Limits.MaxCostPerDay is { } all) Add(reservation, _everybody, BudgetPeriod.Day, today, all);
        BudgetAccount? lowest = null;
        for (var i = 0; i < tenants.Count; i++)
        {
            var (account, own) = (tenants[i].Meters.Budget, tenants[i].Own);
            lowest = account;
            if (own.MonthlyBudget is { } month) Add(reservation, account, BudgetPeriod.Month, today, month);
            if (own.DailyBudget is { } day) Add(reservation, account, BudgetPeriod.Day, today, day);
            else if (account.WatchedDay == today.Date.DayNumber) Add(reservation, account, BudgetPeriod.Day, today, long.MaxValue);
            if (own.MaxCostPerRequest is { } most) reservation.Most = Math.Min(most, reservation.Most ?? long.MaxValue);
        }
        if (tenants.Count == 0 && _hasCallers && _callers.TryGetValue(context.Caller.Id, out var caller) && caller.WatchedDay == today.Date.DayNumber) Add(reservation, caller, BudgetPeriod.Day, today, long.MaxValue);
        if (!hasWish) return;
        var (request, perDay) = ExtensionFields.Budget(context);
        if (request is { } wished) reservation.Most = Math.Min(wished, reservation.Most ?? long.MaxValue);
        if (perDay is not { } limit) return;
        lowest ??= _callers.GetOrAdd(context.Caller.Id, static id => new BudgetAccount("caller:" + id));
        if (tenants.Count == 0) _hasCallers = true;
        lowest.WatchedDay = today.Date.DayNumber;
        Add(reservation, lowest, BudgetPeriod.Day, today, limit);
    }

    private void Add(BudgetReservation reservation, BudgetAccount account, BudgetPeriod period, BudgetDay today, long limit)
    {
        var counter = account.Counter(period, today.NumberOf(period));
        if (!account.IsSeen)
        {
            account.IsSeen = true;
            _seen.TryAdd(account.Path, account);
        }
        if (limit != long.MaxValue) counter.Limit = limit;
        reservation.Add(counter, limit);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> RunAsync(RequestContext context, BudgetReservation reservation, DateTimeOffset now)
    {
        var config = context.State.Config.Budgets;
        Downgrade(context, reservation, config);
        var bound = RequestBound.Of(context);
        var worst = WorstCase.Of(context, bound, 0, now);
        if (worst.Unpriced is { } unpriced && config.Unpriced == UnpricedAction.Refuse) return BudgetRefusals.Unpriced(context, unpriced, Counts);
        if (worst.NeedsCap) context.OutputCap = config.DefaultMaxOutput;
        // A second look costs a search for the cap that fits; a third that of another request which took the money meanwhile.
        for (var round = 0; ; round++)
        {
            var most = reservation.Most ?? long.MaxValue;
            var verdict = worst.Cost > most ? new BudgetVerdict(BudgetRefusals.OwnLimit) : await _store.ReserveAsync(reservation, worst.Cost);
            if (verdict.IsOk)
            {
                reservation.Amount = reservation.Step = worst.Cost;
                reservation.IsOpen = true;
                context.PricedAt = now;
                return true;
            }
            if (verdict.IsAway) return BudgetRefusals.Away(context, Counts);
            var left = worst.Cost > most ? most : Math.Min(most, BudgetCounter.Left(reservation.Lines[verdict.Refused].Limit, verdict.Spent, verdict.Reserved));
            if (round < 3 && MayCap(context, config, bound) && WorstCase.CapFor(context, bound, left, now) is var cap && cap >= config.MinOutput)
            {
                if (context.OutputCap == 0) Counts.Cap();
                context.OutputCap = cap;
                worst = WorstCase.Of(context, bound, cap, now);
                continue;
            }
            return BudgetRefusals.Refuse(context, reservation, verdict, worst, CalendarOf(config).At(now), now, Counts);
        }
    }

    private static bool MayCap(RequestContext context, BudgetsConfig config, in RequestBound bound) => context.Operation != Operation.Embeddings
        && (config.CapOutput == CapOutputAction.Always || (config.CapOutput == CapOutputAction.Unset && bound.OutputCap == 0));

    private void Downgrade(RequestContext context, BudgetReservation reservation, BudgetsConfig config)
    {
        if (config.Downgrade is not { To.Length: > 0 } rule || Reroute is null || context.Operation == Operation.Embeddings) return;
        foreach (ref readonly var line in reservation.Lines)
        {
            var used = (UInt128)(ulong)line.Counter.Spent + (ulong)Math.Max(0, line.Counter.Reserved);
            if (line.Limit == long.MaxValue || used * 100 < (UInt128)(ulong)line.Limit * (uint)rule.At) continue;
            if (BudgetRefusals.Applies(context, rule) && Reroute(context, rule.To))
            {
                Counts.Downgraded();
                context.IsDowngraded = true;
            }
            return;
        }
    }

    private void Notice(BudgetReservation reservation, BudgetAlertsConfig alerts)
    {
        if (OnThreshold is not { } tell) return;
        foreach (ref readonly var line in reservation.Lines)
        {
            if (line.Limit is 0 or long.MaxValue) continue;
            var percent = (int)UInt128.Min((UInt128)(ulong)Math.Max(0, line.Counter.Spent) * 100 / (ulong)line.Limit, 100);
            // The common case: nothing new.
            if (percent <= Volatile.Read(ref line.Counter.Alerted)) continue;
            for (var i = alerts.Thresholds.Count - 1; i >= 0; i--)
            {
                var threshold = alerts.Thresholds[i];
                if (threshold > percent) continue;
                var before = Volatile.Read(ref line.Counter.Alerted);
                if (threshold > before && Interlocked.CompareExchange(ref line.Counter.Alerted, threshold, before) == before) tell(line.Counter, line.Limit, threshold);
                break;
            }
        }
    }
}
