namespace Edge.Configuration;

/// <summary>Limits for all clients together; null = none.</summary>
public sealed record LimitsConfig
{
    public long? MaxTokensPerRequest { get; init; }

    public long? MaxRequestsPerMinute { get; init; }

    /// <summary>In nano-dollars (US$ 1 = 1 000 000 000), per calendar day of <see cref="BudgetsConfig.TimeZone"/>.</summary>
    public long? MaxCostPerDay { get; init; }

    internal static ConfigSection<LimitsConfig> Section { get; } = new ConfigSection<LimitsConfig>(
            "limits", "Limits for all clients together; what is not set is not limited.", new())
        .Field("max_tokens_per_request", Kinds.OptionalLong(1, long.MaxValue),
            c => c.MaxTokensPerRequest, (c, v) => c with { MaxTokensPerRequest = v },
            "Tokens of one request, prompt and answer together.", notBuilt: v => v is not null)
        .Field("max_requests_per_minute", Kinds.OptionalLong(1, long.MaxValue),
            c => c.MaxRequestsPerMinute, (c, v) => c with { MaxRequestsPerMinute = v },
            "Requests in a minute.", notBuilt: v => v is not null)
        .Field("max_cost_per_day", Kinds.OptionalMoney, c => c.MaxCostPerDay, (c, v) => c with { MaxCostPerDay = v },
            "US dollars in a calendar day (`budgets.time_zone`).");
}
