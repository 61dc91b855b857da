namespace Edge.Storage.Journal;

/// <summary>The writer's thread: the only one that touches the newest segment.</summary>
public sealed partial class Journal
{
    private readonly byte[] _header = new byte[JournalFormat.HeaderBytes];
    private FileStream? _segment;
    private int _number;
    private long _length;
    private long _madeAt;

    private void Run()
    {
        while (true)
        {
            _work.WaitOne();
            NoteBound();
            if (TakeBatch()) WriteUntilTaken();
            if (!_isClosed) continue;
            while (TakeBatch()) WriteUntilTaken();
            break;
        }
        TaskCompletionSource<JournalFault>? left;
        lock (_gate)
        {
            // Closed while the disk refuses: what it did not take is in memory alone.
            left = _fillingWaiters;
            _fillingWaiters = null;
            _ended.TrySetResult();
        }
        left?.TrySetResult(JournalFault.Closed);
        _segment?.Dispose();
        _lock.Dispose();
    }

    private bool TakeBatch()
    {
        lock (_gate)
        {
            if (_filled == 0) return false;
            (_filling, _writing) = (_writing, _filling);
            (_written, _filled) = (_filled, 0);
            _writingLast = _last;
            (_writingWaiters, _fillingWaiters) = (_fillingWaiters, null);
            return true;
        }
    }

    private void WriteUntilTaken()
    {
        for (var isLastTry = false; ;)
        {
            var fault = TryWrite(out var reason);
            TaskCompletionSource<JournalFault>? waiters, later = null;
            bool isTurn;
            lock (_gate)
            {
                isTurn = _fault != fault;
                _fault = fault;
                waiters = _writingWaiters;
                _writingWaiters = null;
                if (fault == JournalFault.None)
                {
                    _bytes += _written;
                    _written = 0;
                    Volatile.Write(ref _durable, _writingLast);
                }
                else
                {
                    later = _fillingWaiters;
                    _fillingWaiters = null;
                }
            }
            waiters?.TrySetResult(fault);
            later?.TrySetResult(fault);
            if (isTurn) _options.OnDisk?.Invoke(fault, reason);
            NoteBound();
            if (fault == JournalFault.None) return;
            // A journal that is being closed gives a failing disk one more chance, not for ever.
            if (isLastTry)
            {
                _options.OnDisk?.Invoke(JournalFault.Closed, $"Closed with {_written + _filled} bytes that the disk did not take.");
                lock (_gate) (_written, _filled) = (0, 0);
                return;
            }
            isLastTry = _stop.IsSet;
            _stop.Wait(_options.RetryDelay);
        }
    }

    private JournalFault TryWrite(out string reason)
    {
        reason = "";
        try
        {
            if (_segment is not null && (_length + _written > _options.SegmentBytes || IsOld()) && _length > JournalFormat.HeaderBytes) CloseSegment();
            if (_segment is null) MakeSegment();
            RandomAccess.Write(_segment!.SafeFileHandle, _writing.AsSpan(0, _written), _length);
        }
        catch (Exception e) when (JournalFiles.IsFault(e))
        {
            reason = e.Message;
            CutBack();
            return JournalFiles.FaultOf(e);
        }
        try
        {
            Volatile.Write(ref _flushes, _flushes + 1);
            RandomAccess.FlushToDisk(_segment!.SafeFileHandle);
        }
        catch (Exception e) when (JournalFiles.IsFault(e))
        {
            // After a failed fsync the kernel forgets the pages it could not write, and the next fsync says all is well: the file cannot be trusted any more.
            // The batch goes to a new segment, whose first position says that this one ends before it.
            reason = e.Message;
            CloseSegment();
            return JournalFiles.FaultOf(e);
        }
        _length += _written;
        return JournalFault.None;
    }

    // After a refused write the file may hold a part of the batch.
    private void CutBack()
    {
        if (_segment is null) return;
        try
        {
            RandomAccess.SetLength(_segment.SafeFileHandle, _length);
        }
        catch (Exception e) when (JournalFiles.IsFault(e))
        {
            CloseSegment();
        }
    }

    private void MakeSegment()
    {
        var number = _number + 1;
        var path = JournalFiles.SegmentPath(_options.Directory, number);
        _madeAt = _time.GetUtcNow().ToUnixTimeMilliseconds();
        JournalFormat.WriteHeader(_header, Durable + 1, _madeAt);
        // Left over from an attempt of ours that the disk refused half way.
        File.Delete(path);
        var file = JournalFiles.Create(path);
        try
        {
            RandomAccess.Write(file.SafeFileHandle, _header, 0);
            RandomAccess.FlushToDisk(file.SafeFileHandle);
            JournalFiles.FlushDirectory(_options.Directory);
        }
        catch
        {
            file.Dispose();
            File.Delete(path);
            throw;
        }
        (_segment, _number, _length) = (file, number, _header.Length);
        lock (_gate) _bytes += _header.Length;
    }

    private void CloseSegment()
    {
        _segment?.Dispose();
        _segment = null;
    }

    private bool IsOld() =>
        _options.SegmentAge > TimeSpan.Zero && _time.GetUtcNow().ToUnixTimeMilliseconds() - _madeAt >= _options.SegmentAge.TotalMilliseconds;

    private void NoteBound()
    {
        // A sixteenth below the bound, so that the consumer hears of it before records are refused, and not at every record around it.
        if (_options.MaxBytes == 0) return;
        var isBound = Bytes + _options.BufferBytes + (_options.MaxBytes / 16) > _options.MaxBytes;
        if (isBound == _isBound) return;
        _isBound = isBound;
        _options.OnSizeBound?.Invoke(isBound ? JournalFault.SizeBound : JournalFault.None, Bytes);
    }
}
