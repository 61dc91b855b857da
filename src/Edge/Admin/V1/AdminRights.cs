using Edge.Configuration;

namespace Edge.Admin.V1;

/// <summary>What an operation of the admin plane needs, and what a role gives.</summary>
[Flags]
internal enum AdminRights : byte
{
    None = 0,

    /// <summary>Tenants, keys, limits, budgets, usage.</summary>
    Look = 1,

    /// <summary>Audit records and what was captured of requests.</summary>
    Audit = 2,

    /// <summary>Make, change, rotate and revoke keys.</summary>
    Keys = 4,

    /// <summary>Make and change teams and users.</summary>
    Tenants = 8,

    /// <summary>Make and change organisations: their policy, their budget.</summary>
    Organisations = 16,

    /// <summary>What concerns every tenant at once: targets, emergency stops.</summary>
    Operate = 32,

    All = Look | Audit | Keys | Tenants | Organisations | Operate,
}

internal static class AdminRoles
{
    /// <summary>As the configuration writes it.</summary>
    public static string NameOf(AdminRole role) => role.ToString().ToLowerInvariant();

    /// <summary>Of a role; within an organisation nobody operates the gateway.</summary>
    public static AdminRights RightsOf(AdminRole role, bool isScoped)
    {
        var rights = role switch
        {
            AdminRole.Viewer => AdminRights.Look,
            AdminRole.Auditor => AdminRights.Look | AdminRights.Audit,
            AdminRole.Developer => AdminRights.Look | AdminRights.Keys,
            AdminRole.Admin => AdminRights.Look | AdminRights.Keys | AdminRights.Tenants,
            _ => AdminRights.All,
        };
        return isScoped ? rights & ~AdminRights.Operate : rights;
    }
}
