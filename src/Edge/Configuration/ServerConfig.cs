namespace Edge.Configuration;

/// <summary>The data plane's listener and what one client may take of it.</summary>
public sealed record ServerConfig
{
    public IReadOnlyList<ListenAddress> Listen { get; init; } = [ListenAddress.Loopback(8080)];

    /// <summary>TLS for every address of <see cref="Listen"/>; null = plain HTTP.</summary>
    public ServerTlsConfig? Tls { get; init; }

    /// <summary>The largest request body, in bytes.</summary>
    public long MaxBodySize { get; init; } = 32L << 20;

    /// <summary>The largest upload that streams through to a provider (files, sound, images), in bytes.</summary>
    public long MaxUploadSize { get; init; } = 512L << 20;

    /// <summary>How deep the JSON of a request may nest.</summary>
    public int MaxJsonDepth { get; init; } = 64;

    /// <summary>All request headers together, in bytes.</summary>
    public int MaxHeaderSize { get; init; } = 32 << 10;

    public int MaxHeaderCount { get; init; } = 100;

    /// <summary>From the first byte of a request to the end of its headers.</summary>
    public TimeSpan HeaderTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>For the whole request body.</summary>
    public TimeSpan BodyTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// How long an idle client connection stays open. Longer than a usual load balancer's 60 s to 120 s, so that it is not we who close
    /// first.
    /// </summary>
    public TimeSpan KeepAliveTimeout { get; init; } = TimeSpan.FromSeconds(130);

    /// <summary>The silence after which a comment goes into a stream; zero = none does.</summary>
    public TimeSpan StreamKeepAlive { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How long a client may take nothing of its stream; zero = for ever.</summary>
    public TimeSpan SlowClientTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Client connections at once; 0 = no limit.</summary>
    public int MaxConnections { get; init; }

    /// <summary>Requests in flight at once; 0 = no limit.</summary>
    public int MaxConcurrentRequests { get; init; } = 10_000;

    /// <summary>HTTP/2 streams on one connection.</summary>
    public int MaxStreamsPerConnection { get; init; } = 100;

    /// <summary>How long requests in flight may go on after a stop is asked for.</summary>
    public TimeSpan ShutdownTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Readiness turns false this long before the listener stops accepting, for a load balancer to notice.</summary>
    public TimeSpan ShutdownDelay { get; init; } = TimeSpan.Zero;

    /// <summary>Another process of the same user may listen on the same addresses, for a restart without a gap.</summary>
    public bool ReusePort { get; init; }

    /// <summary>Proxies in front, whose word on where a request comes from is taken.</summary>
    public IReadOnlyList<string> TrustedProxies { get; init; } = [];

    internal static ConfigSection<ServerConfig> Section { get; } = new ConfigSection<ServerConfig>(
            "server", "The data plane: where applications connect, and what one of them may take.", new())
        .Field("listen", new ListKind<ListenAddress>(Kinds.Listen, oneIsEnough: true, atLeast: 1),
            c => c.Listen, (c, v) => c with { Listen = v },
            "`host:port` with an IP address, `localhost` or `*`; `[::]:8080` for IPv6; `unix:/path` for a socket.")
        .Field("tls", new SectionKind<ServerTlsConfig>(ServerTlsConfig.Section), c => c.Tls, (c, v) => c with { Tls = v },
            "The certificate to serve with.")
        .Field("trusted_proxies", new ListKind<string>(TenancyKinds.Range), c => c.TrustedProxies, (c, v) => c with { TrustedProxies = v },
            "Addresses of proxies in front of the gateway: of what they send, `X-Forwarded-For` says where it comes from. From anybody else that header is nothing.")
        .Field("max_body_size", Kinds.Size(1 << 10, 1L << 30), c => c.MaxBodySize, (c, v) => c with { MaxBodySize = v },
            "The largest request body.")
        .Field("max_upload_size", Kinds.Size(1 << 10, 1L << 40), c => c.MaxUploadSize, (c, v) => c with { MaxUploadSize = v },
            "The largest upload that streams through to a provider: files, sound, images.")
        .Field("max_json_depth", Kinds.Int(8, 512), c => c.MaxJsonDepth, (c, v) => c with { MaxJsonDepth = v },
            "How deep the JSON of a request may nest.")
        .Field("max_header_size", Kinds.IntSize(1 << 10, 1 << 20), c => c.MaxHeaderSize, (c, v) => c with { MaxHeaderSize = v },
            "All headers of a request together.")
        .Field("max_header_count", Kinds.Int(8, 10_000), c => c.MaxHeaderCount, (c, v) => c with { MaxHeaderCount = v },
            "The number of headers of a request.")
        .Field("header_timeout", Kinds.Duration("100ms", "1h"), c => c.HeaderTimeout, (c, v) => c with { HeaderTimeout = v },
            "From the first byte of a request to the end of its headers.")
        .Field("body_timeout", Kinds.Duration("100ms", "1h"), c => c.BodyTimeout, (c, v) => c with { BodyTimeout = v },
            "For a whole request body to arrive.")
        .Field("keep_alive_timeout", Kinds.Duration("1s", "1d"), c => c.KeepAliveTimeout, (c, v) => c with { KeepAliveTimeout = v },
            "How long an idle client connection stays open; longer than that of a load balancer in front.")
        .Field("stream_keep_alive", Kinds.Duration("0", "1h"), c => c.StreamKeepAlive, (c, v) => c with { StreamKeepAlive = v },
            "A comment goes into a stream whose provider has been silent for so long, so that proxies on the way don't close it; `0`: none.")
        .Field("slow_client_timeout", Kinds.Duration("0", "1d"), c => c.SlowClientTimeout, (c, v) => c with { SlowClientTimeout = v },
            "A client that takes nothing of its stream for so long is cut off; `0`: none is.")
        .Field("max_connections", Kinds.Int(0, int.MaxValue), c => c.MaxConnections, (c, v) => c with { MaxConnections = v },
            "Client connections at once; 0 = no limit.")
        .Field("max_concurrent_requests", Kinds.Int(0, int.MaxValue),
            c => c.MaxConcurrentRequests, (c, v) => c with { MaxConcurrentRequests = v },
            "Requests in flight at once, more are refused with 503; 0 = no limit.")
        .Field("max_streams_per_connection", Kinds.Int(1, 10_000),
            c => c.MaxStreamsPerConnection, (c, v) => c with { MaxStreamsPerConnection = v },
            "HTTP/2: concurrent requests on one connection.")
        .Field("shutdown_timeout", Kinds.Duration("0s", "1d"), c => c.ShutdownTimeout, (c, v) => c with { ShutdownTimeout = v },
            "How long requests in flight may go on after a stop was asked for.")
        .Field("shutdown_delay", Kinds.Duration("0s", "1h"), c => c.ShutdownDelay, (c, v) => c with { ShutdownDelay = v },
            "Readiness turns false this long before the listener stops accepting, so that a load balancer notices first.")
        .Field("reuse_port", Kinds.Bool, c => c.ReusePort, (c, v) => c with { ReusePort = v },
            "Another instance of the same user may listen on the same addresses (`SO_REUSEPORT`), for a restart without a gap: see operations.md. Linux only.");
}
