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
}
