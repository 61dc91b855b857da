using Edge.Configuration;
using Edge.Endpoints;
using Edge.Metering;
using Edge.Model;
using Edge.Pipeline;
using Edge.Providers;

namespace Edge.Budgets;

/// <summary>The most that one call of a request can cost, wherever routing may send it.</summary>
internal struct WorstCase
{
    // The largest budget of reasoning that a default for Anthropic's models adds to the bound (AnthropicThinkingPlan.BudgetOf).
    private const long MostThinking = 32_000;

    /// <summary>Nano-dollars.</summary>
    public long Cost { get; private set; }

    /// <summary>Where it would be so dear; for people. Null = there is no candidate.</summary>
    public ModelRoute? Dearest { get; private set; }

    public long Input { get; private set; }

    public long Output { get; private set; }

    /// <summary>A candidate has no price; null = all have one.</summary>
    public ModelRoute? Unpriced { get; private set; }

    /// <summary>Nobody else bounds the answer of some candidate: the cap must be sent along.</summary>
    public bool NeedsCap { get; private set; }

    /// <param name="context">Routed.</param>
    /// <param name="bound">What it can use.</param>
    /// <param name="cap">Tokens of an answer that the gateway sends as the bound; 0 = none, the usual.</param>
    /// <param name="at">When it came.</param>
    public static WorstCase Of(RequestContext context, in RequestBound bound, long cap, DateTimeOffset at)
    {
        var config = context.State.Config.Budgets;
        var worst = default(WorstCase);
        foreach (ref readonly var candidate in context.Attempts.Candidates) Add(ref worst, candidate.Route, context, config, bound, cap, at);
        return worst;
    }

    /// <summary>Of one target.</summary>
    public static WorstCase Of(RequestContext context, ModelRoute route, in RequestBound bound, DateTimeOffset at)
    {
        var worst = default(WorstCase);
        Add(ref worst, route, context, context.State.Config.Budgets, bound, context.OutputCap, at);
        return worst;
    }

    private static void Add(ref WorstCase worst, ModelRoute route, RequestContext context, BudgetsConfig config, in RequestBound bound, long cap, DateTimeOffset at)
    {
        if (route.Facts.Price is not { } price)
        {
            // What runs in this process costs nobody anything.
            if (route.Target.InProcess is null) worst.Unpriced = route;
            return;
        }
        var input = bound.Input(route.Model.Span, Math.Max(price.ContextWindow, route.Facts.ContextWindow), config.UnknownInput);
        var output = 0L;
        if (context.Operation != Operation.Embeddings)
        {
            output = bound.Output(OutputOf(context, route, price, bound, config, cap, out var needsCap));
            worst.NeedsCap |= needsCap;
        }
        var cost = CostCalculator.WorstCase(price, input, output, at, bound.Kinds, ServiceTier.Standard, bound.MaxSearches);
        if (bound.Tier == ServiceTier.Priority) cost = Math.Max(cost, CostCalculator.WorstCase(price, input, output, at, bound.Kinds, ServiceTier.Priority, bound.MaxSearches));
        // A request for many vectors may become as many calls.
        var fee = price.Standard(at).PerRequest;
        if (context.Operation == Operation.Embeddings && fee > 0 && bound.Inputs > 1) cost = Add(cost, (long)UInt128.Min((UInt128)(ulong)fee * (ulong)bound.Inputs, long.MaxValue));
        if (worst.Dearest is null || cost > worst.Cost) (worst.Cost, worst.Dearest, worst.Input, worst.Output) = (cost, route, input, output);
    }

    /// <summary>The longest answer that costs no more than so much at any candidate; less than 1 = there is none.</summary>
    public static long CapFor(RequestContext context, in RequestBound bound, long nanos, DateTimeOffset at)
    {
        // Cost rises with the cap: halving finds it in some twenty steps, and only a request that would be refused pays for them.
        long low = 0, high = Of(context, bound, 0, at).Output / Math.Max(1, bound.Choices);
        while (low < high)
        {
            var middle = low + ((high - low + 1) / 2);
            if (Of(context, bound, middle, at).Cost <= nanos) low = middle;
            else high = middle - 1;
        }
        return low;
    }

    private static long OutputOf(RequestContext context, ModelRoute route, ModelPrice price, in RequestBound bound, BudgetsConfig config, long cap, out bool needsCap)
    {
        needsCap = false;
        var usual = bound.OutputCap;
        if (usual == 0)
        {
            // What the encoder writes where the client says nothing: the API demands it.
            if (cap == 0 && route.Target.WireFor(context.Client.Wire) == Dialect.Anthropic) usual = route.Target.MaxTokensDefault + Math.Max(bound.ThinkingBudget, bound.Reasons ? MostThinking : 0);
            else if (price.MaxOutput > 0) usual = Math.Max(price.MaxOutput, 1);
            else
            {
                needsCap = cap == 0;
                usual = config.DefaultMaxOutput;
            }
        }
        return cap > 0 ? Math.Min(cap, usual) : usual;
    }

    private static long Add(long a, long b) => a > long.MaxValue - b ? long.MaxValue : a + b;
}
