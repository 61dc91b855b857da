namespace Edge.Configuration;

/// <summary>Who may call the data plane.</summary>
public sealed record AuthConfig
{
    /// <summary>Keys that clients may present; empty = anyone may call.</summary>
    public IReadOnlyList<ClientKeyConfig> ApiKeys { get; init; } = [];

    /// <summary>Issuers of tokens, by a name of the operator's.</summary>
    public IReadOnlyDictionary<string, JwtConfig> Jwt { get; init; } = new Dictionary<string, JwtConfig>();

    /// <summary>Who shows nothing, where there are keys.</summary>
    public AnonymousConfig Anonymous { get; init; } = new();

    /// <summary>Wrong keys that one address may send in a minute; 0 = any number.</summary>
    public int MaxFailuresPerMinute { get; init; } = 100;

    /// <summary>The secret under which keys are hashed; without one, the data directory keeps one.</summary>
    public Secret KeyPepper { get; init; }

    internal static ConfigSection<AuthConfig> Section { get; } = new ConfigSection<AuthConfig>(
            "auth", "Who may call the data plane.", new())
        .Field("api_keys", new KeyListKind<ClientKeyConfig>(ClientKeyConfig.Section, key => key.Key, key => new() { Key = key }),
            c => c.ApiKeys, (c, v) => c with { ApiKeys = v },
            "Keys that clients may present (`Authorization: Bearer` or `x-api-key`); none = anyone may call.")
        .Field("jwt", new SectionMapKind<JwtConfig>(JwtConfig.Section, "name", TenancyKinds.CheckName), c => c.Jwt, (c, v) => c with { Jwt = v }, "Issuers whose signed tokens (JWT) are taken as bearer tokens: docs/auth.md.")
        .Field("anonymous", new SectionKind<AnonymousConfig>(AnonymousConfig.Section), c => c.Anonymous, (c, v) => c with { Anonymous = v! }, AnonymousConfig.Section.Doc)
        .Field("max_failures_per_minute", Kinds.Int(0, 1_000_000), c => c.MaxFailuresPerMinute, (c, v) => c with { MaxFailuresPerMinute = v },
            "Wrong keys that one address (of IPv6 one /64) may send in a minute before it is told to wait; right ones always pass. 0 = any number.")
        .Field("key_pepper", Kinds.Secret, c => c.KeyPepper, (c, v) => c with { KeyPepper = v },
            "The secret under which keys are hashed, the same for all gateways over one database. A change of it makes every stored key unknown.",
            defaultText: "the file `key-pepper` in `stores.data_directory`");
}

/// <summary>Clients that show nothing.</summary>
public sealed record AnonymousConfig
{
    /// <summary>They may call although there are keys; null = only where nothing else is configured.</summary>
    public bool? Enabled { get; init; }

    /// <summary>Null = their requests are booked on nobody.</summary>
    public string? Organisation { get; init; }

    public string? Team { get; init; }

    /// <summary>What they may do.</summary>
    public TenantPolicyConfig Policy { get; init; } = TenantPolicyConfig.None;

    internal static ConfigSection<AnonymousConfig> Section { get; } = TenantPolicyConfig.AddTo(
        new ConfigSection<AnonymousConfig>("anonymous", "Clients that show no key, with limits of their own.", new())
        .Field("enabled", GuardKinds.OptionalBool, c => c.Enabled, (c, v) => c with { Enabled = v }, "They may call.", defaultText: "true while there is no key, token issuer or tenant; then false")
        .Field("organisation", Kinds.OptionalText, c => c.Organisation, (c, v) => c with { Organisation = v }, "A name in `tenants`: whom their requests are booked on.")
        .Field("team", Kinds.OptionalText, c => c.Team, (c, v) => c with { Team = v }, "A team of the organisation."),
        c => c.Policy, (c, v) => c with { Policy = v });
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

    /// <summary>Null = never.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>Null = from the start.</summary>
    public DateTimeOffset? NotBefore { get; init; }

    internal static ConfigSection<ClientKeyConfig> Section { get; } = TenantPolicyConfig.AddTo(
        new ConfigSection<ClientKeyConfig>("client_key", "A key of a client.", new())
        .Field("key", Kinds.NonEmptySecret, c => c.Key, (c, v) => c with { Key = v }, "The key.")
        .Field("name", Kinds.OptionalText, c => c.Name, (c, v) => c with { Name = v }, "What rules and reports call it.")
        .Field("debug", Kinds.Bool, c => c.Debug, (c, v) => c with { Debug = v }, "Its requests may ask how they were routed (`x-edge-debug: route`).")
        .Field("expires_at", TenancyKinds.OptionalTime, c => c.ExpiresAt, (c, v) => c with { ExpiresAt = v }, "From then on it is refused: `2027-01-31` (its beginning in UTC) or `2027-01-31T18:00:00Z`.")
        .Field("not_before", TenancyKinds.OptionalTime, c => c.NotBefore, (c, v) => c with { NotBefore = v }, "Until then it is refused.")
        .Field("organisation", Kinds.OptionalText, c => c.Organisation, (c, v) => c with { Organisation = v }, "A name in `tenants`: whom its requests are booked on.")
        .Field("team", Kinds.OptionalText, c => c.Team, (c, v) => c with { Team = v }, "A team of the organisation.")
        .Field("user", Kinds.OptionalText, c => c.User, (c, v) => c with { User = v }, "A user of the team, or of the organisation."),
        c => c.Policy, (c, v) => c with { Policy = v });
}
