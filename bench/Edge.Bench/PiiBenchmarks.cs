using System.Text;
using BenchmarkDotNet.Attributes;
using Edge.Guard.Pii;
using Edge.Simd.Pii;

namespace Edge.Bench;

/// <summary>Prompts without personal data, with as many figures as prose has.</summary>
internal static class CleanPrompt
{
    private const string Prose =
        "The committee met on Tuesday and decided, after a long discussion of the figures, that the second plan was the cheaper one. Nobody asked what that meant, so the minutes "
        + "don't say. In 2024 the costs had risen by 12 percent, mostly for transport; the board wants a well-founded forecast for the next 3 years, with a summary of the risks.\n\n"
        + "Please summarise the above in two sentences: keep the names, leave out the numbers, and end with a question for the next meeting. ";

    public static byte[] Make(int size) => Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(Prose, (size / Prose.Length) + 1))[..size]);
}

/// <summary>The scan for candidates alone: each variant of the kernel, and what the base library offers.</summary>
[BenchmarkCategory("pii-scan")]
public class PiiScanBenchmarks
{
    private static readonly System.Buffers.SearchValues<byte> _candidates = System.Buffers.SearchValues.Create("0123456789@:=-_"u8);
    private readonly int[] _positions = new int[256];
    private byte[] _text = [];

    [Params(1_024, 100_000)]
    public int Length { get; set; }

    [GlobalSetup]
    public void Setup() => _text = CleanPrompt.Make(Length);

    [Benchmark(Baseline = true)]
    public int SearchValues()
    {
        var count = 0;
        for (var at = 0; ;)
        {
            var found = _text.AsSpan(at).IndexOfAny(_candidates);
            if (found < 0) return count;
            count++;
            at += found + 1;
        }
    }

    [Benchmark]
    public int Dispatched()
    {
        var total = 0;
        for (var from = 0; from < _text.Length;) total += CandidateScan.Find(_text, from, _positions, out from);
        return total;
    }

    [Benchmark]
    public int Scalar()
    {
        var total = 0;
        for (var from = 0; from < _text.Length;) total += CandidateScan.FindScalar(_text, from, _positions, out from);
        return total;
    }

    [Benchmark]
    public int V128() => All<CandidateScan.Block128>();

    [Benchmark]
    public int V256() => All<CandidateScan.Block256>();

    private int All<TBlock>()
        where TBlock : struct, CandidateScan.IBlock
    {
        var total = 0;
        for (var from = 0; from < _text.Length;) total += CandidateScan.Find<TBlock>(_text, from, _positions, out from);
        return total;
    }

    internal static Action Operation()
    {
        var benchmark = new PiiScanBenchmarks { Length = 1_024 };
        benchmark.Setup();
        return () =>
        {
            if (benchmark.Dispatched() == 0) throw new InvalidOperationException("There are figures in it.");
        };
    }
}

/// <summary>The whole detection, all detectors on.</summary>
[BenchmarkCategory("pii-detect")]
public class PiiDetectBenchmarks
{
    private byte[] _text = [];

    [Params(1_024, 100_000)]
    public int Length { get; set; }

    [GlobalSetup]
    public void Setup() => _text = CleanPrompt.Make(Length);

    [Benchmark]
    public int Detect()
    {
        Span<Finding> room = stackalloc Finding[32];
        var findings = new FindingList(room);
        PiiDetector.Find(_text, ref findings);
        findings.Resolve(Confidence.Default);
        var count = findings.Count;
        findings.Dispose();
        return count;
    }

    internal static Action Operation()
    {
        var benchmark = new PiiDetectBenchmarks { Length = 1_024 };
        benchmark.Setup();
        return () =>
        {
            if (benchmark.Detect() != 0) throw new InvalidOperationException("Nothing is in it.");
        };
    }
}
