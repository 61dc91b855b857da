namespace Edge.Configuration;

/// <summary>Limits for all clients together; null = none.</summary>
public sealed record LimitsConfig
{
    public long? MaxTokensPerRequest { get; init; }

    public long? MaxRequestsPerMinute { get; init; }

    /// <summary>In nano-dollars (US$ 1 = 1 000 000 000), per day in UTC.</summary>
    public long? MaxCostPerDay { get; init; }
}
