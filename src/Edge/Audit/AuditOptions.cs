using Edge.Configuration;
using Edge.Storage.Journal;

namespace Edge.Audit;

/// <summary>How the audit is kept; of <see cref="AuditConfig"/>, with every default resolved.</summary>
public sealed record AuditOptions
{
    // Two of them; at a kilobyte a record some four thousand requests that may wait for the disk.
    private const int BufferBytes = 4 << 20;

    /// <summary>Below the current directory, where the old switch asks for an audit and nothing says where it is kept.</summary>
    internal const string MakeshiftDirectory = "edge-audit";

    public required AuditMode Mode { get; init; }

    /// <summary>Of all chains.</summary>
    public required string Directory { get; init; }

    /// <summary>Its directory is the chain's, and set when one is opened.</summary>
    public required JournalOptions Journal { get; init; }

    public string? SigningKeyFile { get; init; }

    public string? CheckpointDirectory { get; init; }

    public TimeSpan CheckpointInterval { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The old switch asked for the audit, and nothing says where it is kept.</summary>
    public bool IsMakeshift { get; init; }

    /// <summary>Null = there is no audit.</summary>
    /// <param name="config">The whole configuration.</param>
    /// <param name="dataDirectory">Null = there is none.</param>
    /// <exception cref="IOException">An audit is asked for, and nothing says where it is kept.</exception>
    public static AuditOptions? Of(EdgeConfig config, string? dataDirectory)
    {
        var audit = config.Audit;
        var mode = ModeOf(config);
        if (mode == AuditMode.Off) return null;
        var directory = audit.Directory ?? (dataDirectory is null ? null : Path.Combine(dataDirectory, "audit"));
        if (directory is null && audit.Mode is not null) throw new IOException("audit.mode asks for an audit, but nothing says where it is kept: set audit.directory, stores.data_directory or EDGE_DATA_DIR.");
        var full = Path.GetFullPath(directory ?? MakeshiftDirectory);
        return new()
        {
            Mode = mode,
            Directory = full,
            IsMakeshift = directory is null,
            Journal = new() { Directory = full, SegmentBytes = audit.SegmentSize, SegmentAge = audit.SegmentAge, MaxDelay = audit.MaxDelay, BufferBytes = BufferBytes },
            SigningKeyFile = audit.SigningKeyFile,
            CheckpointDirectory = audit.CheckpointDirectory,
            CheckpointInterval = audit.CheckpointInterval,
        };
    }

    /// <summary>What is in force.</summary>
    public static AuditMode ModeOf(EdgeConfig config) => config.Audit.Mode ?? (config.Security.AuditLogging ? AuditMode.Relaxed : AuditMode.Off);
}
