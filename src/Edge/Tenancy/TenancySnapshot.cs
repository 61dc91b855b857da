using Edge.Auth;
using Edge.Configuration;
using Edge.Guard.Policy;

namespace Edge.Tenancy;

/// <summary>Every caller and tenant that there is, from the configuration and the store: a part of <see cref="Model.GatewayState"/>. Immutable.</summary>
public sealed class TenancySnapshot
{
    public static readonly TenancySnapshot Empty = new();

    private readonly Dictionary<string, Tenant> _byPath = [];

    private TenancySnapshot()
    {
    }

    /// <summary>Who has shown nothing, where that is allowed.</summary>
    public Caller Anonymous { get; private init; } = new() { Kind = CallerKind.Anonymous, Id = "anonymous" };

    /// <summary>Whoever shows nothing may call.</summary>
    public bool AllowsAnonymous { get; private init; } = true;

    /// <summary>Nobody needs to show anything, and nobody can.</summary>
    public bool IsOpen { get; private init; } = true;

    /// <summary>The callers of <c>auth.api_keys</c>, in their order.</summary>
    public IReadOnlyList<Caller> ConfigKeys { get; private init; } = [];

    /// <summary>Every key, of the configuration and of the store.</summary>
    public KeyTable Keys { get; private init; } = KeyTable.Empty;

    /// <summary>How keys are hashed.</summary>
    public KeyHasher Hasher { get; private init; } = KeyHasher.OfProcess;

    /// <summary>Wrong keys that an address may send in a minute; 0 = any number.</summary>
    public int MaxFailuresPerMinute { get; private init; }

    /// <summary>Whether what is known of the store is all of it.</summary>
    public StoreFreshness Freshness { get; private init; } = StoreFreshness.NoStore;

    /// <summary>Every organisation, team and user, in no order.</summary>
    public IReadOnlyCollection<Tenant> Tenants => _byPath.Values;

    /// <summary>The tenant of that path; null = there is none. Keys are no part of it.</summary>
    public Tenant? Find(string path) => _byPath.GetValueOrDefault(path);

    /// <summary>Whose tokens are taken.</summary>
    internal JwtIssuer[] Issuers { get; private init; } = [];

    /// <summary>Finds whom claims of tokens and certificates name.</summary>
    internal TenantLines Lines { get; private init; } = null!;

    /// <summary>Of a valid configuration.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="guards">The guard's policies.</param>
    /// <param name="source">What is stored, and what lives longer than a snapshot.</param>
    internal static TenancySnapshot Build(EdgeConfig config, GuardPolicySet guards, TenancySource source)
    {
        var stored = source.Stored;
        var lines = new TenantLines(config, stored, guards, source.Meters);
        var entries = new List<KeyEntry>(config.Auth.ApiKeys.Count + stored.Keys.Count);
        var configKeys = config.Auth.ApiKeys.Select((key, i) => OfConfig(key, i, lines)).ToArray();
        for (var i = 0; i < configKeys.Length; i++)
        {
            var key = config.Auth.ApiKeys[i];
            entries.Add(new KeyEntry { Hash = source.Hasher.Hash(key.Key.Reveal()), Caller = configKeys[i], ExpiresAt = key.ExpiresAt, NotBefore = key.NotBefore });
        }
        foreach (var key in stored.Keys) AddStored(entries, key, lines);
        var jwt = config.Auth.Jwt.Values.ToArray();
        var sources = source.TokenKeys.Use(jwt);
        var anonymous = config.Auth.Anonymous;
        var isOpen = entries.Count == 0 && jwt.Length == 0 && !source.WasUsed && config.Tenants.Count == 0 && anonymous.Enabled != false;
        var anonymousLine = lines.Find(anonymous.Organisation, anonymous.Team, null, out _) ?? lines.Nobody;
        var anonymousPolicy = lines.Below(anonymousLine, anonymous.Policy, []);
        return new TenancySnapshot(lines.ByPath)
        {
            Anonymous = new Caller
            {
                Kind = CallerKind.Anonymous,
                Id = "anonymous",
                Tenants = IsPlain(anonymous) ? [] : [.. anonymousLine.Tenants, lines.KeyTenant("anonymous", "anonymous", anonymousLine, anonymous.Policy)],
                Access = anonymousPolicy.Access,
                Guard = anonymousPolicy.Guard,
                Scope = IsPlain(anonymous) ? 0 : anonymousLine.ScopeOf("anonymous", anonymousPolicy.Access),
                Debug = config.Auth.ApiKeys.Count == 0 && isOpen && config.Server.Listen.All(address => address.IsLoopback),
            },
            AllowsAnonymous = anonymous.Enabled ?? isOpen,
            IsOpen = isOpen,
            ConfigKeys = configKeys,
            Keys = new KeyTable(entries),
            Hasher = source.Hasher,
            MaxFailuresPerMinute = config.Auth.MaxFailuresPerMinute,
            Freshness = stored.Freshness,
            Issuers = [.. jwt.Select((one, i) => new JwtIssuer(one, sources[i]))],
            Lines = lines,
        };
    }

    private TenancySnapshot(Dictionary<string, Tenant> byPath) => _byPath = byPath;

    private static bool IsPlain(AnonymousConfig anonymous) => anonymous.Organisation is null && anonymous.Policy == TenantPolicyConfig.None;

    private static Caller OfConfig(ClientKeyConfig key, int index, TenantLines lines)
    {
        // The configuration was checked: what it names is there.
        var line = lines.Find(key.Organisation, key.Team, key.User, out _) ?? lines.Nobody;
        var id = key.Name ?? $"api_keys[{index}]";
        var policy = lines.Below(line, key.Policy, []);
        return new Caller
        {
            Kind = CallerKind.Key,
            Id = id,
            Name = key.Name,
            Tenants = [.. line.Tenants, lines.KeyTenant(id, key.Name ?? id, line, key.Policy)],
            Access = policy.Access,
            Guard = policy.Guard,
            Debug = key.Debug,
            ConfigKey = index,
            // Of one without a name the text decides: its place in the list may be another's after a reload, and that one must not find its answers.
            Scope = line.ScopeOf(key.Name is null ? "text:" + Convert.ToHexString(PlainHash.Of(key.Key.Reveal())) : "name:" + key.Name, policy.Access),
        };
    }

    private static void AddStored(List<KeyEntry> entries, StoredKey key, TenantLines lines)
    {
        var line = lines.Find(key.Organisation, key.Team, key.User, out var problem);
        var policy = lines.Below(line ?? lines.Nobody, key.Policy, key.Scopes);
        var caller = new Caller
        {
            Kind = CallerKind.Key,
            Id = key.Id,
            Name = key.Name,
            Tenants = [.. (line ?? lines.Nobody).Tenants, lines.KeyTenant(key.Id, key.Name ?? key.Id, line ?? lines.Nobody, key.Policy)],
            Access = policy.Access,
            Guard = policy.Guard,
            Debug = key.Debug,
            Scope = (line ?? lines.Nobody).ScopeOf("key:" + key.Id, policy.Access),
        };
        entries.Add(new KeyEntry { Hash = key.Hash, Caller = caller, ExpiresAt = key.ExpiresAt, RevokedAt = key.RevokedAt, Problem = problem });
        if (key is not { PreviousHash: { } previous, PreviousUntil: { } until }) return;
        var isRotated = key.ExpiresAt is null || until < key.ExpiresAt;
        entries.Add(new KeyEntry { Hash = previous, Caller = caller, ExpiresAt = isRotated ? until : key.ExpiresAt, IsRotated = isRotated, RevokedAt = key.RevokedAt, Problem = problem });
    }
}
