namespace Edge.Configuration;

/// <summary>How a provider's certificate is checked.</summary>
public sealed record ProviderTlsConfig
{
    /// <summary>A PEM file of authorities to trust instead of the system's; null = the system's.</summary>
    public string? CaFile { get; init; }

    /// <summary>Accept any certificate. For tests only: whoever sits between can read every prompt and key.</summary>
    public bool InsecureSkipVerify { get; init; }

    /// <summary>The name that is asked for and checked instead of the url's host; null = the url's host.</summary>
    public string? ServerName { get; init; }
}
