namespace Edge.Configuration;

/// <summary>Which HTTP a provider is spoken to in.</summary>
public enum HttpVersionPolicy
{
    Http11,
    Http2,

    /// <summary>What the TLS handshake (ALPN) settles on; HTTP/1.1 without TLS.</summary>
    Auto,
}
