using Edge.Upstream.Proxies;

namespace Edge.Configuration;

/// <summary>What follows from a provider's own values: its address, its key, and whether it can serve.</summary>
internal static class ProviderRules
{
    /// <summary>
    /// The providers of a configuration that declares none: those with a key in the environment, and the simulator on request.
    /// </summary>
    public static IReadOnlyList<ProviderConfig> FromEnvironment(BindContext context, UpstreamConfig upstream, bool withSimulator)
    {
        var providers = new List<ProviderConfig>();
        foreach (var info in ProviderTypes.All)
        {
            if (info.KeyVariable is not { } variable || string.IsNullOrWhiteSpace(context.Environment.Variable(variable))) continue;
            var provider = new ProviderConfig { Name = info.Name, Type = info.Type, Upstream = upstream };
            providers.Add(Complete(context, provider, $"{ProvidersField.Key}.{info.Name}", []));
        }
        if (withSimulator)
        {
            var simulator = ProviderTypes.Of(ProviderType.Simulator).Name;
            providers.Add(new ProviderConfig { Name = simulator, Type = ProviderType.Simulator, Upstream = upstream });
        }
        return providers;
    }

    /// <summary>Fills in what the environment gives and what the type implies; turns off, with a reason, what cannot serve.</summary>
    public static ProviderConfig Complete(BindContext context, ProviderConfig provider, string path, IReadOnlyList<string> missingSecrets)
    {
        var info = ProviderTypes.Of(provider.Type);
        if (provider.ApiKey.HasValue && provider.ApiKeys.Count > 0) context.Error(path + ".api_keys", "stands beside api_key; allowed: one of the two");
        if (missingSecrets.Count == 0) provider = FromEnvironment(context, provider, info, path);
        provider = Place(context, provider, info, path);
        provider = provider with { ApiRoot = info.ApiRoot(provider) };

        if (info.Served == ServedAs.Provider && provider is { ApiRoot: null, Url: null } && info.SheetOf(provider.Api) is not null) NeedsUrl(context, provider, info, path);
        if (!provider.Enabled) return provider with { DisabledBecause = "enabled is false" };

        if (info.Served == ServedAs.NotBuilt)
        {
            context.NotEnforced.Add($"{path} (type {info.Name})");
            return Off(provider, $"type '{info.Name}' is not built yet");
        }
        string? reason = null;
        if (missingSecrets.Count > 0) reason = string.Join(", ", missingSecrets);
        else if (info.NeedsKey && !provider.HasKey && provider.Url is null && provider.Headers.Count == 0) reason = "it has no api_key";
        if (reason is not null)
        {
            context.Warn(path, $"left out: {reason}");
            return Off(provider, reason);
        }

        provider = Through(context, provider, path);
        IdentityRules.Check(context, provider, info.SheetOf(provider.Api), path);
        ClientIdentity.Check(context, provider.Tls, path + ".tls");
        if (provider.Tls.InsecureSkipVerify)
        {
            context.Warn(path + ".tls.insecure_skip_verify", "any certificate is accepted: prompts and keys can be read on the way");
        }
        if (provider is { ApiRoot: { Scheme: "http", IsLoopback: false }, HasKey: true })
        {
            context.Warn(path + ".url", "the api_key is sent without TLS");
        }
        return provider;
    }

    private static ProviderConfig Through(BindContext context, ProviderConfig provider, string path)
    {
        if (provider.ApiRoot is not { } root) return provider;
        // What stands in provider.Upstream is the provider's own or inherited; only the place in the file tells.
        var isOwn = context.IsSet(path + ".proxy");
        var proxy = ProxyRules.Choose(
            isOwn ? provider.Upstream.Proxy : null, isOwn ? null : provider.Upstream.Proxy, context.Environment.Variable,
            root.Scheme == Uri.UriSchemeHttps, root.IdnHost.Trim('[', ']'), root.Port, out var problem);
        if (problem is not null) context.Error(path, problem);
        return provider with { Proxy = proxy };
    }

