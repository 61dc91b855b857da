namespace Edge.Configuration;

/// <summary>How the gateway talks to a provider. The root's <c>upstream</c> section gives the defaults, each provider may override each value.</summary>
public sealed record UpstreamConfig
{
    /// <summary>For the TCP connection and the TLS handshake together.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Of a streamed call: from the request's last byte to the response's first.</summary>
    public TimeSpan FirstByteTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Of a call that is not streamed: from the request's last byte to the response's headers, which come only when the whole answer is generated.</summary>
    public TimeSpan ResponseTimeout { get; init; } = TimeSpan.FromSeconds(600);

    /// <summary>The longest silence inside a stream.</summary>
    public TimeSpan StreamIdleTimeout { get; init; } = TimeSpan.FromSeconds(120);

    /// <summary>For the whole call, retries not included.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(600);

    /// <summary>Connections at once to one target.</summary>
    public int MaxConnections { get; init; } = 1024;

    /// <summary>How long an unused connection is kept.</summary>
    public TimeSpan IdleConnectionTimeout { get; init; } = TimeSpan.FromSeconds(90);

    /// <summary>All response headers together, in bytes.</summary>
    public int MaxResponseHeaderSize { get; init; } = 64 << 10;

    /// <summary>One event of a stream, in bytes.</summary>
    public int MaxEventSize { get; init; } = 4 << 20;

    /// <summary>An answer that is not streamed, in bytes.</summary>
    public long MaxResponseSize { get; init; } = 64L << 20;
}
