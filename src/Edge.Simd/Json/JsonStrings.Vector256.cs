using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Edge.Simd.Json;

public static partial class JsonStrings
{
    /// <param name="text">At least one vector long.</param>
    internal static int IndexOfSpecialVector256(ReadOnlySpan<byte> text)
    {
        ref var first = ref MemoryMarshal.GetReference(text);
        var lastStart = text.Length - Vector256<byte>.Count;
        var mask = Specials(Vector256.LoadUnsafe(ref first)).ExtractMostSignificantBits();
        if (mask != 0) return BitOperations.TrailingZeroCount(mask);
        // Most strings of a request end in their first vector; what does not is long, and takes two vectors a branch.
        var at = Vector256<byte>.Count;
        for (; at <= lastStart - Vector256<byte>.Count; at += 2 * Vector256<byte>.Count)
        {
            var low = Specials(Vector256.LoadUnsafe(ref first, (nuint)at));
            var high = Specials(Vector256.LoadUnsafe(ref first, (nuint)(at + Vector256<byte>.Count)));
            if ((low | high) == Vector256<byte>.Zero) continue;
            var both = low.ExtractMostSignificantBits() | ((ulong)high.ExtractMostSignificantBits() << 32);
            return at + BitOperations.TrailingZeroCount(both);
        }
        // Up to two vectors are left; the last overlaps the one before instead of leaving a scalar tail.
        if (at < lastStart)
        {
            mask = Specials(Vector256.LoadUnsafe(ref first, (nuint)at)).ExtractMostSignificantBits();
            if (mask != 0) return at + BitOperations.TrailingZeroCount(mask);
        }
        mask = Specials(Vector256.LoadUnsafe(ref first, (nuint)lastStart)).ExtractMostSignificantBits();
        return mask == 0 ? -1 : lastStart + BitOperations.TrailingZeroCount(mask);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static uint BlockMaskVector256(ReadOnlySpan<byte> text) => Specials(Vector256.Create(text)).ExtractMostSignificantBits();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<byte> Specials(Vector256<byte> block) =>
        // min(b, 0x1F) == b is the unsigned b < 0x20; AVX2 has no unsigned comparison of bytes, and the signed one would take UTF-8 for control characters.
        Vector256.Equals(Vector256.Min(block, Vector256.Create((byte)0x1F)), block)
        | Vector256.Equals(block, Vector256.Create((byte)'"'))
        | Vector256.Equals(block, Vector256.Create((byte)'\\'));
}
