using System.Text.Json;
using Edge.Model;
using Edge.Routing.Health;
using Edge.Telemetry;

namespace Edge.Admin;

/// <summary><c>/admin/targets</c>: what the gateway knows of its providers and their models, and the operator's switch of each.</summary>
internal sealed class TargetsApi
{
    private readonly Log _log;
    private readonly TimeProvider _time;

    public TargetsApi(Log log, TimeProvider time)
    {
        _log = log;
        _time = time;
    }

    /// <summary>A timestamp.</summary>
    public long Now => _time.GetTimestamp();

    /// <param name="state">In force.</param>
    /// <param name="provider">One alone; null = all.</param>
    public AdminReply Show(GatewayState state, string? provider)
    {
        if (provider is null)
        {
            return AdminReply.Ok(json =>
            {
                json.WriteStartObject();
                json.WriteStartArray("providers"u8);
                foreach (var target in state.Targets) Write(json, target.State);
                json.WriteEndArray();
                json.WriteEndObject();
            });
        }
        return Find(state, provider) is { } one ? AdminReply.Ok(json => Write(json, one.State)) : Unknown(state, provider);
    }

    /// <summary>For requests that begin from now on.</summary>
    public AdminReply Switch(GatewayState state, string provider, string action, AdminHolder holder)
    {
        if (Find(state, provider) is not { } target) return Unknown(state, provider);
        var before = target.State.Switch;
        target.State.Switch = action switch
        {
            "drain" => OperatorSwitch.Drain,
            "off" => OperatorSwitch.Off,
            "force" => OperatorSwitch.Forced,
            _ => OperatorSwitch.On,
        };
        _log.Warn(EventIds.TargetSwitched, "An operator has switched a provider.",
            ("provider", target.Name), ("from", Word(before)), ("to", Word(target.State.Switch)), ("by", holder.Name));
        return AdminReply.Ok(json => Write(json, target.State));
    }

    internal static string Word(OperatorSwitch value) => value switch
    {
        OperatorSwitch.Drain => "drain",
        OperatorSwitch.Off => "off",
        OperatorSwitch.Forced => "force",
        _ => "on",
    };

    internal static string Word(BreakerState value) => value switch
    {
        BreakerState.Open => "open",
        BreakerState.HalfOpen => "half_open",
        _ => "closed",
    };

    private static Target? Find(GatewayState state, string provider) => state.Targets.FirstOrDefault(target => target.Name == provider);

    private static AdminReply Unknown(GatewayState state, string provider) =>
        AdminReply.Error(404, "PROVIDER_NOT_FOUND", $"No provider is called '{provider}'; there are: {string.Join(", ", state.Targets.Select(target => target.Name))}.");

    private void Write(Utf8JsonWriter json, ProviderState provider)
    {
        json.WriteStartObject();
        json.WriteString("name"u8, provider.Name);
        json.WriteString("switch"u8, Word(provider.Switch));
        json.WriteBoolean("well"u8, provider.IsWell);
        json.WriteNumber("running"u8, provider.Gate.Running);
        json.WriteNumber("queued"u8, provider.Gate.Queued);
        if (provider.Gate.Limit > 0) json.WriteNumber("limit"u8, provider.Gate.Limit);
        else json.WriteNull("limit"u8);
        json.WriteStartArray("models"u8);
        // The nameless one stands for requests that name no model and are not routed.
        foreach (var model in provider.Models.Where(model => model.Model.Length > 0).OrderBy(model => model.Model, StringComparer.Ordinal)) Write(json, model);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private void Write(Utf8JsonWriter json, TargetState model)
    {
        json.WriteStartObject();
        json.WriteString("model"u8, model.Model);
        json.WriteString("breaker"u8, Word(model.Breaker.State));
        WriteTime(json, "open_until", model.Breaker.OpenUntil, evenPast: true);
        WriteTime(json, "throttled_until", model.ThrottledUntil);
        WriteTime(json, "ejected_until", model.EjectedUntil);
        json.WriteNumber("in_flight"u8, model.InFlight);
        json.WriteNumber("requests"u8, model.Requests);
        json.WriteNumber("failures"u8, model.Failures);
        WriteNumber(json, "error_rate", model.ErrorRate.Value);
        json.WriteStartObject("answer_ms"u8);
        WriteNumber(json, "mean", model.WholeAnswer.Value);
        WriteNumber(json, "p95", model.WholeAnswerQuantile.P95);
        json.WriteEndObject();
        json.WriteStartObject("first_token_ms"u8);
        WriteNumber(json, "mean", model.FirstToken.Value);
        WriteNumber(json, "p95", model.FirstTokenQuantile.P95);
        json.WriteEndObject();
        WriteNumber(json, "inter_token_ms", model.InterToken.Value);
        WriteNumber(json, "output_tokens", model.OutputTokens.Value);
        if (model.LastError is { } error)
        {
            json.WriteStartObject("last_error"u8);
            json.WriteString("what"u8, error.What);
            if (error.Status > 0) json.WriteNumber("status"u8, error.Status);
            else json.WriteNull("status"u8);
            json.WriteString("when"u8, error.When);
            json.WriteEndObject();
        }
        else
        {
            json.WriteNull("last_error"u8);
        }
        json.WriteEndObject();
    }

    // A timestamp as wall clock. What is over says nothing, but for a breaker, which stays open until somebody asks.
    private void WriteTime(Utf8JsonWriter json, string name, long timestamp, bool evenPast = false)
    {
        var left = timestamp - _time.GetTimestamp();
        if (timestamp == 0 || (left <= 0 && !evenPast)) json.WriteNull(name);
        else json.WriteString(name, _time.GetUtcNow().AddSeconds(left / (double)_time.TimestampFrequency));
    }

    private static void WriteNumber(Utf8JsonWriter json, string name, double value)
    {
        // NaN = nothing was seen yet.
        if (double.IsFinite(value)) json.WriteNumber(name, Math.Round(value, 4));
        else json.WriteNull(name);
    }
}
