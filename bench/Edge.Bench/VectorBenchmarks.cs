using BenchmarkDotNet.Attributes;
using Edge.Simd.Vectors;

namespace Edge.Bench;

/// <summary>Products of two embeddings of 384 dimensions: each variant, and the 512-bit one that is not in the product (see <see cref="Wide"/>).</summary>
[BenchmarkCategory("vector-dot")]
public class VectorDotBenchmarks
{
    private readonly float[] _a = Vectors.Floats(1, 384), _b = Vectors.Floats(2, 384);
    private readonly sbyte[] _byteA = new sbyte[384], _byteB = new sbyte[384];

    [GlobalSetup]
    public void Setup()
    {
        Int8Dot.Quantize(_a, _byteA);
        Int8Dot.Quantize(_b, _byteB);
    }

    [Benchmark(Baseline = true)]
    public float Float() => FloatDot.Dot(_a, _b);

    [Benchmark]
    public float FloatScalar() => FloatDot.DotScalar(_a, _b);

    [Benchmark]
    public float Float128() => FloatDot.DotVector128(_a, _b);

    [Benchmark]
    public float Float256() => FloatDot.DotVector256(_a, _b);

    [Benchmark]
    public float Float512() => Wide.Dot(_a, _b);

    [Benchmark]
    public int Int8() => Int8Dot.Dot(_byteA, _byteB);

    [Benchmark]
    public int Int8Scalar() => Int8Dot.DotScalar(_byteA, _byteB);

    [Benchmark]
    public int Int8V128() => Int8Dot.DotVector128(_byteA, _byteB);

    [Benchmark]
    public int Int8V256() => Int8Dot.DotVector256(_byteA, _byteB);

    [Benchmark]
    public int Int8V512() => Wide.Dot(_byteA, _byteB);
}

/// <summary>The best four of 10,000 embeddings: what a semantic cache asks.</summary>
[BenchmarkCategory("vector-search")]
public class VectorSearchBenchmarks
{
    private const int Dimensions = 384;
    private const int Rows = 10_000;
    private readonly float[] _rows = Vectors.Floats(3, Rows * Dimensions), _query = Vectors.Floats(4, Dimensions), _scales = new float[Rows];
    private readonly sbyte[] _byteRows = new sbyte[Rows * Dimensions], _byteQuery = new sbyte[Dimensions];
    private readonly ScoredRow[] _best = new ScoredRow[4];

    [GlobalSetup]
    public void Setup()
    {
        Int8Dot.Quantize(_query, _byteQuery);
        for (var row = 0; row < Rows; row++) _scales[row] = Int8Dot.Quantize(_rows.AsSpan(row * Dimensions, Dimensions), _byteRows.AsSpan(row * Dimensions, Dimensions));
    }

    [Benchmark(Baseline = true)]
    public int Floats() => VectorSearch.Best(_query, _rows, _best);

    [Benchmark]
    public int Bytes() => VectorSearch.Best(_byteQuery, 1, _byteRows, _scales, _best);

    internal static Action Operation()
    {
        var benchmark = new VectorSearchBenchmarks();
        benchmark.Setup();
        return () =>
        {
            if (benchmark.Bytes() != 4) throw new InvalidOperationException("There are ten thousand rows.");
        };
    }
}

internal static class Vectors
{
    public static float[] Floats(int seed, int count)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => (random.NextSingle() * 2) - 1)];
    }
}
