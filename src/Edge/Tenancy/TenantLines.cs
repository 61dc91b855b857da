using System.Collections.Concurrent;
using Edge.Configuration;
using Edge.Guard.Policy;

namespace Edge.Tenancy;

/// <summary>From an organisation down to whom somebody is: what holds for all that stand at its end. Immutable.</summary>
/// <param name="Tenants">From the top.</param>
/// <param name="Access">Narrowed by each.</param>
/// <param name="Guards">What each says of the guard.</param>
/// <param name="Guard">The policy that follows from it.</param>
internal sealed record TenantLine(IReadOnlyList<Tenant> Tenants, AccessPolicy Access, GuardWishes Guards, GuardPolicy Guard)
{
    /// <summary>Whose answers a cache may show: those of the organisation, as far as they may reach the same targets; without one, the caller's own. Never 0.</summary>
    public ulong ScopeOf(string caller, AccessPolicy access)
    {
        var own = AccessPolicy.Hash(Tenants.Count > 0 ? "org:" + Tenants[0].Path : caller);
        return (access.Fingerprint == 0 ? own : Routing.Entropy.Mix(own ^ access.Fingerprint)) | 1;
    }
}

/// <summary>The tenants of the configuration and of the store, and the lines that lead to them. Where both have one of the same path, the configuration's counts.</summary>
internal sealed class TenantLines
{
    private const int MaxKept = 16_384;

    private readonly Dictionary<string, Tenant> _byPath = new(StringComparer.Ordinal);

    // By organisation and user: where the user is, for keys that name no team. Null = in several teams.
    private readonly Dictionary<string, Tenant?> _users = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, TenantLine> _lines = new(StringComparer.Ordinal);
    private readonly GuardPolicySet _guards;
    private readonly MeterRegistry _meters;

    public TenantLines(EdgeConfig config, StoredTenancy stored, GuardPolicySet guards, MeterRegistry meters)
    {
        _guards = guards;
        _meters = meters;
        Nobody = new TenantLine([], AccessPolicy.Open, GuardWishes.None, guards.Own);
        foreach (var (id, organisation) in config.Tenants)
        {
            var at = Add(id, TenantLevel.Organisation, organisation.Name ?? id, null, organisation.Policy)!;
            foreach (var (teamId, team) in organisation.Teams)
            {
                var teamAt = Add(TeamPath(id, teamId), TenantLevel.Team, team.Name ?? teamId, at, team.Policy)!;
                foreach (var (userId, user) in team.Users) AddUser(id, userId, user.Name, teamAt, user.Policy);
            }
            foreach (var (userId, user) in organisation.Users) AddUser(id, userId, user.Name, at, user.Policy);
        }
        foreach (var organisation in stored.Organisations) Add(organisation.Id, TenantLevel.Organisation, organisation.Name ?? organisation.Id, null, organisation.Policy);
        foreach (var team in stored.Teams)
        {
            if (_byPath.TryGetValue(team.Organisation, out var above)) Add(TeamPath(team.Organisation, team.Id), TenantLevel.Team, team.Name ?? team.Id, above, team.Policy);
        }
        foreach (var user in stored.Users)
        {
            var above = user.Team is null ? user.Organisation : TeamPath(user.Organisation, user.Team);
            if (_byPath.TryGetValue(above, out var tenant)) AddUser(user.Organisation, user.Id, user.Name, tenant, user.Policy);
        }
    }

    public Dictionary<string, Tenant> ByPath => _byPath;

    /// <summary>The line of whoever has no tenant.</summary>
    public TenantLine Nobody { get; }

    /// <summary>Where somebody stands.</summary>
    /// <param name="organisation">Null = nowhere.</param>
    /// <param name="team">Null = in none, or in the user's own.</param>
    /// <param name="user">Of that team, or of the organisation and in no team; null = nobody in particular.</param>
    /// <param name="problem">What does not exist; null = nothing.</param>
    /// <returns>Null = there is a problem.</returns>
    public TenantLine? Find(string? organisation, string? team, string? user, out string? problem)
    {
        problem = null;
        if (organisation is null)
        {
            if (team is null && user is null) return Nobody;
            problem = team is not null ? "it names a team and no organisation" : "it names a user and no organisation";
            return null;
        }
        // A part of a path that holds a slash would be another path.
        if (!IsSegment(organisation) || !_byPath.TryGetValue(organisation, out var top))
        {
            problem = $"its organisation '{organisation}' does not exist";
            return null;
        }
        Tenant? below = null;
        if (team is not null && (!IsSegment(team) || !_byPath.TryGetValue(TeamPath(organisation, team), out below)))
        {
            problem = $"its team '{team}' does not exist";
            return null;
        }
        if (user is null) return below is null ? Line([top]) : Line([top, below]);
        Tenant? person = null;
        if (!IsSegment(user))
        {
            problem = $"its user '{user}' does not exist";
        }
        else if (below is not null)
        {
            if (!_byPath.TryGetValue(UserPath(below.Path, user), out person) && !_byPath.TryGetValue(UserPath(organisation, user), out person)) problem = $"its user '{user}' is neither in the team '{team}' nor in no team";
        }
        else if (!_users.TryGetValue(UserPath(organisation, user), out person))
        {
            problem = $"its user '{user}' does not exist";
        }
        else if (person is null)
        {
            problem = $"its user '{user}' is in several teams, and it names none";
        }
        if (problem is not null) return null;
        below ??= person!.Parent!.Level == TenantLevel.Team ? person.Parent : null;
        return below is null ? Line([top, person!]) : Line([top, below, person!]);
    }

