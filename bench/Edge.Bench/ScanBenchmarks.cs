using BenchmarkDotNet.Attributes;
using Edge.Bench.Scan;

namespace Edge.Bench;

/// <summary>One contender of <c>scan-compare</c> at a time, for whoever wants to profile it; the row of perf-budget.md comes from that command, where all run in turn.</summary>
[BenchmarkCategory("scan")]
public class ScanBenchmarks
{
    private readonly ScanText _text = new(ScanCorpus.Make(100_000, 0.001, 7));
    private ScanContender? _contender;

    public static IEnumerable<string> Contenders => ScanContender.All([]).Select(contender => contender.Name);

    [ParamsSource(nameof(Contenders))]
    public string Contender { get; set; } = "";

    [GlobalSetup]
    public void Setup() => _contender = ScanContender.All([]).First(contender => contender.Name == Contender);

    [Benchmark]
    public long Count() => _contender!.Count(_text);
}
