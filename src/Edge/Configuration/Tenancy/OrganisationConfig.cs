namespace Edge.Configuration;

/// <summary>An organisation: its policy, its teams and the users that are in no team.</summary>
public sealed record OrganisationConfig
{
    /// <summary>For people; null = the key of the map.</summary>
    public string? Name { get; init; }

    public TenantPolicyConfig Policy { get; init; } = TenantPolicyConfig.None;

    public IReadOnlyDictionary<string, TeamConfig> Teams { get; init; } = new Dictionary<string, TeamConfig>();

    public IReadOnlyDictionary<string, UserConfig> Users { get; init; } = new Dictionary<string, UserConfig>();

    internal static ConfigSection<OrganisationConfig> Section { get; } = TenantPolicyConfig
        .AddTo(
            new ConfigSection<OrganisationConfig>("organisation", "An organisation.", new())
                .Field("name", Kinds.OptionalText, c => c.Name, (c, v) => c with { Name = v }, "What people call it."),
            c => c.Policy, (c, v) => c with { Policy = v })
        .Field("teams", new SectionMapKind<TeamConfig>(TeamConfig.Section, "team", TenancyKinds.CheckName), c => c.Teams, (c, v) => c with { Teams = v }, "Its teams.")
        .Field("users", new SectionMapKind<UserConfig>(UserConfig.Section, "user", TenancyKinds.CheckName), c => c.Users, (c, v) => c with { Users = v }, "Its users that are in no team.");
}

/// <summary>A team of an organisation.</summary>
public sealed record TeamConfig
{
    public string? Name { get; init; }

    public TenantPolicyConfig Policy { get; init; } = TenantPolicyConfig.None;

    public IReadOnlyDictionary<string, UserConfig> Users { get; init; } = new Dictionary<string, UserConfig>();

    internal static ConfigSection<TeamConfig> Section { get; } = TenantPolicyConfig
        .AddTo(
            new ConfigSection<TeamConfig>("team", "A team of an organisation.", new())
                .Field("name", Kinds.OptionalText, c => c.Name, (c, v) => c with { Name = v }, "What people call it."),
            c => c.Policy, (c, v) => c with { Policy = v })
        .Field("users", new SectionMapKind<UserConfig>(UserConfig.Section, "user", TenancyKinds.CheckName), c => c.Users, (c, v) => c with { Users = v }, "Its users.");
}

/// <summary>A person or a program.</summary>
public sealed record UserConfig
{
    public string? Name { get; init; }

    /// <summary>In the organisation.</summary>
    public Tenancy.TenantRole Role { get; init; } = Tenancy.TenantRole.Developer;

    public TenantPolicyConfig Policy { get; init; } = TenantPolicyConfig.None;

    internal static ConfigSection<UserConfig> Section { get; } = TenantPolicyConfig
        .AddTo(
            new ConfigSection<UserConfig>("user", "A person or a program.", new())
                .Field("name", Kinds.OptionalText, c => c.Name, (c, v) => c with { Name = v }, "What people call it.")
                .Field("role", TenancyKinds.Role, c => c.Role, (c, v) => c with { Role = v }, "What it is in the organisation."),
            c => c.Policy, (c, v) => c with { Policy = v });
}
