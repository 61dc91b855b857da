using System.Buffers;
using System.Text;
using Edge.Configuration;
using Edge.Guard.Policy;
using Edge.Providers.Json;
using Edge.Routing;
using Edge.Tenancy;

namespace Edge.Model;

/// <summary>Builds the state from a valid configuration.</summary>
public static class GatewayStateBuilder
{
    // What GET /v1/models offers of a simulator that lists none; docs/simulator.md says what each does.
    private static readonly string[] _simulatorModels = ["simulator", "echo", "lorem"];

    /// <exception cref="IOException">A certificate or CA file that could be read when the configuration was checked cannot be read now.</exception>
    /// <exception cref="System.Security.Cryptography.CryptographicException">A CA file holds no certificate.</exception>
    public static GatewayState Build(EdgeConfig config, TimeProvider time, GatewayState? previous = null, ConfigEnvironment? environment = null, TenancySource? tenancy = null) =>
        Build(config, provider => TargetBuilder.Build(provider, environment ?? ConfigEnvironment.Process, time, previous?.Targets.FirstOrDefault(target => target.Name == provider.Name)), time, tenancy);

    /// <summary>The same with targets of the caller's making, for tests and benchmarks.</summary>
    internal static GatewayState Build(EdgeConfig config, Func<ProviderConfig, Target> build, TimeProvider? time = null, TenancySource? tenancy = null)
    {
        var targets = new List<Target>();
        foreach (var provider in config.Providers)
        {
            if (provider.Enabled) targets.Add(build(provider));
        }

        var factory = new RouteFactory(config, targets, time ?? TimeProvider.System);
        var routes = new Dictionary<byte[], RoutePlan>(Utf8KeyComparer.Instance);
        var models = new List<(string, string)>();
        AddListed(factory, targets, routes, models);
        foreach (var target in targets)
        {
            target.State.Configure(config.Routing, target.Limits, config.FindProvider(target.Name)?.RateLimit);
            if (target is { InProcess: not null, AcceptsAnyModel: true }) models.AddRange(_simulatorModels.Select(model => ($"{target.Name}/{model}", target.Name)));
        }
        AddGroups(config, factory, routes, models);
        AddAliases(config, factory, routes, models);
        var guards = new GuardPolicySet(config.Guard, config.Security, time ?? TimeProvider.System);
        return new GatewayState(config, targets, routes, new ModelList(models))
        {
            DefaultTarget = FindDefault(config, targets),
            Factory = factory,
            Auto = factory.Auto(),
            Rules = [.. config.Routing.Rules.Select(rule => new RoutingRule(rule.Key, rule.Value, rule.Value.Use is { } use ? factory.Find(use, routes) : null))],
            Guards = guards,
            Tenancy = TenancySnapshot.Build(config, guards, tenancy ?? new()),
        };
    }

    // The providers that list the same model serve a plain name together, in the order of the file.
    private static void AddListed(RouteFactory factory, List<Target> targets, Dictionary<byte[], RoutePlan> routes, List<(string, string)> models)
    {
        foreach (var target in targets)
        {
            foreach (var model in factory.ListOf(target))
            {
                // Looked up first: a plan looks at every provider, and making one for each that lists the model takes minutes with a thousand of them.
                var plain = Escaped(model);
                if (!routes.ContainsKey(plain))
                {
                    routes.Add(plain, factory.PlanOfPlain(model));
                    models.Add((model, target.Name));
                }
                var qualified = $"{target.Name}/{model}";
                if (routes.TryAdd(Escaped(qualified), factory.Plan(target, Escaped(model)))) models.Add((qualified, target.Name));
            }
        }
    }

    private static void AddGroups(EdgeConfig config, RouteFactory factory, Dictionary<byte[], RoutePlan> routes, List<(string, string)> models)
    {
        var groups = config.Models.Groups
            .Select(group => (group.Key, Plan: factory.PlanOf(group.Value, name => factory.Find(name, routes)))).ToList();
        foreach (var (name, plan) in groups)
        {
            // None of its providers is in service.
            if (plan is null) continue;
            routes[Escaped(name)] = plan;
            models.RemoveAll(model => model.Item1 == name);
            models.Add((name, plan.Primary.Target.Name));
        }
    }

    private static void AddAliases(EdgeConfig config, RouteFactory factory, Dictionary<byte[], RoutePlan> routes, List<(string, string)> models)
    {
        foreach (var alias in config.Models.Aliases.Keys)
        {
            var name = alias;
            // Chains end: the configuration was checked for circles, and is bounded here all the same.
            for (var hops = 0; hops < 32 && config.Models.Aliases.TryGetValue(name, out var next); hops++) name = next;
            if (factory.Find(name, routes) is not { } plan) continue;
            // An alias wins over a provider's own model of that name: that is what an alias is for.
            routes[Escaped(alias)] = plan;
            models.RemoveAll(model => model.Item1 == alias);
            models.Add((alias, plan.Primary.Target.Name));
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
