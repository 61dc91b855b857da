using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Edge.Configuration;
using Edge.Providers;
using Edge.Tests.Configuration;
using Edge.Tests.Upstream.Credentials.Aws;
using Edge.Tests.Upstream.Credentials.Azure;
using Edge.Upstream;
using Edge.Upstream.Credentials;
using Edge.Upstream.Credentials.Aws;
using Edge.Upstream.Credentials.Azure;
using Edge.Upstream.Credentials.Google;
using Edge.Upstream.Proxies;

namespace Edge.Tests.Upstream.Credentials;

/// <summary>Token endpoints are reached as the configuration says, not as the process's environment does. Their names resolve nowhere, so only the proxy can have answered.</summary>
public class TokenNetworkTests
{
    private const string Token = """{"access_token":"T","expires_in":3600,"token_type":"Bearer"}""";
    private const string User = """{"type":"authorized_user","client_id":"c","client_secret":"s","refresh_token":"r","token_uri":"http://tokens.invalid/token"}""";

    private readonly ConcurrentQueue<string> _heads = [];

    [Theory]
    [InlineData("google", "POST http://tokens.invalid/token HTTP/1.1")]
    [InlineData("entra", "POST http://login.invalid/t/oauth2/v2.0/token HTTP/1.1")]
    [InlineData("aws", "POST http://sts.invalid/ HTTP/1.1")]
    public async Task The_providers_proxy_is_asked_with_its_password(string kind, string line)
    {
        await using var proxy = Proxy();
        Assert.Null(ProxyAddress.TryParse($"http://user:pass%3A@127.0.0.1:{proxy.Port}", out var address));
        var environment = new FakeEnvironment().With("AZURE_AUTHORITY_HOST", "http://login.invalid").With("AWS_ENDPOINT_URL_STS", "http://sts.invalid")
            .With("AWS_WEB_IDENTITY_TOKEN_FILE", "/token").With("AWS_ROLE_ARN", "role").WithFile("/token", "jwt");

        await AskAsync(kind, environment, new TokenNetwork(new ProxySetting(address), null, environment));

        Assert.All(_heads, head => Assert.StartsWith(line, head, StringComparison.Ordinal));
        Assert.Contains(_heads, head => head.Contains("Proxy-Authorization: Basic dXNlcjpwYXNzOg==\r\n", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task None_and_NO_PROXY_mean_a_direct_way(bool isNone)
    {
        await using var proxy = Proxy();
        var environment = new FakeEnvironment().With("https_proxy", $"http://127.0.0.1:{proxy.Port}").With("http_proxy", $"http://127.0.0.1:{proxy.Port}");
        if (!isNone) environment.With("no_proxy", ".invalid");

        Assert.NotNull(await AskAsync("google", environment, new TokenNetwork(isNone ? new ProxySetting(null) : null, null, environment)));

        Assert.Empty(_heads);
    }

    [Theory]
    [InlineData("google")]
    [InlineData("workload")]
    [InlineData("entra")]
    [InlineData("aws")]
    public async Task A_token_endpoint_may_be_certified_by_the_providers_own_authority(string kind)
    {
        var (root, leaf) = Certificates();
        await using var server = new FakeServer(AnswerAsync, leaf);
        var folder = Directory.CreateTempSubdirectory("edge-ca-");
        try
        {
            var file = Path.Combine(folder.FullName, "ca.pem");
            await File.WriteAllTextAsync(file, root.ExportCertificatePem(), TestContext.Current.CancellationToken);
            var environment = new FakeEnvironment().With("AZURE_AUTHORITY_HOST", $"https://127.0.0.1:{server.Port}").With("AWS_ENDPOINT_URL_STS", $"https://127.0.0.1:{server.Port}")
                .With("AWS_WEB_IDENTITY_TOKEN_FILE", "/token").With("AWS_ROLE_ARN", "role").WithFile("/token", "jwt").WithFile(file, root.ExportCertificatePem());
            var type = kind switch { "aws" => "bedrock: {region: r", "entra" => "azure_openai: {url: 'https://x', azure: {tenant_id: t, client_id: c, client_secret: s}", _ => "vertex: {project: p, region: r" };
            if (kind is "google") type += $", google: {{credentials: '{User.Replace("http://tokens.invalid", $"https://127.0.0.1:{server.Port}", StringComparison.Ordinal)}'}}";
            if (kind is "workload") type += $$$""", google: {credentials: '{"type":"external_account","audience":"a","subject_token_type":"t","token_url":"https://127.0.0.1:{{{server.Port}}}/token","credential_source":{"file":"/token"}}'}""";

            // As the configuration makes it, with the authority and without.
            Assert.Null(await AuthorizeAsync($"providers: {{{type}, tls: {{ca_file: '{file}'}}}}}}", environment));
            Assert.NotEmpty(_heads);
            var asked = _heads.Count;
            Assert.NotNull(await AuthorizeAsync($"providers: {{{type}}}}}", environment));
            Assert.Equal(asked, _heads.Count);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void Another_way_is_another_identity()
    {
        var environment = new FakeEnvironment();
        string Of(string more) => CredentialFactory.Fingerprint(environment.Load($"providers: {{bedrock: {{region: r{more}}}}}").Valid().Providers[0], environment);

        Assert.Equal(Of(""), Of(", timeout: 5s"));
        Assert.NotEqual(Of(""), Of(", proxy: none"));
        Assert.NotEqual(Of(", proxy: 'http://a:b@h:1'"), Of(", proxy: 'http://a:c@h:1'"));
    }

    // What went wrong; null = nothing.
    private static async Task<string?> AskAsync(string kind, FakeEnvironment environment, TokenNetwork network)
    {
        var stop = TestContext.Current.CancellationToken;
        if (kind == "aws") return (await new AwsKeyChain(new(), "r", environment, TimeProvider.System, network).FetchAsync(stop)).Problem;
        if (kind == "google")
        {
            using var google = new GoogleCredential(User, null, TimeProvider.System, network);
            return (await google.AuthorizeAsync(new UpstreamRequest(), stop)).Problem;
        }
        using var entra = new EntraCredential(new EntraOptions { TenantId = "t", ClientId = "c", ClientSecret = new Secret("s") }, environment, new TokenTime(), network);
        return (await entra.AuthorizeAsync(new UpstreamRequest(), stop)).Problem;
    }

    private static async Task<string?> AuthorizeAsync(string yaml, FakeEnvironment environment)
    {
        var provider = environment.Load(yaml).Valid().Providers[0];
        var sheet = ProviderCatalog.Find(provider.Name)!;
        var credential = CredentialFactory.Create(provider, sheet, environment, TimeProvider.System)!;
        using (credential as IDisposable)
        {
            return (await credential.AuthorizeAsync(new UpstreamRequest { Path = "/"u8.ToArray(), Method = "POST" }, TestContext.Current.CancellationToken)).Problem;
        }
    }

    private async Task AnswerAsync(FakeConnection connection)
    {
        while (await connection.ReadRequestAsync() is { } head)
        {
            _heads.Enqueue(head);
            var answer = head.StartsWith("POST / ", StringComparison.Ordinal) ? AwsEndpoint.StsAnswer("AssumeRoleWithWebIdentity", "role", "2999-01-31T12:00:00Z") : Token;
            await connection.SendAsync($"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {answer.Length}\r\n\r\n{answer}");
        }
    }

    // An authority that nobody knows, and a server's certificate of it.
    private static (X509Certificate2 Root, X509Certificate2 Leaf) Certificates()
    {
        var from = new DateTimeOffset(2024, 1, 1, 0, 0, 0, TimeSpan.Zero);
        using var rootKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var rootRequest = new CertificateRequest("CN=Token Root", rootKey, HashAlgorithmName.SHA256);
        rootRequest.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        var root = rootRequest.CreateSelfSigned(from, from.AddYears(50));
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=tokens", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using var signed = request.Create(root, from, from.AddYears(40), [1, 2, 3, 5]);
        using var withKey = signed.CopyWithPrivateKey(key);
        return (root, X509CertificateLoader.LoadPkcs12(withKey.Export(X509ContentType.Pfx), null));
    }

    private FakeServer Proxy() => new(async connection =>
    {
        while (await connection.ReadRequestAsync() is { } head)
        {
            _heads.Enqueue(head);
            await connection.SendAsync(head.Contains("Proxy-Authorization:", StringComparison.Ordinal)
                ? $"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {Token.Length}\r\n\r\n{Token}"
                : "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"p\"\r\nContent-Length: 0\r\n\r\n");
        }
    });
}
