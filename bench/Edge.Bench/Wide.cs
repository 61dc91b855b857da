using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Edge.Bench;

/// <summary>
/// 512-bit forms of kernels of <c>Edge.Simd</c>, for comparison alone. The published binary is compiled for x86-64-v3, and there Native AOT answers every question for AVX-512 with "no" as
/// it compiles: asking at run time works for a handful of instruction sets (AVX-VNNI, GFNI), and AVX-512 is none of them. Adding it to the binary's instruction set makes it a
/// requirement: such a binary does not start on a processor without. So these could only be used by a second binary, and perf-budget.md shows what that would bring.
/// </summary>
internal static class Wide
{
    public static float Dot(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        ref var left = ref MemoryMarshal.GetReference(a);
        ref var right = ref MemoryMarshal.GetReference(b);
        var (sum0, sum1) = (Vector512<float>.Zero, Vector512<float>.Zero);
        var (sum2, sum3) = (Vector512<float>.Zero, Vector512<float>.Zero);
        for (nuint at = 0; at + 64 <= (nuint)a.Length; at += 64)
        {
            sum0 = Vector512.MultiplyAddEstimate(Vector512.LoadUnsafe(ref left, at), Vector512.LoadUnsafe(ref right, at), sum0);
            sum1 = Vector512.MultiplyAddEstimate(Vector512.LoadUnsafe(ref left, at + 16), Vector512.LoadUnsafe(ref right, at + 16), sum1);
            sum2 = Vector512.MultiplyAddEstimate(Vector512.LoadUnsafe(ref left, at + 32), Vector512.LoadUnsafe(ref right, at + 32), sum2);
            sum3 = Vector512.MultiplyAddEstimate(Vector512.LoadUnsafe(ref left, at + 48), Vector512.LoadUnsafe(ref right, at + 48), sum3);
        }
        return Vector512.Sum(sum0 + sum1 + (sum2 + sum3));
    }

    public static int Dot(ReadOnlySpan<sbyte> a, ReadOnlySpan<sbyte> b)
    {
        if (!Avx512BW.IsSupported) return 0;
        ref var left = ref MemoryMarshal.GetReference(a);
        ref var right = ref MemoryMarshal.GetReference(b);
        var (sum0, sum1) = (Vector512<int>.Zero, Vector512<int>.Zero);
        for (nuint at = 0; at + 64 <= (nuint)a.Length; at += 64)
        {
            sum0 += Avx512BW.MultiplyAddAdjacent(Avx512BW.ConvertToVector512Int16(Vector256.LoadUnsafe(ref left, at)), Avx512BW.ConvertToVector512Int16(Vector256.LoadUnsafe(ref right, at)));
            sum1 += Avx512BW.MultiplyAddAdjacent(Avx512BW.ConvertToVector512Int16(Vector256.LoadUnsafe(ref left, at + 32)), Avx512BW.ConvertToVector512Int16(Vector256.LoadUnsafe(ref right, at + 32)));
        }
        return Vector512.Sum(sum0 + sum1);
    }

    public static int IndexOfSpecial(ReadOnlySpan<byte> text)
    {
        ref var first = ref MemoryMarshal.GetReference(text);
        var lastStart = text.Length - Vector512<byte>.Count;
        for (var at = 0; ; at = Math.Min(at + Vector512<byte>.Count, lastStart))
        {
            var block = Vector512.LoadUnsafe(ref first, (nuint)at);
            var mask = (Vector512.LessThan(block, Vector512.Create((byte)0x20)) | Vector512.Equals(block, Vector512.Create((byte)'"')) | Vector512.Equals(block, Vector512.Create((byte)'\\')))
                .ExtractMostSignificantBits();
            if (mask != 0) return at + BitOperations.TrailingZeroCount(mask);
            if (at == lastStart) return -1;
        }
    }

    /// <summary>The part of the event scan that almost all bytes go through: blocks without a line end.</summary>
    public static int IndexOfLineEnd(ReadOnlySpan<byte> text)
    {
        ref var first = ref MemoryMarshal.GetReference(text);
        var lastStart = text.Length - Vector512<byte>.Count;
        for (var at = 0; ; at = Math.Min(at + Vector512<byte>.Count, lastStart))
        {
            var block = Vector512.LoadUnsafe(ref first, (nuint)at);
            var mask = (Vector512.Equals(block, Vector512.Create((byte)'\n')) | Vector512.Equals(block, Vector512.Create((byte)'\r'))).ExtractMostSignificantBits();
            if (mask != 0) return at + BitOperations.TrailingZeroCount(mask);
            if (at == lastStart) return -1;
        }
    }

    public static void ToLower(ReadOnlySpan<byte> text, Span<byte> output)
    {
        ref var from = ref MemoryMarshal.GetReference(text);
        ref var to = ref MemoryMarshal.GetReference(output);
        for (nuint at = 0; at + 64 <= (nuint)text.Length; at += 64)
        {
            var bytes = Vector512.LoadUnsafe(ref from, at);
            var upper = Vector512.LessThanOrEqual(bytes - Vector512.Create((byte)'A'), Vector512.Create((byte)('Z' - 'A')));
            (bytes | (upper & Vector512.Create((byte)0x20))).StoreUnsafe(ref to, at);
        }
    }
}
