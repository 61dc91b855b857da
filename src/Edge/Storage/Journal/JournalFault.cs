namespace Edge.Storage.Journal;

/// <summary>Why a record is not, or not yet, on disk. A full or failing disk is a value here, never an exception.</summary>
public enum JournalFault
{
    None,

    /// <summary>The buffer has no room: the disk is slower than what comes in. Wait with <see cref="Journal.FlushedAsync"/> and try again, or shed.</summary>
    BufferFull,

    /// <summary>The record is larger than <see cref="Journal.MaxRecordBytes"/>; it will never fit.</summary>
    TooLarge,

    /// <summary>All segments together have reached <see cref="JournalOptions.MaxBytes"/>.</summary>
    SizeBound,

    /// <summary>The file system has no room (ENOSPC), the quota is used up (EDQUOT) or the file may not grow (EFBIG).</summary>
    DiskFull,

    /// <summary>The write or the fsync failed in another way (EIO, a directory that went away).</summary>
    DiskError,

    /// <summary>The journal was closed.</summary>
    Closed,
}

/// <summary>What <see cref="Journal.Append"/> answers.</summary>
/// <param name="Position">The record's place in the journal, counted from 1 without gaps; 0 when there is a fault.</param>
/// <param name="Fault">Why it was not taken.</param>
public readonly record struct JournalAppend(long Position, JournalFault Fault)
{
    public bool IsTaken => Fault == JournalFault.None;
}
