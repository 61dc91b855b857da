namespace Edge.Configuration;

/// <summary>Where a request goes.</summary>
public sealed record RoutingConfig
{
    /// <summary>The provider of a model that no provider lists; null = the first enabled one.</summary>
    public string? DefaultProvider { get; init; }

    /// <summary>Providers to try, in this order, when one fails.</summary>
    public IReadOnlyList<string> FallbackChain { get; init; } = [];

    public SelectionStrategy SelectionStrategy { get; init; } = SelectionStrategy.Priority;

    internal static ConfigSection<RoutingConfig> Section { get; } = new ConfigSection<RoutingConfig>(
            "routing", "Where a request goes.", new())
        .Field("default_provider", Kinds.OptionalText, c => c.DefaultProvider, (c, v) => c with { DefaultProvider = v },
            "The provider of a model that no provider lists.", defaultText: "the first one that is enabled")
        .Field("fallback_chain", new ListKind<string>(Kinds.NonEmptyText), c => c.FallbackChain, (c, v) => c with { FallbackChain = v },
            "The providers to try, in this order, when one fails.", notBuilt: v => v.Count > 0)
        .Field("selection_strategy", Kinds.OneOf(
                ("priority", SelectionStrategy.Priority), ("cost_optimized", SelectionStrategy.CostOptimized),
                ("latency_optimized", SelectionStrategy.LatencyOptimized), ("quality_first", SelectionStrategy.QualityFirst),
                ("quality", SelectionStrategy.QualityFirst), ("balanced", SelectionStrategy.Balanced)),
            c => c.SelectionStrategy, (c, v) => c with { SelectionStrategy = v },
            "How targets that could all serve a request are ordered; `priority` is the configured order.",
            notBuilt: v => v != SelectionStrategy.Priority);
}
