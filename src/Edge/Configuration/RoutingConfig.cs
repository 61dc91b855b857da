namespace Edge.Configuration;

/// <summary>Where a request goes.</summary>
public sealed record RoutingConfig
{
    /// <summary>The provider of a model that no provider lists; null = the first enabled one.</summary>
    public string? DefaultProvider { get; init; }

    /// <summary>Providers to try, in this order, when one fails.</summary>
    public IReadOnlyList<string> FallbackChain { get; init; } = [];

    public SelectionStrategy SelectionStrategy { get; init; } = SelectionStrategy.Priority;
}
