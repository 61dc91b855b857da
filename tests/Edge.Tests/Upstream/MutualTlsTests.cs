using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Edge.Configuration;
using Edge.Model;
using Edge.Tests.Configuration;

namespace Edge.Tests.Upstream;

/// <summary>A provider that demands a certificate, and the files that it comes from.</summary>
public sealed class MutualTlsTests : IDisposable
{
    private const string Chat = """{"model":"fake/m","messages":[{"role":"user","content":"hi"}]}""";
    private const string Answer = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}";

    private static readonly DateTimeOffset _from = new(2024, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("edge-mtls-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("1.1")]
    [InlineData("auto")]
    public async Task The_provider_is_shown_the_certificate_and_its_issuers(string version)
    {
        var (root, certificate, key) = Chain("one");
        await using var server = DemandingServer(root);
        Write(certificate, key);
        var yaml = Yaml(server.Port, "      cert_file: FOLDER/client.pem\n      key_file: FOLDER/client.key\n") + $"    http_version: {version}\n";
        await using var kit = await GatewayKit.StartAsync(Load(yaml).Valid());
        Assert.StartsWith("HTTP/1.1 200 ", await PostAsync(kit), StringComparison.Ordinal);

        await using var bare = await GatewayKit.StartAsync(Load(Yaml(server.Port, "")).Valid());
        Assert.StartsWith("HTTP/1.1 502 ", await PostAsync(bare), StringComparison.Ordinal);

        var (_, stranger, strangersKey) = Chain("two");
        Write(stranger, strangersKey);
        await using var wrong = await GatewayKit.StartAsync(Load(yaml).Valid());
        Assert.StartsWith("HTTP/1.1 502 ", await PostAsync(wrong), StringComparison.Ordinal);
    }

    [Fact]
    public void A_renewed_file_is_a_change_of_the_configuration_and_of_the_connections()
    {
        var (_, certificate, key) = Chain("one");
        Write(certificate, key);
        var yaml = Yaml(1, "      cert_file: FOLDER/client.pem\n      key_file: FOLDER/client.key\n");
        var (first, same) = (Load(yaml), Load(yaml));
        var before = EndpointOf(first);
        Assert.Equal(before, EndpointOf(same));

        var (_, renewed, renewedKey) = Chain("one");
        Write(renewed, renewedKey);
        foreach (var file in new[] { "client.pem", "client.key" })
        {
            var source = first.Sources.Single(source => source.Path.EndsWith(file, StringComparison.Ordinal));
            Assert.NotEqual(source.Stamp, ConfigEnvironment.Process.Stamp(source.Path));
        }
        Assert.NotEqual(before, EndpointOf(Load(yaml)));
    }

    [Theory]
    [InlineData("cert_file: c.pem", "providers.fake.tls: has no key_file; allowed: cert_file and key_file together, or neither")]
    [InlineData("key_file: k.pem", "providers.fake.tls: has no cert_file; allowed: cert_file and key_file together, or neither")]
    [InlineData("{cert_file: none.pem, key_file: k.pem}", "and key_file cannot be used (there is no such file)")]
    [InlineData("{cert_file: k.pem, key_file: k.pem}", "and key_file cannot be used (they hold no PEM certificate with an unencrypted private key)")]
    [InlineData("{cert_file: c.pem, key_file: c.pem}", "and key_file cannot be used (they hold no PEM certificate with an unencrypted private key)")]
    [InlineData("{cert_file: c.pem, key_file: locked.pem}", "and key_file cannot be used (they hold no PEM certificate with an unencrypted private key)")]
    [InlineData("{cert_file: c.pem, key_file: other.pem}", "and key_file cannot be used (the key is not this certificate's)")]
    public void What_cannot_be_used_is_said_when_it_is_loaded(string tls, string error)
    {
        var (_, certificate, key) = Chain("one");
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var environment = new FakeEnvironment().WithFile("c.pem", certificate).WithFile("k.pem", key).WithFile("other.pem", other.ExportPkcs8PrivateKeyPem())
            .WithFile("locked.pem", other.ExportEncryptedPkcs8PrivateKeyPem("secret", new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1000)));
        if (!tls.StartsWith('{')) tls = "{" + tls + "}";
        var result = environment.Load($"providers:\n  fake:\n    type: openai\n    api_key: k\n    tls: {tls}\n");
        Assert.Contains(error, Assert.Single(result.ErrorTexts()), StringComparison.Ordinal);
    }

    private static FakeServer DemandingServer(X509Certificate2 root) => new(async connection =>
    {
        while (await connection.ReadRequestAsync() is not null) await connection.SendAsync(Answer);
    }, Laboratory.Instance.Server, (_, certificate, sent, _) =>
    {
        if (certificate is null) return false;
        // It knows the root alone: what stands between must come from the client.
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.CustomTrustStore.Add(root);
        chain.ChainPolicy.ExtraStore.AddRange(sent!.ChainPolicy.ExtraStore);
        return chain.Build(X509CertificateLoader.LoadCertificate(certificate.Export(X509ContentType.Cert)));
    });

    private static Task<string> PostAsync(GatewayKit kit) =>
        kit.SendRawAsync($"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {Chat.Length}\r\n\r\n{Chat}");

    private static Edge.Upstream.UpstreamEndpoint EndpointOf(ConfigResult result) => GatewayStateBuilder.Build(result.Valid(), TimeProvider.System).Targets.Single().Endpoint;

    private static string Yaml(int port, string tls) =>
        $"providers:\n  fake:\n    type: openai\n    api_key: k\n    url: https://127.0.0.1:{port}/v1\n    tls:\n      server_name: provider.test\n      ca_file: FOLDER/ca.pem\n{tls}";

    private ConfigResult Load(string yaml)
    {
        File.WriteAllText(Path.Combine(_folder.FullName, "ca.pem"), Laboratory.Instance.Root.ExportCertificatePem());
        var path = Path.Combine(_folder.FullName, "edge.yaml");
        File.WriteAllText(path, yaml.Replace("FOLDER", _folder.FullName, StringComparison.Ordinal));
        return ConfigLoader.Load(path, ConfigEnvironment.Process);
    }

    private void Write(string certificate, string key)
    {
        File.WriteAllText(Path.Combine(_folder.FullName, "client.pem"), certificate);
        File.WriteAllText(Path.Combine(_folder.FullName, "client.key"), key);
    }

    // A root, and as PEM a client's certificate with the intermediate authority behind it, and its key.
    private static (X509Certificate2 Root, string Certificate, string Key) Chain(string name)
    {
        using var rootKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var root = Authority($"CN=Root {name}", rootKey).CreateSelfSigned(_from, _from.AddYears(50));
        using var middleKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var signedMiddle = Authority($"CN=Intermediate {name}", middleKey).Create(root, _from, _from.AddYears(45), [1, 2, 3, 5]);
        using var middle = signedMiddle.CopyWithPrivateKey(middleKey);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN=gateway {name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.2")], false));
        using var leaf = request.Create(middle, _from, _from.AddYears(40), [1, 2, 3, 6]);
        var pem = new StringBuilder().AppendLine(leaf.ExportCertificatePem()).AppendLine(middle.ExportCertificatePem());
        return (root, pem.ToString(), key.ExportPkcs8PrivateKeyPem());
    }

    private static CertificateRequest Authority(string name, ECDsa key)
    {
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        return request;
    }
}
