using System.Text;
using Edge.Model;
using Edge.Pipeline;
using Edge.Providers.Json;

namespace Edge.Routing;

/// <summary>Step 6: where does it go? By the model's name: an alias or listed model, <c>provider/model</c>, a provider's own name family, the default provider.</summary>
public static class RouteStage
{
    public static bool Run(RequestContext context)
    {
        var model = context.Fields.Model;
        ReadOnlySpan<byte> name = context.Body.Span.Slice(model.Start, model.Length);
        if (model.Escaped) name = GatewayStateBuilder.Escaped(new JsonText(name, isEscaped: true).ToString());
        var state = context.State;
        if (TryFind(state, name, out var route))
        {
            return Take(context, route);
        }
        if (state.DefaultTarget is { } fallback) return Take(context, state.RouteTo(fallback, name, name));
        return state.Targets.Count == 0
            ? context.Fail(ErrorCode.NoHealthyProvider, message: "No provider is enabled: set a provider's key, or declare a provider in the configuration.")
            : context.Fail(ErrorCode.ModelNotFound, "model", NotFound(state, name));
    }

    /// <summary>The route that a name itself leads to.</summary>
    /// <param name="state">The state.</param>
    /// <param name="name">JSON text between quotes, in its shortest form.</param>
    /// <param name="route">The route.</param>
    internal static bool TryFind(GatewayState state, ReadOnlySpan<byte> name, out ModelRoute route) =>
        state.TryGetRoute(name, out route) || TryQualified(state, name, out route) || TryFamily(state, name, out route);

    // Where the path holds the model, '.' and '..' would be dot segments, which no escape changes: a path of the client's choice, with the operator's key.
    private static bool Take(RequestContext context, ModelRoute route)
    {
        if (route.Model.Span is [(byte)'.'] or [(byte)'.', (byte)'.'] && route.Target.Paths is null)
        {
            return context.Fail(ErrorCode.InvalidRequest, "model", "model: '.' and '..' name no model.");
        }
        context.Route = route;
        return true;
    }

    private static bool TryQualified(GatewayState state, ReadOnlySpan<byte> name, out ModelRoute route)
    {
        route = null!;
        var slash = name.IndexOf((byte)'/');
        if (slash <= 0 || slash == name.Length - 1) return false;
        foreach (var target in state.Targets)
        {
            if (!target.AcceptsAnyModel || !Equals(name[..slash], target.Name)) continue;
            route = state.RouteTo(target, name, name[(slash + 1)..]);
            return true;
        }
        return false;
    }

    private static bool TryFamily(GatewayState state, ReadOnlySpan<byte> name, out ModelRoute route)
    {
        route = null!;
        foreach (var target in state.Targets)
        {
            if (!target.AcceptsAnyModel) continue;
            foreach (var prefix in target.Sheet.ModelPrefixes)
            {
                if (name.Length < prefix.Length || !Equals(name[..prefix.Length], prefix)) continue;
                route = state.RouteTo(target, name, name);
                return true;
            }
        }
        return false;
    }

    private static bool Equals(ReadOnlySpan<byte> bytes, string text) => Ascii.Equals(bytes, text);

    private static string NotFound(GatewayState state, ReadOnlySpan<byte> name)
    {
        const int Shown = 12;
        var asked = Encoding.UTF8.GetString(name[..Math.Min(name.Length, 128)]);
        var known = state.RouteNames.Take(Shown).Select(Encoding.UTF8.GetString).ToList();
        var providers = string.Join(", ", state.Targets.Where(t => t.AcceptsAnyModel).Select(t => t.Name + "/..."));
        var list = string.Join(", ", known) + (known.Count == Shown ? ", ..." : "");
        var allowed = string.Join(", ", new[] { list, providers }.Where(part => part.Length > 0));
        return $"model: no configured provider offers '{asked}'; allowed: {allowed} (GET /v1/models lists them).";
    }
}
