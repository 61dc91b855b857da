using System.Buffers;
using Edge.Simd.Text;

namespace Edge.Guard.Pii.Detectors;

/// <summary>Where a password ends that stands behind its name, and what there is none.</summary>
/// <remarks>A password of which only a piece is replaced is a leak: where it may end at two places, the later one is taken.</remarks>
internal static class PasswordValue
{
    /// <summary>Longer ones are not told apart from text.</summary>
    public const int MaxLength = 256;

    private static readonly SearchValues<byte> _quoteEnds = SearchValues.Create("\"'`\\\r\n"u8);
    private static readonly SearchValues<byte> _letters = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"u8);

    // Labels and messages of a user interface, types, samples.
    private static readonly HashSet<string> _none = Words(
        "null|none|true|false|password|passwd|string|undefined|test|required|optional|invalid|incorrect|varchar|text|number|integer|boolean|object|hidden|empty|missing|unknown|field|input|label|"
        + "new-password|current-password|passwort|kennwort|erforderlich|username|email|needed|expired|changed|updated|wrong");

    // What a sentence about passwords has and a passphrase of words hardly.
    private static readonly HashSet<string> _prose = Words(
        "password|passwords|passwort|kennwort|please|bitte|your|ihr|dein|must|muss|enter|required|invalid|incorrect|wrong|falsch|forgot|vergessen|reset|change|confirm|characters|zeichen|should|cannot|user|login|is|are|the|be|contains|least|not|for|with|to");

    /// <summary>The end of what stands between quotes; -1 where they are not closed in the line and within <see cref="MaxLength"/>.</summary>
    /// <param name="scan">The text.</param>
    /// <param name="value">Its first byte.</param>
    /// <param name="quote">The quote before it.</param>
    /// <param name="escaped">Whether a backslash is before the quote, as there is then before the closing one.</param>
    public static int Quoted(ref PiiScan scan, int value, byte quote, bool escaped)
    {
        var text = scan.Text[value..Math.Min(scan.Text.Length, value + MaxLength)];
        var first = -1;
        for (var at = 0; at < text.Length; at++)
        {
            var found = text[at..].IndexOfAny(_quoteEnds);
            if (found < 0) break;
            at += found;
            if (text[at] is (byte)'\r' or (byte)'\n') break;
            var next = at + 1 < text.Length ? text[at + 1] : (byte)0;
            if (text[at] == '\\' && escaped && next == quote) return value + at;
            if (text[at] == quote && !escaped) return value + at;
            if (text[at] == '\\' && next == quote && first < 0) first = value + at + 1;
            if (text[at] == '\\') at++;
        }
        // A backslash at the very end of the value escapes nothing.
        return first;
    }

    /// <summary>The end of a value without quotes.</summary>
    /// <param name="scan">The text.</param>
    /// <param name="value">Its first byte.</param>
    /// <param name="colon">Whether a colon is before it, not a '='.</param>
    /// <param name="query">Whether the name is one of a query's, where a '&amp;' ends the value.</param>
    public static int Unquoted(ref PiiScan scan, int value, bool colon, bool query)
    {
        var at = value;
        for (; at - value < MaxLength && scan[at] > ' '; at++)
        {
            var next = scan[at + 1];
            var ends = scan[at] switch
            {
                (byte)';' => !colon || IsNextName(ref scan, at + 1),
                (byte)',' => IsNextName(ref scan, at + 1),
                (byte)'&' => query || IsNextName(ref scan, at + 1) && next > ' ' && next != 0,
                (byte)'"' or (byte)'\'' or (byte)'`' => !char.IsAsciiLetterOrDigit((char)next),
                (byte)'\\' => next is (byte)'n' or (byte)'r' or (byte)'t' or (byte)'"' or (byte)'\'' or (byte)'\\',
                (byte)'<' => next == '/' || char.IsAsciiLetter((char)next),
                _ => false,
            };
            if (ends) break;
        }
        while (at > value && (scan[at - 1] is (byte)'.' or (byte)',' or (byte)';' or (byte)':' || Opener(scan[at - 1]) is var opener and not 0 && scan.Text[value..at].IndexOf(opener) < 0)) at--;
        return at;
    }

    /// <summary>A variable, a mask, a type, a message.</summary>
    public static bool IsNone(ReadOnlySpan<byte> value)
    {
        if (Secrets.IsPlaceholder(value) && !(value.Length >= 8 && value.IndexOfAny("<>{}("u8) < 0 && HasDigit(value) && value[0] is not ((byte)'$' or (byte)'*'))) return true;
        if (value[0] == '%' && value[^1] == '%') return true;
        if (value[0] is (byte)'$' or (byte)'<' or (byte)'{' || value.IndexOfAnyExcept(value[0]) < 0) return true;
        if (Has(_none, value)) return true;
        if (value.IndexOf((byte)' ') < 0) return false;
        var words = 0;
        foreach (var part in value.Split((byte)' '))
        {
            if (part.Start.Value == part.End.Value) continue;
            var word = value[part].TrimEnd(".,:;!?"u8);
            if (++words > 8 || word.Length is > 0 && Has(_prose, word)) return true;
        }
        return false;
    }

    public static bool HasDigit(ReadOnlySpan<byte> value) => value.IndexOfAnyInRange((byte)'0', (byte)'9') >= 0;

    public static bool HasLetter(ReadOnlySpan<byte> value) => value.IndexOfAny(_letters) >= 0;

    // Nothing more, a space, or the next "name=".
    private static bool IsNextName(ref PiiScan scan, int at)
    {
        if (scan[at] <= ' ') return true;
        var end = at;
        while (end - at < 32 && (Secrets.IsToken(scan[end]) || (end > at && scan[end] == ' '))) end++;
        return end > at && scan[end] == '=';
    }

    private static byte Opener(byte closer) => closer switch { (byte)')' => (byte)'(', (byte)']' => (byte)'[', (byte)'}' => (byte)'{', _ => 0 };

    private static bool Has(HashSet<string> words, ReadOnlySpan<byte> word)
    {
        if (word.Length > 16) return false;
        Span<char> lower = stackalloc char[16];
        for (var i = 0; i < word.Length; i++) lower[i] = (char)AsciiFold.ToLower(word[i]);
        return words.GetAlternateLookup<ReadOnlySpan<char>>().Contains(lower[..word.Length]);
    }

    private static HashSet<string> Words(string words) => new(words.Split('|'), StringComparer.Ordinal);
}
