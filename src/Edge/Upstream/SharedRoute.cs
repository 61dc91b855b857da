using System.Text;
using Edge.Endpoints;
using Edge.Model;
using Edge.Pipeline;
using Edge.Providers;
using Edge.Routing;
using Edge.Tenancy;

namespace Edge.Upstream;

/// <summary>
/// Step 6 of requests that pass as they are: the provider that the client names (<c>x-edge-provider</c>, <c>?provider=</c>), else the one that the model leads to, else the
/// first that serves the path.
/// </summary>
public static class SharedRoute
{
    private const string Header = "x-edge-provider";

    /// <summary>False = the context holds the error.</summary>
    /// <param name="context">The request.</param>
    /// <param name="endpoint">What is asked for.</param>
    /// <param name="model">Plain name of the model that the body names; null = none.</param>
    /// <param name="provider">The query's <c>provider</c>; null = none.</param>
    public static bool Run(RequestContext context, SharedEndpoint endpoint, string? model, string? provider) =>
        Find(context, endpoint, model, provider) && AccessStage.MayGo(context, model is null ? [] : GatewayStateBuilder.Escaped(model));

    private static bool Find(RequestContext context, SharedEndpoint endpoint, string? model, string? provider)
    {
        var state = context.State;
        var access = context.Caller.Access;
        var field = Header;
        if (context.Request.Headers.TryGetValue(Header, out var header) && header.Count > 0) provider = header.ToString();
        else field = "provider";
        var name = model is null ? [] : GatewayStateBuilder.Escaped(model);
        if (provider is not null)
        {
            var named = state.Targets.FirstOrDefault(target => target.Name == provider && IsSeen(target));
            if (named is null)
            {
                return context.Fail(ErrorCode.InvalidRequest, field, $"{field}: there is no provider of that name; allowed: {string.Join(", ", state.Targets.Where(IsSeen).Select(target => target.Name))}.");
            }
            if (IsOff(named)) return Off(context, named);
            return Serves(named, endpoint) ? Take(context, named, name) : context.Fail(ErrorCode.NotFound, field, $"Provider '{named.Name}' does not serve {endpoint.Path}.");
        }
        if (model is not null && RouteStage.TryFind(state, name, out ModelRoute route))
        {
            if (IsOff(route.Target)) return Off(context, route.Target);
            context.Route = route;
            return Serves(route.Target, endpoint) || context.Fail(ErrorCode.NotFound, "model", $"Provider '{route.Target.Name}' of this model does not serve {endpoint.Path}.");
        }
        // A provider that lists its models has said that it has no other; without a model its list says nothing.
        var target = state.DefaultTarget is { } usual && Has(usual, endpoint) && MayServe(usual) ? usual : First(state, candidate => Has(candidate, endpoint))
            ?? (state.DefaultTarget is { } other && Serves(other, endpoint) && MayServe(other) ? other : First(state, candidate => Serves(candidate, endpoint)));
        return target is not null ? Take(context, target, name) : context.Fail(ErrorCode.NotFound, message: Nobody(state.Targets.Where(IsSeen), endpoint));

        // Of a provider that is not for the caller nothing is told.
        bool IsSeen(Target target) => access.JudgeProvider(target) == TargetVerdict.Allowed;

        bool MayServe(Target target) => !IsOff(target) && access.Judge(target.NoModel, [], AskedName.None, hasModel: false) == TargetVerdict.Allowed;

        Target? First(GatewayState all, Predicate<Target> fits) => all.Targets.FirstOrDefault(candidate => MayServe(candidate) && fits(candidate) && (model is null || candidate.AcceptsAnyModel));
    }

    /// <summary>The query without the gateway's own <c>provider</c>, and its value.</summary>
    /// <param name="query">With its question mark; may be empty.</param>
    /// <param name="provider">Null = there is none.</param>
    public static string StripProvider(string query, out string? provider)
    {
        provider = null;
        if (!query.Contains("provider=", StringComparison.Ordinal)) return query;
        var kept = new StringBuilder();
        foreach (var pair in query[1..].Split('&'))
        {
            if (pair.StartsWith("provider=", StringComparison.Ordinal)) provider = Uri.UnescapeDataString(pair["provider=".Length..]);
            else kept.Append(kept.Length == 0 ? '?' : '&').Append(pair);
        }
        return kept.ToString();
    }

    private static bool Serves(Target target, SharedEndpoint endpoint) => (target.Sheet.Endpoints & endpoint.Needs) != 0;

    // What an operator has switched off is not called, whoever names it.
    private static bool IsOff(Target target) => target.State.Switch == Routing.Health.OperatorSwitch.Off;

    private static bool Off(RequestContext context, Target target) => context.Fail(ErrorCode.NoHealthyProvider, message: $"Provider '{target.Name}' is switched off.");

    // Known to have it. A server that we know nothing of is only asked for what none of the known ones has: most have no files and keep no responses.
    private static bool Has(Target target, SharedEndpoint endpoint) => target.Sheet.Endpoints != ProviderEndpoints.All && Serves(target, endpoint);

    private static bool Take(RequestContext context, Target target, ReadOnlySpan<byte> model)
    {
        if (model.IsEmpty)
        {
            context.Route = target.NoModel;
            return true;
        }
        if (context.State.TryGetRoute(model, out var listed) && listed.Target == target)
        {
            context.Route = listed;
            return true;
        }
        var prefix = GatewayStateBuilder.Escaped(target.Name + "/");
        context.Route = context.State.RouteTo(target, model, model.StartsWith(prefix) && model.Length > prefix.Length ? model[prefix.Length..] : model);
        return true;
    }

    private static string Nobody(IEnumerable<Target> targets, SharedEndpoint endpoint)
    {
        var names = string.Join(", ", targets.Select(target => target.Name));
        return $"No configured provider serves {endpoint.Path}{(names.Length == 0 ? "." : $"; configured are {names}.")}";
    }
}
