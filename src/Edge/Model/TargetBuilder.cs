using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Edge.Configuration;
using Edge.Providers;
using Edge.Routing.Health;
using Edge.Upstream;
using Edge.Upstream.Credentials;
using Edge.Upstream.Simulator;
using HttpVersionPolicy = Edge.Configuration.HttpVersionPolicy;

namespace Edge.Model;

/// <summary>Makes the target of a provider: everything that is the same for every request, once.</summary>
internal static class TargetBuilder
{
    private static readonly UpstreamEndpoint _nowhere = new() { Host = "simulator.invalid", Port = 1 };

    /// <param name="provider">Its configuration.</param>
    /// <param name="environment">Where credentials look beyond the configuration.</param>
    /// <param name="time">For tokens and rests.</param>
    /// <param name="previous">The target of that name in the state before; null = there was none.</param>
    public static Target Build(ProviderConfig provider, ConfigEnvironment environment, TimeProvider time, Target? previous)
    {
        var state = previous?.State ?? new ProviderState(provider.Name, time);
        var info = ProviderTypes.Of(provider.Type);
        var isSimulator = info.Served == ServedAs.Simulator;
        // The simulator speaks OpenAI's dialect and has no sheet of its own.
        var sheet = info.SheetOf(provider.Api) ?? ProviderTypes.Of(ProviderType.OpenAiCompatible).Sheet! with { EmbeddingsPath = null, Endpoints = ProviderEndpoints.None };
        if (isSimulator) return Make(provider, sheet, environment, state, null, "", null, new SimulatorClient(time, Settings(provider.Simulator)).SendAsync);

        var identity = CredentialFactory.Fingerprint(provider, environment);
        // What the environment names may have changed without a trace in the configuration.
        var keeps = previous?.Identity == identity && (sheet.KeyScheme != KeyScheme.GoogleOAuth || provider.Google.Credentials.HasValue);
        var credential = keeps ? previous!.Credential : CredentialFactory.Create(provider, sheet, environment, time);
        // Claude on Vertex AI: another surface of the same place, with the same credential.
        var sibling = sheet.Name == "vertex" ? Make(provider, ProviderCatalog.Find("vertex_anthropic")!, environment, state, credential, identity, null) : null;
        return Make(provider, sheet, environment, state, credential, identity, sibling);
    }

    private static Target Make(ProviderConfig provider, Provider sheet, ConfigEnvironment environment, ProviderState state, ICredential? credential, string identity, Target? sibling, InProcessProvider? inProcess = null) => new()
    {
        Name = provider.Name,
        KnownState = state,
        NameHeader = provider.Name,
        Sheet = sheet,
        Sibling = sibling,
        InProcess = inProcess,
        Endpoint = provider.ApiRoot is null ? _nowhere : BuildEndpoint(provider, environment),
        RootPath = provider.ApiRoot?.AbsolutePath.TrimEnd('/') ?? "",
        ApiVersion = provider.ApiVersion,
        Region = provider.Region ?? "",
        Headers = provider.ApiRoot is null ? default : BuildHeaders(provider, sheet),
        Credential = credential,
        Identity = identity,
        Secrets = SecretsOf(provider),
        Limits = provider.Upstream,
        MaxTokensDefault = provider.MaxTokensDefault,
        AcceptsAnyModel = provider.Models.Count == 0,
    };

    // What is too short to be a key would tear holes into any text.
    private static List<string> SecretsOf(ProviderConfig provider) =>
        [.. new[] { provider.ApiKey, provider.Aws.SecretAccessKey, provider.Aws.SessionToken, provider.Azure.ClientSecret }
            .Concat(provider.ApiKeys.Select(key => key.Key)).Concat(provider.Headers.Values)
            .Where(static secret => secret.HasValue).Select(static secret => secret.Reveal()).Where(static text => text.Length >= 8)];

    private static SimulatorSettings Settings(SimulatorConfig config) => new()
    {
        Seed = config.Seed,
        ChunkTokens = config.ChunkTokens,
        FirstByteDelay = config.FirstByteDelay,
        ChunkDelay = config.ChunkDelay,
        Reply = config.Reply,
        AllowRequestControl = config.AllowRequestControl,
    };

    private static UpstreamEndpoint BuildEndpoint(ProviderConfig provider, ConfigEnvironment environment)
    {
        var root = provider.ApiRoot!;
        var identity = ClientIdentity.Load(provider.Tls, environment);
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
            ClientCertificate = identity?.Certificate,
            ClientIssuers = identity?.Issuers,
            InsecureSkipVerify = provider.Tls.InsecureSkipVerify,
            ConnectTimeout = provider.Upstream.ConnectTimeout,
            Proxy = provider.Proxy,
            ConnectionLifetime = provider.Upstream.ConnectionLifetime,
            IdleConnectionTimeout = provider.Upstream.IdleConnectionTimeout,
            MaxConnections = provider.Upstream.MaxConnections,
            MaxResponseHeaderSize = provider.Upstream.MaxResponseHeaderSize,
        };
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
        if (sheet.Dialect == Dialect.Anthropic && sheet.AnthropicVersionInBody is null) lines["anthropic-version"] = provider.AnthropicVersion;
        if (provider.Organization is { } organization) lines["openai-organization"] = organization;
        if (sheet.Dialect == Dialect.OpenAi && provider.Project is { } project) lines["openai-project"] = project;
        foreach (var (name, value) in provider.Headers) lines[name.ToLowerInvariant()] = value.Reveal();

        var block = new StringBuilder();
        foreach (var (name, value) in lines) block.Append(name).Append(": ").Append(value).Append("\r\n");
        return Encoding.UTF8.GetBytes(block.ToString());
    }
}
