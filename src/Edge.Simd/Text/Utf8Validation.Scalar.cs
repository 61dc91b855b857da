namespace Edge.Simd.Text;

public static partial class Utf8Validation
{
    // The grammar of RFC 3629, section 4, row by row.
    internal static bool IsValidScalar(ReadOnlySpan<byte> text)
    {
        for (var at = 0; at < text.Length;)
        {
            var (length, least, most) = text[at] switch
            {
                <= 0x7F => (1, 0, 0),
                >= 0xC2 and <= 0xDF => (2, 0x80, 0xBF),
                0xE0 => (3, 0xA0, 0xBF),
                0xED => (3, 0x80, 0x9F),
                >= 0xE1 and <= 0xEF => (3, 0x80, 0xBF),
                0xF0 => (4, 0x90, 0xBF),
                >= 0xF1 and <= 0xF3 => (4, 0x80, 0xBF),
                0xF4 => (4, 0x80, 0x8F),
                _ => (0, 0, 0),
            };
            if (length == 0 || at + length > text.Length) return false;
            if (length > 1 && (text[at + 1] < least || text[at + 1] > most)) return false;
            for (var i = 2; i < length; i++)
            {
                if (text[at + i] is < 0x80 or > 0xBF) return false;
            }
            at += length;
        }
        return true;
    }
}
