using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Edge.Simd.Vectors;

public static partial class FloatDot
{
    internal static float DotVector128(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        ref var left = ref MemoryMarshal.GetReference(a);
        ref var right = ref MemoryMarshal.GetReference(b);
        // Four sums: one would wait for each addition, four cycles, before the next begins.
        var (sum0, sum1) = (Vector128<float>.Zero, Vector128<float>.Zero);
        var (sum2, sum3) = (Vector128<float>.Zero, Vector128<float>.Zero);
        nuint at = 0;
        for (; at + 16 <= (nuint)a.Length; at += 16)
        {
            sum0 = Vector128.MultiplyAddEstimate(Vector128.LoadUnsafe(ref left, at), Vector128.LoadUnsafe(ref right, at), sum0);
            sum1 = Vector128.MultiplyAddEstimate(Vector128.LoadUnsafe(ref left, at + 4), Vector128.LoadUnsafe(ref right, at + 4), sum1);
            sum2 = Vector128.MultiplyAddEstimate(Vector128.LoadUnsafe(ref left, at + 8), Vector128.LoadUnsafe(ref right, at + 8), sum2);
            sum3 = Vector128.MultiplyAddEstimate(Vector128.LoadUnsafe(ref left, at + 12), Vector128.LoadUnsafe(ref right, at + 12), sum3);
        }
        for (; at + 4 <= (nuint)a.Length; at += 4) sum0 = Vector128.MultiplyAddEstimate(Vector128.LoadUnsafe(ref left, at), Vector128.LoadUnsafe(ref right, at), sum0);
        return Vector128.Sum(sum0 + sum1 + (sum2 + sum3)) + DotScalar(a[(int)at..], b[(int)at..]);
    }
}
