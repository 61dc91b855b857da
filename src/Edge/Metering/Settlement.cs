using Edge.Pipeline;
using Edge.Providers.Chat;

namespace Edge.Metering;

/// <summary>What a request used and cost, found once at its end: limits, budgets, ledger, audit and headers all say the same.</summary>
public readonly record struct Settlement
{
    /// <summary>Of all calls whose answer, or a part of it, reached the client.</summary>
    public Usage Usage { get; init; }

    /// <summary>The provider did not report all of it.</summary>
    public bool IsEstimated { get; init; }

    /// <summary>Nano-dollars, of every call that was made for it.</summary>
    public long Cost { get; init; }

    /// <summary>False = the model has no price: <see cref="Cost"/> is 0 for want of one.</summary>
    public bool IsPriced { get; init; }

    /// <summary>A call was sent to a provider, so that something may have been spent.</summary>
    public bool WasSent { get; init; }

    public static Settlement Of(RequestContext context, DateTimeOffset at)
    {
        var usage = UsageEstimate.OfAll(context, out var isEstimated);
        if (context.FirstSentAt == 0 || context.Route is not { } route) return new() { Usage = usage, IsEstimated = isEstimated };
        var price = route.Facts.Price;
        return new()
        {
            Usage = usage,
            IsEstimated = isEstimated,
            WasSent = true,
            IsPriced = price is not null,
            Cost = price is null ? 0 : CostCalculator.Cost(price, usage, at).Total,
        };
    }
}
