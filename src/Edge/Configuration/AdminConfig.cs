namespace Edge.Configuration;

/// <summary>The admin plane: health, metrics, administration, on a listener of its own.</summary>
public sealed record AdminConfig
{
    public bool Enabled { get; init; } = true;

    public IReadOnlyList<ListenAddress> Listen { get; init; } = [ListenAddress.Loopback(8081)];

    internal static ConfigSection<AdminConfig> Section { get; } = new ConfigSection<AdminConfig>(
            "admin", "The admin plane: health, metrics and administration, on a listener of its own.", new())
        .Field("enabled", Kinds.Bool, c => c.Enabled, (c, v) => c with { Enabled = v },
            "Whether it is served at all.")
        .Field("listen", new ListKind<ListenAddress>(Kinds.Listen, oneIsEnough: true, atLeast: 1),
            c => c.Listen, (c, v) => c with { Listen = v },
            "As `server.listen`. Keep it off networks that clients reach.");
}