    /// <summary>A line to somebody whom only a token names: made up to the end, with levels that declare nothing.</summary>
    /// <param name="organisation">Plain text of any kind, as the others.</param>
    /// <param name="team">Null = none.</param>
    /// <param name="user">Null = none.</param>
    public TenantLine Make(string organisation, string? team, string? user)
    {
        // What exists counts; what does not hangs below it.
        if (Find(organisation, team, user, out _) is { } known) return known;
        var id = PathSegment(organisation);
        var line = new List<Tenant> { _byPath.TryGetValue(id, out var top) ? top : New(id, TenantLevel.Organisation, organisation, null) };
        if (team is not null) line.Add(_byPath.TryGetValue(TeamPath(id, PathSegment(team)), out var below) ? below : New(TeamPath(id, PathSegment(team)), TenantLevel.Team, team, line[^1]));
        if (user is not null)
        {
            var path = UserPath(line[^1].Path, PathSegment(user));
            line.Add(_byPath.TryGetValue(path, out var person) || _byPath.TryGetValue(UserPath(id, PathSegment(user)), out person) ? person : New(path, TenantLevel.User, user, line[^1]));
        }
        return Line([.. line]);
    }

    /// <summary>What holds for whoever stands at the end of a line and declares something itself.</summary>
    public (AccessPolicy Access, GuardPolicy Guard) Below(TenantLine line, TenantPolicyConfig own, IReadOnlyList<string> scopes)
    {
        var access = line.Access.Narrow(own, scopes: scopes);
        var guards = line.Guards.With(own);
        return (access, guards == line.Guards ? line.Guard : _guards.Of(guards));
    }

    /// <summary>The level of a key itself.</summary>
    public Tenant KeyTenant(string id, string name, TenantLine line, TenantPolicyConfig own) => new()
    {
        Path = "key:" + id,
        Level = TenantLevel.Key,
        Name = name,
        Parent = line.Tenants.Count > 0 ? line.Tenants[^1] : null,
        Own = own,
        Meters = _meters.Of("key:" + id),
    };

    /// <summary>A name of somebody else's making as a part of a path: what would end the part, or could be taken for another level, is written as %XX.</summary>
    internal static string PathSegment(string name) => IsSegment(name) ? name : Uri.EscapeDataString(name);

    private static bool IsSegment(string name)
    {
        foreach (var letter in name)
        {
            if (!char.IsAsciiLetterOrDigit(letter) && letter is not ('_' or '-' or '.' or '@' or '+')) return false;
        }
        return name.Length > 0;
    }

    private static string TeamPath(string organisation, string team) => $"{organisation}/team:{team}";

    private static string UserPath(string above, string user) => $"{above}/user:{user}";

    private TenantLine Line(Tenant[] tenants)
    {
        // The last alone does not say which: a user of no team may come with any.
        var key = tenants.Length == 3 ? $"{tenants[1].Path} {tenants[2].Path}" : tenants[^1].Path;
        if (_lines.TryGetValue(key, out var known)) return known;
        var access = AccessPolicy.Open;
        var guards = GuardWishes.None;
        foreach (var tenant in tenants)
        {
            access = access.Narrow(tenant.Own, tenant.Level == TenantLevel.Organisation ? Scopes.All & ~Scopes.Shared : Scopes.All);
            guards = guards.With(tenant.Own);
        }
        var line = new TenantLine(tenants, access, guards, guards == GuardWishes.None ? _guards.Own : _guards.Of(guards));
        if (_lines.Count < MaxKept) _lines.TryAdd(key, line);
        return line;
    }

    private void AddUser(string organisation, string id, string? name, Tenant above, TenantPolicyConfig own)
    {
        var tenant = Add(UserPath(above.Path, id), TenantLevel.User, name ?? id, above, own);
        if (tenant is null) return;
        var key = UserPath(organisation, id);
        _users[key] = _users.ContainsKey(key) ? null : tenant;
    }

    private Tenant? Add(string path, TenantLevel level, string name, Tenant? parent, TenantPolicyConfig own)
    {
        if (_byPath.ContainsKey(path)) return null;
        var tenant = new Tenant { Path = path, Level = level, Name = name, Parent = parent, Own = own, Meters = _meters.Of(path) };
        _byPath.Add(path, tenant);
        return tenant;
    }

    private Tenant New(string path, TenantLevel level, string name, Tenant? parent) => new() { Path = path, Level = level, Name = name, Parent = parent, Meters = _meters.Of(path) };
}
