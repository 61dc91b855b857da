using Edge.Configuration;

namespace Edge.Tenancy;

/// <summary>How far up a tenant stands.</summary>
public enum TenantLevel : byte
{
    Organisation,
    Team,
    User,
    Key,
}

/// <summary>
/// One level of who a request is booked on: an organisation, a team, a user, a key. Immutable, made anew with every snapshot; what is counted for it lives in <see cref="Meters"/> and
/// outlives the snapshot.
/// </summary>
public sealed class Tenant
{
    /// <summary>Unique and stable: <c>acme</c>, <c>acme/team:research</c>, <c>acme/team:research/user:ann</c>, <c>key:key_01h...</c>.</summary>
    public required string Path { get; init; }

    public required TenantLevel Level { get; init; }

    /// <summary>For people.</summary>
    public required string Name { get; init; }

    /// <summary>Null = nobody is above.</summary>
    public Tenant? Parent { get; init; }

    /// <summary>What was declared for this level alone.</summary>
    public TenantPolicyConfig Own { get; init; } = TenantPolicyConfig.None;

    /// <summary>What is counted for it.</summary>
    public required TenantMeters Meters { get; init; }
}

/// <summary>What is counted for a tenant, whatever is reloaded: its limits' and budgets' state in this process. One for each path, from <see cref="MeterRegistry"/>.</summary>
public sealed class TenantMeters
{
    internal TenantMeters(string path)
    {
        Path = path;
        Budget = new(path);
    }

    public string Path { get; }

    /// <summary>What it has spent, and what is reserved for it.</summary>
    public Budgets.BudgetAccount Budget { get; }

    /// <summary>What is counted for its limits.</summary>
    internal Limits.LimitBook Limits { get; } = new();
}

/// <summary>Keeps the meters of every tenant that there ever was in this process. Any thread.</summary>
public sealed class MeterRegistry
{
    private readonly System.Collections.Concurrent.ConcurrentDictionary<string, TenantMeters> _all = new(StringComparer.Ordinal);

    /// <summary>Those that somebody has asked for.</summary>
    public IEnumerable<TenantMeters> All => _all.Values;

    public TenantMeters Of(string path) => _all.GetOrAdd(path, static path => new TenantMeters(path));
}
