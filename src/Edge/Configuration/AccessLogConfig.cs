namespace Edge.Configuration;

/// <summary>Which requests have a line in the log.</summary>
public enum AccessLogMode
{
    Off,

    /// <summary>Those that failed: refused by the gateway, or by provider and network.</summary>
    Failed,

    /// <summary>Every one, as far as <see cref="AccessLogConfig.Sample"/> goes.</summary>
    All,
}

/// <summary>One line a request.</summary>
public sealed record AccessLogConfig
{
    public AccessLogMode Mode { get; init; }

    /// <summary>Share of the requests that went well; those that failed have a line in any case.</summary>
    public double Sample { get; init; } = 1;

    /// <summary>Requests that took longer have a line in any case; zero = no such rule.</summary>
    public TimeSpan AlwaysSlowerThan { get; init; }

    internal static ConfigSection<AccessLogConfig> Section { get; } = new ConfigSection<AccessLogConfig>("access_log", "One line of the log for each request, without a word of prompt or answer.", new())
        .Field("mode", Kinds.OneOf(("off", AccessLogMode.Off), ("failed", AccessLogMode.Failed), ("all", AccessLogMode.All)), c => c.Mode, (c, v) => c with { Mode = v },
            "`off`, `failed` (refused, or failed at provider or network), or `all`.")
        .Field("sample", Kinds.Fraction(0, 1), c => c.Sample, (c, v) => c with { Sample = v }, "With `all`: share of the requests that went well; failed ones always have their line.")
        .Field("always_slower_than", Kinds.Duration("0s", "24h"), c => c.AlwaysSlowerThan, (c, v) => c with { AlwaysSlowerThan = v },
            "With `all`: requests that took longer always have their line; `0s` = no such rule.");
}
