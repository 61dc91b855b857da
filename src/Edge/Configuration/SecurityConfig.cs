namespace Edge.Configuration;

/// <summary>The guards; each is off unless asked for.</summary>
public sealed record SecurityConfig
{
    public bool PiiDetection { get; init; }

    public bool PromptFiltering { get; init; }

    public bool AuditLogging { get; init; }

    /// <summary>Of what is stored at rest.</summary>
    public bool Encryption { get; init; }
}
