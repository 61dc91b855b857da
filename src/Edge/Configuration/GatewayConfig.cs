namespace Edge.Configuration;

/// <summary>What this gateway calls itself; for people and labels, nothing depends on it.</summary>
public sealed record GatewayConfig
{
    /// <summary>The version of the operator's configuration, free text.</summary>
    public string Version { get; init; } = "";

    /// <summary>Such as <c>development</c> or <c>production</c>, free text.</summary>
    public string Environment { get; init; } = "production";
}
