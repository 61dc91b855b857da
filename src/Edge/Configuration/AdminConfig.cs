namespace Edge.Configuration;

/// <summary>The admin plane: health, metrics, administration, on a listener of its own.</summary>
public sealed record AdminConfig
{
    public bool Enabled { get; init; } = true;

    public IReadOnlyList<ListenAddress> Listen { get; init; } = [ListenAddress.Loopback(8081)];

    /// <summary>Opens everything below <c>/admin/</c>; none, and none in <see cref="Tokens"/> = it is closed.</summary>
    public Secret Token { get; init; }

    /// <summary>Further ones, with names and roles.</summary>
    public IReadOnlyList<AdminTokenConfig> Tokens { get; init; } = [];

    internal static ConfigSection<AdminConfig> Section { get; } = new ConfigSection<AdminConfig>(
            "admin", "The admin plane: health, metrics and administration, on a listener of its own.", new())
        .Field("enabled", Kinds.Bool, c => c.Enabled, (c, v) => c with { Enabled = v },
            "Whether it is served at all.")
        .Field("listen", new ListKind<ListenAddress>(Kinds.Listen, oneIsEnough: true, atLeast: 1),
            c => c.Listen, (c, v) => c with { Listen = v },
            "As `server.listen`. Keep it off networks that clients reach.")
        .Field("token", Kinds.Secret, c => c.Token, (c, v) => c with { Token = v },
            "Opens everything below `/admin/` (`Authorization: Bearer`), at least 16 characters; while no token is set, that is closed. Health and metrics need none.")
        .Field("tokens", new KeyListKind<AdminTokenConfig>(AdminTokenConfig.Section, token => token.Token, token => new() { Token = token }, "token"),
            c => c.Tokens, (c, v) => c with { Tokens = v },
            "Further tokens, with names for the log and roles.");
}

/// <summary>What a holder of an admin token may do.</summary>
public enum AdminRole
{
    /// <summary>Look.</summary>
    Viewer,

    /// <summary>Everything, of all tenants.</summary>
    Operator,

    /// <summary>As a viewer, and at audit records.</summary>
    Auditor,

    /// <summary>As a viewer, and makes, rotates and revokes keys.</summary>
    Developer,

    /// <summary>As a developer, and changes teams and users.</summary>
    Admin,

    /// <summary>As an operator; of one organisation: everything that is its own.</summary>
    Owner,
}

/// <summary>One token of the admin plane.</summary>
public sealed record AdminTokenConfig
{
    public Secret Token { get; init; }

    /// <summary>What the log calls its holder; null = by its place in the list.</summary>
    public string? Name { get; init; }

    public AdminRole Role { get; init; } = AdminRole.Operator;

    /// <summary>It sees and changes that organisation's things alone; null = everything.</summary>
    public string? Organisation { get; init; }

    internal static ConfigSection<AdminTokenConfig> Section { get; } = new ConfigSection<AdminTokenConfig>("admin_token", "A token of the admin plane.", new())
        .Field("token", Kinds.NonEmptySecret, c => c.Token, (c, v) => c with { Token = v }, "The token, at least 16 characters.")
        .Field("name", Kinds.OptionalText, c => c.Name, (c, v) => c with { Name = v }, "What the log calls its holder.")
        .Field("role", Kinds.OneOf(
                ("operator", AdminRole.Operator), ("owner", AdminRole.Owner), ("admin", AdminRole.Admin), ("developer", AdminRole.Developer), ("viewer", AdminRole.Viewer),
                ("auditor", AdminRole.Auditor)),
            c => c.Role, (c, v) => c with { Role = v },
            "A viewer may look, an auditor at audit records too; a developer may change keys, an admin teams and users too, an owner or operator everything.")
        .Field("organisation", Kinds.OptionalText, c => c.Organisation, (c, v) => c with { Organisation = v },
            "Sees and changes nothing but this organisation, which may be of `tenants` or of the store; any role but operator.");
}
