using System.Collections.Concurrent;
using Edge.Configuration;
using Edge.Guard.Policy;
using Edge.Routing;
using Edge.Routing.Health;
using Edge.Tenancy;

namespace Edge.Model;

/// <summary>
/// The world that a request sees: configuration, targets, model routes, keys. Immutable; one volatile reference (<see cref="GatewayStateHolder"/>) points
/// to the current one, a request takes it once and finishes on it, whatever is reloaded meanwhile.
/// </summary>
public sealed class GatewayState
{
    private const int MaxUnlisted = 1024;

    private readonly Dictionary<byte[], RoutePlan> _routes;
    private readonly ConcurrentDictionary<byte[], RoutePlan> _unlisted = new(Utf8KeyComparer.Instance);
    private int _unlistedCount;
    private TenancySnapshot _tenancy = TenancySnapshot.Empty;
    private readonly ConcurrentDictionary<byte[], RoutePlan>.AlternateLookup<ReadOnlySpan<byte>> _unlistedByName;
    private readonly Dictionary<byte[], RoutePlan>.AlternateLookup<ReadOnlySpan<byte>> _byName;

    internal GatewayState(EdgeConfig config, IReadOnlyList<Target> targets, Dictionary<byte[], RoutePlan> routes, ModelList models)
    {
        Config = config;
        Targets = targets;
        Models = models;
        _routes = routes;
        _byName = routes.GetAlternateLookup<ReadOnlySpan<byte>>();
        _unlistedByName = _unlisted.GetAlternateLookup<ReadOnlySpan<byte>>();
        Media = new(config.Translation.FetchMedia);
        TrustedProxies = [.. config.Server.TrustedProxies.Select(static text => Auth.AddressRange.TryParse(text, out var range) is null ? range : default)];
        Cache = new(config.Caching);
        _named = new HashSet<byte[]>(config.Models.Aliases.Keys.Concat(config.Models.Groups.Keys).Select(GatewayStateBuilder.Escaped), Utf8KeyComparer.Instance).GetAlternateLookup<ReadOnlySpan<byte>>();
    }

    /// <summary>The guard's policy for whoever has no key, or a key that names none.</summary>
    public GuardPolicy Guard => Guards.Own;

    /// <summary>The guard's policies.</summary>
    public required GuardPolicySet Guards { get; init; }

    /// <summary>Who may call.</summary>
    public TenancySnapshot Tenancy
    {
        get => _tenancy;
        init => _tenancy = value;
    }

    /// <summary>The same with what the store holds of tenants and keys now.</summary>
    /// <param name="source">Of this process.</param>
    public GatewayState WithTenancy(TenancySource source) => With(TenancySnapshot.Build(Config, Guards, source));

    internal GatewayState With(TenancySnapshot tenancy)
    {
        var copy = (GatewayState)MemberwiseClone();
        copy._tenancy = tenancy;
        return copy;
    }

    public EdgeConfig Config { get; }

    /// <summary>What the cache may answer.</summary>
    public Cache.CachePolicy Cache { get; }

    /// <summary>Whose word on where a request comes from is taken.</summary>
    public IReadOnlyList<Auth.AddressRange> TrustedProxies { get; }

    /// <summary>Enabled providers, in the order of the configuration.</summary>
    public IReadOnlyList<Target> Targets { get; }

    /// <summary>The answers of <c>GET /v1/models</c>.</summary>
    public ModelList Models { get; }

    /// <summary>Fetches media for providers that take bytes alone.</summary>
    public Upstream.Media.MediaFetcher Media { get; }

    /// <summary>Takes a model name that has no route of its own; null = nobody does.</summary>
    public Target? DefaultTarget { get; init; }

    /// <summary>Makes what the configuration says of models that no list holds.</summary>
    internal RouteFactory Factory { get; init; } = new(new EdgeConfig(), [], TimeProvider.System);

    /// <summary>In their order: the first that fits a request decides.</summary>
    public IReadOnlyList<RoutingRule> Rules { get; init; } = [];

    /// <summary>Every listed model, for requests that leave the choice to the gateway (<c>"model": "auto"</c>); null = none is listed.</summary>
    public RoutePlan? Auto { get; init; }

    // Aliases and groups.
    private readonly HashSet<byte[]>.AlternateLookup<ReadOnlySpan<byte>> _named;