    private static void NeedsUrl(BindContext context, ProviderConfig provider, ProviderTypeInfo info, string path)
    {
        // A url that is wrong has its own error already.
        if (context.HasError(path + ".url")) return;
        if (context.IsSet(path + ".type") || info.Name == provider.Name)
        {
            context.Error(path, $"type '{info.Name}' needs a url");
            return;
        }
        var guess = Nearest.Of(provider.Name, ProviderTypes.All.Select(type => type.Name)) is { } near ? $" (did you mean '{near}'?)" : "";
        context.Error(path, $"'{provider.Name}' is no known type of provider{guess}; allowed: a type, or a url of something compatible with OpenAI");
    }

    // Only where the file names no other place: a key of one provider must not go to whatever url stands beside it.
    private static ProviderConfig FromEnvironment(BindContext context, ProviderConfig provider, ProviderTypeInfo info, string path)
    {
        if (info.KeyVariable is not { } key || IsGiven(context, path + ".url")) return provider;
        var isKeyGiven = IsGiven(context, path + ".api_key") || IsGiven(context, path + ".api_keys");
        // AWS keys or a profile of the file are another account than the environment's Bedrock key may be: prompts would go there, and be billed there.
        if (!isKeyGiven && !provider.Aws.NamesIdentity) provider = WithKey(context, provider, key, path);
        if (info.EnvironmentPrefix is not { } prefix) return provider;

        var variable = prefix + "_BASE_URL";
        if (string.IsNullOrWhiteSpace(context.Environment.Variable(variable))) return provider;
        var node = new YamlScalar { Line = 0, Column = 0, IsPlain = false, Text = $"${{{variable}}}" };
        return Kinds.OptionalUrl.TryBind(context, node, path + ".url", null, out var url) ? provider with { Url = url } : provider;
    }

    // Set but wrong is given too: one mistake is one error.
    private static bool IsGiven(BindContext context, string path) => context.IsSet(path) || context.HasError(path);

    private static ProviderConfig WithKey(BindContext context, ProviderConfig provider, string variable, string path)
    {
        if (string.IsNullOrWhiteSpace(context.Environment.Variable(variable))) return provider;
        var node = new YamlScalar { Line = 0, Column = 0, IsPlain = false, Text = $"${{{variable}}}" };
        return Kinds.Secret.TryBind(context, node, path + ".api_key", default, out var key) ? provider with { ApiKey = key } : provider;
    }

    // Region and project of a cloud, and which of its surfaces.
    private static ProviderConfig Place(BindContext context, ProviderConfig provider, ProviderTypeInfo info, string path)
    {
        if (provider.Api != ProviderApi.Default && info.SheetOf(provider.Api) is null && !context.HasError(path + ".api"))
        {
            context.Error(path + ".api", $"type '{info.Name}' has no such surface; allowed: {Surfaces(info)}");
        }
        if (info.Sheet is not { } sheet || !(sheet.ApiRoot + sheet.UrlPath).Contains("{region", StringComparison.Ordinal)) return provider;
        if (provider.Region is null)
        {
            var region = sheet.RegionVariables.Select(context.Environment.Variable).FirstOrDefault(static value => !string.IsNullOrWhiteSpace(value));
            provider = provider with { Region = region?.Trim() ?? sheet.DefaultRegion };
        }
        if (!provider.Region!.All(static c => char.IsAsciiLetterOrDigit(c) || c == '-'))
        {
            context.Error(path + ".region", "is no region; allowed: letters, digits and '-'");
            provider = provider with { Region = sheet.DefaultRegion };
        }
        if (!(sheet.ApiRoot + sheet.UrlPath).Contains("{project}", StringComparison.Ordinal) || provider.Project is not null) return provider;
        var project = context.Environment.Variable("GOOGLE_CLOUD_PROJECT");
        if (!string.IsNullOrWhiteSpace(project)) return provider with { Project = project.Trim() };
        if (provider.Enabled && !context.HasError(path + ".project")) context.Error(path, $"type '{info.Name}' needs a project");
        return provider;
    }

    private static string Surfaces(ProviderTypeInfo info) => info.Type switch
    {
        ProviderType.AzureOpenAi => "v1, deployments",
        ProviderType.Ollama => "openai, native",
        ProviderType.Bedrock => "openai",
        _ => info.Sheet is { ResponsesPath: not null } ? "default, responses" : "default",
    };

    private static ProviderConfig Off(ProviderConfig provider, string reason) => provider with { Enabled = false, DisabledBecause = reason };
}
