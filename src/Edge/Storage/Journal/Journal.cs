using System.Buffers.Binary;

namespace Edge.Storage.Journal;

/// <summary>
/// An append-only file of records in a directory of its own, safe against a crash at any moment: what <see cref="FlushedAsync"/> confirmed is there afterwards.
/// <para>Appending copies into memory and never waits for the disk. One thread writes what came together and calls fsync once for all of it (group commit):
/// at once when somebody waits, else within <see cref="JournalOptions.MaxDelay"/>.</para>
/// <para>When the disk refuses, the records stay in memory, waiters are told, and the same batch is tried again until it is taken: no record is left out of the order,
/// so positions have no gaps and a hash chain over the records stays whole. Behind the full buffer <see cref="Append"/> answers with the fault.</para>
/// Any thread may call any member.
/// </summary>
public sealed partial class Journal : IAsyncDisposable
{
    private const string AckName = "consumer.ack";

    private readonly JournalOptions _options;
    private readonly TimeProvider _time;
    private readonly FileStream _lock;
    private readonly Lock _gate = new();
    private readonly AutoResetEvent _work = new(false);
    private readonly ManualResetEventSlim _stop = new(false);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ITimer _delay;

    private byte[] _filling;
    private byte[] _writing;
    private int _filled;
    private int _written;
    private long _last;
    private long _writingLast;
    private long _durable;
    private long _acknowledged;
    private long _bytes;
    private long _flushes;
    private volatile JournalFault _fault;
    private volatile bool _isClosed;
    private bool _isBound;

    // One for everybody who waits for the same fsync.
    private TaskCompletionSource<JournalFault>? _fillingWaiters;
    private TaskCompletionSource<JournalFault>? _writingWaiters;

