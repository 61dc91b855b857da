using System.Buffers;

namespace Edge.Storage.Journal;

/// <summary>What <see cref="JournalReader.Read"/> found.</summary>
public enum JournalRead
{
    /// <summary>Nothing more for now; a later call may find more.</summary>
    End,

    /// <summary>A whole record: <see cref="JournalReader.Position"/> and <see cref="JournalReader.Payload"/>.</summary>
    Record,

    /// <summary>Bytes that are no record, or records that are missing: <see cref="JournalReader.Damage"/>. Reading goes on behind them.</summary>
    Damage,
}

/// <summary>A place where a journal is not as it was written.</summary>
/// <param name="Segment">Number of the segment.</param>
/// <param name="Offset">Where in its file.</param>
/// <param name="Bytes">How many bytes are no record; 0 when records are missing without a trace.</param>
/// <param name="Expected">The position that should have stood there.</param>
/// <param name="Found">The position of the next whole record; 0 = none follows.</param>
public readonly record struct JournalDamage(int Segment, long Offset, long Bytes, long Expected, long Found);

/// <summary>
/// Reads a journal from a position on, without changing or locking anything: also while another process writes. One reader, one thread.
/// </summary>
public sealed class JournalReader : IDisposable
{
    private readonly string _directory;
    private readonly Journal? _owner;
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(64 << 10);
    private int _start;
    private int _end;
    private FileStream? _file;

    // Where _buffer[_start] stands in the file.
    private long _offset;

    // The position that must stand at _offset, and the first one that the caller has not had.
    private long _expected;
    private long _next;

    // The end of the last segment when it is no record: whether something is missing there, the next segment's first position says.
    private JournalDamage _leftBehind;

    /// <param name="directory">Of the journal.</param>
    /// <param name="from">The first position wanted; that it was deleted meanwhile is not an error.</param>
    public JournalReader(string directory, long from = 1)
        : this(directory, from, null)
    {
    }

    internal JournalReader(string directory, long from, Journal? owner) => (_directory, _next, _owner) = (directory, Math.Max(1, from), owner);

    /// <summary>Of the last record read.</summary>
    public long Position { get; private set; }

    /// <summary>Of the last record read; valid until the next call.</summary>
    public ReadOnlyMemory<byte> Payload { get; private set; }

    /// <summary>Where the last record begins in its file.</summary>
    public long Offset { get; private set; }

    /// <summary>The segment that is being read; number 0 before the first.</summary>
    public JournalSegment Segment { get; private set; }

    /// <summary>The first position of that segment.</summary>
    public long SegmentFirst { get; private set; }

    /// <summary>When that segment was made, Unix milliseconds.</summary>
    public long SegmentMadeAt { get; private set; }

    /// <summary>At <see cref="JournalRead.Damage"/>.</summary>
    public JournalDamage Damage { get; private set; }

    /// <summary>At <see cref="JournalRead.End"/>: bytes behind the last whole record. In a journal that nobody writes to they are a torn tail.</summary>
    public long TailBytes { get; private set; }

    /// <summary>At <see cref="JournalRead.End"/>: where the last whole record of the segment ends.</summary>
    public long TailOffset => _offset;

    /// <summary>Reads on.</summary>
    /// <exception cref="IOException">The disk cannot be read.</exception>
    public JournalRead Read()
    {
        while (true)
        {
            if (_owner is not null && _next > _owner.Durable) return JournalRead.End;
            if (_file is null)
            {
                if (!TryOpen(out var isGap)) return JournalRead.End;
                if (isGap) return JournalRead.Damage;
            }
            if (TakeRecord() is var bytes and > 0)
            {
                var position = JournalFormat.Position(_buffer.AsSpan(_start));
                if (position != _expected)
                {
                    // Whole, but not the one that belongs here: records were taken out, doubled or moved.
                    Damage = new(Segment.Number, _offset, 0, _expected, position);
                    _expected = position;
                    return JournalRead.Damage;
                }
                // Not durable yet: a crash may still take its place away.
                if (_owner is not null && position > _owner.Durable) return JournalRead.End;
                Offset = _offset;
                Payload = _buffer.AsMemory(_start + JournalFormat.RecordHeaderBytes, bytes - JournalFormat.RecordHeaderBytes);
                Skip(bytes);
                _expected = position + 1;
                // Left of what was asked for, or written twice because the disk failed between two segments.
                if (position < _next) continue;
                Position = position;
                _next = position + 1;
                return JournalRead.Record;
            }

            // In this order: a writer fills a segment before it makes the next one.
            var isLast = !TryNext(out _);
            if (!isLast && TakeRecord() > 0) continue;
            var rest = _file!.Length - _offset;
            TailBytes = rest;
            if (rest > 0 && TryResynchronise(out var skipped, out var found))
            {
                Damage = new(Segment.Number, _offset, skipped, _expected, found);
                _expected = found;
                MoveTo(_offset + skipped);
                return JournalRead.Damage;
            }
            if (isLast) return JournalRead.End;
            _leftBehind = new(Segment.Number, _offset, rest, _expected, 0);
            Close();
        }
    }

