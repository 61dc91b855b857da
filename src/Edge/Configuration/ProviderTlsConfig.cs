namespace Edge.Configuration;

/// <summary>How a provider's certificate is checked, and which one it is shown.</summary>
public sealed record ProviderTlsConfig
{
    /// <summary>A PEM file of authorities to trust instead of the system's; null = the system's.</summary>
    public string? CaFile { get; init; }

    /// <summary>Accept any certificate. For tests only: whoever sits between can read every prompt and key.</summary>
    public bool InsecureSkipVerify { get; init; }

    /// <summary>The name that is asked for and checked instead of the url's host; null = the url's host.</summary>
    public string? ServerName { get; init; }

    /// <summary>A PEM file of the certificate, and its issuers, that is shown to a provider that asks for one; null = none. Together with <see cref="KeyFile"/>.</summary>
    public string? CertFile { get; init; }

    /// <summary>A PEM file of the private key of <see cref="CertFile"/>, without a password.</summary>
    public string? KeyFile { get; init; }

    internal static ConfigSection<ProviderTlsConfig> Section { get; } = new ConfigSection<ProviderTlsConfig>(
            "provider_tls", "How the provider's certificate is checked, and which one it is shown.", new())
        .Field("ca_file", Kinds.OptionalText, c => c.CaFile, (c, v) => c with { CaFile = v },
            "PEM file of the authorities to trust instead of the system's.")
        .Field("cert_file", Kinds.OptionalText, c => c.CertFile, (c, v) => c with { CertFile = v },
            "PEM file of the certificate (and its issuers) that is shown to a provider that asks for one: mutual TLS. With `key_file`; read again when it changes.")
        .Field("key_file", Kinds.OptionalText, c => c.KeyFile, (c, v) => c with { KeyFile = v },
            "PEM file of that certificate's private key, without a password.")
        .Field("insecure_skip_verify", Kinds.Bool, c => c.InsecureSkipVerify, (c, v) => c with { InsecureSkipVerify = v },
            "Accept any certificate. For tests only: whoever sits between can read every prompt and key.")
        .Field("server_name", Kinds.OptionalText, c => c.ServerName, (c, v) => c with { ServerName = v },
            "The name to ask for and to check, instead of the url's host.");
}
