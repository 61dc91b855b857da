using System.Collections.Concurrent;
using Edge.Configuration;
using Edge.Guard.Policy;

namespace Edge.Model;

/// <summary>
/// The world that a request sees: configuration, targets, model routes, keys. Immutable; one volatile reference (<see cref="GatewayStateHolder"/>) points
/// to the current one, a request takes it once and finishes on it, whatever is reloaded meanwhile.
/// </summary>
public sealed class GatewayState
{
    private const int MaxUnlisted = 1024;

    private readonly Dictionary<byte[], ModelRoute> _routes;
    private readonly ConcurrentDictionary<byte[], ModelRoute> _unlisted = new(Utf8KeyComparer.Instance);
    private int _unlistedCount;
    private readonly ConcurrentDictionary<byte[], ModelRoute>.AlternateLookup<ReadOnlySpan<byte>> _unlistedByName;
    private readonly Dictionary<byte[], ModelRoute>.AlternateLookup<ReadOnlySpan<byte>> _byName;

    internal GatewayState(EdgeConfig config, IReadOnlyList<Target> targets, Dictionary<byte[], ModelRoute> routes, ModelList models)
    {
        Config = config;
        Targets = targets;
        Models = models;
        _routes = routes;
        _byName = routes.GetAlternateLookup<ReadOnlySpan<byte>>();
        _unlistedByName = _unlisted.GetAlternateLookup<ReadOnlySpan<byte>>();
        Media = new(config.Translation.FetchMedia);
        KeyHashes = [.. config.Auth.ApiKeys.Select(key => Auth.AuthStage.Hash(key.Key.Reveal()))];
    }

    /// <summary>The guard's policy for whoever has no key, or a key that names none.</summary>
    public GuardPolicy Guard { get; init; } = GuardPolicy.Off;

    /// <summary>By key, in the order of <see cref="KeyHashes"/>; empty = <see cref="Guard"/> for all.</summary>
    public IReadOnlyList<GuardPolicy> KeyGuards { get; init; } = [];

    public GuardPolicy GuardOf(int key) => key < KeyGuards.Count ? KeyGuards[key] : Guard;

    public EdgeConfig Config { get; }

    /// <summary>Enabled providers, in the order of the configuration.</summary>
    public IReadOnlyList<Target> Targets { get; }

    /// <summary>The answers of <c>GET /v1/models</c>.</summary>
    public ModelList Models { get; }

    /// <summary>Fetches media for providers that take bytes alone.</summary>
    public Upstream.Media.MediaFetcher Media { get; }

    /// <summary>SHA-256 of each client key; empty = anyone may call.</summary>
    public IReadOnlyList<byte[]> KeyHashes { get; }

    /// <summary>Takes a model name that has no route of its own; null = nobody does.</summary>
    public Target? DefaultTarget { get; init; }

    /// <summary>The route of a name that the configuration lists: alias, <c>provider/model</c> or plain.</summary>
    public bool TryGetRoute(ReadOnlySpan<byte> name, out ModelRoute route) => _byName.TryGetValue(name, out route!);

    /// <summary>
    /// The route of a name that no list holds, made once and kept: clients ask for a handful of models over and over. Bounded, because the names are the clients'.
    /// </summary>
    public ModelRoute RouteTo(Target target, ReadOnlySpan<byte> name, ReadOnlySpan<byte> model)
    {
        if (_unlistedByName.TryGetValue(name, out var known) && (known.Target == target || known.Target == target.Sibling)) return known;
        var route = GatewayStateBuilder.RouteTo(target, model);
        // Counted here: asking the dictionary takes every one of its locks.
        if (Volatile.Read(ref _unlistedCount) < MaxUnlisted && _unlisted.TryAdd(name.ToArray(), route)) Interlocked.Increment(ref _unlistedCount);
        return route;
    }

    /// <summary>Names with a route, for error messages. Cold.</summary>
    public IEnumerable<byte[]> RouteNames => _routes.Keys;
}

/// <summary>The one mutable reference to the current state.</summary>
public sealed class GatewayStateHolder
{
    private volatile GatewayState _current;

    public GatewayStateHolder(GatewayState first) => _current = first;

    public GatewayState Current => _current;

    /// <summary>Every request that starts from now on sees <paramref name="next"/>.</summary>
    public void Swap(GatewayState next) => _current = next;
}
