using System.Net.Security;

namespace Edge.Upstream.Http1;

/// <summary>Opens HTTP/1.1 connections to one endpoint. Cold; its time limit is the caller's token.</summary>
internal sealed class Http1Connector
{
    private readonly UpstreamDialer _dialer;

    public Http1Connector(UpstreamEndpoint endpoint, TimeProvider time)
    {
        // A plain request needs no tunnel: a proxy takes it whole, with the target in its first line.
        var isForwarded = endpoint is { Proxy: not null, UseTls: false };
        _dialer = new UpstreamDialer(endpoint, time, tunnels: !isForwarded, SslApplicationProtocol.Http11);
    }

    /// <summary>A transport, or a failure. Never throws.</summary>
    public async Task<(Http1Transport? Transport, UpstreamFailure Failure, string? Detail)> ConnectAsync(CancellationToken cancel)
    {
        var dialed = await _dialer.ConnectAsync(cancel);
        if (dialed.Failure != UpstreamFailure.None) return (null, dialed.Failure, dialed.Detail);
        return (dialed.Tls is { } tls ? new TlsTransport(dialed.Socket!, tls) : new SocketTransport(dialed.Socket!), UpstreamFailure.None, null);
    }
}
