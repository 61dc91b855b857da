namespace Edge.Configuration;

/// <summary>Who may call the data plane.</summary>
public sealed record AuthConfig
{
    /// <summary>Keys that clients may present; empty = anyone may call.</summary>
    public IReadOnlyList<Secret> ApiKeys { get; init; } = [];

    internal static ConfigSection<AuthConfig> Section { get; } = new ConfigSection<AuthConfig>(
            "auth", "Who may call the data plane.", new())
        .Field("api_keys", new ListKind<Secret>(Kinds.NonEmptySecret), c => c.ApiKeys, (c, v) => c with { ApiKeys = v },
            "Keys that clients may present (`Authorization: Bearer` or `x-api-key`); none = anyone may call.");
}
