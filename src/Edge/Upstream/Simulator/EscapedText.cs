using System.Buffers;
using System.Globalization;
using System.Text;
using Edge.Providers.Json;

namespace Edge.Upstream.Simulator;

/// <summary>
/// Text in the form that stands between the quotes of a JSON string. The simulator never unescapes what it repeats, so an echo is the request's own bytes,
/// half surrogate pairs included; but tokens and stop sequences go by what the text says, so <c>\u00e9</c> and <c>é</c> count alike.
/// </summary>
internal static class EscapedText
{
    /// <summary>Bytes of a token, unescaped and without the white space before it, at most. About what a word piece of an LLM's vocabulary holds.</summary>
    public const int TokenBytes = 8;

    /// <summary>Plain UTF-8 as escaped text.</summary>
    public static byte[] From(ReadOnlySpan<byte> plain)
    {
        var output = new ArrayBufferWriter<byte>(plain.Length + 16);
        JsonText.Plain(plain).WriteEscaped(output);
        return output.WrittenSpan.ToArray();
    }

    /// <summary>Bytes of the character at <paramref name="at"/>: a UTF-8 sequence, an escape, or the two escapes of a surrogate pair.</summary>
    /// <param name="text">Valid escaped text.</param>
    /// <param name="at">Where a character begins.</param>
    /// <param name="codePoint">What it says; a lone surrogate as itself.</param>
    public static int Step(ReadOnlySpan<byte> text, int at, out int codePoint)
    {
        var b = text[at];
        if (b is < 0x80 and not (byte)'\\')
        {
            codePoint = b;
            return 1;
        }
        if (b != '\\')
        {
            Rune.DecodeFromUtf8(text[at..], out var rune, out var used);
            codePoint = rune.Value;
            return used;
        }
        if (text[at + 1] != 'u')
        {
            codePoint = text[at + 1] switch
            {
                (byte)'n' => '\n',
                (byte)'r' => '\r',
                (byte)'t' => '\t',
                (byte)'b' => '\b',
                (byte)'f' => '\f',
                var same => same,
            };
            return 2;
        }
        codePoint = Hex(text.Slice(at + 2, 4));
        if (!char.IsHighSurrogate((char)codePoint) || at + 12 > text.Length || text[at + 6] != '\\' || text[at + 7] != 'u') return 6;
        var low = Hex(text.Slice(at + 8, 4));
        if (!char.IsLowSurrogate((char)low)) return 6;
        codePoint = char.ConvertToUtf32((char)codePoint, (char)low);
        return 12;
    }

    /// <summary>
    /// Offset behind the token that begins at <paramref name="at"/>: white space, then at most <see cref="TokenBytes"/> bytes of other characters, of which none is cut.
    /// White space at the end of the text is a token of its own.
    /// </summary>
    public static int NextToken(ReadOnlySpan<byte> text, int at)
    {
        var bytes = 0;
        while (at < text.Length)
        {
            var step = Step(text, at, out var codePoint);
            if (codePoint <= ' ')
            {
                if (bytes > 0) return at;
            }
            else
            {
                bytes += codePoint < 0x80 ? 1 : codePoint < 0x800 ? 2 : codePoint < 0x10000 ? 3 : 4;
                if (bytes > TokenBytes) return at;
            }
            at += step;
        }
        return at;
    }

    public static int CountTokens(ReadOnlySpan<byte> text)
    {
        var count = 0;
        for (var at = 0; at < text.Length; at = NextToken(text, at)) count++;
        return count;
    }

    /// <summary>Offset behind the next <paramref name="tokens"/> tokens, or the end of the text.</summary>
    public static int Skip(ReadOnlySpan<byte> text, int at, int tokens)
    {
        for (; tokens > 0 && at < text.Length; tokens--) at = NextToken(text, at);
        return at;
    }

    /// <summary>Where <paramref name="sought"/> (not empty) begins; -1 where it does not occur. Linear (Knuth-Morris-Pratt): both texts come from a stranger.</summary>
    public static int IndexOf(ReadOnlySpan<byte> text, ReadOnlySpan<byte> sought)
    {
        var pattern = CodePoints(sought);
        var fallback = new int[pattern.Length];
        for (int i = 1, k = 0; i < pattern.Length; i++)
        {
            while (k > 0 && pattern[i] != pattern[k]) k = fallback[k - 1];
            if (pattern[i] == pattern[k]) k++;
            fallback[i] = k;
        }
        // The same text may be escaped in two ways, so where a match began has to be remembered: the offsets of the last characters, as a ring.
        var offsets = new int[pattern.Length];
        var matched = 0;
        for (int at = 0, count = 0; at < text.Length; count++)
        {
            offsets[count % offsets.Length] = at;
            at += Step(text, at, out var codePoint);
            while (matched > 0 && pattern[matched] != codePoint) matched = fallback[matched - 1];
            if (pattern[matched] == codePoint) matched++;
            if (matched == pattern.Length) return offsets[(count + 1) % offsets.Length];
        }
        return -1;
    }

    private static int[] CodePoints(ReadOnlySpan<byte> text)
    {
        var points = new List<int>(text.Length);
        for (var at = 0; at < text.Length;)
        {
            at += Step(text, at, out var codePoint);
            points.Add(codePoint);
        }
        return [.. points];
    }

    private static int Hex(ReadOnlySpan<byte> digits) => int.Parse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
}
