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
}
