using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Edge.Simd.Vectors;

/// <summary>Products of vectors of signed bytes: embeddings in a quarter of the memory, for which a search of many rows waits.</summary>
public static partial class Int8Dot
{
    /// <summary>The most dimensions: with them the sum still is an <see cref="int"/>, whatever the bytes are.</summary>
    public const int MaxLength = 131_071;

    /// <summary>The sum of a[i] * b[i], exactly. Of quantised vectors, times both scales, the product of the originals.</summary>
    /// <exception cref="ArgumentException">The lengths differ, or are above <see cref="MaxLength"/>.</exception>
    public static int Dot(ReadOnlySpan<sbyte> a, ReadOnlySpan<sbyte> b)
    {
        if (a.Length != b.Length) throw FloatDot.Different(a.Length, b.Length);
        CheckLength(a.Length);
        return Dispatched(a, b);
    }

    /// <summary>Rounds a vector to 255 steps from -127 to 127, the largest value being one end.</summary>
    /// <remarks>Each value is off by half a scale at most, which makes the cosine of two unit vectors of 384 dimensions off by some 0.002.</remarks>
    /// <param name="vector">Finite values.</param>
    /// <param name="output">As long.</param>
    /// <returns>The scale: output[i] * scale is about vector[i]. 0 where all values are, or where one of them is not finite: then the output is all zeros.</returns>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static float Quantize(ReadOnlySpan<float> vector, Span<sbyte> output)
    {
        if (vector.Length != output.Length) throw FloatDot.Different(vector.Length, output.Length);
        var largest = 0f;
        foreach (var value in vector) largest = MathF.Max(largest, MathF.Abs(value));
        var scale = largest / 127;
        if (!float.IsNormal(scale))
        {
            output.Clear();
            return 0;
        }
        for (var i = 0; i < vector.Length; i++) output[i] = (sbyte)Math.Clamp(MathF.Round(vector[i] / scale), -127, 127);
        return scale;
    }

    internal static void CheckLength(int length)
    {
        if (length > MaxLength) throw new ArgumentException($"{length} dimensions; at most {MaxLength} are allowed.");
    }

    // No variant for VNNI: .NET 10 has its 256-bit form for signed by unsigned bytes alone (AvxVnni), which few processors have beside AVX-512.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static int Dispatched(ReadOnlySpan<sbyte> a, ReadOnlySpan<sbyte> b) =>
        Vector256.IsHardwareAccelerated && Avx2.IsSupported ? DotVector256(a, b)
        : Vector128.IsHardwareAccelerated ? DotVector128(a, b)
        : DotScalar(a, b);
}
