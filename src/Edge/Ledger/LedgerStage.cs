using Edge.Cache;
using Edge.Configuration;
using Edge.Endpoints;
using Edge.Guard;
using Edge.Metering;
using Edge.Pipeline;
using Edge.Telemetry;
using Edge.Tenancy;

namespace Edge.Ledger;

/// <summary>
/// Step 9: one row of the ledger for each request, as bytes into the backlog that a worker writes to the database in batches. Rows are never shed for want of a database; what the backlog
/// itself cannot hold (its disk is full, or it has reached its bound) is lost and counted.
/// </summary>
public sealed class LedgerStage
{
    [ThreadStatic]
    private static byte[]? _scratch;

    private readonly TimeProvider _time;
    private volatile ILedgerBacklog? _backlog;
    private long _posted;

    public LedgerStage(TimeProvider time) => _time = time;

    /// <summary>Nothing is kept.</summary>
    public bool IsOff => _backlog is null;

    /// <summary>Rows since the start, those of sums alone included.</summary>
    public long Posted => Volatile.Read(ref _posted);

    internal ILedgerBacklog? Backlog => _backlog;

    /// <summary>From here on rows are kept.</summary>
    internal void Begin(ILedgerBacklog backlog) => _backlog = backlog;

    /// <summary>Takes the tags and the model's name out of a body, which does not live until Step 9. After the guard: what it hides is not in them. Always true.</summary>
    public bool Note(RequestContext context)
    {
        if (_backlog is not null) context.Notes.TakeBody(context, context.State.Config.Ledger);
        return true;
    }

    /// <summary>Never blocks.</summary>
    public void Post(RequestContext context, in Settlement settlement, in CacheRecord cached = default)
    {
        if (_backlog is not { } backlog || context.Operation is Operation.None or Operation.WrongMethod or Operation.ListModels or Operation.GetModel) return;
        var config = context.State.Config.Ledger;
        var isRefused = context.Outcome == Outcome.Rejected && !settlement.WasSent;
        if (isRefused && config.Refused == RefusedRows.Off) return;
        var scratch = _scratch ??= new byte[LedgerRecord.MaxBytes];
        var length = Write(scratch, context, settlement, cached, config, isRollupOnly: isRefused && config.Refused == RefusedRows.Rollup);
        Interlocked.Increment(ref _posted);
        backlog.Append(scratch.AsSpan(0, length));
    }

