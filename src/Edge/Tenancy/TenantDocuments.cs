using Edge.Configuration;

namespace Edge.Tenancy;

/// <summary>An organisation of the store: what the configuration says below its name, but for its teams and users.</summary>
internal sealed record OrganisationDocument
{
    public string? Name { get; init; }

    public TenantPolicyConfig Policy { get; init; } = TenantPolicyConfig.None;

    public static ConfigSection<OrganisationDocument> Section { get; } = TenantPolicyConfig.AddTo(
        new ConfigSection<OrganisationDocument>("OrganisationSettings", "An organisation.", new())
            .Field("name", Kinds.OptionalText, c => c.Name, (c, v) => c with { Name = v }, "What people call it."),
        c => c.Policy, (c, v) => c with { Policy = v });
}

/// <summary>A team of the store.</summary>
internal sealed record TeamDocument
{
    public string? Name { get; init; }

    public TenantPolicyConfig Policy { get; init; } = TenantPolicyConfig.None;

    public static ConfigSection<TeamDocument> Section { get; } = TenantPolicyConfig.AddTo(
        new ConfigSection<TeamDocument>("TeamSettings", "A team of an organisation.", new())
            .Field("name", Kinds.OptionalText, c => c.Name, (c, v) => c with { Name = v }, "What people call it."),
        c => c.Policy, (c, v) => c with { Policy = v });
}

/// <summary>A user of the store.</summary>
internal sealed record UserDocument
{
    public string? Name { get; init; }

    /// <summary>Null = in none.</summary>
    public string? Team { get; init; }

    public TenantRole Role { get; init; } = TenantRole.Developer;

    public TenantPolicyConfig Policy { get; init; } = TenantPolicyConfig.None;

    public static ConfigSection<UserDocument> Section { get; } = TenantPolicyConfig.AddTo(
        new ConfigSection<UserDocument>("UserSettings", "A person or a program.", new())
            .Field("name", Kinds.OptionalText, c => c.Name, (c, v) => c with { Name = v }, "What people call it.")
            .Field("team", Kinds.OptionalText, c => c.Team, (c, v) => c with { Team = v }, "A team of the organisation; none = the user is in none.")
            .Field("role", Kinds.OneOf(
                    ("developer", TenantRole.Developer), ("viewer", TenantRole.Viewer), ("auditor", TenantRole.Auditor), ("admin", TenantRole.Admin), ("owner", TenantRole.Owner)),
                c => c.Role, (c, v) => c with { Role = v }, "What it is in the organisation."),
        c => c.Policy, (c, v) => c with { Policy = v });
}

/// <summary>A key of the store.</summary>
internal sealed record KeyDocument
{
    public string? Name { get; init; }

    public string? Organisation { get; init; }

    public string? Team { get; init; }

    public string? User { get; init; }

    public bool Debug { get; init; }

    public DateTimeOffset? ExpiresAt { get; init; }

    public TenantPolicyConfig Policy { get; init; } = TenantPolicyConfig.None;

    public static ConfigSection<KeyDocument> Section { get; } = TenantPolicyConfig.AddTo(
        new ConfigSection<KeyDocument>("KeySettings", "A virtual key.", new())
            .Field("name", Kinds.OptionalText, c => c.Name, (c, v) => c with { Name = v }, "What rules and reports call it.")
            .Field("organisation", Kinds.OptionalText, c => c.Organisation, (c, v) => c with { Organisation = v }, "Whom its requests are booked on; it cannot be changed later.")
            .Field("team", Kinds.OptionalText, c => c.Team, (c, v) => c with { Team = v }, "A team of the organisation.")
            .Field("user", Kinds.OptionalText, c => c.User, (c, v) => c with { User = v }, "A user of the organisation.")
            .Field("debug", Kinds.Bool, c => c.Debug, (c, v) => c with { Debug = v }, "Its requests may ask how they were routed (`x-edge-debug: route`).")
            .Field("expires_at", StoreKinds.OptionalMoment, c => c.ExpiresAt, (c, v) => c with { ExpiresAt = v }, "From then on it is refused."),
        c => c.Policy, (c, v) => c with { Policy = v });
}

/// <summary>Kinds of values of stored documents.</summary>
internal static class StoreKinds
{
    /// <summary>RFC 3339; a day is its beginning in UTC.</summary>
    public static readonly ScalarKind<DateTimeOffset?> OptionalMoment = new(
        "time", "a day (2027-01-31) or a moment (2027-01-31T18:00:00Z)",
        static (string text, out DateTimeOffset? value) =>
        {
            var ok = DateTimeOffset.TryParse(
                text, System.Globalization.CultureInfo.InvariantCulture, System.Globalization.DateTimeStyles.AssumeUniversal | System.Globalization.DateTimeStyles.AdjustToUniversal, out var time);
            value = ok ? time : null;
            return ok ? null : "is no time";
        },
        static value => value?.ToString("O", System.Globalization.CultureInfo.InvariantCulture) ?? "",
        static json => Alternatives.WriteTypes(json, "string", "null"));
}
