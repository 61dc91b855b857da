using System.Buffers;
using System.Text;
using Edge.Configuration;
using Edge.Guard.Policy;
using Edge.Providers.Json;
using Microsoft.Extensions.Primitives;

namespace Edge.Model;

/// <summary>Builds the state from a valid configuration.</summary>
public static class GatewayStateBuilder
{
    // What GET /v1/models offers of a simulator that lists none; docs/simulator.md says what each does.
    private static readonly string[] _simulatorModels = ["simulator", "echo", "lorem"];

    /// <exception cref="IOException">A certificate or CA file that could be read when the configuration was checked cannot be read now.</exception>
    /// <exception cref="System.Security.Cryptography.CryptographicException">A CA file holds no certificate.</exception>
    public static GatewayState Build(EdgeConfig config, TimeProvider time, GatewayState? previous = null, ConfigEnvironment? environment = null) =>
        Build(config, provider => TargetBuilder.Build(provider, environment ?? ConfigEnvironment.Process, time, previous?.Targets.FirstOrDefault(target => target.Name == provider.Name)), time);

    /// <summary>The same with targets of the caller's making, for tests and benchmarks.</summary>
    internal static GatewayState Build(EdgeConfig config, Func<ProviderConfig, Target> build, TimeProvider? time = null)
    {
        var targets = new List<Target>();
        foreach (var provider in config.Providers)
        {
            if (provider.Enabled) targets.Add(build(provider));
        }

        var routes = new Dictionary<byte[], ModelRoute>(Utf8KeyComparer.Instance);
        var models = new List<(string, string)>();
        AddListed(config, targets, routes, models);
        foreach (var target in targets)
        {
            if (target is { InProcess: not null, AcceptsAnyModel: true }) models.AddRange(_simulatorModels.Select(model => ($"{target.Name}/{model}", target.Name)));
        }
        AddAliases(config, targets, routes, models);
        var guard = PolicyBuilder.Build(config.Guard, config.Security, time ?? TimeProvider.System);
        var keyGuards = PolicyBuilder.ForKeys(config, guard, time ?? TimeProvider.System);
        // Who uses the guard will ask for more of it; who does not keeps the megabytes.
        foreach (var policy in keyGuards.Append(guard).Distinct().Where(static policy => !policy.IsOff)) policy.Prepare();
        return new GatewayState(config, targets, routes, new ModelList(models))
        {
            DefaultTarget = FindDefault(config, targets),
            Guard = guard,
            KeyGuards = keyGuards,
        };
    }

    /// <summary>A route to a model that is not listed, for a target that takes any.</summary>
    public static ModelRoute RouteTo(Target target, ReadOnlySpan<byte> escapedModel)
    {
        target = target.For(escapedModel);
        if (target.Sheet.DefaultMaker is { } maker && !escapedModel.Contains((byte)'/')) escapedModel = (byte[])[.. Encoding.ASCII.GetBytes(maker), .. escapedModel];
        var header = StringValues.Empty;
        if (escapedModel.IndexOfAnyExceptInRange((byte)' ', (byte)'~') < 0 && !escapedModel.Contains((byte)'\\'))
        {
            header = Encoding.ASCII.GetString(escapedModel);
        }
        var paths = target.Paths ?? new TargetPaths(target.RootPath, target.Sheet, new JsonText(escapedModel, isEscaped: true).ToString(), target.ApiVersion);
        return new ModelRoute(target, escapedModel.ToArray(), header, paths);
    }

    // The order of the providers in the file decides who answers to a plain name that several list.
    private static void AddListed(
        EdgeConfig config, List<Target> targets, Dictionary<byte[], ModelRoute> routes, List<(string, string)> models)
    {
        foreach (var target in targets)
        {
            foreach (var model in config.FindProvider(target.Name)!.Models)
            {
                var route = RouteTo(target, Escaped(model));
                if (routes.TryAdd(Escaped(model), route)) models.Add((model, target.Name));
                var qualified = $"{target.Name}/{model}";
                if (routes.TryAdd(Escaped(qualified), route)) models.Add((qualified, target.Name));
            }
        }
    }

    private static void AddAliases(
        EdgeConfig config, List<Target> targets, Dictionary<byte[], ModelRoute> routes, List<(string, string)> models)
    {
        foreach (var alias in config.Models.Aliases.Keys)
        {
            var name = alias;
            // Chains end: the configuration was checked for circles, and is bounded here all the same.
            for (var hops = 0; hops < 32 && config.Models.Aliases.TryGetValue(name, out var next); hops++) name = next;
            if (!routes.TryGetValue(Escaped(name), out var route))
            {
                var slash = name.IndexOf('/', StringComparison.Ordinal);
                var target = slash > 0 ? targets.Find(t => t.Name == name[..slash] && t.AcceptsAnyModel) : null;
                if (target is null) continue;
                route = RouteTo(target, Escaped(name[(slash + 1)..]));
            }
            // An alias wins over a provider's own model of that name: that is what an alias is for.
            routes[Escaped(alias)] = route;
            models.RemoveAll(model => model.Item1 == alias);
            models.Add((alias, route.Target.Name));
        }
    }

    // Nobody is named: the first provider, where it takes any model. The simulator only where it is alone, or invented answers would pass for a provider's.
    private static Target? FindDefault(EdgeConfig config, List<Target> targets)
    {
        var target = config.Routing.DefaultProvider is { } name
            ? targets.Find(candidate => candidate.Name == name)
            : targets.FirstOrDefault(candidate => candidate.InProcess is null || targets.Count == 1);
        return target is { AcceptsAnyModel: true } ? target : null;
    }

    /// <summary>A name as it stands between a JSON string's quotes, in its shortest form.</summary>
    public static byte[] Escaped(string name)
    {
        var buffer = new ArrayBufferWriter<byte>();
        JsonText.Plain(Encoding.UTF8.GetBytes(name)).WriteEscaped(buffer);
        return buffer.WrittenSpan.ToArray();
    }
}
