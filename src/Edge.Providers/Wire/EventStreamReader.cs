using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using Edge.Providers.Dialects;
using Edge.Providers.Json;

namespace Edge.Providers.Wire;

/// <summary>
/// Cuts a byte stream into messages of AWS's event stream encoding, however the stream is cut into pieces.
/// https://smithy.io/2.0/aws/amazon-eventstream.html
/// <code>
/// message = total-length(4) headers-length(4) crc32-of-these-8(4) headers payload crc32-of-all-before(4)     ; big endian
/// header  = name-length(1) name type(1) value                                                               ; type 7: length(2) and UTF-8
/// </code>
/// Messages that lie whole within a piece are handed out as slices of it; only what straddles two pieces is copied, into a pooled buffer.
/// </summary>
/// <remarks>
/// <see cref="WireEvent.Type"/> is <c>:event-type</c> of an event and <c>:exception-type</c> of an exception, whose names all end in <c>Exception</c>. What fails without
/// being modelled (message type <c>error</c>, or an exception of another name) has the type <see cref="ErrorType"/>, which no event can have, and for an <c>error</c>,
/// whose text stands in headers, the data <c>{"__type":":error-code","message":":error-message"}</c>.
/// </remarks>
public sealed class EventStreamReader : IWireReader
{
    private const int PreludeSize = 12;
    private const int ChecksumSize = 4;
    private const int StringType = 7;

    private readonly int _maxEventSize;
    private ByteBuffer? _error;
    private ReadOnlyMemory<byte> _piece;
    private byte[] _carry = [];
    private int _carried;
    private bool _carryIsRead;

