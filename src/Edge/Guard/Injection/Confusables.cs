namespace Edge.Guard.Injection;

/// <summary>What a character outside of ASCII is taken for. Blocks and names: Unicode 16; look-alikes: those of UTS #39 that stand for a Latin letter at a glance.</summary>
internal static class Confusables
{
    public enum Kind : byte
    {
        /// <summary>A letter of its script.</summary>
        Letter,

        /// <summary>No letter: a quotation mark, a space, a symbol.</summary>
        Mark,

        /// <summary>A letter that looks Latin and stands for it in Latin words.</summary>
        LookAlike,

        /// <summary>A Latin letter in a form that no keyboard types.</summary>
        OddLetter,

        /// <summary>Not seen: left out.</summary>
        Invisible,

        /// <summary>A tag character: not seen, but read by models.</summary>
        Tag,
    }

    // U+00C0..00FF twice 32 letters, then U+0100..017F.
    private static ReadOnlySpan<byte> Latin1 => "aaaaaaaceeeeiiiidnooooo*ouuuuytsaaaaaaaceeeeiiiidnooooo*ouuuuyty"u8;

    private static ReadOnlySpan<byte> ExtendedA =>
        "aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiiiiijjkkkllllllllllnnnnnnnnnoooooooorrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs"u8;

    // Small capitals, of several blocks, and the letters that they stand for.
    private const string SmallCapitals = "\u1d00\u0299\u1d04\u1d05\u1d07\ua730\u0262\u029c\u026a\u1d0a\u1d0b\u029f\u1d0d\u0274\u1d0f\u1d18\u0280\ua731\u1d1b\u1d1c\u1d20\u1d21\u028f\u1d22";

    private static ReadOnlySpan<byte> SmallCapitalLetters => "abcdefghijklmnoprstuvwyz"u8;

    private const string LookAlikes = "\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456\u0458\u0455\u0501\u04bb\u04cf\u043a\u043c\u0442\u0432\u043d\u03bf\u03b1\u03b5\u03b9\u03ba\u03bd\u03c1\u03c4\u03c5\u03c7\u0261\u0131";

    private static ReadOnlySpan<byte> LookAlikeLetters => "aeopcyxijsdhlkmtbhoaeikvptuxgi"u8;

    /// <summary>The Latin letter that a lower-case letter looks like; 0 if it does not.</summary>
    public static byte LookAlike(int rune)
    {
        var at = rune is >= 0x131 and <= 0x501 ? LookAlikes.IndexOf((char)rune, StringComparison.Ordinal) : -1;
        return at < 0 ? (byte)0 : LookAlikeLetters[at];
    }

    /// <summary>The folded form of a character that is not ASCII: ASCII where it stands for ASCII, else lower case where the script has it.</summary>
    public static int Fold(int rune, out Kind kind)
    {
        kind = Kind.Letter;
        if (rune < 0x2000) return FoldLetter(rune, ref kind);
        if (rune < 0x3000) return FoldMark(rune, ref kind);
        // Han, Kana, Hangul: nothing to fold.
        if (rune is >= 0x3001 and < 0xa730) return rune;
        switch (rune)
        {
            case 0x3000:
                kind = Kind.Mark;
                return ' ';
            case 0xa730 or 0xa731:
                return Small(rune, ref kind);
            case >= 0xfe00 and <= 0xfe0f or 0xfeff or 0xfff9 or 0xfffa or 0xfffb:
                kind = Kind.Invisible;
                return ' ';
            case >= 0xff01 and <= 0xff5e:
                var ascii = rune - 0xfee0;
                kind = char.IsAsciiLetter((char)ascii) ? Kind.OddLetter : Kind.Mark;
                return char.ToLowerInvariant((char)ascii);
            case >= 0x1d400 and <= 0x1d6a3:
                kind = Kind.OddLetter;
                return 'a' + ((rune - 0x1d400) % 26);
            case >= 0x1d7ce and <= 0x1d7ff:
                kind = Kind.OddLetter;
                return '0' + ((rune - 0x1d7ce) % 10);
            case >= 0x1f130 and <= 0x1f149 or >= 0x1f150 and <= 0x1f169 or >= 0x1f170 and <= 0x1f189:
                kind = Kind.OddLetter;
                return 'a' + ((rune - 0x1f130) % 32);
            case >= 0x1f1e6 and <= 0x1f1ff:
                kind = Kind.OddLetter;
                return 'a' + (rune - 0x1f1e6);
            case >= 0xe0020 and <= 0xe007e:
                kind = Kind.Tag;
                return char.ToLowerInvariant((char)(rune - 0xe0000));
            case >= 0xe0000 and <= 0xe01ef:
                kind = Kind.Invisible;
                return ' ';
            case >= 0x1f000 and <= 0x1faff:
                kind = Kind.Mark;
                return ' ';
            default:
                return rune;
        }
    }

