namespace Edge.Guard.Injection;

/// <summary>Cuts a folded window into words. Scripts without spaces (Han, Kana, Thai) give a token a character.</summary>
internal static class Tokens
{
    /// <summary>Room that always suffices for a window: tokens beyond it are left out.</summary>
    public const int Max = 320;

    private const WordClass Heads = WordClass.TurnHead | WordClass.UserHead;

    // Ten bytes tell words apart and make "instruction" and "instructions" one.
    private const int HashedBytes = 10;

    // What is ignored: where one of these words begins inside a glued one it is cut ("ignoreall" holds "real" as well).
    private const WordClass Object = WordClass.Everything | WordClass.The | WordClass.Your | WordClass.Prior | WordClass.Instruction | WordClass.Norm;

    // Longer than nearly all words: what is longer may be several.
    private const int Glued = 18;

    /// <summary>Cuts <paramref name="text"/>, which is folded to lower case, into tokens.</summary>
    /// <param name="text">At most 65,535 bytes.</param>
    /// <param name="atLineStart">Whether the text begins a line.</param>
    /// <param name="output">Where the tokens go.</param>
    /// <returns>How many there are.</returns>
    public static int Cut(ReadOnlySpan<byte> text, bool atLineStart, Span<Token> output)
    {
        var count = 0;
        for (var at = 0; at < text.Length && count < output.Length;)
        {
            var b = text[at];
            if (b <= ' ')
            {
                atLineStart |= b == '\n';
                at++;
                continue;
            }
            var start = at;
            bool whole = true, isWord = true, isCut = false;
            if (char.IsAsciiLetterOrDigit((char)b))
            {
                at = AsciiWord(text, at);
                at = Unglue(text, start, at);
                isCut = at < text.Length && char.IsAsciiLetterOrDigit((char)text[at]);
            }
            else if (b >= 0x80)
            {
                whole = !IsUnspaced(text, at);
                at = whole ? OtherWord(text, at) : Math.Min(text.Length, at + 3);
            }
            else
            {
                isWord = false;
                whole = false;
                at++;
            }
            var wordClass = Lexicon.Find(isCut ? text[..at] : text, start, at - start, whole);
            if (!isWord)
            {
                if (b is (byte)'"' or (byte)'\'' or (byte)'`') wordClass |= WordClass.Quote;
                else if (b == ':') wordClass |= WordClass.Colon;
                // Other marks are no tokens, or they would fill the gaps between the words of a rule.
                if (wordClass == WordClass.None) continue;
            }
            else if ((wordClass & Heads) != 0 && !(atLineStart && at < text.Length && text[at] == ':'))
            {
                wordClass &= ~Heads;
            }
            if (isWord && atLineStart)
            {
                wordClass |= WordClass.LineStart;
                atLineStart = false;
            }
            output[count++] = new Token { Class = wordClass, Hash = Hash(text[start..at]), Start = (ushort)start, Length = (ushort)(at - start) };
        }
        return count;
    }

    private static int AsciiWord(ReadOnlySpan<byte> text, int at)
    {
        for (at++; at < text.Length; at++)
        {
            var b = text[at];
            // An apostrophe or a hyphen inside a word belongs to it: "don't", "role-play".
            if (b is (byte)'\'' or (byte)'-')
            {
                if (at + 1 < text.Length && char.IsAsciiLetter((char)text[at + 1])) continue;
                break;
            }
            if (!char.IsAsciiLetterOrDigit((char)b)) break;
        }
        return at;
    }

    // "ignore-all-previous-instructions" and, where invisible spaces are gone, "ignoreallpreviousinstructions": a long word is cut at its hyphens and where a word of the lexicon begins, and so is its rest.
    private static int Unglue(ReadOnlySpan<byte> text, int start, int end)
    {
        var isRest = start > 0 && (text[start - 1] == '-' || char.IsAsciiLetterOrDigit((char)text[start - 1]));
        if (end - start < Glued && !isRest) return end;
        for (var at = start + 3; at < end; at++)
        {
            if (text[at] == '-') return at;
        }
        if ((Lexicon.Find(text, start, end - start, whole: true) & WordClass.Override) == 0 && !(isRest && text[start - 1] != '-')) return end;
        for (var at = start + 3; at <= end - 3; at++)
        {
            for (var length = Math.Min(end - at, 12); length >= 3; length--)
            {
                if ((Lexicon.Find(text[..(at + length)], at, length, whole: true) & Object) != WordClass.None) return at;
            }
        }
        return end;
    }

    private static int OtherWord(ReadOnlySpan<byte> text, int at)
    {
        for (; at < text.Length; at++)
        {
            var b = text[at];
            if (b < 0x80 ? !char.IsAsciiLetterOrDigit((char)b) : b >= 0xe0 && IsUnspaced(text, at)) break;
        }
        return at;
    }

    // Thai is U+0E00..0E7F (E0 B8..B9), Kana and Han U+2E80..9FFF (E2 BA..E9), wide forms U+F900.. (EF). Punctuation of U+2000..206F (E2 80..81) also stands alone.
    private static bool IsUnspaced(ReadOnlySpan<byte> text, int at)
    {
        var second = at + 1 < text.Length ? text[at + 1] : 0;
        return text[at] switch
        {
            0xe0 => second is 0xb8 or 0xb9,
            0xe2 => second is 0x80 or 0x81 or >= 0xba,
            >= 0xe3 and <= 0xe9 => true,
            0xef => true,
            _ => false,
        };
    }

    private static uint Hash(ReadOnlySpan<byte> word)
    {
        var hash = 2166136261u;
        foreach (var b in word[..Math.Min(word.Length, HashedBytes)]) hash = (hash ^ (char.IsAsciiDigit((char)b) ? (byte)'0' : b)) * 16777619u;
        return hash;
    }
}
