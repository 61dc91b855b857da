using System.Buffers;
using System.Runtime.CompilerServices;
using System.Text;

namespace Edge.Guard.Pii;

/// <summary>One layer of JSON string decoding: the text, and where each piece of it came from.</summary>
internal sealed class TextMap
{
    /// <param name="Text">Where it begins in the text.</param>
    /// <param name="Raw">Where it begins in the raw string. It ends, in both, where the next one begins.</param>
    /// <param name="Whole">An escape or a folded character, all of which stands for all of the text, perhaps none; otherwise byte for byte the same.</param>
    private readonly record struct Piece(int Text, int Raw, bool Whole);

    private static readonly SearchValues<byte> _same = SearchValues.Create([.. Enumerable.Range(0, 0x80).Where(static b => b != '\\').Select(static b => (byte)b)]);

    private byte[] _text = [];
    private Piece[] _pieces = [];
    private int _length, _count, _dash;

    public ReadOnlySpan<byte> Text => _text.AsSpan(0, _length);

    /// <param name="raw">The raw string.</param>
    /// <param name="fold">Whether <see cref="TextFolding"/> is applied, too.</param>
    public void Load(ReadOnlySpan<byte> raw, bool fold)
    {
        // No escape and no folded character is longer than what stands for it.
        _length = _count = 0;
        if (_text.Length < raw.Length)
        {
            Return(ref _text);
            _text = ArrayPool<byte>.Shared.Rent(Math.Max(1024, raw.Length));
        }
        _dash = -1;
        for (var at = 0; at < raw.Length;)
        {
            if (raw[at] < 0x80 && raw[at] != '\\')
            {
                var run = raw[at..].IndexOfAnyExcept(_same);
                at = Copy(raw, at, run < 0 ? raw.Length - at : run);
                continue;
            }
            int code, length;
            if (raw[at] == '\\')
            {
                length = Escape(raw[at..], out code);
                if (length == 0)
                {
                    at = Copy(raw, at, 1);
                    continue;
                }
                if (fold) code = Fold(code);
            }
            else
            {
                var valid = Rune.DecodeFromUtf8(raw[at..], out var rune, out length) == OperationStatus.Done;
                code = !fold || !valid ? rune.Value : Fold(rune.Value);
                if (!valid || code == rune.Value)
                {
                    at = Copy(raw, at, length);
                    continue;
                }
            }
            Add(new Piece(_length, at, Whole: true));
            at += length;
            if (code == TextFolding.Nothing) continue;
            var from = _length;
            _length += new Rune(code).EncodeToUtf8(_text.AsSpan(from));
            Join(from);
        }
        Add(new Piece(_length, raw.Length, Whole: true));
    }

    public (int Start, int Length) ToRaw(int start, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, _length - start, nameof(length));
        var end = start + length;
        if (length == 0)
        {
            var at = Find(start);
            return (_pieces[at].Whole ? _pieces[at].Raw : _pieces[at].Raw + start - _pieces[at].Text, 0);
        }
        // A range that cuts a UTF-8 sequence takes all of it.
        for (var back = 0; back < 3 && start > 0 && (_text[start] & 0xC0) == 0x80; back++) start--;
        for (var on = 0; on < 3 && end < _length && (_text[end] & 0xC0) == 0x80; on++) end++;
        var (first, last) = (Find(start), Find(end - 1));
        var rawStart = _pieces[first].Whole ? _pieces[first].Raw : _pieces[first].Raw + start - _pieces[first].Text;
        var rawEnd = _pieces[last].Whole ? _pieces[last + 1].Raw : _pieces[last].Raw + end - _pieces[last].Text;
        return (rawStart, rawEnd - rawStart);
    }

    /// <summary>Gives back what is longer than that many bytes.</summary>
    public void Trim(int kept)
    {
        (_length, _count) = (0, 0);
        if (_text.Length > kept) Return(ref _text);
        if (_pieces.Length * Unsafe.SizeOf<Piece>() > kept) Return(ref _pieces);
    }

    /// <summary>Bytes that it holds on to.</summary>
    public int Capacity => _text.Length + (_pieces.Length * Unsafe.SizeOf<Piece>());

    private static void Return<T>(ref T[] array)
    {
        if (array.Length > 0) ArrayPool<T>.Shared.Return(array);
        array = [];
    }

    private int Copy(ReadOnlySpan<byte> raw, int at, int length)
    {
        if (_count == 0 || _pieces[_count - 1].Whole) Add(new Piece(_length, at, Whole: false));
        var from = _length;
        raw.Slice(at, length).CopyTo(_text.AsSpan(from));
        _length += length;
        Join(from);
        return at + length;
    }

    // An em dash joins the groups of a number, and otherwise parts the words that touch it: a space until the next character is known to be a digit.
    private int Fold(int code)
    {
        if (code is not (0x2014 or 0x2015)) return TextFolding.Fold(code);
        if (_length > 0 && char.IsAsciiDigit((char)_text[_length - 1])) _dash = _length;
        return ' ';
    }

    private void Join(int from)
    {
        if (_dash >= 0 && from > _dash)
        {
            if (char.IsAsciiDigit((char)_text[from])) _text[_dash] = (byte)'-';
            _dash = -1;
        }
    }

    // The last piece that begins at or before a place: of those that begin together, all but the last are empty.
    private int Find(int text)
    {
        var (low, high) = (0, _count - 1);
        while (low < high)
        {
            var middle = (low + high + 1) >>> 1;
            if (_pieces[middle].Text <= text) low = middle;
            else high = middle - 1;
        }
        return low;
    }

    private void Add(Piece piece)
    {
        if (_count == _pieces.Length)
        {
            var larger = ArrayPool<Piece>.Shared.Rent(Math.Max(64, _count * 2));
            _pieces.CopyTo(larger, 0);
            Return(ref _pieces);
            _pieces = larger;
        }
        _pieces[_count++] = piece;
    }

    /// <summary>Reads one escape (RFC 8259, section 7). Half of a surrogate pair without the other is U+FFFD.</summary>
    /// <returns>Its length; 0 where it is none.</returns>
    private static int Escape(ReadOnlySpan<byte> raw, out int code)
    {
        code = 0;
        if (raw.Length < 2) return 0;
        code = raw[1] switch
        {
            (byte)'"' or (byte)'\\' or (byte)'/' => raw[1],
            (byte)'b' => '\b',
            (byte)'f' => '\f',
            (byte)'n' => '\n',
            (byte)'r' => '\r',
            (byte)'t' => '\t',
            (byte)'u' => Unit(raw),
            _ => -1,
        };
        if (code < 0) return 0;
        if (raw[1] != 'u') return 2;
        if (!char.IsSurrogate((char)code)) return 6;
        if (char.IsHighSurrogate((char)code) && Unit(raw[6..]) is var low and >= 0 && char.IsLowSurrogate((char)low))
        {
            code = char.ConvertToUtf32((char)code, (char)low);
            return 12;
        }
        code = 0xFFFD;
        return 6;
    }

    private static int Unit(ReadOnlySpan<byte> raw)
    {
        if (raw.Length < 6 || raw[0] != '\\' || raw[1] != 'u') return -1;
        var unit = 0;
        foreach (var b in raw[2..6])
        {
            if (!char.IsAsciiHexDigit((char)b)) return -1;
            unit = (unit << 4) | (b <= '9' ? b - '0' : (b & 0xF) + 9);
        }
        return unit;
    }
}
