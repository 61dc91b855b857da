using System.Globalization;
using Edge.Cache.Semantic;
using Edge.Storage.Redis;

namespace Edge.Configuration;

/// <summary>What holds between keys. Each rule adds its errors; none stops another.</summary>
internal static class ConfigRules
{
    public static void Check(BindContext context, EdgeConfig config)
    {
        CheckListeners(context, config);
        CheckServerTls(context, config.Server.Tls);
        CheckAdminTokens(context, config.Admin);
        CheckRouting(context, config);
        CheckAliases(context, config);
        GuardRules.Check(context, config);
        TenancyRules.Check(context, config);
        CheckPrices(context, config);
        CheckStores(context, config.Stores);
        CheckCaching(context, config.Caching);
        if (!config.Providers.Any(provider => provider.Enabled)) context.Warn(ProvidersField.Key, "none can serve: every request will be refused");
        if (config.Auth is { ApiKeys.Count: 0, Jwt.Count: 0, Anonymous.Enabled: not false } && config.Server.Listen.Any(IsReachableFromOutside))
        {
            context.Warn(
                "auth.api_keys",
                "none is set, and the gateway listens beyond this machine: anyone who reaches it can spend your providers' keys");
        }
    }

    private static void CheckListeners(BindContext context, EdgeConfig config)
    {
        var all = Places(context, "server.listen", config.Server.Listen);
        if (config.Admin.Enabled) all = all.Concat(Places(context, "admin.listen", config.Admin.Listen));
        var list = all.ToList();
        string Written((string Key, string Path, ListenAddress Address) place) =>
            context.IsSet(place.Path) ? context.Written(place.Path, "") : place.Address.ToString();
        for (var i = 1; i < list.Count; i++)
        {
            var other = list.Take(i).FirstOrDefault(other => other.Address.Collides(list[i].Address));
            // Within one list an equal address is an error of the list already.
            if (other.Path is null || (other.Key == list[i].Key && other.Address == list[i].Address)) continue;
            // The place in the file: of the one that the file sets, if the other is a default.
            var (at, clash) = context.IsSet(list[i].Path) ? (list[i], other) : (other, list[i]);
            context.Error(at.Path, $"cannot listen on the same address as {clash.Path} (value '{Written(at)}' and '{Written(clash)}')");
        }
    }

    private static IEnumerable<(string Key, string Path, ListenAddress Address)> Places(
        BindContext context, string key, IReadOnlyList<ListenAddress> addresses) =>
        addresses.Select((address, i) =>
        {
            var item = string.Create(CultureInfo.InvariantCulture, $"{key}[{i}]");
            return (key, context.IsSet(item) ? item : key, address);
        });

    private static void CheckServerTls(BindContext context, ServerTlsConfig? tls)
    {
        if (tls is null) return;
        const string Path = "server.tls";
        if (tls.Cert.Length == 0) context.Error(Path, "has no cert; allowed: cert and key together");
        if (tls.Key.Length == 0) context.Error(Path, "has no key; allowed: cert and key together");
    }

