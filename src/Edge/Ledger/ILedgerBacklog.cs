namespace Edge.Ledger;

/// <summary>Rows on their way to the database: in memory, or in a journal on disk. Positions count from 1 and never come again for one <see cref="Writer"/>.</summary>
internal interface ILedgerBacklog : IAsyncDisposable
{
    /// <summary>Whose positions these are; the database remembers how far it has taken them in.</summary>
    string Writer { get; }

    /// <summary>Any thread, never blocks. What cannot be taken is counted in <see cref="Lost"/>.</summary>
    void Append(ReadOnlySpan<byte> record);

    /// <summary>Reads what follows a position and may be written to the database. One thread.</summary>
    /// <param name="after">The last position that is there already.</param>
    /// <param name="into">Takes at most <paramref name="most"/> rows.</param>
    /// <param name="most">At least 1.</param>
    /// <returns>The last position read; <paramref name="after"/> = nothing is there.</returns>
    long Read(long after, List<LedgerRow> into, int most);

    /// <summary>The database has everything up to there: it may be forgotten.</summary>
    void Release(long upTo);

    /// <summary>Everything that was appended so far can be read afterwards.</summary>
    Task FlushAsync(CancellationToken cancel);

    /// <summary>What waits.</summary>
    BacklogSize Size { get; }

    /// <summary>Rows that there was no room for.</summary>
    long Lost { get; }
}

/// <param name="Rows">That wait.</param>
/// <param name="Memory">Their bytes in memory.</param>
/// <param name="Disk">Their bytes on disk, with those that are done and not deleted yet.</param>
internal readonly record struct BacklogSize(long Rows, long Memory, long Disk);
