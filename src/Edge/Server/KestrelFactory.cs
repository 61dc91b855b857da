using System.Net;
using System.Net.Sockets;
using Edge.Configuration;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging;

namespace Edge.Server;

/// <summary>Kestrel with nothing around it: no generic host, no middleware. That halves the start-up time and the idle memory of a slim web application.</summary>
public static class KestrelFactory
{
    /// <summary>The data plane's server.</summary>
    /// <param name="config">Limits and addresses, fixed for the life of the listener.</param>
    /// <param name="certificates">Null = plain HTTP.</param>
    /// <param name="port">Binds the listeners where others may listen beside them; null = nobody may.</param>
    /// <param name="logger">Takes warnings and errors.</param>
    public static KestrelServer DataPlane(ServerConfig config, ServerCertificates? certificates, SharedPort? port, ILoggerFactory logger)
    {
        var options = Options(config, certificates is null ? null : logger);
        foreach (var address in config.Listen)
        {
            Listen(options, address, listen =>
            {
                listen.Protocols = HttpProtocols.Http1AndHttp2;
                if (certificates is null) listen.Use(next => ClearTextHttp2.Middleware(next, options.Limits, port));
                else listen.UseHttps(new TlsHandshakeCallbackOptions { OnConnection = certificates.SelectAsync });
            });
        }
        // Inline scheduling: what the socket's completion brings runs on at once on the thread that polled it. The hop to the thread pool that this saves is
        // the largest avoidable cost of a proxied request. It means that nothing on the request path may block.
        var sockets = new SocketTransportOptions { UnsafePreferInlineScheduling = true, NoDelay = true, Backlog = 4096 };
        if (port is not null) sockets.CreateBoundListenSocket = port.Bind;
        return Create(options, sockets, logger);
    }

    /// <summary>The admin plane's server: default scheduling, because what it calls may block on a store.</summary>
    public static KestrelServer AdminPlane(AdminConfig admin, ServerConfig limits, ILoggerFactory logger)
    {
        var options = Options(limits, logger: null);
        options.Limits.MaxRequestBodySize = 16 << 20;
        foreach (var address in admin.Listen)
        {
            Listen(options, address, listen => listen.Protocols = HttpProtocols.Http1);
        }
        return Create(options, new SocketTransportOptions { IOQueueCount = 1 }, logger);
    }

    private static KestrelServerOptions Options(ServerConfig config, ILoggerFactory? logger)
    {
        var options = new KestrelServerOptions
        {
            AddServerHeader = false,
            AllowSynchronousIO = false,
            // HTTP/2 by prior knowledge says http, behind a TLS-ending load balancer it may say https: either is fine.
            AllowAlternateSchemes = true,
            ApplicationServices = logger is null ? NoServices.Instance : TlsServices.Build(logger),
        };
        var limits = options.Limits;
        limits.MinResponseDataRate = config.MinClientRate == 0 ? null : new MinDataRate(config.MinClientRate, TimeSpan.FromSeconds(5));
        // The body's size is checked by BodyStage, which answers in the client's dialect.
        limits.MaxRequestBodySize = null;
        limits.MaxRequestHeadersTotalSize = config.MaxHeaderSize;
        limits.MaxRequestLineSize = Math.Min(config.MaxHeaderSize, 16 << 10);
        limits.MaxRequestHeaderCount = config.MaxHeaderCount;
        limits.RequestHeadersTimeout = config.HeaderTimeout;
        limits.KeepAliveTimeout = config.KeepAliveTimeout;
        limits.MaxConcurrentConnections = config.MaxConnections == 0 ? null : config.MaxConnections;
        limits.Http2.MaxStreamsPerConnection = config.MaxStreamsPerConnection;
        limits.Http2.MaxRequestHeaderFieldSize = Math.Min(config.MaxHeaderSize, 16 << 10);
        return options;
    }

    private static KestrelServer Create(KestrelServerOptions options, SocketTransportOptions sockets, ILoggerFactory logger) =>
        new(Microsoft.Extensions.Options.Options.Create(options), new SocketTransportFactory(Microsoft.Extensions.Options.Options.Create(sockets), logger), logger);

    private static void Listen(KestrelServerOptions options, ListenAddress address, Action<ListenOptions> configure)
    {
        switch (address.Kind)
        {
            case ListenKind.Unix:
                // A socket file that an earlier process left behind would keep us from binding.
                RemoveStaleSocket(address.UnixPath!);
                options.ListenUnixSocket(address.UnixPath!, configure);
                break;
            case ListenKind.AnyIp:
                options.ListenAnyIP(address.Port, configure);
                break;
            case ListenKind.Localhost when address.Port != 0:
                options.ListenLocalhost(address.Port, configure);
                break;
            case ListenKind.Localhost:
                options.Listen(IPAddress.Loopback, 0, configure);
                break;
            default:
                options.Listen(address.Address!, address.Port, configure);
                break;
        }
    }

    // Only a socket, and only one behind which nobody listens: a mistyped path must not delete a file, nor take a running gateway's place.
    private static void RemoveStaleSocket(string path)
    {
        if (!File.Exists(path) || new FileInfo(path).Length > 0) return;
        try
        {
            using var probe = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            probe.Connect(new UnixDomainSocketEndPoint(path));
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionRefused)
        {
            // connect(2) answers so for a socket without a listener; for a regular file too, but that one is empty here.
            File.Delete(path);
        }
        catch (SocketException)
        {
            // Binding will say what is wrong with it.
        }
    }

    private sealed class NoServices : IServiceProvider
    {
        public static readonly NoServices Instance = new();

        public object? GetService(Type serviceType) => null;
    }
}