    // Whoever reaches the admin plane may try as many as it likes: what protects a token is its length.
    private static void CheckAdminTokens(BindContext context, AdminConfig admin)
    {
        const int Least = 16;
        const string TooShort = "is shorter than 16 characters; allowed: a random text, such as that of: openssl rand -hex 32";
        if (admin.Token.HasValue && admin.Token.Reveal().Length < Least) context.Error("admin.token", TooShort);
        var names = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < admin.Tokens.Count; i++)
        {
            var path = string.Create(CultureInfo.InvariantCulture, $"admin.tokens[{i}]");
            var token = admin.Tokens[i];
            if (token.Token.Reveal().Length < Least) context.Error(path, TooShort);
            if (token.Token == admin.Token) context.Error(path, "is admin.token as well");
            if (token is { Organisation: not null, Role: AdminRole.Operator })
            {
                context.Error(path + ".role", "is operator, which is no role within an organisation; allowed: owner, admin, developer, viewer, auditor");
            }
            if (token.Name is { } name && !names.Add(name)) context.Error(path + ".name", $"is the name of another token (value '{context.Written(path + ".name", "")}')");
        }
    }

    private static void CheckStores(BindContext context, StoresConfig stores)
    {
        if (stores.Database.HasValue && Storage.PostgresUrl.Parse(stores.Database.Reveal(), out var problem) is null) context.Error("stores.database", problem!);
        if (stores.Redis.HasValue && !RedisAddress.TryParse(stores.Redis.Reveal(), out _, out var error)) context.Error("stores.redis", $"{error}; allowed: {RedisAddress.Allowed}");
    }

    private static void CheckCaching(BindContext context, CachingConfig caching)
    {
        if (caching.EffectiveMode != CachingMode.Semantic || caching.AllowLowThreshold || caching.SimilarityThreshold >= SemanticOptions.LeastThreshold) return;
        context.Error("caching.similarity_threshold", "is so low that prompts which ask for different things share answers; allowed: a number from 0.92 to 1, or any with allow_low_threshold: true");
    }

    private static void CheckPrices(BindContext context, EdgeConfig config)
    {
        foreach (var (key, price) in config.Prices.Models)
        {
            var path = $"prices.models.{key}";
            if (price.Rates.IsEmpty && !context.Errors.Any(error => error.Path.StartsWith(path, StringComparison.Ordinal))) context.Error(path, "has no price; allowed: input and output, at least");
            var provider = PricesConfig.ProviderOf(key);
            if (ProviderTypes.Find(provider) is null && !config.Providers.Any(known => string.Equals(known.Name, provider, StringComparison.OrdinalIgnoreCase)))
            {
                context.Warn(path, $"no provider is named '{Shown.Text(provider)}' or of that type: the price is for nobody");
            }
        }
    }

    private static void CheckRouting(BindContext context, EdgeConfig config)
    {
        if (config.Routing.DefaultProvider is { } fallback) CheckProvider(context, config, fallback, "routing.default_provider", warnWhenOff: true);
        for (var i = 0; i < config.Routing.FallbackChain.Count; i++)
        {
            // One of several that is out of service is what a chain is for: no warning.
            var path = string.Create(CultureInfo.InvariantCulture, $"routing.fallback_chain[{i}]");
            var entry = config.Routing.FallbackChain[i];
            var slash = entry.IndexOf('/', StringComparison.Ordinal);
            if (slash < 0) CheckProvider(context, config, entry, path, warnWhenOff: false);
            else CheckModel(context, config, path, entry);
        }
        foreach (var (name, rule) in config.Routing.Rules)
        {
            var path = "routing.rules." + name;
            if (rule.Use is { } use) CheckModel(context, config, path + ".use", use);
            if (rule.Use is null && rule.Strategy is null) context.Error(path, "changes nothing; allowed: use, strategy, or both");
            for (var i = 0; i < rule.Keys.Count; i++)
            {
                if (config.Auth.ApiKeys.Any(key => key.Name == rule.Keys[i])) continue;
                var item = string.Create(CultureInfo.InvariantCulture, $"{path}.keys[{i}]");
                context.Error(item, $"names a key that does not exist (value '{context.Written(item, "")}'); allowed: the name of a key in auth.api_keys");
            }
        }
        foreach (var (name, rule) in config.Routing.Rules)
        {
            if (rule.MinInputTokens > rule.MaxInputTokens) context.Error($"routing.rules.{name}.min_input_tokens", "is above max_input_tokens, so that no request fits the rule");
        }
        if (config.Routing.Retry.MaxDelay < config.Routing.Retry.BaseDelay) context.Error("routing.retry.max_delay", "is less than routing.retry.base_delay");
        CheckGroups(context, config);
        CheckKeyNames(context, config);
        if (config.Routing.Breaker.MaxOpenFor < config.Routing.Breaker.OpenFor) context.Error("routing.breaker.max_open_for", "is less than routing.breaker.open_for");
    }

    private static void CheckGroups(BindContext context, EdgeConfig config)
    {
        foreach (var (name, group) in config.Models.Groups)
        {
            var path = "models.groups." + name;
            if (group.Targets.Count == 0) context.Error(path, "has no targets; allowed: a list of models");
            if (config.Models.Aliases.ContainsKey(name)) context.Error(path, "has the name of an alias");
            for (var i = 0; i < group.Targets.Count; i++) CheckMember(path + string.Create(CultureInfo.InvariantCulture, $".targets[{i}]"), group.Targets[i]);
            for (var i = 0; i < group.Fallbacks.Count; i++) CheckMember(path + string.Create(CultureInfo.InvariantCulture, $".fallbacks[{i}]"), group.Fallbacks[i]);
            if (group.Shadow.Target is null && context.IsSet(path + ".shadow.share")) context.Error(path + ".shadow", "has a share and no target");
            if (group.Shadow.Target is { } shadow) CheckMember(path + ".shadow.target", shadow);
            foreach (var weighed in group.Weights.Keys.Where(key => !group.Targets.Contains(key)))
            {
                context.Error($"{path}.weights.{weighed}", $"is no target of the group{Guess(weighed, group.Targets)}; allowed: {Shown.List(group.Targets)}");
            }
            if (group.Weights.Count > 0 && group.Targets.All(target => group.Weights.GetValueOrDefault(target, 1) == 0)) context.Error(path + ".weights", "leaves no target with a weight above 0");
        }

        void CheckMember(string path, string model)
        {
            if (config.Models.Groups.ContainsKey(model) && !config.Providers.Any(provider => provider.Models.Contains(model))) context.Error(path, $"names a group (value '{context.Written(path, "")}'); allowed: provider/model, or a model that a provider lists");
            else CheckModel(context, config, path, model);
        }
    }

    private static void CheckKeyNames(BindContext context, EdgeConfig config)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < config.Auth.ApiKeys.Count; i++)
        {
            var path = string.Create(CultureInfo.InvariantCulture, $"auth.api_keys[{i}].name");
            if (config.Auth.ApiKeys[i].Name is { } name && !seen.Add(name)) context.Error(path, $"is the name of another key (value '{context.Written(path, "")}')");
        }
    }

    private static void CheckModel(BindContext context, EdgeConfig config, string path, string model)
    {
        if (config.Models.Aliases.ContainsKey(model) || config.Models.Groups.ContainsKey(model)) return;
        if (WhyUnresolved(context, config, path, model) is { } reason) context.Error(path, reason);
    }

    private static void CheckProvider(BindContext context, EdgeConfig config, string name, string path, bool warnWhenOff)
    {
        if (config.FindProvider(name) is { } provider)
        {
            if (warnWhenOff && !provider.Enabled) context.Warn(path, $"'{name}' is left out ({provider.DisabledBecause})");
            return;
        }
        // With no providers declared, they depend on the machine's keys; a name that is known is then no mistake.
        if (!context.IsSet(ProvidersField.Key) && ProviderTypes.Find(name) is { EnvironmentPrefix: not null })
        {
            if (warnWhenOff) context.Warn(path, $"'{name}' is left out (its key is not set)");
            return;
        }
        var names = config.Providers.Select(provider => provider.Name).ToList();
        var written = context.Written(path, "");
        context.Error(path, $"names a provider that does not exist (value '{written}'){Guess(written, names)}; allowed: {Shown.List(names)}");
    }

    private static void CheckAliases(BindContext context, EdgeConfig config)
    {
        var aliases = config.Models.Aliases;
        var inCycle = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (alias, target) in aliases)
        {
            var path = "models.aliases." + alias;
            if (inCycle.Contains(alias)) continue;
            // A cycle is made of the aliases' own names, which the file holds as they are.
            if (Cycle(aliases, alias) is { } cycle)
            {
                context.Error(path, $"leads back to itself: {string.Join(" -> ", cycle.Append(alias).Select(Shown.Text))}");
                inCycle.UnionWith(cycle);
            }
            else if (!aliases.ContainsKey(target) && !config.Models.Groups.ContainsKey(target) && WhyUnresolved(context, config, path, target) is { } reason)
            {
                context.Error(path, reason);
            }
        }
    }

    /// <summary>The aliases from this one back to it; null where the chain ends or runs into somebody else's cycle.</summary>
    private static List<string>? Cycle(IReadOnlyDictionary<string, string> aliases, string start)
    {
        var chain = new List<string> { start };
        var at = start;
        while (chain.Count <= aliases.Count && aliases.TryGetValue(at, out var next))
        {
            if (next == start) return chain;
            chain.Add(at = next);
        }
        return null;
    }

    private static string? WhyUnresolved(BindContext context, EdgeConfig config, string path, string target)
    {
        if (config.Providers.Any(provider => provider.Models.Contains(target))) return null;

        var written = context.Written(path, "");
        var slash = target.IndexOf('/');
        var provider = slash > 0 ? config.FindProvider(target[..slash]) : null;
        if (provider is not null)
        {
            var model = target[(slash + 1)..];
            if (model.Length == 0) return $"names no model after the provider (value '{written}')";
            if (provider.Models.Count == 0 || provider.Models.Contains(model)) return null;
            var listed = ListedBy(context, provider);
            return $"names a model that '{provider.Name}' does not list (value '{written}'){Guess(written[(written.IndexOf('/') + 1)..], listed)}; "
                + $"allowed: {Shown.List(listed)}";
        }

        // A bare name that nobody lists goes to the default provider, which takes it if it lists nothing.
        var fallback = config.Routing.DefaultProvider is { } name
            ? config.FindProvider(name)
            : config.Providers.FirstOrDefault(candidate => candidate.Enabled);
        if (slash < 0 && fallback is { Models.Count: 0 }) return null;
        var known = config.Providers.SelectMany(candidate => ListedBy(context, candidate)).Concat(config.Models.Aliases.Keys).Distinct().ToList();
        return $"resolves to no model (value '{written}'){Guess(written, known)}; "
            + "allowed: provider/model, a model that a provider lists, or an alias";
    }

    private static IReadOnlyList<string> ListedBy(BindContext context, ProviderConfig provider) =>
        context.WrittenItems($"{ProvidersField.Key}.{provider.Name}.models");

    private static string Guess(string word, IEnumerable<string> known) => Nearest.Of(word, known) is { } guess ? $"; did you mean '{Shown.Text(guess)}'?" : "";

    private static bool IsReachableFromOutside(ListenAddress address) => address.Kind switch
    {
        ListenKind.AnyIp => true,
        ListenKind.Ip => !System.Net.IPAddress.IsLoopback(address.Address!),
        _ => false,
    };
}
