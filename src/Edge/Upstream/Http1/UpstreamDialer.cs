using System.Diagnostics.CodeAnalysis;
using System.Net.Security;
using System.Net.Sockets;
using Edge.Upstream.Proxies;

namespace Edge.Upstream.Http1;

/// <summary>A way to the endpoint, or why there is none.</summary>
/// <param name="Socket">Owned by whoever gets it; null on failure.</param>
/// <param name="Tls">The outermost TLS over it; null = plain.</param>
/// <param name="Failure">None where there is a socket.</param>
/// <param name="Detail">One line for logs; no secret.</param>
internal readonly record struct Dialed(Socket? Socket, SslStream? Tls, UpstreamFailure Failure, string? Detail);

/// <summary>
/// Opens a way to one endpoint: name, TCP, and where they are configured the proxy's TLS, the proxy's tunnel and the provider's TLS, each inside the one before.
/// The provider's certificate is checked against the provider's name, whatever lies between.
/// </summary>
internal sealed class UpstreamDialer
{
    private readonly UpstreamEndpoint _endpoint;
    private readonly TimeProvider _time;
    private readonly bool _tunnels;
    // One options object for all connections: TLS sessions are resumed between them.
    private readonly SslClientAuthenticationOptions? _tls;
    private readonly SslClientAuthenticationOptions? _proxyTls;

    /// <param name="endpoint">Where to.</param>
    /// <param name="time">For the stagger between addresses.</param>
    /// <param name="tunnels">Asks a proxy for a tunnel; false = the way ends at the proxy.</param>
    /// <param name="protocols">Offered by ALPN.</param>
    public UpstreamDialer(UpstreamEndpoint endpoint, TimeProvider time, bool tunnels, params SslApplicationProtocol[] protocols)
    {
        _endpoint = endpoint;
        _time = time;
        _tunnels = tunnels;
        if (endpoint.UseTls) _tls = UpstreamTls.Options(endpoint, protocols);
        if (endpoint.Proxy is { UseTls: true } proxy) _proxyTls = UpstreamTls.Options(endpoint, proxy);
    }

    /// <summary>Never throws: name resolution, sockets, TLS and certificates have more exceptions than can be listed.</summary>
    [SuppressMessage("Design", "CA1031", Justification = "See above.")]
    public async Task<Dialed> ConnectAsync(CancellationToken cancel)
    {
        var proxy = _endpoint.Proxy;
        Socket socket;
        try
        {
            socket = await HappyEyeballs.ConnectAsync(proxy?.Host ?? _endpoint.Host, proxy?.Port ?? _endpoint.Port, _time, cancel);
        }
        catch (Exception e)
        {
            var code = (e as SocketException)?.SocketErrorCode;
            if (proxy is not null) return new(null, null, UpstreamFailure.Proxy, $"the proxy does not accept connections: {code?.ToString() ?? e.Message}");
            var dns = code is SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain or SocketError.NoRecovery || e is ArgumentException;
            return new(null, null, dns ? UpstreamFailure.Dns : UpstreamFailure.Connect, code?.ToString() ?? e.Message);
        }
        if (proxy is null && _tls is null) return new(socket, null, UpstreamFailure.None, null);

        // Each layer owns the one below: disposing the outermost closes the socket.
        Stream stream = new NetworkStream(socket, ownsSocket: true);
        SslStream? tls = null;
        var blame = proxy is null ? UpstreamFailure.Tls : UpstreamFailure.Proxy;
        try
        {
            if (_proxyTls is not null) stream = tls = await SecureAsync(stream, _proxyTls, cancel);
            if (proxy is not null && _tunnels && await ProxyTunnel.OpenAsync(stream, _endpoint.Host, _endpoint.Port, proxy.Authorization, cancel) is { } refusal)
            {
                await stream.DisposeAsync();
                return new(null, null, UpstreamFailure.Proxy, refusal);
            }
            blame = UpstreamFailure.Tls;
            if (_tls is not null) tls = await SecureAsync(stream, _tls, cancel);
            return new(socket, tls, UpstreamFailure.None, null);
        }
        catch (Exception e)
        {
            await stream.DisposeAsync();
            return new(null, null, blame, (e.InnerException ?? e).Message);
        }
    }

    private static async Task<SslStream> SecureAsync(Stream inner, SslClientAuthenticationOptions options, CancellationToken cancel)
    {
        var tls = new SslStream(inner);
        try
        {
            await tls.AuthenticateAsClientAsync(options, cancel);
            return tls;
        }
        catch
        {
            await tls.DisposeAsync();
            throw;
        }
    }
}
