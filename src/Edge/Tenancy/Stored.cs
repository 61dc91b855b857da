using Edge.Configuration;

namespace Edge.Tenancy;

/// <summary>
/// What the store holds of tenants and keys, as plain records: <see cref="TenancySnapshot"/> makes callers of them, together with those of the configuration. Where both have the same name
/// the configuration's wins. Nothing secret is in here: keys are keyed hashes.
/// </summary>
public sealed record StoredTenancy
{
    /// <summary>Nothing is stored, or there is no store.</summary>
    public static readonly StoredTenancy Empty = new();

    /// <summary>Counts up with every change of the store.</summary>
    public long Version { get; init; }

    public IReadOnlyList<StoredOrganisation> Organisations { get; init; } = [];

    public IReadOnlyList<StoredTeam> Teams { get; init; } = [];

    public IReadOnlyList<StoredUser> Users { get; init; } = [];

    public IReadOnlyList<StoredKey> Keys { get; init; } = [];

    /// <summary>Whether this is what the store says now.</summary>
    public StoreFreshness Freshness { get; init; } = StoreFreshness.NoStore;
}

/// <summary>
/// Whether what is known of the store can be trusted to be all of it. While the store is away a key that is not known here may have been made elsewhere a moment ago: it is answered with
/// 503 and not with 401, which clients take for final. Any thread.
/// </summary>
public sealed class StoreFreshness
{
    private volatile bool _isCurrent = true;

    /// <summary>Always current.</summary>
    public static readonly StoreFreshness NoStore = new();

    /// <summary>False = the store could not be asked when it last should have been.</summary>
    public bool IsCurrent => _isCurrent;

    internal void Set(bool isCurrent) => _isCurrent = isCurrent;
}

/// <summary>What a user may do on the admin plane, within the organisation.</summary>
public enum TenantRole : byte
{
    /// <summary>Calls models, sees nothing of the admin plane but itself.</summary>
    Developer,

    /// <summary>Looks at everything of the organisation.</summary>
    Viewer,

    /// <summary>As a viewer, and at the audit records.</summary>
    Auditor,

    /// <summary>Changes teams, users and keys.</summary>
    Admin,

    /// <summary>As an admin, and the organisation's own policy.</summary>
    Owner,
}

/// <param name="Id">Its name in paths and references: letters, digits, <c>_ - .</c>, at most 64.</param>
/// <param name="Name">For people; null = the id.</param>
/// <param name="Policy">Declared for this level alone.</param>
public sealed record StoredOrganisation(string Id, string? Name, TenantPolicyConfig Policy);

/// <param name="Organisation">An organisation of the store or of the configuration.</param>
/// <param name="Id">Unique in the organisation.</param>
/// <param name="Name">For people; null = the id.</param>
/// <param name="Policy">Declared for this level alone.</param>
public sealed record StoredTeam(string Organisation, string Id, string? Name, TenantPolicyConfig Policy);

/// <param name="Organisation">An organisation of the store or of the configuration.</param>
/// <param name="Team">A team of it; null = in none.</param>
/// <param name="Id">Unique in the organisation.</param>
/// <param name="Name">For people; null = the id.</param>
/// <param name="Role">On the admin plane.</param>
/// <param name="Policy">Declared for this level alone.</param>
public sealed record StoredUser(string Organisation, string? Team, string Id, string? Name, TenantRole Role, TenantPolicyConfig Policy);

/// <summary>A virtual key. Its text was shown once and is not kept.</summary>
public sealed record StoredKey
{
    /// <summary><c>key_</c> and 26 characters: stable, not secret; it stays the same when the key is rotated.</summary>
    public required string Id { get; init; }

    /// <summary>The first characters of the key's text, so that people recognise it: <c>edge_ab12cd</c>.</summary>
    public required string Prefix { get; init; }

    /// <summary>HMAC-SHA256 of the key's text under the gateway's secret: 32 bytes.</summary>
    public required byte[] Hash { get; init; }

    /// <summary>The text before the last rotation, as <see cref="Hash"/>; null = there is none.</summary>
    public byte[]? PreviousHash { get; init; }

    /// <summary>Until when the text before is accepted; null = not any more.</summary>
    public DateTimeOffset? PreviousUntil { get; init; }

    public string? Name { get; init; }

    /// <summary>Null = it belongs to nobody.</summary>
    public string? Organisation { get; init; }

    public string? Team { get; init; }

    public string? User { get; init; }

    /// <summary>What it may be used for: names as <c>auth.api_keys[].scopes</c> has them; empty = all.</summary>
    public IReadOnlyList<string> Scopes { get; init; } = [];

    /// <summary>Declared for this key alone.</summary>
    public TenantPolicyConfig Policy { get; init; } = TenantPolicyConfig.None;

    /// <summary>Its requests may ask how they were routed.</summary>
    public bool Debug { get; init; }

    /// <summary>Null = never.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>Null = it is not.</summary>
    public DateTimeOffset? RevokedAt { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>The name of the admin token that made it.</summary>
    public string? CreatedBy { get; init; }
}
