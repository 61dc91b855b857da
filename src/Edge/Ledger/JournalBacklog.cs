using Edge.Storage;
using Edge.Storage.Journal;

namespace Edge.Ledger;

/// <summary>
/// Rows that wait in a journal on disk, and survive whatever ends the process once they are there. While the journal cannot take them (its buffer is full, the disk refuses) they wait in
/// memory, up to a bound.
/// </summary>
internal sealed class JournalBacklog : ILedgerBacklog
{
    private const string WriterName = "writer.id";
    private const long AcknowledgeInterval = 2000;

    private readonly Journal _journal;
    private readonly long _maxOverflow;
    private readonly Lock _lock = new();
    private readonly Queue<byte[]> _overflow = [];
    private JournalReader? _reader;
    private long _overflowBytes;
    private long _released;
    private long _acknowledged;
    private long _lost;
    private volatile bool _hasOverflow;

    /// <param name="journal">Its own from here on.</param>
    /// <param name="maxOverflow">Bytes that may wait in memory for the journal.</param>
    /// <exception cref="IOException">The directory cannot be read or written.</exception>
    public JournalBacklog(Journal journal, long maxOverflow)
    {
        _journal = journal;
        _maxOverflow = maxOverflow;
        _released = journal.Acknowledged;
        var path = Path.Combine(journal.Directory, WriterName);
        if (File.Exists(path) && File.ReadAllText(path).Trim() is { Length: > 0 } known)
        {
            Writer = known;
            return;
        }
        Writer = NewWriter();
    }

    public string Writer { get; private set; }

    public long Lost => Volatile.Read(ref _lost);

    public Journal Journal => _journal;

    public BacklogSize Size
    {
        get
        {
            lock (_lock) return new(Math.Max(0, _journal.Last - Volatile.Read(ref _released)) + _overflow.Count, _overflowBytes, _journal.Bytes);
        }
    }

    /// <summary>
    /// The database knows more of this journal than there is: the directory was put back to an older state. Positions that come again must not be taken for those that it has.
    /// </summary>
    public string Renew() => Writer = NewWriter();

    public void Append(ReadOnlySpan<byte> record)
    {
        if (!_hasOverflow && _journal.Append(record).IsTaken) return;
        lock (_lock)
        {
            if (_overflowBytes + record.Length > _maxOverflow)
            {
                Interlocked.Increment(ref _lost);
                return;
            }
            _overflow.Enqueue(record.ToArray());
            _overflowBytes += record.Length;
            _hasOverflow = true;
        }
    }

    public long Read(long after, List<LedgerRow> into, int most)
    {
        Pump();
        if (_reader is null || _reader.Position != after)
        {
            _reader?.Dispose();
            _reader = _journal.ReadFrom(after + 1);
        }
        while (into.Count < most)
        {
            switch (_reader.Read())
            {
                case JournalRead.Record:
                    after = _reader.Position;
                    if (LedgerRecord.Read(_reader.Payload.Span) is { } row) into.Add(row);
                    else Interlocked.Increment(ref _lost);
                    continue;
                case JournalRead.Damage:
                    Interlocked.Add(ref _lost, Math.Max(1, _reader.Damage.Found - _reader.Damage.Expected));
                    continue;
            }
            break;
        }
        return after;
    }

    public void Release(long upTo)
    {
        Volatile.Write(ref _released, upTo);
        // The database says how far it is; the journal need only know often enough to delete.
        var now = Environment.TickCount64;
        if (now - _acknowledged < AcknowledgeInterval) return;
        _acknowledged = now;
        _journal.Acknowledge(upTo);
    }

    public async Task FlushAsync(CancellationToken cancel)
    {
        Pump();
        await _journal.FlushedAsync(_journal.Last).AsTask().WaitAsync(cancel);
    }

    public async ValueTask DisposeAsync()
    {
        Pump();
        _reader?.Dispose();
        if (_released > _journal.Acknowledged) _journal.Acknowledge(_released);
        await _journal.DisposeAsync();
    }

    // What waits in memory goes first, so that it does not wait for ever.
    private void Pump()
    {
        if (!_hasOverflow) return;
        lock (_lock)
        {
            while (_overflow.TryPeek(out var record))
            {
                if (!_journal.Append(record).IsTaken) return;
                _overflow.Dequeue();
                _overflowBytes -= record.Length;
            }
            _hasOverflow = false;
        }
    }

    private string NewWriter()
    {
        var id = $"journal-{Guid.NewGuid():N}";
        DataDirectory.Replace(Path.Combine(_journal.Directory, WriterName), System.Text.Encoding.ASCII.GetBytes(id));
        return id;
    }
}
