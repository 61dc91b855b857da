using System.Text.Json;
using BenchmarkDotNet.Attributes;
using Edge.Simd.Json;

namespace Edge.Bench;

/// <summary>Indexing a request body, UTF-8 validation included; Utf8JsonReader's bare walk over the same bytes (which does not validate UTF-8) for scale.</summary>
[BenchmarkCategory("index")]
public class IndexBenchmarks
{
    private readonly JsonIndex _index = new();
    private byte[] _body = [];

    [Params("1.2 KB", "10 KB", "150 KB English", "150 KB Chinese", "150 KB code")]
    public string Body { get; set; } = "";

    [GlobalSetup]
    public void Setup() => _body = Body switch
    {
        "1.2 KB" => Bodies.Chat1K,
        "10 KB" => Bodies.Chat10K,
        "150 KB English" => Bodies.Prompt150K,
        "150 KB Chinese" => Bodies.Chinese150K,
        _ => Bodies.Code150K,
    };

    [GlobalCleanup]
    public void Cleanup() => _index.Dispose();

    [Benchmark]
    public int Index()
    {
        _index.TryBuild(_body, 64, 1 << 20, out _);
        return _index.Tokens.Length;
    }

    [Benchmark(Baseline = true)]
    public int Utf8JsonReader()
    {
        var reader = new Utf8JsonReader(_body);
        var tokens = 0;
        while (reader.Read()) tokens++;
        return tokens;
    }

    /// <summary>As a request does it: build, read a member, clear for the next one.</summary>
    internal static Action Operation(byte[] body)
    {
        var index = new JsonIndex();
        return () =>
        {
            if (!index.TryBuild(body, 64, 1 << 20, out _)) throw new InvalidOperationException("The body is valid.");
            index.Clear();
        };
    }
}
