using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Edge.Simd.Vectors;

/// <summary>Products of float vectors: of embeddings, hundreds of dimensions each.</summary>
/// <remarks>
/// Sums are in float, in as many parts as the machine has lanes, so that the last digits differ from machine to machine: each result is within n * 2^-24 * sum |a[i] * b[i]| of the exact
/// one, n being the number of dimensions. That is 2e-5 for unit vectors of 384 dimensions in the worst case, and some 1e-7 in practice.
/// </remarks>
public static partial class FloatDot
{
    /// <summary>The sum of a[i] * b[i]; of unit vectors their cosine. NaN and infinities come through as IEEE 754 has it.</summary>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static float Dot(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        if (a.Length != b.Length) throw Different(a.Length, b.Length);
        return Dispatched(a, b);
    }

    /// <summary>The cosine of the angle between two vectors, -1 to 1; 0 where one of them has no direction: it is all zeros, or a value or the length is not finite.</summary>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static float Cosine(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        // The square root of each by itself: the product of the squares would leave the range of floats long before a root does.
        var cosine = Dot(a, b) / (MathF.Sqrt(Dispatched(a, a)) * MathF.Sqrt(Dispatched(b, b)));
        return float.IsFinite(cosine) ? Math.Clamp(cosine, -1, 1) : 0;
    }

    /// <summary>Scales a vector to length 1, so that a <see cref="Dot"/> is a cosine.</summary>
    /// <returns>False, and the vector as it was, where it has no direction: it is all zeros, or a value or the length is not finite, or the length is below 1e-15.</returns>
    public static bool Normalize(Span<float> vector)
    {
        var length = MathF.Sqrt(Dispatched(vector, vector));
        // Squares of values below 1e-19 vanish: what is left would be the length of something else.
        if (!float.IsFinite(length) || length < 1e-15f) return false;
        for (var i = 0; i < vector.Length; i++) vector[i] /= length;
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static float Dispatched(ReadOnlySpan<float> a, ReadOnlySpan<float> b) =>
        Vector256.IsHardwareAccelerated ? DotVector256(a, b)
        : Vector128.IsHardwareAccelerated ? DotVector128(a, b)
        : DotScalar(a, b);

    internal static ArgumentException Different(int a, int b) => new($"Vectors of {a} and {b} dimensions.");
}
