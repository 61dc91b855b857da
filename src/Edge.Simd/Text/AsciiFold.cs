using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Edge.Simd.Text;

/// <summary>Case folding of ASCII letters in UTF-8; every other byte stays.</summary>
public static partial class AsciiFold
{
    /// <summary>Copies <paramref name="text"/> with A-Z as a-z.</summary>
    /// <param name="text">UTF-8, or any bytes.</param>
    /// <param name="output">At least as long; may be the same memory, not overlapping otherwise.</param>
    /// <exception cref="ArgumentException">The output is shorter than the text.</exception>
    public static void ToLower(ReadOnlySpan<byte> text, Span<byte> output)
    {
        if (output.Length < text.Length) throw new ArgumentException($"{output.Length} bytes of room for {text.Length}.", nameof(output));
        if (Vector256.IsHardwareAccelerated) ToLowerVector256(text, output);
        else if (Vector128.IsHardwareAccelerated) ToLowerVector128(text, output);
        else ToLowerScalar(text, output);
    }

    /// <summary>A-Z as a-z, every other byte as it is.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static byte ToLower(byte b) => (uint)(b - 'A') <= 'Z' - 'A' ? (byte)(b | 0x20) : b;
}
