using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Edge.Simd.Vectors;

public static partial class Int8Dot
{
    /// <summary>Needs AVX2.</summary>
    internal static int DotVector256(ReadOnlySpan<sbyte> a, ReadOnlySpan<sbyte> b)
    {
        ref var left = ref MemoryMarshal.GetReference(a);
        ref var right = ref MemoryMarshal.GetReference(b);
        var (sum0, sum1) = (Vector256<int>.Zero, Vector256<int>.Zero);
        nuint at = 0;
        for (; at + 32 <= (nuint)a.Length; at += 32)
        {
            sum0 += Products256(ref left, ref right, at);
            sum1 += Products256(ref left, ref right, at + 16);
        }
        for (; at + 16 <= (nuint)a.Length; at += 16) sum0 += Products256(ref left, ref right, at);
        return Vector256.Sum(sum0 + sum1) + DotScalar(a[(int)at..], b[(int)at..]);
    }

    // Sums of two products each.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Products256(ref sbyte left, ref sbyte right, nuint at) =>
        Avx2.MultiplyAddAdjacent(Avx2.ConvertToVector256Int16(Vector128.LoadUnsafe(ref left, at)), Avx2.ConvertToVector256Int16(Vector128.LoadUnsafe(ref right, at)));
}
