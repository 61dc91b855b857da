using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Edge.Simd.Json;

public static partial class JsonStrings
{
    /// <param name="text">At least one vector long.</param>
    internal static int IndexOfSpecialVector128(ReadOnlySpan<byte> text)
    {
        ref var first = ref MemoryMarshal.GetReference(text);
        var lastStart = text.Length - Vector128<byte>.Count;
        var at = 0;
        while (true)
        {
            var special = Specials(Vector128.LoadUnsafe(ref first, (nuint)at));
            var mask = special.ExtractMostSignificantBits();
            if (mask != 0) return at + BitOperations.TrailingZeroCount(mask);
            if (at == lastStart) return -1;
            // The last block overlaps the one before instead of leaving a scalar tail.
            at = Math.Min(at + Vector128<byte>.Count, lastStart);
        }
    }

    internal static uint BlockMaskVector128(ReadOnlySpan<byte> text) =>
        Specials(Vector128.Create(text)).ExtractMostSignificantBits()
        | (Specials(Vector128.Create(text[Vector128<byte>.Count..])).ExtractMostSignificantBits() << Vector128<byte>.Count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<byte> Specials(Vector128<byte> block) =>
        // min(b, 0x1F) == b is the unsigned b < 0x20; AVX2 has no unsigned comparison of bytes, and the signed one would take UTF-8 for control characters.
        Vector128.Equals(Vector128.Min(block, Vector128.Create((byte)0x1F)), block)
        | Vector128.Equals(block, Vector128.Create((byte)'"'))
        | Vector128.Equals(block, Vector128.Create((byte)'\\'));
}
