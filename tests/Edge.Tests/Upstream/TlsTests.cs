using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Edge.Upstream;

namespace Edge.Tests.Upstream;

/// <summary>A root and a server certificate for <c>provider.test</c>, made for one run.</summary>
internal sealed class Laboratory
{
    public static readonly Laboratory Instance = new();

    private Laboratory()
    {
        using var rootKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var rootRequest = new CertificateRequest("CN=Laboratory Root", rootKey, HashAlgorithmName.SHA256);
        rootRequest.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        var from = new DateTimeOffset(2024, 1, 1, 0, 0, 0, TimeSpan.Zero);
        Root = rootRequest.CreateSelfSigned(from, from.AddYears(50));
        _roots = [Root];

        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=provider.test", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("provider.test");
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], false));
        using var signed = request.Create(Root, from, from.AddYears(40), [1, 2, 3, 4]);
        using var withKey = signed.CopyWithPrivateKey(key);
        Server = X509CertificateLoader.LoadPkcs12(withKey.Export(X509ContentType.Pfx), null);
    }

    private readonly X509Certificate2Collection _roots;

    public X509Certificate2 Root { get; }

    public X509Certificate2 Server { get; }

    public UpstreamEndpoint Endpoint(int port) => UpstreamKit.Endpoint(port) with
    {
        UseTls = true,
        TlsServerName = "provider.test",
        ExtraRoots = _roots,
    };
}

public class TlsTests
{
    private const string Hello = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

    [Fact]
    public async Task A_trusted_server_is_spoken_to_and_kept()
    {
        await using var server = new FakeServer(async connection =>
        {
            while (await connection.ReadRequestAsync() is not null) await connection.SendAsync(Hello);
        }, Laboratory.Instance.Server);
        await using var client = new UpstreamClient(TimeProvider.System);
        var endpoint = Laboratory.Instance.Endpoint(server.Port);
        for (var i = 0; i < 10; i++) Assert.Equal(new Outcome(UpstreamFailure.None, 200, "hello"), await client.FetchAsync(endpoint));
        Assert.Equal((1, 9L), (server.Accepted, client.Counters.Single().Reused));
    }

    [Fact]
    public async Task A_wrong_name_an_unknown_root_and_plain_text_are_tls_failures()
    {
        await using var server = new FakeServer(async connection =>
        {
            while (await connection.ReadRequestAsync() is not null) await connection.SendAsync(Hello);
        }, Laboratory.Instance.Server);
        await using var plain = FakeServer.SendingOnce("HTTP/1.1 400 Bad Request\r\n\r\n"u8.ToArray());
        await using var client = new UpstreamClient(TimeProvider.System);
        var endpoint = Laboratory.Instance.Endpoint(server.Port);
        foreach (var bad in new[]
        {
            endpoint with { TlsServerName = "other.test" },
            endpoint with { TlsServerName = null },
            endpoint with { ExtraRoots = null },
            endpoint with { ExtraRoots = [Laboratory.Instance.Server] },
        })
        {
            var outcome = await client.FetchAsync(bad);
            Assert.Equal(UpstreamFailure.Tls, outcome.Failure);
            Assert.False(string.IsNullOrEmpty(outcome.Detail));
        }
        Assert.All(client.Counters, counters => Assert.Equal(0, counters.Open));
        Assert.Equal("hello", (await client.FetchAsync(endpoint with { TlsServerName = "other.test", ExtraRoots = null, InsecureSkipVerify = true })).Body);
    }

    [Fact]
    public async Task A_body_cut_inside_tls_is_a_cut_and_a_cancel_closes()
    {
        var closed = new TaskCompletionSource();
        await using var server = new FakeServer(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhe");
            if (connection.Number == 1) return;
            await connection.WaitForCloseAsync();
            closed.SetResult();
        }, Laboratory.Instance.Server);
        await using var client = new UpstreamClient(TimeProvider.System);
        var endpoint = Laboratory.Instance.Endpoint(server.Port);
        Assert.Equal(new Outcome(UpstreamFailure.Cut, 200, "he"), await client.FetchAsync(endpoint));

        using var response = await client.SendAsync(endpoint, UpstreamKit.Request(), TestContext.Current.CancellationToken);
        var draining = response.DrainAsync();
        response.Abort();
        Assert.Equal(UpstreamFailure.Cancelled, (await draining).Failure);
        await closed.Task.WaitAsync(UpstreamKit.Patience, TestContext.Current.CancellationToken);
    }
}
