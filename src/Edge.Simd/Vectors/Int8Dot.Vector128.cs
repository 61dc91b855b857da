using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Edge.Simd.Vectors;

public static partial class Int8Dot
{
    internal static int DotVector128(ReadOnlySpan<sbyte> a, ReadOnlySpan<sbyte> b)
    {
        ref var left = ref MemoryMarshal.GetReference(a);
        ref var right = ref MemoryMarshal.GetReference(b);
        var (sum0, sum1) = (Vector128<int>.Zero, Vector128<int>.Zero);
        nuint at = 0;
        for (; at + 32 <= (nuint)a.Length; at += 32)
        {
            sum0 = Add(sum0, Vector128.LoadUnsafe(ref left, at), Vector128.LoadUnsafe(ref right, at));
            sum1 = Add(sum1, Vector128.LoadUnsafe(ref left, at + 16), Vector128.LoadUnsafe(ref right, at + 16));
        }
        for (; at + 16 <= (nuint)a.Length; at += 16) sum0 = Add(sum0, Vector128.LoadUnsafe(ref left, at), Vector128.LoadUnsafe(ref right, at));
        return Vector128.Sum(sum0 + sum1) + DotScalar(a[(int)at..], b[(int)at..]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> Add(Vector128<int> sum, Vector128<sbyte> a, Vector128<sbyte> b)
    {
        if (Dp.IsSupported) return Dp.DotProduct(sum, a, b);
        var (aLow, aHigh) = Vector128.Widen(a);
        var (bLow, bHigh) = Vector128.Widen(b);
        if (Sse2.IsSupported) return sum + Sse2.MultiplyAddAdjacent(aLow, bLow) + Sse2.MultiplyAddAdjacent(aHigh, bHigh);
        // A product fits into 16 bits, also that of -128 and -128; the sum of two may not.
        var (low0, low1) = Vector128.Widen(aLow * bLow);
        var (high0, high1) = Vector128.Widen(aHigh * bHigh);
        return sum + low0 + low1 + high0 + high1;
    }
}
