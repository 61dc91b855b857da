using Edge.Configuration;

namespace Edge.Upstream.Credentials.Azure;

/// <summary>Which Microsoft Entra identity is used, as configured. What is null comes from the environment.</summary>
public sealed record EntraOptions
{
    /// <summary>Of Azure OpenAI, whatever the cloud's surface.</summary>
    public const string DefaultScope = "https://cognitiveservices.azure.com/.default";

    public string? TenantId { get; init; }

    public string? ClientId { get; init; }

    public Secret ClientSecret { get; init; }

    /// <summary>The machine's own identity, whatever else is there.</summary>
    public bool ManagedIdentity { get; init; }

    public string Scope { get; init; } = DefaultScope;

    /// <summary>The instance metadata service; an address of the link, the same on every machine of Azure's.</summary>
    public Uri MetadataEndpoint { get; init; } = new("http://169.254.169.254");
}
