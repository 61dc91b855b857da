using System.Collections.Concurrent;
using Edge.Configuration;

namespace Edge.Routing.Health;

/// <summary>What an operator has said about a provider.</summary>
public enum OperatorSwitch : byte
{
    /// <summary>In service.</summary>
    On,

    /// <summary>Takes nothing new while another can serve; what runs goes on.</summary>
    Drain,

    /// <summary>Takes nothing at all.</summary>
    Off,

    /// <summary>Tried first for whatever it can serve, whatever its breaker says.</summary>
    Forced,
}

/// <summary>What the gateway has learnt of one provider, and what its operator has said about it. Lives across reloads; any thread.</summary>
public sealed class ProviderState
{
    // Clients name models; beyond this they share one state.
    private const int MaxModels = 2048;

    private readonly ConcurrentDictionary<string, TargetState> _models = new(StringComparer.Ordinal);
    private readonly TimeProvider _time;
    private readonly TargetState _others;
    private volatile RoutingConfig _config = new();
    private int _switch;
    private volatile bool _isProbedUnwell;

    public ProviderState(string name, TimeProvider time)
    {
        Name = name;
        _time = time;
        _others = new TargetState(this, "*", time);
        Gate = new ConcurrencyGate(time);
        Rate = new RateGate(time);
    }

    public string Name { get; }

    /// <summary>Requests at once.</summary>
    public ConcurrencyGate Gate { get; }

    /// <summary>Requests in a time.</summary>
    public RateGate Rate { get; }

    /// <summary>By name of model, for the admin plane.</summary>
    public IEnumerable<TargetState> Models => _models.Values;

    public OperatorSwitch Switch
    {
        get => (OperatorSwitch)Volatile.Read(ref _switch);
        set => Volatile.Write(ref _switch, (int)value);
    }

    /// <summary>The operator lets requests go there.</summary>
    public bool Takes => Switch is not (OperatorSwitch.Off or OperatorSwitch.Drain);

    /// <summary>The last probe, if there are any, was answered.</summary>
    public bool IsWell
    {
        get => !_isProbedUnwell;
        set => _isProbedUnwell = !value;
    }

    /// <summary>The state of a model.</summary>
    /// <param name="model">The provider's name of it.</param>
    /// <param name="isConfigured">The configuration names it: it has a state of its own however many names clients have made up.</param>
    public TargetState For(string model, bool isConfigured = false)
    {
        if (_models.TryGetValue(model, out var known)) return known;
        if (!isConfigured && _models.Count >= MaxModels && !TryEvict()) return _others;
        var state = _models.GetOrAdd(model, new TargetState(this, model, _time));
        // Found by Configure from here on, so that whichever comes last is the newest.
        state.Configure(_config);
        return state;
    }

    // Names that were made up and never called go first.
    private bool TryEvict()
    {
        var evicted = false;
        foreach (var (name, state) in _models)
        {
            if (state is { Requests: 0, InFlight: 0 }) evicted |= _models.TryRemove(name, out _);
        }
        return evicted;
    }

    public void Configure(RoutingConfig config, UpstreamConfig upstream, Rate? rate = null)
    {
        Rate.Configure(rate);
        _config = config;
        _others.Configure(config);
        Gate.Configure(upstream);
        foreach (var model in _models.Values) model.Configure(config);
    }
}
