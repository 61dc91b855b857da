namespace Edge.Simd.Text;

public partial record struct TextShape
{
    internal static TextShape OfScalar(ReadOnlySpan<byte> utf8)
    {
        var shape = default(TextShape);
        var run = 0;
        var previous = (byte)' ';
        foreach (var b in utf8)
        {
            if (char.IsAsciiLetter((char)b))
            {
                run++;
                if (!char.IsAsciiLetter((char)previous) && previous < 0x80) shape.Words++;
                if (b <= 'Z') shape.Upper++;
                if (run > 10) shape.Long++;
                previous = b;
                continue;
            }
            run = 0;
            previous = b;
            if (char.IsAsciiDigit((char)b)) shape.Digits++;
            else if (b is (byte)'\t' or (byte)'\n' or (byte)'\r') shape.LineEnds++;
            else if (b == ' ') continue;
            else if (b < 0x80) shape.Marks++;
            else if (b < 0xC0) continue;
            else if (b < 0xCE) shape.Latin++;
            else if (b < 0xE0) shape.TwoBytes++;
            else if (b < 0xE3) shape.Indic++;
            else if (b < 0xEA) shape.Chinese++;
            else if (b < 0xF0) shape.Korean++;
            else shape.Emoji++;
        }
        return shape;
    }
}
