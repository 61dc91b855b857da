using Edge.Configuration;
using Edge.Tenancy;

namespace Edge.Admin.V1;

/// <summary>Tenants of the configuration, as the admin API shows those of the store.</summary>
internal static class ConfigTenants
{
    /// <param name="config">In force.</param>
    /// <param name="kind">Which.</param>
    /// <param name="organisation">Whose; null = of organisations: all.</param>
    public static IEnumerable<TenantsApi.Shown> Of(EdgeConfig config, TenantKind kind, string? organisation)
    {
        if (kind == TenantKind.Organisation) return config.Tenants.Select(static one => Show(one.Key, one.Value));
        if (organisation is null || !config.Tenants.TryGetValue(organisation, out var declared)) return [];
        return kind == TenantKind.Team
            ? declared.Teams.Select(team => Show(organisation, team.Key, team.Value))
            : declared.Users.Select(user => Show(organisation, null, user.Key, user.Value))
                .Concat(declared.Teams.SelectMany(team => team.Value.Users.Select(user => Show(organisation, team.Key, user.Key, user.Value))))
                .DistinctBy(static user => user.Id);
    }

    public static TenantsApi.Shown? Find(EdgeConfig config, TenantKind kind, string organisation, string id)
    {
        if (!config.Tenants.TryGetValue(organisation, out var declared)) return null;
        switch (kind)
        {
            case TenantKind.Organisation:
                return Show(organisation, declared);
            case TenantKind.Team:
                return declared.Teams.TryGetValue(id, out var team) ? Show(organisation, id, team) : null;
            default:
                if (declared.Users.TryGetValue(id, out var user)) return Show(organisation, null, id, user);
                foreach (var (name, one) in declared.Teams)
                {
                    if (one.Users.TryGetValue(id, out user)) return Show(organisation, name, id, user);
                }
                return null;
        }
    }

    private static TenantsApi.Shown Show(string id, OrganisationConfig config) =>
        new(id, id, OrganisationDocument.Section.ToJson(new() { Name = config.Name, Policy = config.Policy }).GetRawText(), null);

    private static TenantsApi.Shown Show(string organisation, string id, TeamConfig config) =>
        new(organisation, id, TeamDocument.Section.ToJson(new() { Name = config.Name, Policy = config.Policy }).GetRawText(), null);

    private static TenantsApi.Shown Show(string organisation, string? team, string id, UserConfig config) =>
        new(organisation, id, UserDocument.Section.ToJson(new() { Name = config.Name, Team = team, Policy = config.Policy }).GetRawText(), null);
}
