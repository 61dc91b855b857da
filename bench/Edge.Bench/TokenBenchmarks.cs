using BenchmarkDotNet.Attributes;
using Edge.Metering.Tokens;
using Edge.Simd.Text;

namespace Edge.Bench;

/// <summary>How many tokens a body of 10 KB has: estimated on the way of a request, counted beside it.</summary>
[BenchmarkCategory("tokens")]
public class TokenBenchmarks
{
    private readonly byte[] _text = Bodies.Chat10K;
    private readonly TokenCounter _counter = new();

    [GlobalSetup]
    public void Setup() => _counter.PreparedAsync(TokenFamily.Gpt4o).GetAwaiter().GetResult();

    [Benchmark(Baseline = true)]
    public long Estimate() => TokenEstimator.EstimateTokens(_text);

    [Benchmark]
    public int Shape128() => TextShape.OfVector128(_text).Words;

    [Benchmark]
    public int ShapeScalar() => TextShape.OfScalar(_text).Words;

    [Benchmark]
    public long Count() => _counter.Count(_text, TokenFamily.Gpt4o).Tokens;

    internal static Action Operation()
    {
        var bench = new TokenBenchmarks();
        return () => bench.Estimate();
    }
}
