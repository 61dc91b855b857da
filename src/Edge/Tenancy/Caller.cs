using Edge.Guard.Policy;

namespace Edge.Tenancy;

/// <summary>How somebody showed who it is.</summary>
public enum CallerKind : byte
{
    /// <summary>Not at all, and the configuration allows that.</summary>
    Anonymous,

    /// <summary>A key of the configuration or of the store.</summary>
    Key,

    /// <summary>A signed token of an identity provider.</summary>
    Jwt,

    /// <summary>A client certificate.</summary>
    Certificate,
}

/// <summary>
/// Who sends a request, and all that follows from it: Step 1 finds it, every later step reads it. Immutable and shared by all requests of one key (or token), so that a request
/// allocates nothing for it.
/// </summary>
public sealed class Caller
{
    public required CallerKind Kind { get; init; }

    /// <summary>Stable, not secret: the key's id, or issuer and subject of a token; for records.</summary>
    public required string Id { get; init; }

    /// <summary>What rules, logs and reports call it; null = it has none.</summary>
    public string? Name { get; init; }

    /// <summary>From the organisation down to the key itself: every level whose limits and budgets count. Empty for whoever has no tenant.</summary>
    public IReadOnlyList<Tenant> Tenants { get; init; } = [];

    public Tenant? Organisation => Find(TenantLevel.Organisation);

    public Tenant? Team => Find(TenantLevel.Team);

    public Tenant? User => Find(TenantLevel.User);

    /// <summary>What it may use, narrowed by every level above it.</summary>
    public AccessPolicy Access { get; init; } = AccessPolicy.Open;

    public GuardPolicy Guard { get; init; } = GuardPolicy.Off;

    /// <summary>Caches, coalescing and stickiness never reach beyond it: equal for callers that may see each other's answers (one organisation), never 0 for somebody.</summary>
    public ulong Scope { get; init; }

    /// <summary>Its place in <c>auth.api_keys</c>; -1 = it does not come from there.</summary>
    public int ConfigKey { get; init; } = -1;

    /// <summary>What a token says that it is, for records.</summary>
    public IReadOnlyList<string> Roles { get; init; } = [];

    /// <summary>It may ask how its requests were routed.</summary>
    public bool Debug { get; init; }

    private Tenant? Find(TenantLevel level)
    {
        foreach (var tenant in Tenants)
        {
            if (tenant.Level == level) return tenant;
        }
        return null;
    }
}