    /// <param name="maxEventSize">Bytes of one message at most, framing included; a longer one sets <see cref="Overflowed"/>.</param>
    public EventStreamReader(int maxEventSize)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxEventSize, 1);
        _maxEventSize = maxEventSize;
    }

    /// <summary>Type of a failure that is no modelled exception.</summary>
    public static ReadOnlySpan<byte> ErrorType => ":error"u8;

    /// <summary>The event reports a failure of the provider.</summary>
    public static bool IsException(ReadOnlySpan<byte> type) => type.EndsWith("Exception"u8) || type.SequenceEqual(ErrorType);

    /// <inheritdoc/>
    public bool Overflowed { get; private set; }

    /// <inheritdoc/>
    public string? Broken { get; private set; }

    /// <summary>Bytes of a message that is not complete.</summary>
    public int PartialBytes => (_carryIsRead ? 0 : _carried) + _piece.Length;

    /// <summary>Bytes of pooled memory that are held; 0 between two messages.</summary>
    internal int HeldBytes => _carry.Length;

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">The piece before it was not read to its end.</exception>
    public void Feed(ReadOnlyMemory<byte> piece)
    {
        if (Overflowed || Broken is not null) return;
        if (!_piece.IsEmpty) ThrowNotDrained(_piece.Length);
        _piece = piece;
    }

    /// <inheritdoc/>
    public bool TryRead(out WireEvent wire)
    {
        wire = default;
        if (_carryIsRead) ReleaseCarry();
        var rest = _piece.Span;
        if (rest.IsEmpty) return false;
        if (_carried == 0 && rest.Length >= PreludeSize)
        {
            if (!TryLength(rest, out var length)) return false;
            if (rest.Length < length) return Carry(rest.Length, length);
            _piece = _piece[length..];
            return TryParse(rest[..length], out wire);
        }
        if (_carried < PreludeSize && !Carry(PreludeSize - _carried, PreludeSize)) return false;
        if (!TryLength(_carry, out var total) || !Carry(total - _carried, total)) return false;
        _carryIsRead = true;
        return TryParse(_carry.AsSpan(0, total), out wire);
    }

    /// <inheritdoc/>
    public void Reset()
    {
        (_piece, Overflowed, Broken) = (default, false, null);
        ReleaseCarry();
    }

    public void Dispose() => Reset();

    private bool TryLength(ReadOnlySpan<byte> prelude, out int length)
    {
        length = 0;
        // The checksum first: a length out of noise must not reserve memory or count as an overflow.
        if (BinaryPrimitives.ReadUInt32BigEndian(prelude[8..]) != Crc32.Append(prelude[..8])) return Break("The checksum of a message's prelude is wrong.");
        var total = BinaryPrimitives.ReadUInt32BigEndian(prelude);
        var headers = BinaryPrimitives.ReadUInt32BigEndian(prelude[4..]);
        if (total < PreludeSize + ChecksumSize || headers > total - PreludeSize - ChecksumSize) return Break("A message's lengths contradict each other.");
        if (total > _maxEventSize)
        {
            Overflowed = true;
            return Stop();
        }
        length = (int)total;
        return true;
    }

    private bool TryParse(ReadOnlySpan<byte> raw, out WireEvent wire)
    {
        wire = default;
        if (BinaryPrimitives.ReadUInt32BigEndian(raw[^ChecksumSize..]) != Crc32.Append(raw[..^ChecksumSize])) return Break("The checksum of a message is wrong.");
        var headersEnd = PreludeSize + (int)BinaryPrimitives.ReadUInt32BigEndian(raw[4..]);
        var headers = new Headers();
        if (!headers.TryRead(raw[PreludeSize..headersEnd])) return Break("A message's headers are malformed.");
        var data = raw[headersEnd..^ChecksumSize];
        var type = headers.EventType;
        if (headers.MessageType.SequenceEqual("exception"u8))
        {
            type = IsException(headers.ExceptionType) ? headers.ExceptionType : ErrorType;
        }
        else if (headers.MessageType.SequenceEqual("error"u8))
        {
            type = ErrorType;
            data = ErrorData(headers.ErrorCode, headers.ErrorMessage);
        }
        else if (IsException(type))
        {
            // Only an exception may look like one.
            type = default;
        }
        wire = new WireEvent { Raw = raw, Type = type, Data = data, HasData = true };
        return true;
    }

    private ReadOnlySpan<byte> ErrorData(scoped ReadOnlySpan<byte> code, scoped ReadOnlySpan<byte> message)
    {
        _error ??= new ByteBuffer();
        _error.Clear();
        var json = new JsonOut(_error);
        json.Raw("{\"__type\":"u8);
        json.String(JsonText.Plain(code));
        json.Raw(",\"message\":"u8);
        json.String(JsonText.Plain(message));
        json.Raw("}"u8);
        json.Flush();
        return _error.Span;
    }

    private ref struct Headers
    {
        public ReadOnlySpan<byte> MessageType;
        public ReadOnlySpan<byte> EventType;
        public ReadOnlySpan<byte> ExceptionType;
        public ReadOnlySpan<byte> ErrorCode;
        public ReadOnlySpan<byte> ErrorMessage;

        public bool TryRead(ReadOnlySpan<byte> rest)
        {
            while (!rest.IsEmpty)
            {
                int nameLength = rest[0];
                if (nameLength == 0 || rest.Length < nameLength + 2) return false;
                var name = rest.Slice(1, nameLength);
                var type = rest[nameLength + 1];
                rest = rest[(nameLength + 2)..];
                if (!TryValue(type, ref rest, out var value)) return false;
                if (type != StringType) continue;
                if (name.SequenceEqual(":message-type"u8)) MessageType = value;
                else if (name.SequenceEqual(":event-type"u8)) EventType = value;
                else if (name.SequenceEqual(":exception-type"u8)) ExceptionType = value;
                else if (name.SequenceEqual(":error-code"u8)) ErrorCode = value;
                else if (name.SequenceEqual(":error-message"u8)) ErrorMessage = value;
            }
            return true;
        }

        // 0, 1: true and false, which have no bytes; 2-5: integers; 6, 7: bytes and text behind their length; 8: a time; 9: a UUID.
        private static bool TryValue(byte type, scoped ref ReadOnlySpan<byte> rest, out ReadOnlySpan<byte> value)
        {
            value = default;
            if (type > 9) return false;
            int length = type is 6 or StringType ? 0 : "\0\0\u0001\u0002\u0004\u0008\0\0\u0008\u0010"u8[type];
            if (type is 6 or StringType)
            {
                if (rest.Length < 2) return false;
                length = BinaryPrimitives.ReadUInt16BigEndian(rest);
                rest = rest[2..];
            }
            if (rest.Length < length) return false;
            value = rest[..length];
            rest = rest[length..];
            return true;
        }
    }

    // Moves up to `count` bytes into the carry; true = all of them were there. `expected`: bytes that the carry will hold at least.
    private bool Carry(int count, int expected)
    {
        var take = Math.Min(count, _piece.Length);
        if (_carry.Length < expected)
        {
            var larger = ArrayPool<byte>.Shared.Rent(expected);
            _carry.AsSpan(0, _carried).CopyTo(larger);
            if (_carry.Length > 0) ArrayPool<byte>.Shared.Return(_carry);
            _carry = larger;
        }
        _piece.Span[..take].CopyTo(_carry.AsSpan(_carried));
        _carried += take;
        _piece = _piece[take..];
        return take == count && _carried >= expected;
    }

    private void ReleaseCarry()
    {
        (_carried, _carryIsRead) = (0, false);
        if (_carry.Length == 0) return;
        ArrayPool<byte>.Shared.Return(_carry);
        _carry = [];
    }

    private bool Break(string reason)
    {
        Broken = reason;
        return Stop();
    }

    private bool Stop()
    {
        _piece = default;
        ReleaseCarry();
        return false;
    }

    [DoesNotReturn]
    private static void ThrowNotDrained(int left) =>
        throw new InvalidOperationException($"{left} bytes of the piece before have not been read: call TryRead until it returns false.");
}
