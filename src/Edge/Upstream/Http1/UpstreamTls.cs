using System.Diagnostics.CodeAnalysis;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Edge.Upstream.Proxies;

namespace Edge.Upstream.Http1;

/// <summary>TLS to a provider, the same for HTTP/1.1 and HTTP/2.</summary>
internal static class UpstreamTls
{
    private static readonly Oid ServerAuthentication = new("1.3.6.1.5.5.7.3.1");

    /// <summary>For the provider.</summary>
    public static SslClientAuthenticationOptions Options(UpstreamEndpoint endpoint, params SslApplicationProtocol[] protocols)
    {
        var options = Options(endpoint, endpoint.TlsServerName ?? endpoint.Host, protocols);
        // Offline: the issuers are what the file holds; none is fetched in the middle of a handshake.
        if (endpoint.ClientCertificate is { } certificate) options.ClientCertificateContext = SslStreamCertificateContext.Create(certificate, endpoint.ClientIssuers, offline: true);
        return options;
    }

    /// <summary>For a proxy that is spoken to over TLS: its own name, the same authorities.</summary>
    public static SslClientAuthenticationOptions Options(UpstreamEndpoint endpoint, ProxyAddress proxy) => Options(endpoint, proxy.Host, [SslApplicationProtocol.Http11]);

    /// <summary>For an endpoint whose name the caller's handler fills in: the system's authorities and these.</summary>
    public static SslClientAuthenticationOptions Trusting(X509Certificate2Collection roots) => new()
    {
        CertificateChainPolicy = Policy(),
        RemoteCertificateValidationCallback = (_, certificate, chain, errors) => IsTrusted(certificate, chain, errors, roots),
    };

    [SuppressMessage("Security", "CA5359", Justification = "Skipping verification is an explicit setting for laboratories.")]
    private static SslClientAuthenticationOptions Options(UpstreamEndpoint endpoint, string name, SslApplicationProtocol[] protocols)
    {
        var options = new SslClientAuthenticationOptions
        {
            TargetHost = name,
            ApplicationProtocols = [.. protocols],
            CertificateChainPolicy = Policy(),
            AllowTlsResume = true,
        };
        if (endpoint.InsecureSkipVerify) options.RemoteCertificateValidationCallback = static (_, _, _, _) => true;
        else if (endpoint.ExtraRoots is { Count: > 0 } roots)
            options.RemoteCertificateValidationCallback = (_, certificate, chain, errors) => IsTrusted(certificate, chain, errors, roots);
        return options;
    }

    // The system said no to the chain alone (never to the name): ask again with the extra roots as the only ones.
    private static bool IsTrusted(X509Certificate? certificate, X509Chain? sent, SslPolicyErrors errors, X509Certificate2Collection roots)
    {
        if (errors == SslPolicyErrors.None) return true;
        if (errors != SslPolicyErrors.RemoteCertificateChainErrors || certificate is not X509Certificate2 leaf) return false;
        using var chain = new X509Chain { ChainPolicy = Policy() };
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(roots);
        if (sent is not null) chain.ChainPolicy.ExtraStore.AddRange(sent.ChainPolicy.ExtraStore);
        return chain.Build(leaf);
    }

    // No request to a stranger in the middle of a handshake, neither for revocation lists nor for issuers that the server failed to send (AIA): the
    // chain is built synchronously, on the thread that polls the sockets.
    private static X509ChainPolicy Policy()
    {
        var policy = new X509ChainPolicy { RevocationMode = X509RevocationMode.NoCheck, DisableCertificateDownloads = true };
        policy.ApplicationPolicy.Add(ServerAuthentication);
        return policy;
    }
}