    private static int FoldLetter(int rune, ref Kind kind)
    {
        switch (rune)
        {
            case < 0xc0:
                kind = rune == 0xad ? Kind.Invisible : Kind.Mark;
                return rune is 0xab or 0xbb ? '"' : ' ';
            case 0xd7 or 0xf7:
                kind = Kind.Mark;
                return ' ';
            case < 0x100:
                return Latin1[rune - 0xc0];
            case 0x131:
                kind = Kind.LookAlike;
                return 'i';
            case < 0x180:
                return ExtendedA[rune - 0x100];
            case 0x1a0 or 0x1a1:
                return 'o';
            case 0x1af or 0x1b0:
                return 'u';
            case 0x218 or 0x219:
                return 's';
            case 0x21a or 0x21b:
                return 't';
            case 0x261:
                kind = Kind.LookAlike;
                return 'g';
            case >= 0x262 and <= 0x29f or >= 0x1d00 and <= 0x1d22:
                return Small(rune, ref kind);
            case >= 0x300 and <= 0x36f or 0x180e or 0x61c:
                // A combining mark goes with its letter: "i" and a diaeresis are one letter, and a text with a mark on each letter is disguised.
                kind = Kind.Invisible;
                return ' ';
            case >= 0x391 and <= 0x3a9:
                rune += 0x20;
                break;
            case >= 0x400 and <= 0x40f:
                rune += 0x50;
                break;
            case >= 0x410 and <= 0x42f:
                rune += 0x20;
                break;
            case >= 0x1ea0 and <= 0x1ef9:
                return rune switch { < 0x1eb8 => 'a', < 0x1ec8 => 'e', < 0x1ecc => 'i', < 0x1ee4 => 'o', < 0x1ef2 => 'u', _ => 'y' };
        }
        if (LookAlike(rune) != 0) kind = Kind.LookAlike;
        return rune;
    }

    // U+2000..2FFF: spaces, punctuation, symbols, enclosed letters.
    private static int FoldMark(int rune, ref Kind kind)
    {
        kind = Kind.Mark;
        switch (rune)
        {
            case >= 0x200b and <= 0x200f or >= 0x202a and <= 0x202e or >= 0x2060 and <= 0x206f:
                kind = Kind.Invisible;
                return ' ';
            case 0x2018 or 0x2019 or 0x201b or 0x2032:
                return '\'';
            case 0x201c or 0x201d or 0x201e or 0x2033:
                return '"';
            case >= 0x2010 and <= 0x2015:
                return '-';
            case >= 0x24b6 and <= 0x24cf:
                kind = Kind.OddLetter;
                return 'a' + (rune - 0x24b6);
            case >= 0x24d0 and <= 0x24e9:
                kind = Kind.OddLetter;
                return 'a' + (rune - 0x24d0);
            case >= 0x2c00:
                kind = Kind.Letter;
                return rune;
            default:
                return ' ';
        }
    }

    private static int Small(int rune, ref Kind kind)
    {
        var at = SmallCapitals.IndexOf((char)rune, StringComparison.Ordinal);
        if (at < 0) return rune;
        kind = Kind.OddLetter;
        return SmallCapitalLetters[at];
    }
}