    // In the order of LedgerRecord.Read.
    private int Write(Span<byte> to, RequestContext context, in Settlement settlement, in CacheRecord cached, LedgerConfig config, bool isRollupOnly)
    {
        var now = _time.GetUtcNow();
        var caller = context.Caller;
        var notes = context.Notes;
        notes.TakeModel(context);
        notes.TakeHead(context, config);
        var writer = new RecordWriter(to);
        writer.Text(context.Id);
        writer.Number(now.ToUnixTimeMilliseconds());
        writer.Number((now + Retention(caller, config)).ToUnixTimeMilliseconds());
        writer.Flag(isRollupOnly);
        WriteTenants(ref writer, caller);
        writer.Text(KindOf(caller.Kind));
        writer.Text(caller.Id);
        writer.Bytes(notes.Packed);
        writer.Number(notes.Dropped);
        writer.Text(GatewayMetrics.Name(context.Operation));
        writer.Bytes(notes.Model[..Math.Min(notes.Model.Length, LedgerRecord.MaxText)]);
        var route = settlement.WasSent ? context.Route : null;
        // An answer out of the cache is booked on who had given it, and used nothing.
        writer.Text(route?.State.Model ?? cached.SavedModel);
        writer.Text(route?.Target.Name ?? cached.SavedProvider);
        writer.Text(default);
        var usage = settlement.WasSent ? settlement.Usage : new();
        writer.Count(usage.Input);
        writer.Count(usage.Output);
        writer.Count(usage.CacheRead);
        writer.Count(usage.CacheWrite);
        writer.Count(usage.Reasoning);
        writer.Count(usage.AudioInput);
        writer.Count(usage.AudioOutput);
        writer.Count(usage.ImageInput);
        writer.Count(usage.ImageOutput);
        writer.Number((long)(settlement is { IsEstimated: true, WasSent: true } ? UsageFrom.Estimated : usage.Input >= 0 || usage.Output >= 0 ? UsageFrom.Reported : UsageFrom.Unknown));
        writer.Flag(settlement.IsPriced);
        var pricedAt = context.PricedAt != default ? context.PricedAt : now;
        var input = route?.Facts.Price is { } price ? Math.Min(CostCalculator.Cost(price, usage, pricedAt).Input, settlement.AnswerCost) : 0;
        writer.Number(input);
        writer.Number(settlement.Cost - input);
        writer.Number(SavedByCache(context, cached, now));
        writer.Number(SavedByRouting(context, settlement, pricedAt));
        writer.Number(Microseconds(context.StartedAt, _time.GetTimestamp()));
        writer.Number(Microseconds(context.StartedAt, context.FirstSentAt));
        writer.Number(Microseconds(context.StartedAt, context.FirstByteAt));
        writer.Flag(context.Fields.Stream);
        writer.Text(GatewayMetrics.Name(context.Outcome));
        writer.Text(context.ErrorCode == ErrorCode.None ? "" : ErrorTexts.Of(context.ErrorCode).Code);
        writer.Number(context.SentStatus);
        writer.Number(context.Attempts.Made > 0 ? context.Attempts.Made : settlement.WasSent ? 1 : 0);
        writer.Text(GuardStage.Report(context)?.Header());
        return writer.Length;
    }

    private static void WriteTenants(ref RecordWriter writer, Caller caller)
    {
        for (var level = TenantLevel.Organisation; level <= TenantLevel.Key; level++) writer.Text(Path(caller, level));
    }

    // No enumerator: the list is an interface, and that would be an object a request.
    private static string? Path(Caller caller, TenantLevel level)
    {
        for (var i = 0; i < caller.Tenants.Count; i++)
        {
            if (caller.Tenants[i].Level == level) return caller.Tenants[i].Path;
        }
        return null;
    }

    private static TimeSpan Retention(Caller caller, LedgerConfig config)
    {
        TimeSpan? least = null;
        for (var i = 0; i < caller.Tenants.Count; i++)
        {
            if (caller.Tenants[i].Own.DataRetention is { } own && !(own >= least)) least = own;
        }
        return least ?? config.Retention;
    }

    // Of a group or an alias the first target is what was asked for: the others are there to stand in for it, or to be cheaper.
    private static long SavedByRouting(RequestContext context, in Settlement settlement, DateTimeOffset at)
    {
        if (!settlement.WasSent || !settlement.IsPriced || settlement.IsEstimated || context.Attempts.Plan is not { } plan || plan.Primary == context.Route) return 0;
        return plan.Primary.Facts.Price is { } asked ? CostCalculator.Cost(asked, settlement.Usage, at).Total - settlement.AnswerCost : 0;
    }

    private static long SavedByCache(RequestContext context, in CacheRecord cached, DateTimeOffset at)
    {
        if (cached.SavedProvider is not { } provider || !(cached.Saved.Input > 0 || cached.Saved.Output > 0)) return 0;
        var targets = context.State.Targets;
        for (var i = 0; i < targets.Count; i++)
        {
            if (targets[i].Name == provider) return context.State.Factory.PriceOf(targets[i], cached.SavedModel ?? "") is { } price ? CostCalculator.Cost(price, cached.Saved, at).Total : 0;
        }
        return 0;
    }

    private static string KindOf(CallerKind kind) => kind switch
    {
        CallerKind.Key => "key",
        CallerKind.Jwt => "jwt",
        CallerKind.Certificate => "certificate",
        _ => "anonymous",
    };

    private long Microseconds(long from, long to) => to == 0 || from == 0 ? 0 : (long)_time.GetElapsedTime(from, to).TotalMicroseconds;
}
