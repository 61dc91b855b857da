using System.Text;
using Edge.Configuration;
using Edge.Metering;
using Edge.Providers.Json;
using Edge.Routing;
using Microsoft.Extensions.Primitives;

namespace Edge.Model;

/// <summary>Makes routes and plans of the configuration's targets: who serves a model, and who stands by.</summary>
internal sealed class RouteFactory
{
    private readonly EdgeConfig _config;
    private readonly IReadOnlyList<Target> _targets;
    private readonly Dictionary<string, IReadOnlyList<string>> _lists;
    private readonly TimeProvider _time;
    private readonly PriceCatalog _prices;

    public RouteFactory(EdgeConfig config, IReadOnlyList<Target> targets, TimeProvider time)
    {
        _config = config;
        _targets = targets;
        _lists = config.Providers.ToDictionary(static provider => provider.Name, static provider => provider.Models, StringComparer.Ordinal);
        _time = time;
        _prices = PriceCatalog.Of(config.Prices);
    }

    /// <summary>The models that the target's provider lists.</summary>
    public IReadOnlyList<string> ListOf(Target target) => _lists.GetValueOrDefault(target.Name, []);

    /// <summary>A target's route to a model.</summary>
    /// <param name="target">Or its sibling, where that serves the model.</param>
    /// <param name="escapedModel">JSON text between quotes.</param>
    /// <param name="isConfigured">The configuration names it; a client, otherwise.</param>
    public ModelRoute Route(Target target, ReadOnlySpan<byte> escapedModel, bool isConfigured = true)
    {
        target = target.For(escapedModel);
        if (target.Sheet.DefaultMaker is { } maker && !escapedModel.Contains((byte)'/')) escapedModel = (byte[])[.. Encoding.ASCII.GetBytes(maker), .. escapedModel];
        var header = StringValues.Empty;
        if (escapedModel.IndexOfAnyExceptInRange((byte)' ', (byte)'~') < 0 && !escapedModel.Contains((byte)'\\'))
        {
            header = Encoding.ASCII.GetString(escapedModel);
        }
        var model = new JsonText(escapedModel, isEscaped: true).ToString();
        var paths = target.Paths ?? new TargetPaths(target.RootPath, target.Sheet, model, target.ApiVersion);
        return new ModelRoute(target, escapedModel.ToArray(), header, paths, target.State.For(model, isConfigured)) { FindFacts = () => Facts(target, model) };
    }

    /// <summary>One target alone, and the chain behind it.</summary>
    public RoutePlan Plan(Target target, ReadOnlySpan<byte> escapedModel, bool isConfigured = true) =>
        new(WithChain([Of(Route(target, escapedModel, isConfigured))], new JsonText(escapedModel, isEscaped: true).ToString()));

    /// <summary>Every provider that lists the model, and the chain behind them. At least one does.</summary>
    public RoutePlan PlanOfPlain(string model) =>
        new(WithChain([.. _targets.Where(target => ListOf(target).Contains(model)).Select(target => Of(Route(target, GatewayStateBuilder.Escaped(model))))], model));

    /// <summary>A group's plan; null = none of its providers is in service.</summary>
    public RoutePlan? PlanOf(ModelGroupConfig group, Func<string, RoutePlan?> find)
    {
        var candidates = new List<Candidate>();
        foreach (var name in group.Targets) AddPrimary(name, tier: 0, group.Weights.GetValueOrDefault(name, 1));
        if (candidates.Count == 0) return null;
        for (var i = 0; i < group.Fallbacks.Count; i++) AddPrimary(group.Fallbacks[i], tier: i + 1, weight: 1);
        var strategy = group.Strategy ?? _config.Routing.SelectionStrategy;
        return new RoutePlan([.. candidates])
        {
            IsGroup = true,
            Strategy = group.Strategy,
            Sticky = group.Sticky ?? (strategy == SelectionStrategy.Sticky ? StickyBy.User : StickyBy.None),
            Hedge = group.Hedge,
            StreamRecovery = group.StreamRecovery,
            Shadow = group.Shadow.Target is { } shadow ? find(shadow)?.Primary : null,
            ShadowShare = group.Shadow.Share,
        };

        void AddPrimary(string name, int tier, int weight)
        {
            if (find(name) is not { } plan) return;
            foreach (var candidate in plan.Candidates)
            {
                if (candidate.Tier == 0 && !candidates.Exists(other => other.Route.State == candidate.Route.State)) candidates.Add(candidate with { Tier = tier, Weight = weight });
            }
        }
    }

