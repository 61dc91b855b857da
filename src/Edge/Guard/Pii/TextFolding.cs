using System.Globalization;

namespace Edge.Guard.Pii;

/// <summary>What a character stands for when identifiers are read: the ASCII character that a person takes it for, nothing where it is invisible, itself otherwise.</summary>
/// <remarks>Only what is exact: no letters of another alphabet that merely look alike, for a name in that alphabet would be misread.</remarks>
internal static class TextFolding
{
    /// <summary>The character is not seen: it is left out.</summary>
    public const int Nothing = -1;

    /// <param name="code">A Unicode scalar value.</param>
    /// <returns>A scalar value whose UTF-8 is no longer, or <see cref="Nothing"/>.</returns>
    public static int Fold(int code)
    {
        // Letters with accents, Greek and Cyrillic: most of what is beyond ASCII in Latin text.
        if (code < 0x590) return code < 0x80 ? code : FoldLatin(code);
        if (code is >= 0x2000 and < 0x3100) return FoldSymbol(code);
        if (code is >= 0x3100 and < 0xA000 or >= 0xAC00 and < 0xD800) return code == 0x3164 ? ' ' : code;
        if (code >= 0xFE00 && code < 0x10000) return FoldForm(code);
        if (code is >= 0x1D400 and < 0x1D6A4) return Letter((code - 0x1D400) % 52);
        return code switch
        {
            0x05BE or 0x1806 => '-',
            // Arabic letter mark, Hangul fillers, Mongolian selectors, formatting of notes, tags, more selectors of variants.
            0x061C or 0x115F or 0x1160 or (>= 0x180B and <= 0x180F) or (>= 0x1D173 and <= 0x1D17A) or (>= 0xE0000 and <= 0xE01EF) => Nothing,
            0x1680 => ' ',
            0xA789 => ':',
            _ => Digit(code),
        };
    }

    private static int FoldLatin(int code) => code switch
    {
        0xA0 => ' ',
        0xAD or 0x34F => Nothing,
        0xB2 or 0xB3 => code - 0xB2 + '2',
        0xB9 => '1',
        0xB7 => '.',
        0x58A => '-',
        _ => code,
    };

    private static int FoldSymbol(int code) => code switch
    {
        (>= 0x2000 and <= 0x200A) or 0x202F or 0x205F or 0x2800 or 0x3000 => ' ',
        (>= 0x200B and <= 0x200F) or (>= 0x202A and <= 0x202E) or (>= 0x2060 and <= 0x206F) or 0x20E3 => Nothing,
        0x2028 or 0x2029 => '\n',
        (>= 0x2010 and <= 0x2015) or 0x2043 or 0x207B or 0x208B or 0x2212 or 0x2796 or 0x30FC => '-',
        0x2018 or 0x2019 or 0x201B or 0x2032 => '\'',
        0x201C or 0x201D or 0x201E or 0x2033 => '"',
        0x2024 or 0x3002 => '.',
        0x3001 => ',',
        0x2044 or 0x2215 => '/',
        0x2236 => ':',
        0x207A or 0x208A or 0x2795 => '+',
        0x2070 => '0',
        >= 0x2074 and <= 0x2079 => code - 0x2070 + '0',
        >= 0x2080 and <= 0x2089 => code - 0x2080 + '0',
        // In circles: 1 to 9, and 0; capital and small letters.
        >= 0x2460 and <= 0x2468 => code - 0x2460 + '1',
        0x24EA => '0',
        >= 0x24B6 and <= 0x24E9 => Letter(code - 0x24B6),
        _ => code,
    };

    private static int FoldForm(int code) => code switch
    {
        // Full width: the printable characters of ASCII in its order.
        >= 0xFF01 and <= 0xFF5E => code - 0xFF01 + '!',
        (>= 0xFE00 and <= 0xFE0F) or 0xFEFF or (>= 0xFFF9 and <= 0xFFFB) => Nothing,
        0xFFA0 => ' ',
        0xFF61 => '.',
        0xFF64 => ',',
        0xFF70 => '-',
        0xFE50 or 0xFE51 => ',',
        0xFE52 => '.',
        0xFE54 => ';',
        0xFE55 => ':',
        0xFE58 or 0xFE63 => '-',
        0xFE59 => '(',
        0xFE5A => ')',
        0xFE5F => '#',
        0xFE62 => '+',
        0xFE66 => '=',
        0xFE6B => '@',
        _ => code,
    };

    private static int Digit(int code) =>
        CharUnicodeInfo.GetUnicodeCategory(code) == UnicodeCategory.DecimalDigitNumber ? (int)System.Text.Rune.GetNumericValue(new System.Text.Rune(code)) + '0' : code;

    private static int Letter(int index) => index < 26 ? 'A' + index : 'a' + index - 26;
}
