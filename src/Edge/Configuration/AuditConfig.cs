namespace Edge.Configuration;

/// <summary>How surely a request leaves its record.</summary>
public enum AuditMode : byte
{
    Off,

    /// <summary>Records are written in batches: a loss of power costs those of the last <see cref="AuditConfig.MaxDelay"/>.</summary>
    Relaxed,

    /// <summary>A record is on disk before a provider is called, and another before the last byte of the answer goes out.</summary>
    Strict,
}

/// <summary>What is kept of the texts of requests and answers, encrypted.</summary>
public enum AuditCapture : byte
{
    None,

    /// <summary>The request as the guard left it, the answer as the provider gave it: with placeholders.</summary>
    Redacted,

    /// <summary>As the client sent and got them.</summary>
    Raw,
}

/// <summary>The audit: a record of every request and every change, in a chain that shows whether one was altered.</summary>
public sealed record AuditConfig
{
    /// <summary>Null = relaxed where <c>security.audit_logging</c> asks for an audit, else off.</summary>
    public AuditMode? Mode { get; init; }

    /// <summary>Null = <c>audit</c> in the data directory.</summary>
    public string? Directory { get; init; }

    public TimeSpan MaxDelay { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Bytes.</summary>
    public long SegmentSize { get; init; } = 16 << 20;

    public TimeSpan SegmentAge { get; init; } = TimeSpan.FromDays(1);

    /// <summary>Null = for ever.</summary>
    public TimeSpan? Retention { get; init; }

    /// <summary>Null = checkpoints are not signed.</summary>
    public string? SigningKeyFile { get; init; }

    public TimeSpan CheckpointInterval { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Null = <c>checkpoint.json</c> beside the records.</summary>
    public string? CheckpointDirectory { get; init; }

    internal static ConfigSection<AuditConfig> Section { get; } = new ConfigSection<AuditConfig>(
            "audit", "A record of every request and every change, in a chain that shows whether one was altered: docs/audit.md. Read at start only.", new())
        .Field("mode", Kinds.OneOf<AuditMode?>(("off", AuditMode.Off), ("relaxed", AuditMode.Relaxed), ("strict", AuditMode.Strict)), c => c.Mode, (c, v) => c with { Mode = v },
            "`relaxed`: records are written in batches, within `max_delay`. `strict`: a record is on disk before a provider is called, and another before the last byte of the answer goes out; without it there is no answer.",
            defaultText: "`relaxed` with `security.audit_logging`, else `off`")
        .Field("directory", Kinds.OptionalText, c => c.Directory, (c, v) => c with { Directory = v },
            "Where the records are kept. Each process that uses it at the same time has a chain of its own there.", defaultText: "`audit` in `stores.data_directory`")
        .Field("max_delay", Kinds.Duration("1ms", "10s"), c => c.MaxDelay, (c, v) => c with { MaxDelay = v },
            "How long a record may stay in memory in `relaxed` mode: what a loss of power costs at most.")
        .Field("segment_size", Kinds.Size(1 << 16, 1 << 30), c => c.SegmentSize, (c, v) => c with { SegmentSize = v }, "A file of records is closed at that size.")
        .Field("segment_age", Kinds.Duration("1m", "90d"), c => c.SegmentAge, (c, v) => c with { SegmentAge = v }, "A file of records is closed at that age; files are deleted whole.")
        .Field("retention", TenancyKinds.OptionalDays, c => c.Retention, (c, v) => c with { Retention = v },
            "How long records are kept. A `compliance_mode` in use, or a tenant's `data_retention`, may demand longer. None = for ever.")
        .Field("signing_key_file", Kinds.OptionalText, c => c.SigningKeyFile, (c, v) => c with { SigningKeyFile = v },
            "Signs checkpoints: a PEM file with an EC private key (P-256), or at least 32 bytes of anything for an HMAC.")
        .Field("checkpoint_interval", Kinds.Duration("1s", "1h"), c => c.CheckpointInterval, (c, v) => c with { CheckpointInterval = v },
            "How often the end of the chain is noted outside of it: what was cut off behind the last note cannot be missed.")
        .Field("checkpoint_directory", Kinds.OptionalText, c => c.CheckpointDirectory, (c, v) => c with { CheckpointDirectory = v },
            "Where that is noted, best where whoever can write the records cannot.", defaultText: "beside the records");
}
