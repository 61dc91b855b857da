using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Edge.Configuration;

/// <summary>What the gateway shows to a provider that asks for a certificate (mutual TLS), from PEM files.</summary>
/// <param name="Certificate">With its private key.</param>
/// <param name="Issuers">Intermediate authorities that stand behind it in the file; sent along, for servers that know the root alone.</param>
internal sealed record ClientIdentity(X509Certificate2 Certificate, X509Certificate2Collection Issuers)
{
    private const int MaxFileBytes = 256 << 10;

    /// <summary>Null where none is configured.</summary>
    /// <exception cref="IOException">A file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">A file may not be read.</exception>
    /// <exception cref="CryptographicException">A file holds no certificate, or no key that can be used without a password.</exception>
    /// <exception cref="ArgumentException">The key is not the certificate's.</exception>
    public static ClientIdentity? Load(ProviderTlsConfig tls, ConfigEnvironment files)
    {
        if (tls is not { CertFile: { } certFile, KeyFile: { } keyFile }) return null;
        var text = Encoding.UTF8.GetString(files.ReadFile(certFile, MaxFileBytes));
        using var pem = X509Certificate2.CreateFromPem(text, Encoding.UTF8.GetString(files.ReadFile(keyFile, MaxFileBytes)));
        // The key that a PEM file gives is bound to no store; going through PKCS #12 makes one that SslStream takes on every platform.
        var certificate = X509CertificateLoader.LoadPkcs12(pem.Export(X509ContentType.Pkcs12), null);
        var issuers = new X509Certificate2Collection();
        issuers.ImportFromPem(text);
        issuers.RemoveAt(0);
        return new ClientIdentity(certificate, issuers);
    }

    /// <summary>Adds an error where what is configured cannot be loaded. The files count as the configuration's: a change of theirs is a reload.</summary>
    public static void Check(BindContext context, ProviderTlsConfig tls, string path)
    {
        if (tls is { CertFile: null, KeyFile: null }) return;
        if (tls.CertFile is null || tls.KeyFile is null)
        {
            if (!context.HasError(path + ".cert_file") && !context.HasError(path + ".key_file"))
            {
                context.Error(path, $"has no {(tls.CertFile is null ? "cert_file" : "key_file")}; allowed: cert_file and key_file together, or neither");
            }
            return;
        }
        foreach (var file in new[] { tls.CertFile, tls.KeyFile })
        {
            if (!context.Sources.Any(source => source.Path == file)) context.Sources.Add(new ConfigSource(file, context.Environment.Stamp(file)));
        }
        try
        {
            var identity = Load(tls, context.Environment)!;
            identity.Certificate.Dispose();
            foreach (var issuer in identity.Issuers) issuer.Dispose();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException or CryptographicException)
        {
            // Not the runtime's own words: they may name a path that came from a variable.
            var why = e switch
            {
                ArgumentException => "the key is not this certificate's",
                CryptographicException => "they hold no PEM certificate with an unencrypted private key",
                _ => Expander.Reason(e, hidePath: true),
            };
            context.Error(path + ".cert_file", $"and key_file cannot be used ({why})");
        }
    }
}
