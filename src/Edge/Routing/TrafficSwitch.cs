using Edge.Configuration;
using Edge.Model;
using Edge.Server;
using Edge.Tenancy;

namespace Edge.Routing;

/// <summary>
/// The operator's emergency switch: refuses all requests, or those of one client key, and ends what runs where that is asked for. In memory only: a restart lifts it. A request
/// pays one volatile read; any thread.
/// </summary>
public sealed class TrafficSwitch : IDisposable
{
    private readonly GatewayLifetime _lifetime;
    private readonly TimeProvider _time;
    private readonly Lock _changing = new();

    // By name of key, as long as the process lives: a key that a reload drops and another brings back is still stopped.
    private readonly Dictionary<string, Scope> _keys = new(StringComparer.Ordinal);
    private readonly Scope _all;
    private volatile TrafficView _view;

    public TrafficSwitch(GatewayLifetime lifetime, TimeProvider time)
    {
        _lifetime = lifetime;
        _time = time;
        _all = new Scope { Ending = new TrafficEnding(lifetime.Deadline) };
        _view = new TrafficView([], [], [], _all.Ending, isStoppedForAll: false, []);
    }

    /// <summary>What is in force for the keys of that state.</summary>
    public TrafficView For(GatewayState state)
    {
        var view = _view;
        return ReferenceEquals(view.Keys, state.Config.Auth.ApiKeys) ? view : Look(state.Config.Auth.ApiKeys);
    }

    /// <summary>The stop of everything; null = there is none.</summary>
    public TrafficStop? All
    {
        get
        {
            lock (_changing) return _all.Stop;
        }
    }

    /// <summary>The stops of single keys.</summary>
    public IReadOnlyList<(string Key, TrafficStop Stop)> Keys
    {
        get
        {
            lock (_changing) return [.. _keys.Where(pair => pair.Value.Stop is not null).Select(pair => (pair.Key, pair.Value.Stop!)).OrderBy(pair => pair.Key, StringComparer.Ordinal)];
        }
    }

    /// <summary>Refuses what comes from now on.</summary>
    /// <param name="key">The name of a client key, its id, or the path of a tenant (<c>acme/team:core</c>); null = everything.</param>
    /// <param name="by">Who says so.</param>
    /// <param name="endStreams">What runs is ended as well, with an error of its protocol.</param>
    public async Task StopAsync(string? key, string by, bool endStreams)
    {
        var ended = new List<TrafficEnding>();
        lock (_changing)
        {
            var scope = ScopeOf(key);
            scope.Stop ??= new TrafficStop(_time.GetUtcNow(), by);
            if (endStreams)
            {
                ended.Add(scope.Ending);
                scope.Ending = NewEnding(key);
                // The others' endings fire with that of all: whoever comes after a lift needs fresh ones.
                if (key is null)
                {
                    foreach (var (name, one) in _keys)
                    {
                        ended.Add(one.Ending);
                        one.Ending = NewEnding(name);
                    }
                }
            }
            _view = Build(_view.Keys);
        }
        // All know whose word it was before the first one fires: firing that of all fires the others.
        foreach (var ending in ended) ending.Mark();
        foreach (var ending in ended) await ending.FireAsync();
    }

    /// <summary>Takes a stop back. False = there was none.</summary>
    public bool Lift(string? key)
    {
        lock (_changing)
        {
            if (key is not null && !_keys.ContainsKey(key)) return false;
            var scope = ScopeOf(key);
            var wasStopped = scope.Stop is not null;
            scope.Stop = null;
            _view = Build(_view.Keys);
            return wasStopped;
        }
    }

    public void Dispose()
    {
        lock (_changing)
        {
            _all.Ending.Dispose();
            foreach (var scope in _keys.Values) scope.Ending.Dispose();
        }
    }

    private TrafficView Look(IReadOnlyList<ClientKeyConfig> keys)
    {
        // While a reload's old and new requests overlap, the view goes to and fro between them: rare, and cheap.
        lock (_changing) return _view = Build(keys);
    }

