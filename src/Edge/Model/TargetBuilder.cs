using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Edge.Configuration;
using Edge.Providers;
using Edge.Upstream;
using Edge.Upstream.Credentials;
using Edge.Upstream.Simulator;
using HttpVersionPolicy = Edge.Configuration.HttpVersionPolicy;

namespace Edge.Model;

/// <summary>Makes the target of a provider: everything that is the same for every request, once.</summary>
internal static class TargetBuilder
{
    private static readonly UpstreamEndpoint _nowhere = new() { Host = "simulator.invalid", Port = 1 };

    public static Target Build(ProviderConfig provider, ConfigEnvironment environment, TimeProvider time)
    {
        var info = ProviderTypes.Of(provider.Type);
        var isSimulator = info.Served == ServedAs.Simulator;
        // The simulator speaks OpenAI's dialect and has no sheet of its own.
        var sheet = info.SheetOf(provider.Api) ?? ProviderTypes.Of(ProviderType.OpenAiCompatible).Sheet! with { EmbeddingsPath = null, Endpoints = ProviderEndpoints.None };
        var target = Make(provider, sheet, isSimulator, environment, time, sibling: null);
        if (sheet.Name != "vertex") return target;
        // Claude on Vertex AI: another surface of the same place, with the same credential.
        return Make(provider, sheet, isSimulator, environment, time, Make(provider, ProviderCatalog.Find("vertex_anthropic")!, isSimulator, environment, time, sibling: null, target.Credential), target.Credential);
    }

    private static Target Make(
        ProviderConfig provider, Provider sheet, bool isSimulator, ConfigEnvironment environment, TimeProvider time, Target? sibling, ICredential? credential = null) => new()
        {
            Name = provider.Name,
            NameHeader = provider.Name,
            Sheet = sheet,
            Sibling = sibling,
            InProcess = isSimulator ? new SimulatorClient(time, Settings(provider.Simulator)).SendAsync : null,
            Endpoint = isSimulator ? _nowhere : BuildEndpoint(provider, environment),
            RootPath = isSimulator ? "" : provider.ApiRoot!.AbsolutePath.TrimEnd('/'),
            ApiVersion = provider.ApiVersion,
            Headers = isSimulator ? default : BuildHeaders(provider, sheet),
            Credential = credential ?? (isSimulator ? null : CredentialFactory.Create(provider, sheet, environment, time)),
            Limits = provider.Upstream,
            MaxTokensDefault = provider.MaxTokensDefault,
            AcceptsAnyModel = provider.Models.Count == 0,
        };

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
