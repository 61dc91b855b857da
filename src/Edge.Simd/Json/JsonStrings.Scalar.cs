namespace Edge.Simd.Json;

public static partial class JsonStrings
{
    internal static int IndexOfSpecialScalar(ReadOnlySpan<byte> text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (IsSpecial(text[i])) return i;
        }
        return -1;
    }

    internal static uint BlockMaskScalar(ReadOnlySpan<byte> text)
    {
        var mask = 0U;
        for (var i = 0; i < BlockSize; i++)
        {
            if (IsSpecial(text[i])) mask |= 1U << i;
        }
        return mask;
    }
}