    private Journal(JournalOptions options, TimeProvider time, FileStream @lock, in JournalRecoverer.Found found)
    {
        (_options, _time, _lock) = (options, time, @lock);
        Recovery = found.Recovery;
        (_filling, _writing) = (new byte[options.BufferBytes], new byte[options.BufferBytes]);
        _last = _writingLast = _durable = found.Recovery.Last;
        _acknowledged = found.Recovery.Acknowledged;
        _number = found.LastNumber;
        _bytes = Size();
        if (found.Segment.Number > 0)
        {
            _segment = JournalFiles.OpenToWrite(found.Segment.Path);
            (_length, _madeAt) = (found.Length, found.MadeAt);
        }
        _delay = time.CreateTimer(static state => ((Journal)state!)._work.Set(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        // A thread of its own: fsync blocks for milliseconds, and a thread of the pool would be missed there.
        new Thread(Run) { IsBackground = true, Name = "journal" }.Start();
    }

    /// <summary>The largest payload.</summary>
    public int MaxRecordBytes => _options.BufferBytes - JournalFormat.RecordHeaderBytes;

    public string Directory => _options.Directory;

    /// <summary>What was found at opening.</summary>
    public JournalRecovery Recovery { get; }

    /// <summary>The position of the newest record.</summary>
    public long Last => Volatile.Read(ref _last);

    /// <summary>Up to here everything is on disk.</summary>
    public long Durable => Volatile.Read(ref _durable);

    /// <summary>How far the consumer came, as of <see cref="Acknowledge"/>; over restarts too.</summary>
    public long Acknowledged => Volatile.Read(ref _acknowledged);

    /// <summary>What the disk answered last; <see cref="JournalFault.None"/> = it takes records.</summary>
    public JournalFault Fault => _fault;

    /// <summary>Bytes of all segments on disk.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    /// <summary>How often the disk was asked to make a batch durable.</summary>
    public long Flushes => Volatile.Read(ref _flushes);

    /// <summary>How much of the buffer is in use, 0 to 1: above one half the disk does not keep up, and new work should wait.</summary>
    public double Fill => (double)Volatile.Read(ref _filled) / _options.BufferBytes;

    /// <summary>Opens or makes the journal; repairs what a crash left (see <see cref="Recovery"/>).</summary>
    /// <exception cref="IOException">The directory cannot be used, or another process has it.</exception>
    public static Journal Open(JournalOptions options, TimeProvider time)
    {
        JournalFiles.MakeDirectory(options.Directory);
        var @lock = JournalFiles.Lock(options.Directory);
        try
        {
            return new Journal(options, time, @lock, JournalRecoverer.Run(options.Directory, ReadAcknowledged(options.Directory)));
        }
        catch
        {
            @lock.Dispose();
            throw;
        }
    }

    /// <summary>Takes a record into memory; about a microsecond, never more. The bytes are copied.</summary>
    public JournalAppend Append(ReadOnlySpan<byte> payload)
    {
        if (payload.Length > MaxRecordBytes || payload.IsEmpty) return new(0, JournalFault.TooLarge);
        var bytes = JournalFormat.RecordHeaderBytes + payload.Length;
        bool isFirst, isHalf;
        long position;
        lock (_gate)
        {
            if (_isClosed) return new(0, JournalFault.Closed);
            if (_options.MaxBytes > 0 && _bytes + _written + _filled + bytes > _options.MaxBytes) return new(0, JournalFault.SizeBound);
            if (_filled + bytes > _filling.Length)
            {
                _work.Set();
                return new(0, _fault == JournalFault.None ? JournalFault.BufferFull : _fault);
            }
            isFirst = _filled == 0;
            position = _last + 1;
            _filled += JournalFormat.WriteRecord(_filling.AsSpan(_filled), position, payload);
            isHalf = _filled - bytes < _filling.Length / 2 && _filled >= _filling.Length / 2;
            Volatile.Write(ref _last, position);
        }
        if (isHalf) _work.Set();
        else if (isFirst) _delay.Change(_options.MaxDelay, Timeout.InfiniteTimeSpan);
        return new(position, JournalFault.None);
    }

    /// <summary>Ends when the record at <paramref name="position"/> and everything before it is on disk, or with the fault that the disk answered.
    /// After a fault the record may still get there later.</summary>
    public ValueTask<JournalFault> FlushedAsync(long position)
    {
        if (position <= Durable) return new(JournalFault.None);
        lock (_gate)
        {
            position = Math.Min(position, _last);
            if (position <= _durable) return new(JournalFault.None);
            if (_fault != JournalFault.None) return new(_fault);
            if (_isClosed && _ended.Task.IsCompleted) return new(JournalFault.Closed);
            ref var waiters = ref position <= _writingLast ? ref _writingWaiters : ref _fillingWaiters;
            waiters ??= new(TaskCreationOptions.RunContinuationsAsynchronously);
            if (position > _writingLast) _work.Set();
            return new(waiters.Task);
        }
    }

    /// <summary>Reads durable records from a position on; ends when there is none, and goes on when there are more.</summary>
    public JournalReader ReadFrom(long position) => new(_options.Directory, position, this);

    /// <summary>The consumer needs nothing up to <paramref name="position"/> any more: noted durably, and whole segments before it are deleted. Blocks on the disk.</summary>
    /// <exception cref="IOException">The disk refused; nothing is lost, call again.</exception>
    public void Acknowledge(long position)
    {
        if (position <= Acknowledged) return;
        Span<byte> note = stackalloc byte[20];
        "EDGEACK1"u8.CopyTo(note);
        BinaryPrimitives.WriteInt64LittleEndian(note[8..], position);
        BinaryPrimitives.WriteUInt32LittleEndian(note[16..], JournalFormat.Crc32C(0, note[..16]));
        JournalFiles.Replace(Path.Combine(_options.Directory, AckName), note);
        Volatile.Write(ref _acknowledged, position);
        if (!_options.KeepsAcknowledged) DeleteBefore(position + 1);
    }

    /// <summary>Deletes whole segments that hold nothing at or behind <paramref name="position"/>; never the one that is written. Blocks on the disk.</summary>
    /// <returns>Segments deleted.</returns>
    /// <exception cref="IOException">The disk refused.</exception>
    public int DeleteBefore(long position)
    {
        var segments = JournalFiles.List(_options.Directory);
        var deleted = 0;
        for (var i = 0; i + 1 < segments.Count; i++)
        {
            if (!JournalRecoverer.TryFirst(segments[i + 1], out var next) || next > position) break;
            File.Delete(segments[i].Path);
            deleted++;
        }
        if (deleted == 0) return 0;
        JournalFiles.FlushDirectory(_options.Directory);
        lock (_gate) _bytes = Size();
        _work.Set();
        return deleted;
    }

    /// <summary>Takes no more records, writes what is there and lets the directory go. What a failing disk did not take is lost, and told to its waiters.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_gate) _isClosed = true;
        _stop.Set();
        _work.Set();
        await _ended.Task;
        await _delay.DisposeAsync();
    }

    private static long ReadAcknowledged(string directory)
    {
        var path = Path.Combine(directory, AckName);
        if (!File.Exists(path)) return 0;
        var note = File.ReadAllBytes(path);
        var isWhole = note.Length == 20 && note.AsSpan().StartsWith("EDGEACK1"u8)
            && BinaryPrimitives.ReadUInt32LittleEndian(note.AsSpan(16)) == JournalFormat.Crc32C(0, note.AsSpan(0, 16));
        // The file is replaced whole: something else wrote to it. Reading all again would count twice, skipping would lose.
        return isWhole ? BinaryPrimitives.ReadInt64LittleEndian(note.AsSpan(8)) : throw new IOException($"'{path}' is damaged.");
    }

    private long Size()
    {
        var bytes = 0L;
        foreach (var segment in JournalFiles.List(_options.Directory)) bytes += new FileInfo(segment.Path).Length;
        return bytes;
    }
}
