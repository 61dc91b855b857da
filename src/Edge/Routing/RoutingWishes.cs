using Edge.Configuration;
using Edge.Model;
using Edge.Pipeline;
using Edge.Providers.Json;
using Edge.Simd.Json;

namespace Edge.Routing;

/// <summary>The request's own <c>routing</c>: <c>{"providers":[..],"preferredModels":[..],"strategy":".."}</c>. Its shape was checked with the body; it can narrow what the configuration allows, not widen it.</summary>
internal readonly ref struct RoutingWishes
{
    private readonly JsonValue _providers;

    public RoutingWishes(RequestContext context)
    {
        if ((context.Fields.Extended & ChatField.Routing) == 0) return;
        foreach (var member in new JsonValue(context.Body.Span, context.Index.Tokens)["routing"u8].Members)
        {
            if (member.Value.Kind == JsonKind.Null) continue;
            if (member.Name.Is("providers"u8)) _providers = member.Value;
            else if (member.Name.Is("strategy"u8)) Strategy = StrategyOf(member.Value);
            else Models = member.Value;
        }
    }

    /// <summary>Null = no wish.</summary>
    public SelectionStrategy? Strategy { get; }

    /// <summary>An array of names, or absent.</summary>
    public JsonValue Models { get; }

    public bool HasProviders => _providers.Kind == JsonKind.Array;

    public bool HasModels => Models.Kind == JsonKind.Array && Models.Token.Length > 2;

    /// <summary>Where the provider stands in the list; -1 = it does not.</summary>
    public int PositionOf(Target target)
    {
        var position = 0;
        foreach (var name in _providers.Elements)
        {
            if (System.Text.Ascii.Equals(name.RawText, target.Name)) return position;
            position++;
        }
        return -1;
    }

    private static SelectionStrategy StrategyOf(JsonValue value) =>
        value.IsString("cost_optimized"u8) ? SelectionStrategy.CostOptimized
        : value.IsString("latency_optimized"u8) ? SelectionStrategy.LatencyOptimized
        : value.IsString("balanced"u8) ? SelectionStrategy.Balanced
        : SelectionStrategy.QualityFirst;
}
