namespace Edge.Configuration;

/// <summary>Who may call the data plane.</summary>
public sealed record AuthConfig
{
    /// <summary>Keys that clients may present; empty = anyone may call.</summary>
    public IReadOnlyList<Secret> ApiKeys { get; init; } = [];
}
