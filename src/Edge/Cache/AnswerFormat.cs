using Edge.Providers.Json;

namespace Edge.Cache;

/// <summary>
/// How a recorded answer stands in memory and in Redis: one event after another, each a byte that says which and then its parts. Numbers are varints (7 bits a byte, the low ones first; signed ones in
/// zigzag), texts their length times two, plus one where they hold JSON escapes, and their bytes.
/// </summary>
internal enum AnswerEvent : byte
{
    None,
    Start,
    Text,
    Refusal,
    Thinking,
    ThinkingSignature,
    RedactedThinking,
    ToolCallStart,
    ToolCallArguments,
    ToolCallSignature,
    Citation,
    Logprobs,
    Media,
    ServiceTier,
    Usage,
    Finish,

    /// <summary>Milliseconds until what follows came.</summary>
    Pause,
    End,
}

/// <summary>Writes the parts of an event into a span that has room for them.</summary>
internal ref struct EventWriter(Span<byte> room)
{
    /// <summary>Bytes of a number at most.</summary>
    public const int MaxNumber = 10;

    private readonly Span<byte> _room = room;

    public int Length { get; private set; }

    public static int SizeOf(JsonText text) => MaxNumber + text.Bytes.Length;

    public void Event(AnswerEvent kind) => _room[Length++] = (byte)kind;

    public void Unsigned(ulong number)
    {
        for (; number >= 0x80; number >>= 7) _room[Length++] = (byte)(number | 0x80);
        _room[Length++] = (byte)number;
    }

    public void Signed(long number) => Unsigned((ulong)((number << 1) ^ (number >> 63)));

    public void Text(JsonText text)
    {
        Unsigned(((ulong)text.Bytes.Length << 1) | (text.IsEscaped ? 1UL : 0));
        text.Bytes.CopyTo(_room[Length..]);
        Length += text.Bytes.Length;
    }
}

/// <summary>Reads them again.</summary>
internal ref struct EventParts(ReadOnlySpan<byte> rest)
{
    private ReadOnlySpan<byte> _rest = rest;

    public readonly int Left => _rest.Length;

    public AnswerEvent Event()
    {
        var kind = (AnswerEvent)_rest[0];
        _rest = _rest[1..];
        return kind;
    }

    public ulong Unsigned()
    {
        ulong number = 0;
        for (var shift = 0; ; shift += 7)
        {
            var next = _rest[0];
            _rest = _rest[1..];
            number |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80) return number;
        }
    }

    public long Signed()
    {
        var number = Unsigned();
        return (long)(number >> 1) ^ -(long)(number & 1);
    }

    public int Int() => (int)Signed();

    public JsonText Text()
    {
        var head = Unsigned();
        var length = checked((int)(head >> 1));
        var text = new JsonText(_rest[..length], (head & 1) != 0);
        _rest = _rest[length..];
        return text;
    }
}
