using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Edge.Simd.Vectors;

public static partial class FloatDot
{
    internal static float DotVector256(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        ref var left = ref MemoryMarshal.GetReference(a);
        ref var right = ref MemoryMarshal.GetReference(b);
        // Four sums: one would wait for each addition, four cycles, before the next begins.
        var (sum0, sum1) = (Vector256<float>.Zero, Vector256<float>.Zero);
        var (sum2, sum3) = (Vector256<float>.Zero, Vector256<float>.Zero);
        nuint at = 0;
        for (; at + 32 <= (nuint)a.Length; at += 32)
        {
            sum0 = Vector256.MultiplyAddEstimate(Vector256.LoadUnsafe(ref left, at), Vector256.LoadUnsafe(ref right, at), sum0);
            sum1 = Vector256.MultiplyAddEstimate(Vector256.LoadUnsafe(ref left, at + 8), Vector256.LoadUnsafe(ref right, at + 8), sum1);
            sum2 = Vector256.MultiplyAddEstimate(Vector256.LoadUnsafe(ref left, at + 16), Vector256.LoadUnsafe(ref right, at + 16), sum2);
            sum3 = Vector256.MultiplyAddEstimate(Vector256.LoadUnsafe(ref left, at + 24), Vector256.LoadUnsafe(ref right, at + 24), sum3);
        }
        for (; at + 8 <= (nuint)a.Length; at += 8) sum0 = Vector256.MultiplyAddEstimate(Vector256.LoadUnsafe(ref left, at), Vector256.LoadUnsafe(ref right, at), sum0);
        return Vector256.Sum(sum0 + sum1 + (sum2 + sum3)) + DotScalar(a[(int)at..], b[(int)at..]);
    }
}
