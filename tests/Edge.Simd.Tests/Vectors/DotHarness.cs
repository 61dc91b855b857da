using System.Runtime.Intrinsics.X86;
using Edge.Simd.Vectors;

namespace Edge.Simd.Tests.Vectors;

/// <summary>Compares each variant with its oracle on what a seed makes; the fuzzer goes on with further seeds.</summary>
internal static class DotHarness
{
    public static void CheckFloats(int seed)
    {
        var random = new Random(seed);
        var length = random.Next(3) == 0 ? random.Next(1_600) : random.Next(140);
        var offset = random.Next(4);
        // An exponent each, so that some sums cancel and some values drown.
        var spread = random.Next(3) == 0 ? 20 : 1;
        var (a, b) = (Values(), Values());
        var (exact, magnitude) = (0.0, 0.0);
        for (var i = 0; i < length; i++)
        {
            exact += (double)a[offset + i] * b[offset + i];
            magnitude += Math.Abs((double)a[offset + i] * b[offset + i]);
        }
        var tolerance = (Math.Max(1, length) * Math.Pow(2, -24) * magnitude) + float.Epsilon;
        var left = a.AsSpan(offset, length);
        var right = b.AsSpan(offset, length);
        Near("scalar", FloatDot.DotScalar(left, right));
        Near("Vector128", FloatDot.DotVector128(left, right));
        Near("Vector256", FloatDot.DotVector256(left, right));
        Near("dispatched", FloatDot.Dot(left, right));

        float[] Values() => [.. Enumerable.Range(0, offset + length).Select(_ => ((random.NextSingle() * 2) - 1) * MathF.Pow(2, random.Next(-spread, spread)))];

        void Near(string variant, float actual) => Assert.True(Math.Abs(actual - exact) <= tolerance, $"seed {seed}: {variant} {actual}, exactly {exact} +- {tolerance}");
    }

    public static void CheckBytes(int seed)
    {
        var random = new Random(seed);
        var length = random.Next(3) == 0 ? random.Next(1_600) : random.Next(140);
        var bytes = new byte[2 * (length + 3)];
        random.NextBytes(bytes);
        if (random.Next(4) == 0) Array.Fill(bytes, (byte)0x80);
        var values = System.Runtime.InteropServices.MemoryMarshal.Cast<byte, sbyte>(bytes);
        var left = values.Slice(random.Next(4), length);
        var right = values.Slice(length + 3 + random.Next(4), length);
        var expected = Int8Dot.DotScalar(left, right);
        Equal("Vector128", expected, Int8Dot.DotVector128(left, right));
        if (Avx2.IsSupported) Equal("Vector256", expected, Int8Dot.DotVector256(left, right));
        Equal("dispatched", expected, Int8Dot.Dot(left, right));

        void Equal(string variant, int expected, int actual) => Assert.True(expected == actual, $"seed {seed}: {variant} {actual}, expected {expected}");
    }

    public static float[] Unit(Random random, int length)
    {
        var vector = Enumerable.Range(0, length).Select(_ => (random.NextSingle() * 2) - 1).ToArray();
        FloatDot.Normalize(vector);
        return vector;
    }
}
