using BenchmarkDotNet.Attributes;
using Edge.Cache.Semantic.Embedding;
using Edge.Cache.Semantic.Gate;
using Edge.Cache.Semantic.Vectors;

namespace Edge.Bench;

/// <summary>What a semantic look-up does with a short prompt before it searches, and what the gate costs for one candidate.</summary>
[BenchmarkCategory("semantic-embed")]
public class SemanticEmbedBenchmarks
{
    private const string Prompt = "Could you please tell me what the best way is to reset the password of my account?", Other = "How do I reset the password of my account?";

    private readonly float[] _vector = new float[512];
    private EmbeddingEngine _engine = null!;

    [GlobalSetup]
    public void Setup() => _engine = EmbeddingEngine.TryLoad(new EmbeddingModelConfig(), AppContext.BaseDirectory, out var error) ?? throw new InvalidOperationException(error);

    [GlobalCleanup]
    public void Cleanup() => _engine.Dispose();

    [Benchmark]
    public int Form() => PromptForm.Of(Prompt).Content.Count;

    [Benchmark(Baseline = true)]
    public bool Embed() => _engine.Embed(Prompt, _vector).HasVector;

    [Benchmark]
    public bool Gate() => SemanticGate.Check(Prompt, Other).Passes;
}

/// <summary>The nearest four of 10,000 prompts of one scope.</summary>
[BenchmarkCategory("semantic-search")]
public class SemanticSearchBenchmarks
{
    private readonly VectorIndex _index = new(512);
    private readonly float[] _query = Unit(0);

    [GlobalSetup]
    public void Setup()
    {
        for (var i = 1; i <= 10_000; i++) _index.Add((ulong)i, Unit(i), "");
    }

    [Benchmark]
    public int Search() => _index.Search(_query, 0.95f, 4)?.Count ?? -1;

    private static float[] Unit(int seed)
    {
        var vector = Vectors.Floats(100 + seed, 512);
        Edge.Simd.Vectors.FloatDot.Normalize(vector);
        return vector;
    }
}
