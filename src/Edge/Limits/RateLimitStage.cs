using Edge.Metering;
using Edge.Pipeline;

namespace Edge.Limits;

/// <summary>
/// Step 3, second part: how much of the limits above it a request takes. All limits of a request are asked at once: in memory, or by one script of Redis.
/// </summary>
public sealed class RateLimitStage
{
    private readonly TimeProvider _time;

    public RateLimitStage(TimeProvider time) => _time = time;

    /// <summary>False = the context holds an error (<c>RATE_LIMIT_EXCEEDED</c>). Completes at once where the limits are in memory.</summary>
    public ValueTask<bool> RunAsync(RequestContext context)
    {
        _ = (_time, context);
        return new(true);
    }

    /// <summary>Step 9, once for every request that ran: gives back its place among concurrent ones, and corrects what it took of tokens to what it used. Never blocks.</summary>
    public void Settle(RequestContext context, in Settlement settlement)
    {
        _ = (_time, context);
        _ = settlement;
    }
}
