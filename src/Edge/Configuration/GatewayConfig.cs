namespace Edge.Configuration;

/// <summary>What this gateway calls itself; for people and labels, nothing depends on it.</summary>
public sealed record GatewayConfig
{
    /// <summary>The version of the operator's configuration, free text.</summary>
    public string Version { get; init; } = "";

    /// <summary>Such as <c>development</c> or <c>production</c>, free text.</summary>
    public string Environment { get; init; } = "production";

    internal static ConfigSection<GatewayConfig> Section { get; } = new ConfigSection<GatewayConfig>(
            "gateway", "What this gateway calls itself; for people and labels, nothing depends on it.", new())
        .Field("version", Kinds.Text, c => c.Version, (c, v) => c with { Version = v },
            "The version of your configuration, free text.")
        .Field("environment", Kinds.Text, c => c.Environment, (c, v) => c with { Environment = v },
            "Such as `development` or `production`, free text.");
}
