using System.Runtime.CompilerServices;
using Edge.Simd.Text;

namespace Edge.Guard.Pii;

/// <summary>One pass over one text: what the detectors see and where they put what they find.</summary>
internal ref struct PiiScan
{
    // Presidio-like recognisers look some five words back; 64 bytes are ten of them, 32 bytes ahead five.
    private const int Before = 64, After = 32;

    private FindingList _findings;
    private WindowBytes _window;
    private int _windowStart = -1, _windowLength;

    public PiiScan(ReadOnlySpan<byte> text, FindingList findings)
    {
        // Nothing of the window is read before it is written.
        Unsafe.SkipInit(out _window);
        Text = text;
        _findings = findings;
    }

    public readonly FindingList Findings => _findings;

    public readonly ReadOnlySpan<byte> Text { get; }

    /// <summary>The end of the last token that was looked at for secrets: the candidates in it need no second look.</summary>
    public int TokenEnd { get; set; }

    /// <summary>The end of the last unbroken run of base64 digits that was measured.</summary>
    public int RunEnd { get; set; }

    /// <summary>The end of the last blob: the numbers in it are none.</summary>
    public int BlobEnd { get; set; }

    /// <summary>The end of the last finding of a long thing (URL, address, key block), within which a detector of such things need not look again.</summary>
    public int LinkEnd { get; set; }

    /// <summary>The same for telephone numbers.</summary>
    public int PhoneEnd { get; set; }

    public void Add(int start, int end, PiiEntity entity, byte confidence) => _findings.Add(new Finding(start, end - start, entity, confidence));

    /// <summary>The byte at a position, 0 outside the text.</summary>
    public readonly byte this[int at]
    {
        get
        {
#if DEBUG
            Reads++;
#endif
            return (uint)at < (uint)Text.Length ? Text[at] : (byte)0;
        }
    }

#if DEBUG
    /// <summary>How many bytes this thread has read: what tests hold against the length of a hostile text, for time they cannot trust.</summary>
    [ThreadStatic]
    internal static long Reads;
#endif

    /// <summary>Whether a thing begins here: no letter, digit or underscore before it.</summary>
    public readonly bool StartsWord(int at) => !IsWord(this[at - 1]);

    /// <summary>Whether a thing ends here: no letter, digit or underscore after it.</summary>
    public readonly bool EndsWord(int end) => !IsWord(this[end]);

    /// <summary>
    /// Whether a number stands alone: not a piece of a longer one ("1.123", "12-34"), of a UUID or of a version.
    /// </summary>
    public readonly bool StandsAlone(int start, int end) =>
        StartsWord(start) && EndsWord(end)
        && !(this[start - 1] == '-' && IsWord(this[start - 2]))
        && !(this[end] == '-' && IsWord(this[end + 1]))
        && !(IsNumberPunctuation(this[start - 1]) && char.IsAsciiDigit((char)this[start - 2]))
        && !(IsNumberPunctuation(this[end]) && char.IsAsciiDigit((char)this[end + 1]));

    /// <summary>Whether a place is all there is in the text but for spaces and quotes around: the value of a field, a table's cell, a lone answer.</summary>
    public readonly bool IsWhole(int start, int end) => start <= 4 && Text.Length - end <= 4 && !HasWord(Text[..start]) && !HasWord(Text[end..]);

    /// <summary>Whether one of the words (lower case, ASCII or UTF-8) stands in the window around a place, case-insensitively in ASCII.</summary>
    public bool HasContext(int start, int end, ReadOnlySpan<byte[]> words)
    {
        if (words.IsEmpty) return false;
        var from = Math.Max(0, start - Before);
        var length = Math.Min(Text.Length, end + After) - from;
        // A place longer than the window is no identifier.
        if (length > WindowBytes.Length) length = WindowBytes.Length;
        Span<byte> window = _window;
        if (_windowStart != from || _windowLength != length)
        {
            AsciiFold.ToLower(Text.Slice(from, length), window);
            (_windowStart, _windowLength) = (from, length);
        }
        ReadOnlySpan<byte> folded = window[..length];
        foreach (var word in words)
        {
            if (Holds(folded, word)) return true;
        }
        return false;
    }

    // A word begins at a word's begin, or the "id" of "said" would lift every number; a short one also ends there.
    private static bool Holds(ReadOnlySpan<byte> window, ReadOnlySpan<byte> word)
    {
        for (var at = 0; ;)
        {
            var found = window[at..].IndexOf(word);
            if (found < 0) return false;
            at += found;
            var end = at + word.Length;
            var starts = at == 0 || !char.IsAsciiLetter((char)window[at - 1]) || word[0] >= 0x80;
            var ends = word.Length > 4 || end == window.Length || !char.IsAsciiLetter((char)window[end]) || (window[end] == 's' && (end + 1 == window.Length || !char.IsAsciiLetter((char)window[end + 1])));
            if (starts && ends) return true;
            at++;
        }
    }

    private static bool HasWord(ReadOnlySpan<byte> text)
    {
        foreach (var b in text)
        {
            if (IsWord(b) || b >= 0x80) return true;
        }
        return false;
    }

    private static bool IsNumberPunctuation(byte b) => b is (byte)'.' or (byte)',' or (byte)'/' or (byte)':';

    private static bool IsWord(byte b) => char.IsAsciiLetterOrDigit((char)b) || b == '_';

    [InlineArray(Length)]
    private struct WindowBytes
    {
        public const int Length = Before + After + 64;
        private byte _first;
    }
}
