using System.Net;
using Edge.Upstream;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Edge.Tests.Upstream;

/// <summary>A real HTTP/2 server on an ephemeral port.</summary>
internal sealed class Http2Provider : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly bool _tls;
    private int _connections;

    private Http2Provider(WebApplication app, bool tls)
    {
        _app = app;
        _tls = tls;
    }

    public int Connections => Volatile.Read(ref _connections);

    public UpstreamEndpoint Endpoint
    {
        get
        {
            var address = new Uri(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());
            var endpoint = _tls ? Laboratory.Instance.Endpoint(address.Port) : UpstreamKit.Endpoint(address.Port);
            return endpoint with { HttpVersion = UpstreamHttpVersion.Http2 };
        }
    }

    public static async Task<Http2Provider> StartAsync(bool tls, HttpProtocols protocols, RequestDelegate answer)
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        Http2Provider? provider = null;
        builder.WebHost.UseKestrelCore().ConfigureKestrel(options => options.Listen(IPAddress.Loopback, 0, listen =>
        {
            listen.Protocols = protocols;
            listen.Use(next => connection =>
            {
                Interlocked.Increment(ref provider!._connections);
                return next(connection);
            });
            if (tls) listen.UseHttps(Laboratory.Instance.Server);
        }));
        if (tls) builder.WebHost.UseKestrelHttpsConfiguration();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        provider = new Http2Provider(app, tls);
        app.Run(answer);
        await app.StartAsync(TestContext.Current.CancellationToken);
        return provider;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
