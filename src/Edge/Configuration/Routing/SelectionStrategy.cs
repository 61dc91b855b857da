namespace Edge.Configuration;

/// <summary>How targets that could all serve a request are ordered.</summary>
public enum SelectionStrategy
{
    /// <summary>The configured order.</summary>
    Priority,
    CostOptimized,
    LatencyOptimized,

    /// <summary><c>quality_first</c> and <c>quality</c> are the same.</summary>
    QualityFirst,
    Balanced,
    Weighted,
    RoundRobin,
    Sticky,
}

internal static class RoutingKinds
{
    public static readonly ScalarKind<SelectionStrategy> Strategy = Kinds.OneOf(
        ("priority", SelectionStrategy.Priority), ("cost_optimized", SelectionStrategy.CostOptimized),
        ("latency_optimized", SelectionStrategy.LatencyOptimized), ("quality_first", SelectionStrategy.QualityFirst),
        ("quality", SelectionStrategy.QualityFirst), ("balanced", SelectionStrategy.Balanced), ("weighted", SelectionStrategy.Weighted),
        ("round_robin", SelectionStrategy.RoundRobin), ("sticky", SelectionStrategy.Sticky));

    public static readonly ScalarKind<SelectionStrategy?> OptionalStrategy = Kinds.OneOf(
        ("priority", (SelectionStrategy?)SelectionStrategy.Priority), ("cost_optimized", SelectionStrategy.CostOptimized),
        ("latency_optimized", SelectionStrategy.LatencyOptimized), ("quality_first", SelectionStrategy.QualityFirst),
        ("quality", SelectionStrategy.QualityFirst), ("balanced", SelectionStrategy.Balanced), ("weighted", SelectionStrategy.Weighted),
        ("round_robin", SelectionStrategy.RoundRobin), ("sticky", SelectionStrategy.Sticky));

    public static readonly ScalarKind<bool?> OptionalBool = Kinds.OneOf(("true", (bool?)true), ("false", false));

    public static string? CheckModel(string key) => key.Length == 0 ? "is empty" : null;
}
