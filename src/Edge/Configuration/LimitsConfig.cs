namespace Edge.Configuration;

/// <summary>Limits for all clients together (null = none), and how limits are enforced.</summary>
public sealed record LimitsConfig
{
    public long? MaxTokensPerRequest { get; init; }

    public long? MaxRequestsPerMinute { get; init; }

    /// <summary>In nano-dollars (US$ 1 = 1 000 000 000), per calendar day of <see cref="BudgetsConfig.TimeZone"/>.</summary>
    public long? MaxCostPerDay { get; init; }

    /// <summary>Limits for all clients together, or by model, user or address.</summary>
    public IReadOnlyList<LimitConfig> Rules { get; init; } = [];

    /// <summary>Requests of one address that shows no key; null = 1000 in 15 minutes where others than this machine can connect; a rate of 0 = none.</summary>
    public Rate? Anonymous { get; init; }

    /// <summary>What an answer is taken for, before it is there, where the request does not bound it. Tokens.</summary>
    public long AssumedOutputTokens { get; init; } = 500;

    public LimitFallback OnStoreFailure { get; init; }

    /// <summary>Whose days and months count.</summary>
    public TimeZoneInfo TimeZone { get; init; } = TimeZoneInfo.Utc;

    /// <summary>How long a request that is under way is believed to be so after its instance was last heard of.</summary>
    public TimeSpan Lease { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Whether answers say how the limits stand.</summary>
    public bool Headers { get; init; } = true;

    internal static ConfigSection<LimitsConfig> Section { get; } = new ConfigSection<LimitsConfig>(
            "limits", "Limits for all clients together (what is not set is not limited), and how limits are enforced: docs/limits.md.", new())
        .Field("max_tokens_per_request", Kinds.OptionalLong(1, long.MaxValue),
            c => c.MaxTokensPerRequest, (c, v) => c with { MaxTokensPerRequest = v },
            "Tokens of one request, prompt and answer together.")
        .Field("max_requests_per_minute", Kinds.OptionalLong(1, LimitKinds.Most),
            c => c.MaxRequestsPerMinute, (c, v) => c with { MaxRequestsPerMinute = v },
            "Requests in a minute.")
        .Field("max_cost_per_day", Kinds.OptionalMoney, c => c.MaxCostPerDay, (c, v) => c with { MaxCostPerDay = v },
            "US dollars in a calendar day (`budgets.time_zone`).")
        .Field("rules", new SectionListKind<LimitConfig>(LimitConfig.Section, LimitConfig.Check), c => c.Rules, (c, v) => c with { Rules = v },
            "Further limits for all clients together, or for each model, user or address.")
        .Field("anonymous", LimitKinds.Anonymous, c => c.Anonymous, (c, v) => c with { Anonymous = v },
            "Requests of each client address that shows no key.", defaultText: "`1000/15min`; `none` where only this machine can connect")
        .Field("assumed_output_tokens", Kinds.Long(1, 1_000_000_000), c => c.AssumedOutputTokens, (c, v) => c with { AssumedOutputTokens = v },
            "What an answer counts as until it is there, where its request sets no cap.")
        .Field("on_store_failure", LimitKinds.OnStoreFailure, c => c.OnStoreFailure, (c, v) => c with { OnStoreFailure = v },
            "While Redis is away: each instance enforces its share, or everybody passes, or whoever has a limit is refused.")
        .Field("time_zone", LimitKinds.Zone, c => c.TimeZone, (c, v) => c with { TimeZone = v }, "Whose days and months count.")
        .Field("lease", Kinds.Duration("5s", "1h"), c => c.Lease, (c, v) => c with { Lease = v },
            "Requests at once, over Redis: how long those of an instance that has died still count.")
        .Field("headers", Kinds.Bool, c => c.Headers, (c, v) => c with { Headers = v }, "Answers say how the limits stand (`RateLimit`, `x-ratelimit-*`).");
}
