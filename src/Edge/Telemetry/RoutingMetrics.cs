using Edge.Model;
using Edge.Pipeline;
using Edge.Routing;
using Edge.Routing.Health;
using Prometheus;

namespace Edge.Telemetry;

/// <summary>
/// Calls of providers, and the health of targets. Models are clients' words: the first 200 have series of their own, all further ones are counted as <c>other</c> and have no gauges.
/// </summary>
public sealed class RoutingMetrics
{
    internal const int MaxModels = 200;
    internal const string OtherModels = "other";

    private readonly Counter _attempts;
    private readonly Counter _retries;
    private readonly Counter _failovers;
    private readonly Counter _hedges;
    private readonly Gauge _breaker;
    private readonly Gauge _inFlight;
    private readonly Gauge _errorRate;
    private readonly Gauge _answer;
    private readonly Gauge _firstToken;
    private readonly Gauge _switch;
    private readonly Gauge _stops;
    private readonly HashSet<(string Provider, string Model)> _models = [];
    private readonly Lock _sampling = new();

    public RoutingMetrics(IMetricFactory factory)
    {
        string[] target = ["provider", "model"];
        _attempts = factory.CreateCounter("edge_upstream_attempts_total", "Calls of providers, by what came of them.", ["provider", "model", "result"]);
        _retries = factory.CreateCounter("edge_upstream_retries_total", "Calls that followed a failed one to the same target.", ["provider"]);
        _failovers = factory.CreateCounter("edge_upstream_failovers_total", "Calls that followed a failed one to another target.", ["from", "to"]);
        _hedges = factory.CreateCounter("edge_upstream_hedges_lost_total", "Calls that ended because a second one, to the side of the first, answered before them.", ["provider"]);
        _breaker = factory.CreateGauge("edge_breaker_state", "Circuit breaker: 0 = closed, 1 = open, 2 = half open.", target);
        _inFlight = factory.CreateGauge("edge_target_in_flight", "Calls that run now.", target);
        _errorRate = factory.CreateGauge("edge_target_error_rate", "Share of failures lately, 0 to 1.", target);
        _answer = factory.CreateGauge("edge_target_answer_seconds", "Mean time to an answer that is not streamed lately.", target);
        _firstToken = factory.CreateGauge("edge_target_first_token_seconds", "Mean time to the first token lately.", target);
        _switch = factory.CreateGauge("edge_provider_switch", "What an operator said: 0 = on, 1 = drain, 2 = off, 3 = forced.", ["provider"]);
        _stops = factory.CreateGauge("edge_traffic_stops", "Emergency stops in force.", ["scope"]);
    }

    public void Add(in CompletedAttempts attempts)
    {
        if (attempts.Target is not { } last) return;
        lock (_sampling)
        {
            TargetState? before = null;
            foreach (ref readonly var other in attempts.Others.AsSpan())
            {
                Add(other.Target, other.Result);
                // A hedge is no answer to a failure.
                if (other.Result == AttemptResult.HedgeLost)
                {
                    _hedges.WithLabels(other.Target.Provider.Name).Inc();
                    continue;
                }
                Follow(before, other.Target);
                before = other.Target;
            }
            Add(last, attempts.Result!);
            Follow(before, last);
        }
    }

    /// <summary>Values that are read when somebody looks.</summary>
    public void Sample(GatewayState state, TrafficSwitch traffic)
    {
        lock (_sampling)
        {
            var seen = new HashSet<(string, string)>();
            foreach (var target in state.Targets)
            {
                _switch.WithLabels(target.Name).Set((int)target.State.Switch);
                foreach (var model in target.State.Models)
                {
                    // What was never called says nothing, and a plan for it is made by every name that somebody tries.
                    if (model.Requests > 0 && ModelOf(model) == model.Model && seen.Add((target.Name, model.Model))) Sample(model);
                }
            }
            // What a reload has taken away.
            foreach (var gauge in (Gauge[])[_breaker, _inFlight, _errorRate, _answer, _firstToken])
            {
                foreach (var labels in gauge.GetAllLabelValues().ToList())
                {
                    if (!seen.Contains((labels[0], labels[1]))) gauge.RemoveLabelled(labels);
                }
            }
            foreach (var labels in _switch.GetAllLabelValues().ToList())
            {
                if (!state.Targets.Any(target => target.Name == labels[0])) _switch.RemoveLabelled(labels);
            }
            _stops.WithLabels("all").Set(traffic.All is null ? 0 : 1);
            _stops.WithLabels("key").Set(traffic.Keys.Count);
        }
    }

    private void Sample(TargetState model)
    {
        string[] labels = [model.Provider.Name, model.Model];
        _breaker.WithLabels(labels).Set((int)model.Breaker.State);
        _inFlight.WithLabels(labels).Set(model.InFlight);
        if (model.ErrorRate.Value is var rate && !double.IsNaN(rate)) _errorRate.WithLabels(labels).Set(rate);
        if (model.WholeAnswer.Value is var whole && !double.IsNaN(whole)) _answer.WithLabels(labels).Set(whole / 1000);
        if (model.FirstToken.Value is var first && !double.IsNaN(first)) _firstToken.WithLabels(labels).Set(first / 1000);
    }

    private void Add(TargetState target, string result) => _attempts.WithLabels(target.Provider.Name, ModelOf(target), result).Inc();

    private void Follow(TargetState? before, TargetState now)
    {
        if (before is null) return;
        if (before == now) _retries.WithLabels(now.Provider.Name).Inc();
        else _failovers.WithLabels(before.Provider.Name, now.Provider.Name).Inc();
    }

    private string ModelOf(TargetState target)
    {
        var pair = (target.Provider.Name, target.Model);
        if (_models.Contains(pair)) return target.Model;
        if (_models.Count >= MaxModels) return OtherModels;
        _models.Add(pair);
        return target.Model;
    }
}
