using Edge.Metering;
using Edge.Pipeline;

namespace Edge.Budgets;

/// <summary>
/// Between Steps 6 and 7, when it is known who may serve a request: reserves the most that it can cost in every budget above it, all or none. A cached answer never gets here.
/// </summary>
public sealed class BudgetStage
{
    private readonly TimeProvider _time;

    public BudgetStage(TimeProvider time) => _time = time;

    /// <summary>False = the context holds an error (<c>BUDGET_EXCEEDED</c>). Completes at once where the budgets are in memory.</summary>
    public ValueTask<bool> ReserveAsync(RequestContext context)
    {
        _ = (_time, context);
        return new(true);
    }

    /// <summary>
    /// Before another call for the same request, when one before it may have cost something: reserves the same again. False = there is not enough left, and no further call may be made.
    /// </summary>
    public ValueTask<bool> ExtendAsync(RequestContext context)
    {
        _ = (_time, context);
        return new(true);
    }

    /// <summary>Step 9, on every path: books what it cost and frees the rest of what was reserved. Never blocks; nothing where nothing was reserved.</summary>
    public void Settle(RequestContext context, in Settlement settlement)
    {
        _ = (_time, context);
        _ = settlement;
    }
}
