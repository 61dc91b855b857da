using System.Text.Json;
using Edge.Configuration;
using Edge.Model;
using Edge.Providers.Json;
using Edge.Routing;
using Microsoft.AspNetCore.WebUtilities;

namespace Edge.Admin;

/// <summary><c>/admin/routes?model=NAME</c>: what a model's name leads to, before anything of a request is known but its name.</summary>
internal static class RoutesApi
{
    public static AdminReply Explain(GatewayState state, string query, long now)
    {
        var name = QueryHelpers.ParseQuery(query).GetValueOrDefault("model").ToString();
        if (name.Length == 0) return AdminReply.Error(400, "INVALID_REQUEST", "model: must be a name: /admin/routes?model=NAME.", "model");
        if (!RouteStage.TryFind(state, GatewayStateBuilder.Escaped(name), out RoutePlan plan))
        {
            return AdminReply.Error(404, "MODEL_NOT_FOUND", $"model: no configured provider offers '{name}'.", "model");
        }
        return AdminReply.Ok(json => Write(json, state, name, plan, now));
    }

    private static void Write(Utf8JsonWriter json, GatewayState state, string name, RoutePlan plan, long now)
    {
        var routing = state.Config.Routing;
        json.WriteStartObject();
        json.WriteString("model"u8, name);
        json.WriteString("strategy"u8, RoutingKinds.Strategy.Format(plan.Strategy ?? routing.SelectionStrategy));
        if (plan.Hedge is { } hedge) json.WriteBoolean("hedge"u8, hedge);
        json.WriteBoolean("stream_recovery"u8, plan.StreamRecovery);
        json.WriteStartArray("targets"u8);
        foreach (var candidate in plan.Candidates)
        {
            json.WriteStartObject();
            Write(json, candidate.Route);
            json.WriteNumber("tier"u8, candidate.Tier);
            json.WriteNumber("weight"u8, candidate.Weight);
            Write(json, candidate.Route.Facts);
            json.WriteString("switch"u8, TargetsApi.Word(candidate.State.Provider.Switch));
            json.WriteString("breaker"u8, TargetsApi.Word(candidate.State.Breaker.State));
            json.WriteString("health"u8, candidate.State.IsPreferred(now) ? "preferred" : candidate.State.IsAvailable(now) ? "available" : "unavailable");
            json.WriteEndObject();
        }
        json.WriteEndArray();
        if (plan.Shadow is { } shadow)
        {
            json.WriteStartObject("shadow"u8);
            Write(json, shadow);
            json.WriteNumber("share"u8, plan.ShadowShare);
            json.WriteEndObject();
        }
        // Rules look at the whole request; those whose models do not fit the name are out of the question.
        json.WriteStartArray("rules_that_may_apply"u8);
        foreach (var (rule, config) in routing.Rules)
        {
            if (config.Models.Count == 0 || config.Models.Any(pattern => Wildcard.Fits(pattern, name))) json.WriteStringValue(rule);
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, ModelRoute route)
    {
        json.WriteString("provider"u8, route.Target.Name);
        json.WriteString("model"u8, new JsonText(route.Model.Span, isEscaped: true).ToString());
    }

    private static void Write(Utf8JsonWriter json, ModelFacts facts)
    {
        json.WriteStartObject("facts"u8);
        if (facts.ContextWindow > 0) json.WriteNumber("context_window"u8, facts.ContextWindow);
        else json.WriteNull("context_window"u8);
        WritePrice(json, "input_usd_per_million", facts.InputPrice);
        WritePrice(json, "output_usd_per_million", facts.OutputPrice);
        json.WriteNumber("quality"u8, facts.Quality);
        json.WriteEndObject();
    }

    private static void WritePrice(Utf8JsonWriter json, string name, long nanos)
    {
        if (nanos >= 0) json.WriteNumber(name, nanos / 1_000_000_000m);
        else json.WriteNull(name);
    }
}
