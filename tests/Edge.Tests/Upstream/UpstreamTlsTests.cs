using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Edge.Upstream;
using Edge.Upstream.Http1;

namespace Edge.Tests.Upstream;

public class UpstreamTlsTests
{
    private const string Hello = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_issuer_that_the_server_did_not_send_is_not_fetched(bool extraRoots)
    {
        await using var issuers = FakeServer.SendingOnce("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"u8.ToArray());
        var (root, leaf) = ChainWithAia($"http://127.0.0.1:{issuers.Port}/{Guid.NewGuid():N}.crt");
        await using var server = FakeServer.Answering(Hello, leaf);
        await using var client = new UpstreamClient(TimeProvider.System);
        var endpoint = Laboratory.Instance.Endpoint(server.Port) with { ExtraRoots = extraRoots ? [root] : null };
        Assert.Equal(UpstreamFailure.Tls, (await client.FetchAsync(endpoint)).Failure);
        Assert.Equal(0, issuers.Accepted);
    }

    [Fact]
    public async Task The_policy_that_handshakes_share_does_not_grow()
    {
        await using var server = FakeServer.Answering(Hello, Laboratory.Instance.Server);
        var options = UpstreamTls.Options(Laboratory.Instance.Endpoint(server.Port));
        for (var i = 0; i < 3; i++)
        {
            using var socket = new System.Net.Sockets.TcpClient();
            await socket.ConnectAsync("127.0.0.1", server.Port, TestContext.Current.CancellationToken);
            await using var stream = new System.Net.Security.SslStream(socket.GetStream());
            await stream.AuthenticateAsClientAsync(options, TestContext.Current.CancellationToken);
        }
        var policy = options.CertificateChainPolicy!;
        Assert.Equal((0, 1, X509RevocationMode.NoCheck), (policy.ExtraStore.Count, policy.ApplicationPolicy.Count, policy.RevocationMode));
    }

    [Theory]
    [InlineData(UpstreamHttpVersion.Http11)]
    [InlineData(UpstreamHttpVersion.Http2)]
    public async Task A_validation_that_throws_is_a_tls_failure_and_costs_no_slot(UpstreamHttpVersion version)
    {
        await using var server = FakeServer.Answering(Hello, Laboratory.Instance.Server);
        await using var client = new UpstreamClient(TimeProvider.System);
        var broken = X509CertificateLoader.LoadCertificate(Laboratory.Instance.Root.RawData);
        var endpoint = Laboratory.Instance.Endpoint(server.Port) with { ExtraRoots = [broken], MaxConnections = 1, HttpVersion = version };
        broken.Dispose();
        for (var i = 0; i < 3; i++) Assert.Equal(UpstreamFailure.Tls, (await client.FetchAsync(endpoint)).Failure);
        Assert.All(client.Counters, counters => Assert.Equal((0, 0), (counters.Open, counters.Waiting)));
    }

    [Fact]
    public void Roots_are_compared_by_what_they_are()
    {
        static X509Certificate2 Copy(X509Certificate2 certificate) => X509CertificateLoader.LoadCertificate(certificate.RawData);
        var (root, server) = (Laboratory.Instance.Root, Laboratory.Instance.Server);
        var endpoint = UpstreamKit.Endpoint(1) with { ExtraRoots = [root, server] };
        var again = UpstreamKit.Endpoint(1) with { ExtraRoots = [Copy(server), Copy(root)] };
        Assert.Equal(endpoint, again);
        Assert.Equal(endpoint.GetHashCode(), again.GetHashCode());
        Assert.NotEqual(endpoint, endpoint with { ExtraRoots = [root] });
        Assert.NotEqual(endpoint, endpoint with { ExtraRoots = null });
    }

    // A root, an intermediate that nobody sends, and a server certificate that says where to fetch it.
    private static (X509Certificate2 Root, X509Certificate2 Leaf) ChainWithAia(string address)
    {
        var from = new DateTimeOffset(2024, 1, 1, 0, 0, 0, TimeSpan.Zero);
        using var rootKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var rootRequest = new CertificateRequest("CN=Root", rootKey, HashAlgorithmName.SHA256);
        rootRequest.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        var root = rootRequest.CreateSelfSigned(from, from.AddYears(50));

        using var middleKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var middleRequest = new CertificateRequest("CN=Intermediate", middleKey, HashAlgorithmName.SHA256);
        middleRequest.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        using var signedMiddle = middleRequest.Create(root, from, from.AddYears(45), [1, 2, 3, 5]);
        using var middle = signedMiddle.CopyWithPrivateKey(middleKey);

        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=provider.test", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("provider.test");
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509AuthorityInformationAccessExtension(null, [address]));
        using var signed = request.Create(middle, from, from.AddYears(40), [1, 2, 3, 6]);
        using var withKey = signed.CopyWithPrivateKey(key);
        return (root, X509CertificateLoader.LoadPkcs12(withKey.Export(X509ContentType.Pfx), null));
    }
}
