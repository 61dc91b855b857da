using Edge.Upstream.Proxies;

namespace Edge.Configuration;

/// <summary>
/// How the gateway talks to a provider. The root's <c>upstream</c> section gives the defaults, each provider may override each value.
/// </summary>
public sealed record UpstreamConfig
{
    /// <summary>For the TCP connection and the TLS handshake together.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Of a streamed call: from the request's last byte to the response's first.</summary>
    public TimeSpan FirstByteTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// Of a call that is not streamed: from the request's last byte to the response's headers, which come only when the whole answer is
    /// generated.
    /// </summary>
    public TimeSpan ResponseTimeout { get; init; } = TimeSpan.FromSeconds(600);

    /// <summary>The longest silence inside a stream.</summary>
    public TimeSpan StreamIdleTimeout { get; init; } = TimeSpan.FromSeconds(120);

    /// <summary>Of a streamed call: from the request's last byte to the first event of the answer.</summary>
    public TimeSpan FirstTokenTimeout { get; init; } = TimeSpan.FromSeconds(120);

    /// <summary>For the whole call, retries not included.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(600);

    /// <summary>Connections at once to one target. In HTTP/1.1 a stream holds one as long as it runs, so by default as many as requests may be in flight.</summary>
    public int MaxConnections { get; init; } = 10_000;

    /// <summary>Requests at once; 0 = as many as come.</summary>
    public int MaxConcurrent { get; init; }

    /// <summary>The limit follows what the provider carries, between a few and <see cref="MaxConcurrent"/>.</summary>
    public bool AdaptiveConcurrency { get; init; } = true;

    /// <summary>Requests that wait for their turn, at most.</summary>
    public int MaxQueued { get; init; } = 100;

    /// <summary>How long one waits, at most.</summary>
    public TimeSpan QueueTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Zero = not probed.</summary>
    public TimeSpan ProbeInterval { get; init; }

    /// <summary>Below the API's root.</summary>
    public string ProbePath { get; init; } = "/models";

    /// <summary>How long an unused connection is kept.</summary>
    public TimeSpan IdleConnectionTimeout { get; init; } = TimeSpan.FromSeconds(90);

    /// <summary>How old a connection may be when it takes a request: a new one follows changes of the host's addresses.</summary>
    public TimeSpan ConnectionLifetime { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>The forward proxy, or none whatever the environment says; null = as the environment says.</summary>
    public ProxySetting? Proxy { get; init; }

    /// <summary>All response headers together, in bytes.</summary>
    public int MaxResponseHeaderSize { get; init; } = 64 << 10;

    /// <summary>One event of a stream, in bytes.</summary>
    public int MaxEventSize { get; init; } = 4 << 20;

    /// <summary>An answer that is not streamed, in bytes.</summary>
    public long MaxResponseSize { get; init; } = 64L << 20;

    internal static ConfigSection<UpstreamConfig> Section { get; } = new ConfigSection<UpstreamConfig>(
            "upstream", "How providers are called. Every key may be set again on a provider, for that provider alone.", new())
        .Field("connect_timeout", Kinds.Duration("1ms", "1h"), c => c.ConnectTimeout, (c, v) => c with { ConnectTimeout = v },
            "For the TCP connection and the TLS handshake together.")
        .Field("first_byte_timeout", Kinds.Duration("1ms", "1d"), c => c.FirstByteTimeout, (c, v) => c with { FirstByteTimeout = v },
            "Streamed calls: from the request sent to the first byte of the answer.")
        .Field("response_timeout", Kinds.Duration("1ms", "1d"), c => c.ResponseTimeout, (c, v) => c with { ResponseTimeout = v },
            "Calls that are not streamed: from the request sent to the answer's headers, which come only when all is generated.")
        .Field("stream_idle_timeout", Kinds.Duration("1ms", "1d"), c => c.StreamIdleTimeout, (c, v) => c with { StreamIdleTimeout = v },
            "The longest silence inside a stream.")
        .Field("first_token_timeout", Kinds.Duration("1ms", "1d"), c => c.FirstTokenTimeout, (c, v) => c with { FirstTokenTimeout = v },
            "Streamed calls: from the request sent to the first event of the answer.")
        .Field("timeout", Kinds.Duration("1ms", "1d"), c => c.Timeout, (c, v) => c with { Timeout = v },
            "For one call from start to end.")
        .Field("max_connections", Kinds.Int(1, 1_000_000), c => c.MaxConnections, (c, v) => c with { MaxConnections = v },
            "Connections at once to one target.")
        .Field("max_concurrent", Kinds.Int(0, 1_000_000), c => c.MaxConcurrent, (c, v) => c with { MaxConcurrent = v },
            "Requests at once to the provider; what is more waits, or goes to another target. `0`: as many as come.")
        .Field("adaptive_concurrency", Kinds.Bool, c => c.AdaptiveConcurrency, (c, v) => c with { AdaptiveConcurrency = v },
            "With `max_concurrent`: fewer at once while the provider is overloaded or slow.")
        .Field("max_queued", Kinds.Int(0, 1_000_000), c => c.MaxQueued, (c, v) => c with { MaxQueued = v },
            "Requests that wait for their turn at the provider, at most.")
        .Field("queue_timeout", Kinds.Duration("0", "10m"), c => c.QueueTimeout, (c, v) => c with { QueueTimeout = v },
            "How long one waits for its turn, at most.")
        .Field("probe_interval", Kinds.Duration("0", "1d"), c => c.ProbeInterval, (c, v) => c with { ProbeInterval = v },
            "How often the provider is asked whether it is well; `0`: never, requests tell.")
        .Field("probe_path", Kinds.NonEmptyText, c => c.ProbePath, (c, v) => c with { ProbePath = v },
            "The path below the provider's root that is asked (GET); any answer below 500 but 401 and 403 is well.")
        .Field("idle_connection_timeout", Kinds.Duration("1s", "1d"),
            c => c.IdleConnectionTimeout, (c, v) => c with { IdleConnectionTimeout = v },
            "How long an unused connection is kept.")
        .Field("connection_lifetime", Kinds.Duration("1s", "7d"), c => c.ConnectionLifetime, (c, v) => c with { ConnectionLifetime = v },
            "How old a connection may be when it takes a request; a new one follows changes of the host's addresses.")
        .Field("proxy", Kinds.OptionalProxy, c => c.Proxy, (c, v) => c with { Proxy = v },
            "The forward proxy to call through, `http[s]://[user:password@]host:port`, or `none`. Set on a provider, it holds for loopback and in spite of `NO_PROXY` too.",
            defaultText: "`HTTPS_PROXY` / `HTTP_PROXY` / `ALL_PROXY` where `NO_PROXY` does not name the host")
        .Field("max_response_header_size", Kinds.IntSize(1 << 10, 1 << 20),
            c => c.MaxResponseHeaderSize, (c, v) => c with { MaxResponseHeaderSize = v },
            "All headers of an answer together.")
        .Field("max_event_size", Kinds.IntSize(1 << 10, 256 << 20), c => c.MaxEventSize, (c, v) => c with { MaxEventSize = v },
            "One event of a stream.")
        .Field("max_response_size", Kinds.Size(1 << 10, 1L << 30), c => c.MaxResponseSize, (c, v) => c with { MaxResponseSize = v },
            "An answer that is not streamed.");
}
