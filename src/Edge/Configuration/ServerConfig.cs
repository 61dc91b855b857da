namespace Edge.Configuration;

/// <summary>The data plane's listener and what one client may take of it.</summary>
public sealed record ServerConfig
{
    public IReadOnlyList<ListenAddress> Listen { get; init; } = [ListenAddress.Loopback(8080)];

    /// <summary>TLS for every address of <see cref="Listen"/>; null = plain HTTP.</summary>
    public ServerTlsConfig? Tls { get; init; }

    /// <summary>The largest request body, in bytes.</summary>
    public long MaxBodySize { get; init; } = 32L << 20;

    /// <summary>How deep the JSON of a request may nest.</summary>
    public int MaxJsonDepth { get; init; } = 64;

    /// <summary>All request headers together, in bytes.</summary>
    public int MaxHeaderSize { get; init; } = 32 << 10;

    public int MaxHeaderCount { get; init; } = 100;

    /// <summary>From the first byte of a request to the end of its headers.</summary>
    public TimeSpan HeaderTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>For the whole request body.</summary>
    public TimeSpan BodyTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long an idle client connection stays open. Longer than a usual load balancer's 60 s to 120 s, so that it is not we who close first.</summary>
    public TimeSpan KeepAliveTimeout { get; init; } = TimeSpan.FromSeconds(130);

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
}
