using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Edge.Simd.Json;

/// <summary>Scans inside JSON strings.</summary>
public static partial class JsonStrings
{
    /// <summary>Index of the first quote, backslash or control character (below 0x20), i.e. of what ends or interrupts a string (RFC 8259, section 7); -1 where there is none.</summary>
    public static int IndexOfSpecial(ReadOnlySpan<byte> text)
    {
        if (Vector256.IsHardwareAccelerated && text.Length >= Vector256<byte>.Count) return IndexOfSpecialVector256(text);
        if (Vector128.IsHardwareAccelerated && text.Length >= Vector128<byte>.Count) return IndexOfSpecialVector128(text);
        return IndexOfSpecialScalar(text);
    }

    /// <summary>Bytes that <see cref="BlockMask"/> looks at.</summary>
    internal const int BlockSize = 32;

    /// <summary>Bit i: byte i is what <see cref="IndexOfSpecial"/> looks for.</summary>
    /// <param name="text">At least <see cref="BlockSize"/> bytes.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static uint BlockMask(ReadOnlySpan<byte> text) => Vector256.IsHardwareAccelerated ? BlockMaskVector256(text) : BlockMaskVector128(text);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static bool IsSpecial(byte b) => b is < 0x20 or (byte)'"' or (byte)'\\';
}
