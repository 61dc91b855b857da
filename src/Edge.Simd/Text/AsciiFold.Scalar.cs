namespace Edge.Simd.Text;

public static partial class AsciiFold
{
    internal static void ToLowerScalar(ReadOnlySpan<byte> text, Span<byte> output)
    {
        for (var i = 0; i < text.Length; i++) output[i] = ToLower(text[i]);
    }
}
