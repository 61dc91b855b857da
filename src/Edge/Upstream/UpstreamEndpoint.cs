using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Edge.Upstream.Proxies;

namespace Edge.Upstream;

/// <summary>Which HTTP version an endpoint is spoken to in.</summary>
public enum UpstreamHttpVersion
{
    /// <summary>HTTP/1.1 by our own client over pipelines: the hot path.</summary>
    Http11,

    /// <summary>HTTP/2: by ALPN over TLS, by prior knowledge in clear text.</summary>
    Http2,

    /// <summary>Over TLS whichever ALPN picks, in clear text HTTP/1.1.</summary>
    Auto,
}

/// <summary>Where a provider listens and how long we wait for it. Immutable; two that are equal share one connection pool.</summary>
public sealed record UpstreamEndpoint
{
    /// <summary>DNS name or IP literal (IPv6 without brackets).</summary>
    public required string Host { get; init; }

    /// <summary>1..65535.</summary>
    public required int Port { get; init; }

    public bool UseTls { get; init; }

    public UpstreamHttpVersion HttpVersion { get; init; }

    /// <summary>Name for SNI and certificate validation where it is not <see cref="Host"/>.</summary>
    public string? TlsServerName { get; init; }

    /// <summary>Trusted in addition to the system's roots; null = system roots alone. Compared by thumbprints, so that a reload keeps the pool.</summary>
    public X509Certificate2Collection? ExtraRoots
    {
        get => _roots?.Certificates;
        init => _roots = value is null ? null : new Roots(value);
    }

    /// <summary>Accepts any certificate. For laboratories; the start logs a warning.</summary>
    public bool InsecureSkipVerify { get; init; }

    /// <summary>The forward proxy in between; null = none.</summary>
    public ProxyAddress? Proxy { get; init; }

    /// <summary>TCP and TLS handshake together, those with a proxy included.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>A pooled connection unused for this long is closed.</summary>
    public TimeSpan IdleConnectionTimeout { get; init; } = TimeSpan.FromSeconds(90);

    /// <summary>A connection older than this takes no further request, so that changes of the host's addresses are followed; zero or infinite = never too old.</summary>
    public TimeSpan ConnectionLifetime { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Shown to a server that asks for it (mutual TLS); null = none. Compared by its thumbprint, so that a reload keeps the pool.</summary>
    public X509Certificate2? ClientCertificate
    {
        get => _identity?.Certificates[0];
        init => _identity = value is null ? null : new Roots([value]);
    }

    /// <summary>Sent along with <see cref="ClientCertificate"/>; null = none.</summary>
    public X509Certificate2Collection? ClientIssuers
    {
        get => _issuers?.Certificates;
        init => _issuers = value is null ? null : new Roots(value);
    }

    /// <summary>Open connections at most; a request waits for a free one up to its connect time-out.</summary>
    public int MaxConnections { get; init; } = 10_000;

    /// <summary>Bytes of the response's status line and headers together.</summary>
    public int MaxResponseHeaderSize { get; init; } = 64 * 1024;

    // The compared member in place of the property: a collection equals only itself.
    private readonly Roots? _roots;
    private readonly Roots? _identity;
    private readonly Roots? _issuers;

    private sealed class Roots : IEquatable<Roots>
    {
        private readonly string _thumbprints;

        public Roots(X509Certificate2Collection certificates)
        {
            Certificates = certificates;
            _thumbprints = string.Join(' ', certificates.Select(static c => c.GetCertHashString(HashAlgorithmName.SHA256)).Order(StringComparer.Ordinal));
        }

        public X509Certificate2Collection Certificates { get; }

        public bool Equals(Roots? other) => other is not null && _thumbprints == other._thumbprints;

        public override bool Equals(object? obj) => Equals(obj as Roots);

        public override int GetHashCode() => _thumbprints.GetHashCode(StringComparison.Ordinal);
    }
}
