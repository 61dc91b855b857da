using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using Edge.Simd.Sse;

namespace Edge.Providers.Wire;

/// <summary>
/// Cuts a byte stream into server-sent events (WHATWG HTML, section 9.2), however the stream is cut into pieces. Events that lie whole within a piece are handed
/// out as slices of it; only what straddles two pieces is copied, into a pooled buffer that goes back as soon as nothing is pending.
/// Feed a piece, then TryRead until it returns false. Reusable.
/// </summary>
/// <remarks>
/// The <see cref="WireEvent.Raw"/> of all events one after another, and <see cref="Partial"/> behind them, are the stream's exact bytes.
/// The fields id and retry are not interpreted: a gateway never reconnects to a provider's stream.
/// </remarks>
public sealed class SseReader : IWireReader
{
    // Large enough for nearly every event of nearly every provider, so that an event which straddles pieces is moved once.
    private const int FirstCarrySize = 1024;

    private readonly int _maxEventSize;
    private ReadOnlyMemory<byte> _piece;
    private byte[] _carry = [];
    private byte[] _joined = [];
    private int _carried;
    private SseLineState _state;
    private bool _begun;

    /// <param name="maxEventSize">Bytes of one event at most, line ends and comments included (of a CRLF that ends it, the CR alone); a longer one sets <see cref="Overflowed"/>.</param>
    public SseReader(int maxEventSize)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxEventSize, 1);
        _maxEventSize = maxEventSize;
    }

    /// <summary>An event was longer than allowed; nothing more is read until <see cref="Reset"/>.</summary>
    public bool Overflowed { get; private set; }

    /// <summary>Never: any bytes are some event stream.</summary>
    public string? Broken => null;

    /// <summary>Bytes of an event whose blank line has not come yet. At the end of a stream they are discarded, as the standard says.</summary>
    public int PartialBytes => _carried + _piece.Length;

    /// <summary>Those bytes, once TryRead has returned false; valid until the next piece is fed.</summary>
    public ReadOnlySpan<byte> Partial => _carry.AsSpan(0, _carried);

    /// <summary>Bytes of pooled memory that are held; 0 between two events.</summary>
    internal int HeldBytes => _carry.Length + _joined.Length;

    /// <summary>The next piece of the stream; it must stay valid until TryRead has returned false.</summary>
    /// <exception cref="InvalidOperationException">The piece before it was not read to its end.</exception>
    public void Feed(ReadOnlyMemory<byte> piece)
    {
        if (Overflowed) return;
        if (!_piece.IsEmpty) ThrowNotDrained(_piece.Length);
        _piece = piece;
    }

    /// <summary>The next complete event of what was fed. Its spans are valid until the next call of any member.</summary>
    public bool TryRead(out WireEvent wire)
    {
        Release(ref _joined);
        if (_piece.IsEmpty)
        {
            if (_carried == 0) Release(ref _carry);
            wire = default;
            return false;
        }
        var rest = _piece.Span;
        var length = SseScan.EndOfEvent(rest, ref _state);
        // The LF behind the CR of a blank line does not count: cut off by a piece's end, it is no longer part of the event, and a limit must not depend on cuts.
        var counted = length < 0 ? rest.Length : rest[..length].EndsWith("\r\n"u8) ? length - 1 : length;
        if (counted > _maxEventSize - _carried)
        {
            Overflow();
            wire = default;
            return false;
        }
        if (length < 0)
        {
            Carry(rest);
            _piece = default;
            wire = default;
            return false;
        }
        _piece = _piece[length..];
        var raw = rest[..length];
        if (_carried > 0)
        {
            Carry(raw);
            raw = _carry.AsSpan(0, _carried);
            _carried = 0;
        }
        wire = Parse(raw);
        return true;
    }

    /// <summary>Ready for another stream; every buffer goes back to the pool.</summary>
    public void Reset()
    {
        (_piece, _carried, _state, _begun, Overflowed) = (default, 0, SseLineState.LineStart, false, false);
        Release(ref _carry);
        Release(ref _joined);
    }

    public void Dispose() => Reset();

    private WireEvent Parse(ReadOnlySpan<byte> raw)
    {
        var rest = raw;
        if (!_begun)
        {
            _begun = true;
            if (rest.StartsWith("\uFEFF"u8)) rest = rest[3..];
        }
        ReadOnlySpan<byte> type = default, data = default;
        var joined = 0;
        var hasData = false;
        // Every line has an end, for the block ends with one. Of CRLF, the LF is seen as one more empty line, and empty lines say nothing.
        for (int end; !rest.IsEmpty; rest = rest[(end + 1)..])
        {
            end = 0;
            if (rest[0] is (byte)'\n' or (byte)'\r') continue;
            end = rest.IndexOfAny((byte)'\n', (byte)'\r');
            var line = rest[..end];
            if (IsField(line, "data"u8, out var value))
            {
                if (hasData) joined = Join(data, joined, value);
                else data = value;
                hasData = true;
            }
            else if (IsField(line, "event"u8, out value))
            {
                type = value;
            }
        }
        return new WireEvent { Raw = raw, Type = type, Data = joined > 0 ? _joined.AsSpan(0, joined) : data, HasData = hasData };
    }

    // field = name [ ":" [ " " ] value ]
    private static bool IsField(ReadOnlySpan<byte> line, ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        value = default;
        if (!line.StartsWith(name)) return false;
        if (line.Length == name.Length) return true;
        if (line[name.Length] != ':') return false;
        var start = name.Length + 1;
        value = line[(start < line.Length && line[start] == ' ' ? start + 1 : start)..];
        return true;
    }

    // Raw must stay as it came, so several data lines are joined beside it. Rare: JSON on an event stream is one line.
    private int Join(ReadOnlySpan<byte> first, int joined, ReadOnlySpan<byte> next)
    {
        if (joined == 0) joined = Append(ref _joined, 0, first);
        joined = Append(ref _joined, joined, "\n"u8);
        return Append(ref _joined, joined, next);
    }

    private void Carry(ReadOnlySpan<byte> bytes) => _carried = Append(ref _carry, _carried, bytes);

    private static int Append(ref byte[] buffer, int used, ReadOnlySpan<byte> bytes)
    {
        if (buffer.Length - used < bytes.Length)
        {
            // Doubling keeps the copying linear in the event's size, however small the pieces are.
            var size = (int)Math.Min(Math.Max(Math.Max(FirstCarrySize, (long)used + bytes.Length), buffer.Length * 2L), Array.MaxLength);
            var larger = ArrayPool<byte>.Shared.Rent(size);
            buffer.AsSpan(0, used).CopyTo(larger);
            Release(ref buffer);
            buffer = larger;
        }
        bytes.CopyTo(buffer.AsSpan(used));
        return used + bytes.Length;
    }

    private static void Release(ref byte[] buffer)
    {
        if (buffer.Length == 0) return;
        ArrayPool<byte>.Shared.Return(buffer);
        buffer = [];
    }

    private void Overflow()
    {
        Overflowed = true;
        (_piece, _carried) = (default, 0);
        Release(ref _carry);
    }

    [DoesNotReturn]
    private static void ThrowNotDrained(int left) =>
        throw new InvalidOperationException($"{left} bytes of the piece before have not been read: call TryRead until it returns false.");
}
