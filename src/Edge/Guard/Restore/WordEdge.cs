namespace Edge.Guard.Restore;

/// <summary>Whether a word may begin at a place of a text: what stands before it belongs to no word, path or name in code.</summary>
internal static class WordEdge
{
    /// <param name="text">As it stands in a JSON string.</param>
    /// <param name="at">Where a word begins, or the bracket around it.</param>
    /// <param name="tail">The bytes before the text, the last one lowest; 0 = none.</param>
    public static bool IsBefore(ReadOnlySpan<byte> text, int at, ulong tail)
    {
        var before = Character(text, at, tail, 1);
        if (before is not ('[' or '{')) return !Joins(before) && before is not ('\\' or '<') && !(text[at] == '[' && before is ']' or ')');
        // d[NAME], ${NAME}, {{NAME}}
        var outer = Character(text, at, tail, 2);
        return !Joins(outer) && !(before == '{' && outer == '{') && !(text[at] == '{' && before == '{') && !(before == '[' && outer is ']' or ')');
    }

    private static bool Joins(int c) => char.IsAsciiLetterOrDigit((char)c) || c is '_' or '$' or '@' or '#' or '%' or '-' or '.' or '/';

    // The character that ends so many bytes before a place.
    private static int Character(ReadOnlySpan<byte> text, int at, ulong tail, int back)
    {
        int c = Byte(text, at, tail, back);
        // Of another script: no word of ours goes on with it.
        if (c >= 0x80) return ' ';
        if (c is 'n' or 'r' or 't' && Byte(text, at, tail, back + 1) == '\\') return ' ';
        if (!char.IsAsciiHexDigit((char)c) || Byte(text, at, tail, back + 5) != '\\' || Byte(text, at, tail, back + 4) != 'u') return c;
        var code = 0;
        for (var i = 3; i >= 0; i--)
        {
            var digit = Byte(text, at, tail, back + i);
            if (!char.IsAsciiHexDigit((char)digit)) return c;
            code = (code << 4) | ((digit & 15) + (digit > '9' ? 9 : 0));
        }
        return code is > 0 and < 0x80 ? code : ' ';
    }

    private static byte Byte(ReadOnlySpan<byte> text, int at, ulong tail, int back) =>
        at >= back ? text[at - back] : back - at <= sizeof(ulong) ? (byte)(tail >> (8 * (back - at - 1))) : (byte)0;
}
