using Edge.Metering;
using Edge.Pipeline;

namespace Edge.Audit;

/// <summary>
/// The audit's share of a request: in <c>strict</c> mode a durable record before the provider is called and before the last byte goes out, in <c>relaxed</c> mode one record afterwards.
/// </summary>
public sealed class AuditStage
{
    private readonly TimeProvider _time;

    public AuditStage(TimeProvider time) => _time = time;

    /// <summary>Before Step 7. False = policy demands a record and none could be made; the context holds the error.</summary>
    public ValueTask<bool> BeginAsync(RequestContext context)
    {
        _ = (_time, context);
        return new(true);
    }

    /// <summary>In Step 8, before the last byte of the answer goes out; strict mode alone waits here.</summary>
    public ValueTask BeforeLastByteAsync(RequestContext context)
    {
        _ = (_time, context);
        return default;
    }

    /// <summary>Step 9, on every path. Never blocks.</summary>
    public void End(RequestContext context, in Settlement settlement)
    {
        _ = (_time, context);
        _ = settlement;
    }
}