    public void Dispose()
    {
        Close();
        if (_buffer.Length > 0) ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
    }

    private bool TryOpen(out bool isGap)
    {
        isGap = false;
        var isFirst = Segment.Number == 0;
        if (!(isFirst ? TryFirst(out var segment) : TryNext(out segment))) return false;
        FileStream file;
        try
        {
            file = JournalFiles.OpenToRead(segment.Path);
        }
        catch (FileNotFoundException)
        {
            // Deleted between the listing and now: the next call lists again.
            return false;
        }
        (_file, _offset, _start, _end) = (file, 0, 0, 0);
        Segment = segment;
        var isHeader = Fill(JournalFormat.HeaderBytes);
        if (isHeader && JournalFormat.TryReadHeader(_buffer.AsSpan(_start, JournalFormat.HeaderBytes), out var first, out var madeAt))
        {
            (SegmentFirst, SegmentMadeAt) = (first, madeAt);
            Skip(JournalFormat.HeaderBytes);
        }
        else
        {
            // No header: whatever whole records the file holds are found from its first byte on.
            first = isFirst ? 1 : _next;
            (SegmentFirst, SegmentMadeAt) = (first, 0);
        }
        _expected = first;
        if (first <= _next || isFirst)
        {
            _next = Math.Max(_next, first);
            return true;
        }
        Damage = _leftBehind with { Expected = _next, Found = first };
        _next = first;
        return isGap = true;
    }

    // The last segment that begins at or before what is wanted, else the oldest.
    private bool TryFirst(out JournalSegment segment)
    {
        var segments = JournalFiles.List(_directory);
        segment = segments.Count == 0 ? default : segments[0];
        for (var i = segments.Count - 1; i > 0 && _next > 1; i--)
        {
            if (!JournalRecoverer.TryFirst(segments[i], out var first) || first > _next) continue;
            segment = segments[i];
            break;
        }
        return segments.Count > 0;
    }

    private bool TryNext(out JournalSegment segment)
    {
        segment = default;
        foreach (var other in JournalFiles.List(_directory))
        {
            if (other.Number <= Segment.Number) continue;
            segment = other;
            return true;
        }
        return false;
    }

    // The bytes of the whole record that begins at _offset; 0 = there is none.
    private int TakeRecord()
    {
        if (!Fill(JournalFormat.RecordHeaderBytes)) return 0;
        var length = JournalFormat.PayloadLength(_buffer.AsSpan(_start));
        if (length == 0 || _file!.Length - _offset < JournalFormat.RecordHeaderBytes + length) return 0;
        var bytes = JournalFormat.RecordHeaderBytes + length;
        return Fill(bytes) && JournalFormat.IsWhole(_buffer.AsSpan(_start, bytes)) ? bytes : 0;
    }

    // Looks for the next whole record. Its position is looked at first: eight bytes that nearly never fit by chance spare the checksum of every offset.
    private bool TryResynchronise(out long skipped, out long found)
    {
        (skipped, found) = (0, 0);
        var rest = new byte[_file!.Length - _offset];
        var length = ReadAt(rest, _offset);
        for (var at = 1; at + JournalFormat.RecordHeaderBytes < length; at++)
        {
            var record = rest.AsSpan(at, length - at);
            var payload = JournalFormat.PayloadLength(record);
            if (payload == 0 || JournalFormat.RecordHeaderBytes + payload > record.Length) continue;
            var position = JournalFormat.Position(record);
            if (position <= 0 || position - _expected > length || !JournalFormat.IsWhole(record[..(JournalFormat.RecordHeaderBytes + payload)])) continue;
            (skipped, found) = (at, position);
            return true;
        }
        return false;
    }

    private bool Fill(int bytes)
    {
        if (_end - _start >= bytes) return true;
        if (_buffer.Length - _start < bytes)
        {
            var to = _buffer.Length < bytes ? ArrayPool<byte>.Shared.Rent(bytes) : _buffer;
            _buffer.AsSpan(_start, _end - _start).CopyTo(to);
            (_start, _end) = (0, _end - _start);
            if (to != _buffer) ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = to;
        }
        _end += ReadAt(_buffer.AsSpan(_end), _offset + (_end - _start), bytes - (_end - _start));
        return _end - _start >= bytes;
    }

    // Reads until `atLeast` bytes are there (all that fit by default) or the file ends.
    private int ReadAt(Span<byte> to, long offset, int atLeast = int.MaxValue)
    {
        var total = 0;
        while (total < Math.Min(to.Length, atLeast))
        {
            var read = RandomAccess.Read(_file!.SafeFileHandle, to[total..], offset + total);
            if (read == 0) break;
            total += read;
        }
        return total;
    }

    private void Skip(int bytes)
    {
        _start += bytes;
        _offset += bytes;
    }

    private void MoveTo(long offset) => (_offset, _start, _end) = (offset, 0, 0);

    private void Close()
    {
        _file?.Dispose();
        _file = null;
    }
}