    private TrafficView Build(IReadOnlyList<ClientKeyConfig> keys)
    {
        var scopes = keys.Select(key => key.Name is { } name ? ScopeOf(name) : null).ToArray();
        var stopped = _keys.Where(static pair => pair.Value.Stop is not null).Select(static pair => pair.Key).ToHashSet(StringComparer.Ordinal);
        return new TrafficView(
            keys, [.. scopes.Select(scope => scope?.Stop is not null)], [.. scopes.Select(scope => scope?.Ending ?? _all.Ending)], _all.Ending, _all.Stop is not null, stopped);
    }

    private Scope ScopeOf(string? key)
    {
        if (key is null) return _all;
        if (!_keys.TryGetValue(key, out var scope)) _keys.Add(key, scope = new Scope { Ending = NewEnding(key) });
        return scope;
    }

    private TrafficEnding NewEnding(string? key) => key is null ? new TrafficEnding(_lifetime.Deadline) : new TrafficEnding(_all.Ending.Token);

    private sealed class Scope
    {
        public TrafficStop? Stop { get; set; }

        public required TrafficEnding Ending { get; set; }
    }
}

/// <summary>A stop that is in force.</summary>
/// <param name="Since">Wall clock.</param>
/// <param name="By">The name of the admin token.</param>
public sealed record TrafficStop(DateTimeOffset Since, string By);

/// <summary>What the emergency switch says, for the keys of one configuration. Immutable.</summary>
public sealed class TrafficView
{
    private readonly bool[] _isStopped;
    private readonly TrafficEnding[] _endings;
    private readonly TrafficEnding _all;
    private readonly HashSet<string> _stopped;

    internal TrafficView(IReadOnlyList<ClientKeyConfig> keys, bool[] isStopped, TrafficEnding[] endings, TrafficEnding all, bool isStoppedForAll, HashSet<string> stopped)
    {
        _stopped = stopped;
        Keys = keys;
        _isStopped = isStopped;
        _endings = endings;
        _all = all;
        IsStopped = isStoppedForAll;
    }

    /// <summary>Whose it is.</summary>
    public IReadOnlyList<ClientKeyConfig> Keys { get; }

    /// <summary>Nobody's requests pass.</summary>
    public bool IsStopped { get; }

    /// <param name="key">Index in <see cref="Keys"/>; negative = none.</param>
    public bool IsStoppedFor(int key) => key >= 0 && _isStopped[key];

    /// <summary>It is stopped by name or id, or one of its tenants is by its path. Where nothing is stopped it costs one test.</summary>
    public bool IsStoppedFor(Caller caller)
    {
        if (IsStoppedFor(caller.ConfigKey)) return true;
        if (_stopped.Count == 0) return false;
        if ((caller.Name is { } name && caller.ConfigKey < 0 && caller.Kind == CallerKind.Key && _stopped.Contains(name)) || _stopped.Contains(caller.Id)) return true;
        foreach (var tenant in caller.Tenants)
        {
            if (_stopped.Contains(tenant.Path)) return true;
        }
        return false;
    }

    /// <param name="key">Index in <see cref="Keys"/>; negative = none.</param>
    public TrafficEnding EndingFor(int key) => key < 0 ? _all : _endings[key];
}

/// <summary>Ends the requests that run under it: when the operator says so, or when the gateway's own time to stop is over.</summary>
public sealed class TrafficEnding : IDisposable
{
    /// <summary>Never fires.</summary>
    public static readonly TrafficEnding Never = new(CancellationToken.None);

    private readonly CancellationTokenSource _source;
    private volatile bool _isByOperator;

    public TrafficEnding(CancellationToken with) => _source = CancellationTokenSource.CreateLinkedTokenSource(with);

    public CancellationToken Token => _source.Token;

    /// <summary>It was the operator.</summary>
    public bool IsByOperator => _isByOperator;

    internal void Mark() => _isByOperator = true;

    internal Task FireAsync() => _source.CancelAsync();

    public void Dispose() => _source.Dispose();
}
