using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Edge.Configuration;
using Edge.Telemetry;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace Edge.Server;

/// <summary>
/// The listener's certificate from PEM files. Read again when a file has changed (certificate managers renew in place); connections that are open keep
/// theirs. A renewal that cannot be read keeps the old one in force.
/// </summary>
public sealed class ServerCertificates
{
    private readonly ServerTlsConfig _config;
    private readonly ConfigEnvironment _files;
    private readonly Log _log;
    private volatile SslServerAuthenticationOptions _current;
    private string _stamp;

    /// <exception cref="CryptographicException">A file holds no usable certificate or key.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public ServerCertificates(ServerTlsConfig config, ConfigEnvironment files, Log log)
    {
        _config = config;
        _files = files;
        _log = log;
        _stamp = Stamp();
        _current = Load();
    }

    /// <summary>Kestrel asks for every new connection.</summary>
    public ValueTask<SslServerAuthenticationOptions> SelectAsync(TlsHandshakeCallbackContext context) => ValueTask.FromResult(_current);

    /// <summary>Reads the files again if they have changed. Called about every second.</summary>
    public void Refresh()
    {
        var stamp = Stamp();
        if (stamp == _stamp) return;
        _stamp = stamp;
        try
        {
            _current = Load();
            _log.Info(EventIds.CertificateLoaded, "The listener's certificate was renewed.", ("file", _config.Cert));
        }
        catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException)
        {
            _log.Error(EventIds.CertificateFailed, "The listener's certificate could not be renewed; the old one stays in force.",
                ("file", _config.Cert), ("reason", e.Message));
        }
    }

    private string Stamp() => string.Join('|', _files.Stamp(_config.Cert), _files.Stamp(_config.Key), _config.ClientCa is { } ca ? _files.Stamp(ca) : "");

    private SslServerAuthenticationOptions Load()
    {
        using var pem = X509Certificate2.CreateFromPemFile(_config.Cert, _config.Key);
        // The key that a PEM file gives is bound to no store; going through PKCS #12 makes one that SslStream takes on every platform.
        var certificate = X509CertificateLoader.LoadPkcs12(pem.Export(X509ContentType.Pkcs12), null);
        var chain = new X509Certificate2Collection();
        chain.ImportFromPemFile(_config.Cert);
        return new SslServerAuthenticationOptions
        {
            ServerCertificateContext = SslStreamCertificateContext.Create(certificate, chain, offline: true),
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            ApplicationProtocols = [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11],
            ClientCertificateRequired = _config.ClientCa is not null,
            CertificateChainPolicy = _config.ClientCa is { } ca ? ClientPolicy(ca) : null,
        };
    }

    private static X509ChainPolicy ClientPolicy(string file)
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            // Or a stranger's certificate would make us fetch the address that it names, on the thread that polls.
            DisableCertificateDownloads = true,
        };
        policy.CustomTrustStore.ImportFromPemFile(file);
        return policy;
    }
}
