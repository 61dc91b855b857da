namespace Edge.Configuration;

/// <summary>The listener's certificate, as paths of PEM files.</summary>
public sealed record ServerTlsConfig
{
    /// <summary>The certificate and its chain.</summary>
    public string Cert { get; init; } = "";

    /// <summary>The private key of <see cref="Cert"/>.</summary>
    public string Key { get; init; } = "";

    /// <summary>Authorities whose client certificates are required and accepted; null = no client certificates.</summary>
    public string? ClientCa { get; init; }

    internal static ConfigSection<ServerTlsConfig> Section { get; } = new ConfigSection<ServerTlsConfig>(
            "server_tls", "TLS on the data plane: PEM files. Without `cert` and `key` the listener speaks plain HTTP.", new())
        .Field("cert", Kinds.Text, c => c.Cert, (c, v) => c with { Cert = v },
            "Path of the certificate with its chain.")
        .Field("key", Kinds.Text, c => c.Key, (c, v) => c with { Key = v },
            "Path of the certificate's private key.")
        .Field("client_ca", Kinds.OptionalText, c => c.ClientCa, (c, v) => c with { ClientCa = v },
            "Path of the authorities whose client certificates are required; not set = none is asked for.");
}
