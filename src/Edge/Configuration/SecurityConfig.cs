namespace Edge.Configuration;

/// <summary>The guards; each is off unless asked for.</summary>
public sealed record SecurityConfig
{
    public bool PiiDetection { get; init; }

    public bool PromptFiltering { get; init; }

    public bool AuditLogging { get; init; }

    /// <summary>Of what is stored at rest.</summary>
    public bool Encryption { get; init; }

    internal static ConfigSection<SecurityConfig> Section { get; } = new ConfigSection<SecurityConfig>(
            "security", "The guards.", new())
        .Field("pii_detection", Kinds.Bool, c => c.PiiDetection, (c, v) => c with { PiiDetection = v },
            "Find personal data and secrets in requests and keep them from providers: `guard.pii`.")
        .Field("prompt_filtering", Kinds.Bool, c => c.PromptFiltering, (c, v) => c with { PromptFiltering = v },
            "Refuse prompts that try to take over the model: `guard.injection`.")
        .Field("audit_logging", Kinds.Bool, c => c.AuditLogging, (c, v) => c with { AuditLogging = v },
            "Keep a record of every request: `audit.mode: relaxed`.")
        .Field("encryption", Kinds.Bool, c => c.Encryption, (c, v) => c with { Encryption = v },
            "Encrypt what is stored.", notBuilt: v => v);
}
