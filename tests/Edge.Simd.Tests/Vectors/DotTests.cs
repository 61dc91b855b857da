using System.Runtime.Intrinsics.X86;
using Edge.Simd.Vectors;

namespace Edge.Simd.Tests.Vectors;

public class DotTests
{
    [Fact]
    public void Every_variant_of_the_float_product_is_as_exact_as_its_contract_says()
    {
        for (var seed = 0; seed < 3_000; seed++) DotHarness.CheckFloats(seed);
    }

    [Fact]
    public void Every_variant_of_the_byte_product_is_exact()
    {
        for (var seed = 0; seed < 3_000; seed++) DotHarness.CheckBytes(seed);
    }

    [Theory]
    [InlineData(sbyte.MinValue, sbyte.MinValue)]
    [InlineData(sbyte.MinValue, sbyte.MaxValue)]
    [InlineData(sbyte.MaxValue, sbyte.MaxValue)]
    public void The_longest_vectors_of_the_largest_bytes_still_fit(int a, int b)
    {
        var (left, right) = (new sbyte[Int8Dot.MaxLength], new sbyte[Int8Dot.MaxLength]);
        Array.Fill(left, (sbyte)a);
        Array.Fill(right, (sbyte)b);
        Assert.Equal((long)a * b * Int8Dot.MaxLength, Int8Dot.Dot(left, right));
        Assert.Equal((long)a * b * Int8Dot.MaxLength, Int8Dot.DotVector128(left, right));
        if (Avx2.IsSupported) Assert.Equal((long)a * b * Int8Dot.MaxLength, Int8Dot.DotVector256(left, right));
    }

    [Fact]
    public void Not_a_number_is_not_lost()
    {
        for (var length = 1; length < 70; length++)
        {
            for (var at = 0; at < length; at++)
            {
                var a = new float[length];
                a[at] = float.NaN;
                Assert.True(float.IsNaN(FloatDot.DotVector128(a, new float[length])));
                Assert.True(float.IsNaN(FloatDot.DotVector256(a, new float[length])));
            }
        }
    }

    [Fact]
    public void A_cosine_is_between_minus_one_and_one()
    {
        Assert.Equal(1, FloatDot.Cosine([3, 4], [6, 8]), 1e-6f);
        Assert.Equal(-1, FloatDot.Cosine([3, 4], [-3, -4]), 1e-6f);
        Assert.Equal(0, FloatDot.Cosine([1, 0], [0, 1]));
        Assert.Equal(1, FloatDot.Cosine([1e18f, 0], [1e18f, 0]), 1e-6f);
        Assert.Equal(1, FloatDot.Cosine([1e-12f, 0], [1e-12f, 0]), 1e-5f);
        Assert.Equal(0, FloatDot.Cosine([0, 0], [1, 1]));
        Assert.Equal(0, FloatDot.Cosine([float.NaN, 0], [1, 1]));
        Assert.Equal(0, FloatDot.Cosine([float.MaxValue, 0], [1, 1]));
    }

    [Fact]
    public void A_vector_is_scaled_to_length_one_or_left_alone()
    {
        float[] vector = [3, 0, 4];
        Assert.True(FloatDot.Normalize(vector));
        Assert.Equal([0.6f, 0, 0.8f], vector);
        foreach (var none in (float[][])[[0, 0], [], [float.NaN, 1], [float.PositiveInfinity, 1], [float.MaxValue, float.MaxValue], [1e-30f, 0]])
        {
            float[] copy = [.. none];
            Assert.False(FloatDot.Normalize(copy));
            Assert.Equal(none, copy);
        }
    }

    [Fact]
    public void Quantised_vectors_keep_their_cosine_to_about_the_third_digit()
    {
        for (var seed = 0; seed < 200; seed++)
        {
            var random = new Random(seed);
            var (a, b) = (DotHarness.Unit(random, 384), DotHarness.Unit(random, 384));
            // From unrelated to nearly the same, where a cache decides.
            var near = random.NextSingle();
            for (var i = 0; i < b.Length; i++) b[i] = (near * a[i]) + ((1 - near) * b[i]);
            FloatDot.Normalize(b);
            var (qa, qb) = (new sbyte[384], new sbyte[384]);
            var scale = Int8Dot.Quantize(a, qa) * Int8Dot.Quantize(b, qb);
            Assert.Equal(FloatDot.Dot(a, b), Int8Dot.Dot(qa, qb) * scale, 0.003f);
            Assert.Contains(qa, q => q is 127 or -127);
            Assert.DoesNotContain((sbyte)-128, qa);
        }
    }

    [Fact]
    public void What_cannot_be_quantised_becomes_zeros()
    {
        foreach (var vector in (float[][])[[0, 0], [float.NaN, 1], [1, float.NaN], [float.NegativeInfinity, 1], [1e-44f, 0]])
        {
            sbyte[] output = [1, 1];
            Assert.Equal(0, Int8Dot.Quantize(vector, output));
            Assert.Equal([0, 0], output);
        }
    }

    [Fact]
    public void Lengths_that_do_not_fit_are_refused()
    {
        Assert.Contains("2 and 1", Assert.Throws<ArgumentException>(() => FloatDot.Dot(new float[2], new float[1])).Message);
        Assert.Contains("2 and 1", Assert.Throws<ArgumentException>(() => Int8Dot.Dot(new sbyte[2], new sbyte[1])).Message);
        Assert.Contains("2 and 1", Assert.Throws<ArgumentException>(() => Int8Dot.Quantize(new float[2], new sbyte[1])).Message);
        Assert.Contains("131072", Assert.Throws<ArgumentException>(() => Int8Dot.Dot(new sbyte[131_072], new sbyte[131_072])).Message);
        Assert.Equal(0, FloatDot.Dot([], []));
    }
}
