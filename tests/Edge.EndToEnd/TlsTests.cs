using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Edge.EndToEnd;

/// <summary>TLS and HTTP/2 on both sides.</summary>
public class TlsTests
{
    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task The_data_plane_speaks_TLS_from_PEM_files(string version)
    {
        var folder = EdgeProcess.NewFolder();
        using var certificate = WriteCertificate(folder, "edge.test");
        await using var edge = await EdgeProcess.StartAsync(Kit.Simulator + Tls(folder), folder: folder);
        var seen = new List<string>();
        using var client = Client(edge, version, seen);
        using var response = await client.PostAsync(Kit.Chat.Replace("gpt-4o-mini", "simulator/echo", StringComparison.Ordinal));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(Version.Parse(version), response.Version);
        Assert.Equal([certificate.Thumbprint], seen);
        using var stream = await client.PostAsync(Kit.StreamedChat.Replace("gpt-4o-mini", "simulator/echo", StringComparison.Ordinal));
        Assert.EndsWith(OpenAiWire.Done, await stream.TextAsync());
    }

    [Fact]
    public async Task A_renewed_certificate_is_served_and_a_broken_one_is_not()
    {
        var folder = EdgeProcess.NewFolder();
        using var first = WriteCertificate(folder, "edge.test");
        await using var edge = await EdgeProcess.StartAsync(Kit.Simulator + Tls(folder), folder: folder);
        var seen = new List<string>();
        async Task AskAsync()
        {
            // A connection of its own each time: open ones keep the certificate they began with.
            using var client = Client(edge, "1.1", seen);
            using var response = await client.GetAsync("/v1/models", Kit.Stop);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        }
        await AskAsync();
        using var second = WriteCertificate(folder, "edge.test");
        await edge.Log.EventAsync("certificate_loaded");
        await AskAsync();
        await File.WriteAllTextAsync(Path.Combine(folder, "tls.crt"), "no certificate", Kit.Stop);
        await edge.Log.EventAsync("certificate_failed");
        await AskAsync();
        Assert.Equal([first.Thumbprint, second.Thumbprint, second.Thumbprint], seen);
    }

