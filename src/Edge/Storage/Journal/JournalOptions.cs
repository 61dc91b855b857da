namespace Edge.Storage.Journal;

/// <summary>How a <see cref="Journal"/> is kept. Every size is in bytes.</summary>
public sealed record JournalOptions
{
    /// <summary>A directory of the journal's own; made (0700) if it is missing.</summary>
    public required string Directory { get; init; }

    /// <summary>A segment is closed once the next batch would take it past this size; a batch is never cut in two.</summary>
    public long SegmentBytes { get; init; } = 64 << 20;

    /// <summary>A segment is closed at this age, so that whole segments can be deleted by date; zero = by size alone.</summary>
    public TimeSpan SegmentAge { get; init; }

    /// <summary>What may wait in memory for the disk. Two buffers of this size exist: one fills while the other is written. Also the largest batch of one fsync.</summary>
    public int BufferBytes { get; init; } = 1 << 20;

    /// <summary>How long a record that nobody waits for may stay in memory: the window that a loss of power can cost. With a waiter the flush starts at once.</summary>
    public TimeSpan MaxDelay { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>What all segments together may take on disk; at that size <see cref="Journal.Append"/> answers <see cref="JournalFault.SizeBound"/>. 0 = no bound.</summary>
    public long MaxBytes { get; init; }

    /// <summary>Called, on the writer's thread, when <see cref="MaxBytes"/> is reached and again when there is room (with the bytes in use). Must not throw.</summary>
    public Action<JournalFault, long>? OnSizeBound { get; init; }

    /// <summary>Called, on the writer's thread, when the disk begins to refuse writes and when it takes them again (with <see cref="JournalFault.None"/>). Must not throw.</summary>
    public Action<JournalFault, string>? OnDisk { get; init; }

    /// <summary>How long after a refused write the same batch is tried again.</summary>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>True = <see cref="Journal.Acknowledge"/> notes how far the consumer came and deletes nothing; segments then go by <see cref="Journal.DeleteBefore"/> alone.</summary>
    public bool KeepsAcknowledged { get; init; }
}
