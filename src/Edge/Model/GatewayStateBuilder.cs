using System.Buffers;
using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Edge.Configuration;
using Edge.Providers;
using Edge.Providers.Json;
using Edge.Upstream;
using Edge.Upstream.Credentials;
using Edge.Upstream.Simulator;
using Microsoft.Extensions.Primitives;
using HttpVersionPolicy = Edge.Configuration.HttpVersionPolicy;

namespace Edge.Model;

/// <summary>Builds the state from a valid configuration.</summary>
public static class GatewayStateBuilder
{
    // What GET /v1/models offers of a simulator that lists none; docs/simulator.md says what each does.
    private static readonly string[] _simulatorModels = ["simulator", "echo", "lorem"];
    private static readonly UpstreamEndpoint _nowhere = new() { Host = "simulator.invalid", Port = 1 };

    /// <exception cref="IOException">A CA file that could be read when the configuration was checked cannot be read now.</exception>
    /// <exception cref="System.Security.Cryptography.CryptographicException">A CA file holds no certificate.</exception>
    public static GatewayState Build(EdgeConfig config, TimeProvider time) => Build(config, provider => BuildTarget(provider, time));

    /// <summary>The same with targets of the caller's making, for tests and benchmarks.</summary>
    internal static GatewayState Build(EdgeConfig config, Func<ProviderConfig, Target> build)
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
        return new GatewayState(config, targets, routes, new ModelList(models)) { DefaultTarget = FindDefault(config, targets) };
    }

    /// <summary>A route to a model that is not listed, for a target that takes any.</summary>
    public static ModelRoute RouteTo(Target target, ReadOnlySpan<byte> escapedModel)
    {
        target = target.For(escapedModel);
        var header = StringValues.Empty;
        if (escapedModel.IndexOfAnyExceptInRange((byte)' ', (byte)'~') < 0 && !escapedModel.Contains((byte)'\\'))
        {
            header = Encoding.ASCII.GetString(escapedModel);
        }
        var paths = target.Paths ?? new TargetPaths(target.RootPath, target.Sheet, new JsonText(escapedModel, isEscaped: true).ToString());
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

    private static Target BuildTarget(ProviderConfig provider, TimeProvider time)
    {
        var info = ProviderTypes.Of(provider.Type);
        var isSimulator = info.Served == ServedAs.Simulator;
        // The simulator speaks OpenAI's dialect and has no sheet of its own.
        var sheet = info.SheetOf(provider.Api) ?? ProviderTypes.Of(ProviderType.OpenAiCompatible).Sheet!;
        return new Target
        {
            Name = provider.Name,
            NameHeader = provider.Name,
            Sheet = sheet,
            InProcess = isSimulator ? new SimulatorClient(time, Settings(provider.Simulator)).SendAsync : null,
            Endpoint = isSimulator ? _nowhere : BuildEndpoint(provider),
            RootPath = isSimulator ? "" : provider.ApiRoot!.AbsolutePath.TrimEnd('/'),
            Headers = isSimulator ? default : BuildHeaders(provider, sheet),
            Credential = isSimulator ? null : BuildCredential(provider, sheet, time),
            Limits = provider.Upstream,
            MaxTokensDefault = provider.MaxTokensDefault,
            AcceptsAnyModel = provider.Models.Count == 0,
        };
    }

    private static SimulatorSettings Settings(SimulatorConfig config) => new()
    {
        Seed = config.Seed,
        ChunkTokens = config.ChunkTokens,
        FirstByteDelay = config.FirstByteDelay,
        ChunkDelay = config.ChunkDelay,
        Reply = config.Reply,
        AllowRequestControl = config.AllowRequestControl,
    };

    private static UpstreamEndpoint BuildEndpoint(ProviderConfig provider)
    {
        var root = provider.ApiRoot!;
        X509Certificate2Collection? roots = null;
        if (provider.Tls.CaFile is { } file)
        {
            roots = [];
            roots.ImportFromPemFile(file);
        }
        return new UpstreamEndpoint
        {
            Host = root.IdnHost.Trim('[', ']'),
            Port = root.Port,
            UseTls = root.Scheme == Uri.UriSchemeHttps,
            HttpVersion = provider.HttpVersion switch
            {
                HttpVersionPolicy.Http2 => UpstreamHttpVersion.Http2,
                HttpVersionPolicy.Auto => UpstreamHttpVersion.Auto,
                _ => UpstreamHttpVersion.Http11,
            },
            TlsServerName = provider.Tls.ServerName,
            ExtraRoots = roots,
            InsecureSkipVerify = provider.Tls.InsecureSkipVerify,
            ConnectTimeout = provider.Upstream.ConnectTimeout,
            Proxy = provider.Proxy,
            ConnectionLifetime = provider.Upstream.ConnectionLifetime,
            IdleConnectionTimeout = provider.Upstream.IdleConnectionTimeout,
            MaxConnections = provider.Upstream.MaxConnections,
            MaxResponseHeaderSize = provider.Upstream.MaxResponseHeaderSize,
        };
    }

    // A configured header of that name wins over the key, as it wins over every other line.
    private static KeyRing? BuildCredential(ProviderConfig provider, Provider sheet, TimeProvider time)
    {
        if (!provider.HasKey || KeyRing.HeaderName(sheet.KeyScheme) is not { } header) return null;
        if (provider.Headers.Keys.Any(name => name.Equals(header, StringComparison.OrdinalIgnoreCase))) return null;
        IReadOnlyList<ApiKeyConfig> keys = provider.ApiKey.HasValue ? [new() { Key = provider.ApiKey }] : provider.ApiKeys;
        return new KeyRing(sheet.KeyScheme, [.. keys.Select(key => key.Key.Reveal())], time, provider.ApiKeyRest, [.. keys.Select(key => key.Weight)]);
    }

    private static ReadOnlyMemory<byte> BuildHeaders(ProviderConfig provider, Provider sheet)
    {
        var root = provider.ApiRoot!;
        // IdnHost drops the brackets that RFC 9110 wants around an IPv6 address.
        var host = root.HostNameType == UriHostNameType.IPv6 ? root.Host : root.IdnHost;
        var lines = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["host"] = root.IsDefaultPort ? host : string.Create(CultureInfo.InvariantCulture, $"{host}:{root.Port}"),
            ["content-type"] = "application/json",
            ["accept"] = "application/json, text/event-stream",
            // Compressed answers could not be looked at (usage, errors, end of stream) without unpacking them.
            ["accept-encoding"] = "identity",
            ["user-agent"] = $"EdgeGateway/{GatewayVersion.Text}",
        };
        if (sheet.Dialect == Dialect.Anthropic) lines["anthropic-version"] = provider.AnthropicVersion;
        if (provider.Organization is { } organization) lines["openai-organization"] = organization;
        if (provider.Project is { } project) lines["openai-project"] = project;
        foreach (var (name, value) in provider.Headers) lines[name.ToLowerInvariant()] = value.Reveal();

        var block = new StringBuilder();
        foreach (var (name, value) in lines) block.Append(name).Append(": ").Append(value).Append("\r\n");
        return Encoding.UTF8.GetBytes(block.ToString());
    }

    /// <summary>A name as it stands between a JSON string's quotes, in its shortest form.</summary>
    public static byte[] Escaped(string name)
    {
        var buffer = new ArrayBufferWriter<byte>();
        JsonText.Plain(Encoding.UTF8.GetBytes(name)).WriteEscaped(buffer);
        return buffer.WrittenSpan.ToArray();
    }
}