    /// <summary>What a name is: of the operator's making, or a model's.</summary>
    /// <param name="name">JSON text between quotes, in its shortest form.</param>
    internal AskedName KindOf(ReadOnlySpan<byte> name) => _named.Contains(name) ? AskedName.Named : name.SequenceEqual("auto"u8) && !_byName.ContainsKey(name) ? AskedName.None : AskedName.Plain;

    // By policy: there are as many as there are differing ones, and tokens may bring more.
    private readonly ConcurrentDictionary<AccessPolicy, ModelList> _lists = new();

    /// <summary>The models that a caller may use.</summary>
    public ModelList ModelsFor(AccessPolicy access)
    {
        if (!access.RestrictsTargets) return Models;
        if (_lists.TryGetValue(access, out var known)) return known;
        var list = Models.Where(id =>
        {
            var name = GatewayStateBuilder.Escaped(id);
            if (!RouteStage.TryFind(this, name, out RoutePlan plan)) return false;
            AccessStage.Judge(access, this, plan, name, out var isAny);
            return isAny;
        });
        return _lists.Count < MaxUnlisted ? _lists.GetOrAdd(access, list) : list;
    }

    /// <summary>What a name leads to that the configuration lists: group, alias, <c>provider/model</c> or plain.</summary>
    public bool TryGetPlan(ReadOnlySpan<byte> name, out RoutePlan plan) => _byName.TryGetValue(name, out plan!);

    /// <summary>The route of such a name for a request that cannot choose.</summary>
    public bool TryGetRoute(ReadOnlySpan<byte> name, out ModelRoute route)
    {
        var found = TryGetPlan(name, out var plan);
        route = found ? plan.Primary : null!;
        return found;
    }

    /// <summary>
    /// What a name leads to that no list holds, made once and kept: clients ask for a handful of models over and over. Bounded, because the names are the clients'.
    /// </summary>
    public RoutePlan PlanTo(Target target, ReadOnlySpan<byte> name, ReadOnlySpan<byte> model)
    {
        if (_unlistedByName.TryGetValue(name, out var known) && (known.Primary.Target == target || known.Primary.Target == target.Sibling)) return known;
        var plan = Factory.Plan(target, model, isConfigured: false);
        // Counted here: asking the dictionary takes every one of its locks.
        if (Volatile.Read(ref _unlistedCount) < MaxUnlisted && _unlisted.TryAdd(name.ToArray(), plan)) Interlocked.Increment(ref _unlistedCount);
        return plan;
    }

    /// <inheritdoc cref="PlanTo"/>
    public ModelRoute RouteTo(Target target, ReadOnlySpan<byte> name, ReadOnlySpan<byte> model) => PlanTo(target, name, model).Primary;

    /// <summary>The targets of each name that has several, for comparison.</summary>
    public IEnumerable<IReadOnlyList<TargetState>> Groups() => _routes.Values.Distinct()
        .Select(static plan => (IReadOnlyList<TargetState>)[.. plan.Candidates.ToArray().Where(static candidate => candidate.Tier == 0).Select(static candidate => candidate.State)])
        .Where(static group => group.Count > 1);

    /// <summary>Looks up what is known of the models that there is a choice among, so that no request has to. Any thread.</summary>
    public void Warm()
    {
        foreach (var plan in _routes.Values)
        {
            // Where there is nothing to choose nobody asks.
            if (plan.Candidates.Length < 2) continue;
            foreach (var candidate in plan.Candidates) _ = candidate.Route.Facts;
        }
    }

    /// <summary>Names with a route, for error messages. Cold.</summary>
    public IEnumerable<byte[]> RouteNames => _routes.Keys;
}

/// <summary>The one mutable reference to the current state.</summary>
public sealed class GatewayStateHolder
{
    private readonly Lock _changing = new();
    private volatile GatewayState _current;

    public GatewayStateHolder(GatewayState first) => _current = first;

    public GatewayState Current => _current;

    /// <summary>Every request that starts from now on sees <paramref name="next"/>.</summary>
    public void Swap(GatewayState next) => Update(_ => next);

    /// <summary>The same for a state that is made from the current one: of a reload and a change of the store at once neither may undo the other.</summary>
    /// <param name="make">Called once, while nobody else changes it.</param>
    public void Update(Func<GatewayState, GatewayState> make)
    {
        lock (_changing) _current = make(_current);
    }
}
