namespace Edge.Cache;

/// <summary>
/// An answer while it is recorded: events one after another, which one thread writes and any number of others read as they are published. What is not published can be taken back, for as long as the client
/// has seen nothing another provider may be asked.
/// </summary>
internal sealed class AnswerLog
{
    private const int FirstSegment = 2 * 1024, LargestSegment = 32 * 1024;

    private readonly long _limit;
    private readonly Lock _lock = new();
    private readonly List<AnswerReader> _readers = [];
    private TaskCompletionSource _changed = NewSignal();
    private AnswerSegment? _first;
    private AnswerSegment _tail;
    private AnswerSegment _unpublished;
    private volatile AnswerEnd _end;
    private bool _hasPublished;

    /// <param name="limit">Bytes that are kept at most for whoever has not read them.</param>
    public AnswerLog(long limit)
    {
        _limit = limit;
        _first = _tail = _unpublished = new AnswerSegment(FirstSegment);
    }

    /// <summary>Bytes written.</summary>
    public long Length { get; private set; }

    /// <summary>More than the limit was written: it cannot be kept, nor joined from its beginning.</summary>
    public bool HasOverflowed { get; private set; }

    public AnswerEnd End => _end;

    /// <summary>It can neither be kept nor read by anybody: nothing more need be written.</summary>
    public bool IsUseless => HasOverflowed && _readers.Count == 0;

    /// <summary>Some of it may have been read.</summary>
    public bool HasPublished => _hasPublished;

    /// <summary>Completes when something has been published since it was asked for.</summary>
    public Task Changed => Volatile.Read(ref _changed).Task;

    /// <summary>Room for an event, all of it in one piece.</summary>
    public Span<byte> Reserve(int size)
    {
        if (_tail.Bytes.Length - _tail.Written < size)
        {
            var next = new AnswerSegment(Math.Max(size, Math.Min(LargestSegment, _tail.Bytes.Length * 2)));
            _tail.Next = next;
            _tail = next;
        }
        return _tail.Bytes.AsSpan(_tail.Written);
    }

    public void Advance(int count)
    {
        _tail.Written += count;
        Length += count;
        if (Length <= _limit || HasOverflowed) return;
        HasOverflowed = true;
        // From here on only those who read it hold it.
        lock (_lock) _first = null;
    }

    /// <summary>Takes everything back. False = somebody may have read it.</summary>
    public bool TryRestart()
    {
        if (_hasPublished) return false;
        if (Length == 0) return true;
        // The same first segment: readers wait at its beginning.
        _tail = _unpublished;
        _tail.Written = 0;
        _tail.Next = null;
        lock (_lock) _first = _tail;
        Length = 0;
        HasOverflowed = false;
        return true;
    }

    /// <summary>Lets the others read what was written.</summary>
    public void Publish()
    {
        if (_unpublished == _tail && _tail.Published == _tail.Written) return;
        _hasPublished = true;
        for (var segment = _unpublished; ; segment = segment.Next!)
        {
            segment.Published = segment.Written;
            if (segment == _tail) break;
            segment.IsOver = true;
        }
        _unpublished = _tail;
        if (HasOverflowed) CutLaggards();
        Wake();
    }

    /// <summary>Nothing more comes.</summary>
    public void Close(AnswerEnd end)
    {
        _end = end;
        Wake();
    }

    /// <summary>Reads along from the beginning. False = it is too late for that.</summary>
    public bool TryFollow(AnswerReader reader)
    {
        lock (_lock)
        {
            if (_first is null) return false;
            reader.Begin(_first);
            _readers.Add(reader);
            return true;
        }
    }

    public void Leave(AnswerReader reader)
    {
        lock (_lock) _readers.Remove(reader);
    }

    /// <summary>All of it, in one piece; null where it cannot be kept.</summary>
    public byte[]? ToArray()
    {
        if (_first is null) return null;
        var all = new byte[Length];
        var to = 0;
        for (var segment = _first; segment is not null; segment = segment.Next)
        {
            segment.Bytes.AsSpan(0, segment.Written).CopyTo(all.AsSpan(to));
            to += segment.Written;
        }
        return all;
    }

    // Whoever is further behind than may be kept would keep it all.
    private void CutLaggards()
    {
        lock (_lock)
        {
            foreach (var reader in _readers)
            {
                if (Length - reader.Position > _limit) reader.Cut();
            }
        }
    }

    private void Wake()
    {
        // Under the lock: who joins behind it finds what was published before it.
        lock (_lock)
        {
            if (_readers.Count == 0) return;
        }
        Interlocked.Exchange(ref _changed, NewSignal()).SetResult();
    }

    // A thousand readers must not all run on the thread that wakes them.
    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}

/// <summary>How a recorded answer ended.</summary>
internal enum AnswerEnd : byte
{
    /// <summary>It goes on.</summary>
    None,

    /// <summary>It is whole.</summary>
    Complete,

    /// <summary>It broke off.</summary>
    Failed,
}
