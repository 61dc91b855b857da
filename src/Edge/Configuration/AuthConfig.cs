namespace Edge.Configuration;

/// <summary>Who may call the data plane.</summary>
public sealed record AuthConfig
{
    /// <summary>Keys that clients may present; empty = anyone may call.</summary>
    public IReadOnlyList<ClientKeyConfig> ApiKeys { get; init; } = [];

    internal static ConfigSection<AuthConfig> Section { get; } = new ConfigSection<AuthConfig>(
            "auth", "Who may call the data plane.", new())
        .Field("api_keys", new KeyListKind<ClientKeyConfig>(ClientKeyConfig.Section, key => key.Key, key => new() { Key = key }),
            c => c.ApiKeys, (c, v) => c with { ApiKeys = v },
            "Keys that clients may present (`Authorization: Bearer` or `x-api-key`); none = anyone may call.");
}

/// <summary>A key of a client.</summary>
public sealed record ClientKeyConfig
{
    public Secret Key { get; init; }

    /// <summary>What rules, logs and reports call it; null = it has none.</summary>
    public string? Name { get; init; }

    /// <summary>Its requests may ask how they were routed (<c>x-edge-debug: route</c>).</summary>
    public bool Debug { get; init; }

    /// <summary>Null = it belongs to nobody.</summary>
    public string? Organisation { get; init; }

    public string? Team { get; init; }

    public string? User { get; init; }

    /// <summary>What it may do itself.</summary>
    public TenantPolicyConfig Policy { get; init; } = TenantPolicyConfig.None;

    /// <summary>The guard's policy for it; null = the guard's own.</summary>
    public string? Guard => Policy.Guard;

    internal static ConfigSection<ClientKeyConfig> Section { get; } = TenantPolicyConfig.AddTo(
        new ConfigSection<ClientKeyConfig>("client_key", "A key of a client.", new())
        .Field("key", Kinds.NonEmptySecret, c => c.Key, (c, v) => c with { Key = v }, "The key.")
        .Field("name", Kinds.OptionalText, c => c.Name, (c, v) => c with { Name = v }, "What rules and reports call it.")
        .Field("debug", Kinds.Bool, c => c.Debug, (c, v) => c with { Debug = v }, "Its requests may ask how they were routed (`x-edge-debug: route`).")
        .Field("organisation", Kinds.OptionalText, c => c.Organisation, (c, v) => c with { Organisation = v }, "A name in `tenants`: whom its requests are booked on.")
        .Field("team", Kinds.OptionalText, c => c.Team, (c, v) => c with { Team = v }, "A team of the organisation.")
        .Field("user", Kinds.OptionalText, c => c.User, (c, v) => c with { User = v }, "A user of the team, or of the organisation."),
        c => c.Policy, (c, v) => c with { Policy = v });
}
