using System.Text;

namespace Edge.Guard.Content;

/// <summary>Where words begin and end in UTF-8.</summary>
internal static class Words
{
    /// <summary>Whether a place is not part of a longer word. Scripts without spaces (Thai, Han, Kana) divide no words: there every place stands alone.</summary>
    public static bool StandsAlone(ReadOnlySpan<byte> text, int start, int end) => !(LetterBefore(text, start) && LetterAt(text, start)) && !(LetterAt(text, end) && LetterBefore(text, end));

    private static bool LetterAt(ReadOnlySpan<byte> text, int at)
    {
        if (at >= text.Length) return false;
        if (text[at] < 0x80) return IsWord(text[at]);
        Rune.DecodeFromUtf8(text[at..], out var rune, out _);
        return IsSpacedLetter(rune);
    }

    private static bool LetterBefore(ReadOnlySpan<byte> text, int at)
    {
        if (at == 0) return false;
        if (text[at - 1] < 0x80) return IsWord(text[at - 1]);
        Rune.DecodeLastFromUtf8(text[..at], out var rune, out _);
        return IsSpacedLetter(rune);
    }

    private static bool IsWord(byte b) => char.IsAsciiLetterOrDigit((char)b) || b == '_';

    private static bool IsSpacedLetter(Rune rune) => rune.Value is < 0xe00 or (>= 0xac00 and <= 0xd7a3) && Rune.IsLetterOrDigit(rune);
}
