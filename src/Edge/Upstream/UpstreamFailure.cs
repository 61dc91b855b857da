namespace Edge.Upstream;

/// <summary>Why an exchange with a provider failed. Expected failures are values: fail-over and billing need to know whom to blame.</summary>
public enum UpstreamFailure
{
    None,

    /// <summary>The host name did not resolve.</summary>
    Dns,

    /// <summary>Nothing accepted the connection: refused, unreachable, reset while connecting.</summary>
    Connect,

    /// <summary>No connection within the connect time-out (TCP and TLS together).</summary>
    ConnectTimeout,

    /// <summary>The TLS handshake failed: certificate, name, protocol.</summary>
    Tls,

    /// <summary>The target's connection limit was reached and none became free in time.</summary>
    PoolExhausted,

    /// <summary>The connection broke before a complete response head arrived.</summary>
    Reset,

    /// <summary>No response head within the first-byte time-out.</summary>
    FirstByteTimeout,

    /// <summary>The response breaks HTTP: bad status line, header, framing, or a head over the size limit.</summary>
    Protocol,

    /// <summary>The body ended before its framing said so (connection closed, reset, HTTP/2 RST_STREAM).</summary>
    Cut,

    /// <summary>No body byte for longer than the idle time-out.</summary>
    IdleTimeout,

    /// <summary>The whole exchange took longer than its total time-out.</summary>
    TotalTimeout,

    /// <summary>We gave up: the client left, or the gateway is stopping.</summary>
    Cancelled,

    /// <summary>The forward proxy could not be reached, refused us (407) or did not reach the provider.</summary>
    Proxy,
}
