namespace Edge.Upstream.Http1;

internal enum ChunkStep
{
    NeedsMore,
    Data,
    End,
    Malformed,
}

/// <summary>
/// The chunked transfer coding (RFC 9112 section 7.1) as a state machine that consumes every byte it is given, so that no partial frame stays
/// in the receive buffer and a piece of data is a slice of it.
/// </summary>
internal struct ChunkedDecoder
{
    // Nobody needs extensions or trailers; they are read over, and bounded so that they cannot feed us for ever.
    private const int MaxExtension = 4096;
    private const int MaxTrailers = 16 * 1024;

    private State _state;
    private long _size;
    private int _count;

    private enum State : byte
    {
        SizeStart, Size, ExtensionStart, Extension, ExtensionAfterEquals, Quoted, QuotedPair, SizeFeed,
        Data, DataReturn, DataFeed, TrailerStart, Trailer, TrailerFeed, EndFeed, End,
    }

    /// <summary>Takes the next step. On Data the piece is the <paramref name="length"/> bytes at <paramref name="at"/>.</summary>
    /// <param name="input">What has been received.</param>
    /// <param name="position">Advanced over what was consumed, the piece included.</param>
    /// <param name="at">Where the piece starts.</param>
    /// <param name="length">At least 1 on Data.</param>
    public ChunkStep Next(ReadOnlySpan<byte> input, ref int position, out int at, out int length)
    {
        at = length = 0;
        if (_state == State.End) return ChunkStep.End;
        while (position < input.Length)
        {
            if (_state == State.Data)
            {
                at = position;
                length = (int)Math.Min(_size, input.Length - position);
                position += length;
                _size -= length;
                if (_size == 0) _state = State.DataReturn;
                return ChunkStep.Data;
            }
            if (!Step(input[position++])) return ChunkStep.Malformed;
            if (_state == State.End) return ChunkStep.End;
        }
        return ChunkStep.NeedsMore;
    }

    private bool Step(byte b)
    {
        switch (_state)
        {
            case State.SizeStart:
                _size = _count = 0;
                _state = State.Size;
                return Digit(b);
            case State.Size:
                if (b == '\r') return Go(State.SizeFeed);
                if (b != ';') return Digit(b);
                _count = 0;
                return Go(State.ExtensionStart);

            // chunk-ext = *( BWS ";" BWS name [ BWS "=" BWS ( token / quoted-string ) ] )
            case State.ExtensionStart:
                if (b is (byte)' ' or (byte)'\t') return Bounded();
                return IsExtension(b) && b is not ((byte)';' or (byte)'=' or (byte)'"') && Go(State.Extension) && Bounded();
            case State.ExtensionAfterEquals:
                if (b is (byte)' ' or (byte)'\t') return Bounded();
                if (b == '"') return Go(State.Quoted) && Bounded();
                return IsExtension(b) && b is not ((byte)';' or (byte)'=') && Go(State.Extension) && Bounded();
            case State.Extension:
                if (b == '\r') return Go(State.SizeFeed);
                if (b == ';') return Go(State.ExtensionStart) && Bounded();
                if (b == '=') return Go(State.ExtensionAfterEquals) && Bounded();
                return IsExtension(b) && b != '"' && Bounded();
            case State.Quoted:
                if (b == '"') return Go(State.Extension) && Bounded();
                if (b == '\\') return Go(State.QuotedPair) && Bounded();
                return IsExtension(b) && Bounded();
            case State.QuotedPair:
                return IsExtension(b) && Go(State.Quoted) && Bounded();

            case State.SizeFeed:
                _count = 0;
                return b == '\n' && Go(_size == 0 ? State.TrailerStart : State.Data);
            case State.DataReturn:
                return b == '\r' && Go(State.DataFeed);
            case State.DataFeed:
                return b == '\n' && Go(State.SizeStart);

            case State.TrailerStart:
                if (b == '\r') return Go(State.EndFeed);
                return IsExtension(b) && b is not ((byte)' ' or (byte)'\t' or (byte)':') && Go(State.Trailer) && ++_count <= MaxTrailers;
            case State.Trailer:
                if (b == '\r') return Go(State.TrailerFeed);
                return IsExtension(b) && ++_count <= MaxTrailers;
            case State.TrailerFeed:
                return b == '\n' && Go(State.TrailerStart);
            case State.EndFeed:
                return b == '\n' && Go(State.End);
            default:
                return false;
        }
    }

    private bool Go(State state)
    {
        _state = state;
        return true;
    }

    private bool Bounded() => ++_count <= MaxExtension;

    private static bool IsExtension(byte b) => b == '\t' || (b >= ' ' && b != 0x7F);

    // 15 hexadecimal digits fill 60 bits: no overflow to check, and no chunk that large exists. Leading zeros count too.
    private bool Digit(byte b)
    {
        var value = b switch
        {
            >= (byte)'0' and <= (byte)'9' => b - '0',
            >= (byte)'a' and <= (byte)'f' => b - 'a' + 10,
            >= (byte)'A' and <= (byte)'F' => b - 'A' + 10,
            _ => -1,
        };
        if (value < 0 || ++_count > 15) return false;
        _size = _size << 4 | (uint)value;
        return true;
    }
}
