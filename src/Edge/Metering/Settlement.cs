using Edge.Endpoints;
using Edge.Model;
using Edge.Pipeline;
using Edge.Providers.Chat;

namespace Edge.Metering;

/// <summary>What a request used and cost, found once at its end: limits, budgets, ledger, audit and headers all say the same.</summary>
public readonly record struct Settlement
{
    /// <summary>Of all calls whose answer, or a part of it, reached the client.</summary>
    public Usage Usage { get; init; }

    /// <summary>The provider did not report all of <see cref="Usage"/>.</summary>
    public bool IsUsageEstimated { get; init; }

    /// <summary>Something of <see cref="Cost"/> is an estimate: of the usage, or of a call before it that failed without a word of what it used.</summary>
    public bool IsEstimated { get; init; }

    /// <summary>Nano-dollars, of every call that was made for it, each at its own model's prices.</summary>
    public long Cost { get; init; }

    /// <summary>The part of <see cref="Cost"/> of the call that the client was answered from; the rest is of <see cref="RequestContext.Paid"/>.</summary>
    public long AnswerCost { get; init; }

    /// <summary>False = a model has no price: <see cref="Cost"/> lacks what its calls cost.</summary>
    public bool IsPriced { get; init; }

    /// <summary>A call was sent to a provider, so that something may have been spent.</summary>
    public bool WasSent { get; init; }

    /// <param name="context">At its end.</param>
    /// <param name="at">The end's time; prices are those of <see cref="RequestContext.PricedAt"/> where that is set.</param>
    public static Settlement Of(RequestContext context, DateTimeOffset at)
    {
        var usage = UsageEstimate.OfAll(context, out var isEstimated);
        if (context.FirstSentAt == 0 || context.Route is not { } route) return new() { Usage = usage, IsUsageEstimated = isEstimated, IsEstimated = isEstimated };
        if (context.PricedAt != default) at = context.PricedAt;
        if (context.Operation == Operation.CountTokens) return new() { Usage = usage, IsEstimated = isEstimated, WasSent = true, IsPriced = true };

        // Of the call at hand: of a recovered stream the parts before it are among those kept, at their own prices.
        var last = UsageEstimate.Of(context, out _);
        if (!last.IsReported && !context.IsBooked && PaidCalls.MayCost(context))
        {
            last = PaidCalls.Guess(context, last);
            isEstimated = true;
            if (context.Recovery is not { IsJoining: true }) usage = last;
        }
        else if (context.IsBooked) last = new();
        var isUsageEstimated = isEstimated;
        var isPriced = true;
        var answer = CostOf(route, last, at, ref isPriced);
        var all = answer;
        foreach (ref readonly var call in context.Paid)
        {
            var cost = CostOf(call.Route, call.Usage, at, ref isPriced);
            all = all > long.MaxValue - cost ? long.MaxValue : all + cost;
            isEstimated |= call.IsEstimated;
        }
        return new() { Usage = usage, IsUsageEstimated = isUsageEstimated, IsEstimated = isEstimated, WasSent = true, IsPriced = isPriced, Cost = all, AnswerCost = answer };
    }

    /// <summary>What one call cost; 0 where nothing was used.</summary>
    public static long CostOf(ModelRoute route, in Usage usage, DateTimeOffset at, ref bool isPriced)
    {
        if (route.Facts.Price is not { } price)
        {
            isPriced &= route.Target.InProcess is not null;
            return 0;
        }
        // A refusal is free, also where a request has a fee.
        if (usage.Input < 0 && usage.Output < 0) return 0;
        return CostCalculator.Cost(price, usage, at).Total;
    }
}