    /// <summary>What a name of the configuration leads to; null = its provider is not in service.</summary>
    public RoutePlan? Find(string name, Dictionary<byte[], RoutePlan> routes)
    {
        if (routes.TryGetValue(GatewayStateBuilder.Escaped(name), out var plan)) return plan;
        var slash = name.IndexOf('/', StringComparison.Ordinal);
        var target = slash > 0 ? _targets.FirstOrDefault(t => t.Name == name[..slash] && t.AcceptsAnyModel) : null;
        return target is null ? null : Plan(target, GatewayStateBuilder.Escaped(name[(slash + 1)..]));
    }

    /// <summary>Every listed model; null = none is.</summary>
    public RoutePlan? Auto()
    {
        var all = _targets.SelectMany(target => ListOf(target).Select(model => Of(Route(target, GatewayStateBuilder.Escaped(model))))).ToArray();
        return all.Length == 0 ? null : new RoutePlan(all);
    }

    private Candidate[] WithChain(List<Candidate> candidates, string model)
    {
        var served = candidates.Select(candidate => candidate.Route.Target.Name).ToHashSet(StringComparer.Ordinal);
        var chain = _config.Routing.FallbackChain;
        for (var i = 0; i < chain.Count; i++)
        {
            if (Link(chain[i], model, served) is not { } route || candidates.Exists(other => other.Route.State == route.State)) continue;
            candidates.Add(new Candidate { Route = route, Tier = i + 1, Weight = 1 });
        }
        return [.. candidates];
    }

    // One link of the chain: the same model where the provider has it, else the first that it lists. A provider that lists none is asked for models of its own families alone.
    private ModelRoute? Link(string entry, string model, HashSet<string> served)
    {
        if (_targets.FirstOrDefault(target => target.Name == entry) is { } provider)
        {
            if (served.Contains(provider.Name)) return null;
            var list = ListOf(provider);
            if (list.Count > 0) return Route(provider, GatewayStateBuilder.Escaped(list.Contains(model) ? model : list[0]));
            var fits = provider.InProcess is not null || provider.Sheet.ModelPrefixes.Any(prefix => model.StartsWith(prefix, StringComparison.Ordinal));
            return fits ? Route(provider, GatewayStateBuilder.Escaped(model), isConfigured: false) : null;
        }
        var slash = entry.IndexOf('/', StringComparison.Ordinal);
        return slash > 0 && _targets.FirstOrDefault(target => target.Name == entry[..slash]) is { } named ? Route(named, GatewayStateBuilder.Escaped(entry[(slash + 1)..])) : null;
    }

    /// <summary>What a target's model costs; null = not known.</summary>
    public ModelPrice? PriceOf(Target target, string model) => _prices.Find(target.Name, target.Sheet.Name, model);

    private ModelFacts Facts(Target target, string model)
    {
        var routing = _config.Routing;
        var qualified = $"{target.Name}/{model}";
        var quality = routing.Quality.TryGetValue(qualified, out var known) || routing.Quality.TryGetValue(model, out known) ? known : ModelFacts.Unknown.Quality;
        var price = _prices.Find(target.Name, target.Sheet.Name, model);
        var window = routing.ContextWindows.TryGetValue(qualified, out var tokens) || routing.ContextWindows.TryGetValue(model, out tokens) ? tokens : price?.ContextWindow ?? 0;
        var card = price?.Standard(_time.GetUtcNow());
        // The simulator is inside this process.
        var unknown = target.InProcess is null ? -1 : 0;
        var lacks = routing.Lacks.TryGetValue(qualified, out var without) || routing.Lacks.TryGetValue(model, out without) ? without : default;
        return new ModelFacts { Lacks = lacks, Quality = quality, ContextWindow = window, Price = price, InputPrice = card?.Input ?? unknown, OutputPrice = card?.Output ?? unknown };
    }

    private static Candidate Of(ModelRoute route) => new() { Route = route, Weight = 1 };
}
