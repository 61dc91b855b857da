using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace Edge.Guard.Pii;

/// <summary>A UTF-8 text as UTF-16, for what works on characters only, with the way back. Rented memory: dispose it.</summary>
internal ref struct Utf16View
{
    private char[] _chars;
    private int[]? _starts;
    private int _length;

    /// <param name="utf8">Any bytes; what is no UTF-8 is U+FFFD.</param>
    public Utf16View(ReadOnlySpan<byte> utf8)
    {
        _chars = ArrayPool<char>.Shared.Rent(utf8.Length);
        if (Ascii.IsValid(utf8))
        {
            Utf8.ToUtf16(utf8, _chars, out _, out _length);
            return;
        }
        _starts = ArrayPool<int>.Shared.Rent(utf8.Length + 1);
        for (var at = 0; at < utf8.Length;)
        {
            Rune.DecodeFromUtf8(utf8[at..], out var rune, out var consumed);
            var written = rune.EncodeToUtf16(_chars.AsSpan(_length));
            // Both halves of a pair begin where the character does.
            for (var i = 0; i < written; i++) _starts[_length++] = at;
            at += consumed;
        }
        _starts[_length] = utf8.Length;
    }

    public readonly ReadOnlySpan<char> Chars => _chars.AsSpan(0, _length);

    /// <summary>The byte at which a character begins, or the text ends.</summary>
    public readonly int ToByte(int index) => _starts is null ? index : _starts[index];

    /// <summary>The byte at which a match ends: one that cuts a character of two halves takes all of it.</summary>
    public readonly int ToEnd(int index)
    {
        if (_starts is null) return index;
        return index > 0 && index < _length && _starts[index] == _starts[index - 1] ? _starts[index + 1] : _starts[index];
    }

    public void Dispose()
    {
        if (_chars is not null) ArrayPool<char>.Shared.Return(_chars);
        if (_starts is not null) ArrayPool<int>.Shared.Return(_starts);
        this = default;
    }
}