    [Fact]
    public async Task Plain_HTTP2_by_prior_knowledge_shares_the_port_with_HTTP1()
    {
        await using var edge = await EdgeProcess.StartAsync(Kit.Simulator);
        using var client = edge.CreateClient();
        client.DefaultRequestVersion = HttpVersion.Version20;
        client.DefaultVersionPolicy = System.Net.Http.HttpVersionPolicy.RequestVersionExact;
        var body = Kit.StreamedChat.Replace("gpt-4o-mini", "simulator/echo", StringComparison.Ordinal);
        var texts = await Task.WhenAll(Enumerable.Range(0, 50).Select(async _ =>
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, Kit.Path) { Content = Kit.Json(body), Version = HttpVersion.Version20, VersionPolicy = System.Net.Http.HttpVersionPolicy.RequestVersionExact };
            using var response = await client.SendAsync(request, Kit.Stop);
            Assert.Equal(HttpVersion.Version20, response.Version);
            return await response.TextAsync();
        }));
        Assert.All(texts, text => Assert.EndsWith(OpenAiWire.Done, text));
        using var plain = edge.CreateClient();
        using var old = await plain.PostAsync(body);
        Assert.Equal(HttpVersion.Version11, old.Version);
        Assert.Equal(HttpStatusCode.OK, old.StatusCode);
    }

    [Fact]
    public async Task A_stream_that_is_cancelled_over_HTTP2_ends_the_call()
    {
        await using var upstream = new FakeUpstream(async exchange =>
        {
            await exchange.StartStreamAsync();
            await exchange.EventAsync(OpenAiWire.Text("Hello"));
            await exchange.HangAsync();
        });
        await using var edge = await EdgeProcess.StartAsync(Kit.OpenAi(upstream));
        using var client = edge.CreateClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, Kit.Path)
        {
            Content = Kit.Json(Kit.StreamedChat),
            Version = HttpVersion.Version20,
            VersionPolicy = System.Net.Http.HttpVersionPolicy.RequestVersionExact,
        };
        var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Kit.Stop);
        var exchange = await upstream.NextRequestAsync();
        response.Dispose();
        await Patience.For(exchange.ClosedByGateway, "the provider's connection closed after the client's RST_STREAM");
        // The client's connection itself lives on.
        using var models = await client.GetAsync("/v1/models", Kit.Stop);
        Assert.Equal(HttpStatusCode.OK, models.StatusCode);
    }

    [Theory]
    [InlineData("ca_file")]
    [InlineData("insecure_skip_verify")]
    [InlineData("neither")]
    public async Task A_providers_certificate_is_checked(string trust)
    {
        var folder = EdgeProcess.NewFolder();
        using var certificate = WriteCertificate(folder, "provider.test");
        await using var upstream = new FakeUpstream(exchange => exchange.JsonAsync(OpenAiWire.Completion()), certificate);
        var tls = trust switch
        {
            "ca_file" => $"    tls:\n      server_name: provider.test\n      ca_file: {folder}/tls.crt\n",
            "insecure_skip_verify" => "    tls:\n      insecure_skip_verify: true\n",
            _ => "",
        };
        await using var edge = await EdgeProcess.StartAsync(Kit.OpenAi(upstream, tls), folder: folder);
        using var client = edge.CreateClient();
        using var response = await client.PostAsync(Kit.Chat);
        if (trust == "neither") await response.AssertErrorAsync(HttpStatusCode.BadGateway);
        else Assert.True(response.StatusCode == HttpStatusCode.OK, await response.TextAsync() + edge.Log);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_provider_may_speak_HTTP2(bool tls)
    {
        var folder = EdgeProcess.NewFolder();
        using var certificate = WriteCertificate(folder, "provider.test");
        var protocols = new List<string>();
        await using var provider = await ProviderAsync(tls ? certificate : null, protocols);
        var url = provider.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        var more = "    http_version: 2\n" + (tls ? $"    tls:\n      server_name: provider.test\n      ca_file: {folder}/tls.crt\n" : "");
        await using var edge = await EdgeProcess.StartAsync(Kit.OpenAi(url, more), folder: folder);
        using var client = edge.CreateClient();
        using var whole = await client.PostAsync(Kit.Chat);
        Assert.True(whole.StatusCode == HttpStatusCode.OK, await whole.TextAsync() + edge.Log);
        Assert.Equal(OpenAiWire.Completion(), await whole.TextAsync());
        using var stream = await client.PostAsync(Kit.StreamedChat);
        Assert.Equal(OpenAiWire.Stream(usage: false), await stream.TextAsync());
        Assert.Equal(["HTTP/2", "HTTP/2"], protocols);
    }

    [Fact]
    public async Task A_provider_may_reset_a_stream_of_HTTP2()
    {
        var seen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var provider = await ProviderAsync(null, [], resetWhen: seen.Task);
        var url = provider.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        await using var edge = await EdgeProcess.StartAsync(Kit.OpenAi(url, "    http_version: 2\n"));
        using var connection = await edge.ConnectAsync();
        await connection.SendAsync(Kit.Post(Kit.StreamedChat));
        Assert.Contains("\"Hello\"", await connection.ReadUntilAsync("}\n\n"));
        seen.SetResult();
        var rest = await connection.ReadUntilAsync("0\r\n\r\n");
        Assert.Contains("UPSTREAM_CUT", rest);
        Assert.DoesNotContain("[DONE]", rest);
    }

    // Kestrel as the provider: an HTTP/2 that is not ours.
    private static async Task<WebApplication> ProviderAsync(X509Certificate2? certificate, List<string> protocols, Task? resetWhen = null)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen =>
        {
            listen.Protocols = HttpProtocols.Http2;
            if (certificate is not null) listen.UseHttps(certificate);
        }));
        if (certificate is not null) builder.WebHost.UseKestrelHttpsConfiguration();
        var app = builder.Build();
        app.Run(async context =>
        {
            lock (protocols) protocols.Add(context.Request.Protocol);
            using var reader = new StreamReader(context.Request.Body);
            var body = await reader.ReadToEndAsync(Kit.Stop);
            if (!body.Contains("\"stream\":true", StringComparison.Ordinal))
            {
                context.Response.ContentType = "application/json";
                await context.Response.WriteAsync(OpenAiWire.Completion(), Kit.Stop);
                return;
            }
            context.Response.ContentType = "text/event-stream";
            if (resetWhen is not null)
            {
                await context.Response.WriteAsync(OpenAiWire.Event(OpenAiWire.Text("Hello")), Kit.Stop);
                await context.Response.Body.FlushAsync(Kit.Stop);
                await Patience.For(resetWhen, "the client's sight of the first event");
                context.Abort();
                return;
            }
            await context.Response.WriteAsync(OpenAiWire.Stream(), Kit.Stop);
        });
        await app.StartAsync(Kit.Stop);
        return app;
    }

    private static string Tls(string folder) => $"\nserver:\n  tls:\n    cert: {folder}/tls.crt\n    key: {folder}/tls.key\n";

    private static HttpClient Client(EdgeProcess edge, string version, List<string> thumbprints)
    {
        var handler = new SocketsHttpHandler
        {
            SslOptions = new SslClientAuthenticationOptions
            {
                RemoteCertificateValidationCallback = (_, certificate, _, errors) =>
                {
                    thumbprints.Add(certificate!.GetCertHashString());
                    // Signed by itself, but with the name that was asked for.
                    return errors == SslPolicyErrors.RemoteCertificateChainErrors;
                },
            },
        };
        var client = new HttpClient(handler)
        {
            BaseAddress = new Uri($"https://127.0.0.1:{edge.Port}"),
            Timeout = Patience.Limit,
            DefaultRequestVersion = Version.Parse(version),
            DefaultVersionPolicy = System.Net.Http.HttpVersionPolicy.RequestVersionExact,
        };
        // The name that the handshake asks for, too.
        client.DefaultRequestHeaders.Host = "edge.test";
        return client;
    }

    private static X509Certificate2 WriteCertificate(string folder, string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(name);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, false, 0, true));
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(30));
        // The key first: whoever reads between the two writes finds a pair that does not match, and keeps the old one.
        Replace(Path.Combine(folder, "tls.key"), key.ExportPkcs8PrivateKeyPem());
        Replace(Path.Combine(folder, "tls.crt"), certificate.ExportCertificatePem());
        return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), null);
    }

    private static void Replace(string path, string text)
    {
        File.WriteAllText(path + ".next", text);
        File.Move(path + ".next", path, overwrite: true);
    }
}
