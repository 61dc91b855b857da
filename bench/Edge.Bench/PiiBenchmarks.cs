using System.Text;
using BenchmarkDotNet.Attributes;
using Edge.Guard.Pii;
using Edge.Simd.Pii;

namespace Edge.Bench;

/// <summary>Prompts without personal data, with as many figures, colons and dashes as each kind has, and what is put into them.</summary>
internal static class CleanPrompt
{
    public const string Prose =
        "The committee met on Tuesday and decided, after a long discussion of the figures, that the second plan was the cheaper one. Nobody asked what that meant, so the minutes "
        + "don't say. In 2024 the costs had risen by 12 percent, mostly for transport; the board wants a well-founded forecast for the next 3 years, with a summary of the risks.\n\n"
        + "Please summarise the above in two sentences: keep the names, leave out the numbers, and end with a question for the next meeting. ";

    public const string Business =
        "Agenda: 1) Q3 results, 2) hiring plan, 3) any other business. Revenue grew from $1.2 million to $1.5 million (up 25%), margins stayed at 41.5 percent - mostly thanks to the "
        + "2023 price change. The team of 14 people meets at 10:30 on Monday; the follow-up takes 45 minutes. Note: figures for Q4 are estimates - please treat them as such.\n"
        + "Write an e-mail to the staff: friendly tone, under 150 words, three bullet points. ";

    public const string Technical =
        "I'm using Python 3.12 with version 2.31.0 of the client on Ubuntu 22.04. When I call the function with timeout=30 and retries=5 it fails after about 2 minutes:\n"
        + "def load(path: str, limit: int = 100) -> list[str]:\n    return [line.strip() for line in open(path)][:limit]\n"
        + "What does \"error 503\" mean here? I've tried max_tokens=1024, read chapter 7 - no luck. The data_loader module has 1,250 lines; see step-by-step notes below. ";

    public static byte[] Make(int size, string piece = Prose) => Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(piece, (size / piece.Length) + 1))[..size]);

    /// <summary>One byte in a thousand is of an address, a number or a key: built here, so that no scanner of sources takes them for real.</summary>
    public static byte[] WithPersonalData(int size)
    {
        string[] values = ["jane.doe@mail.example.com", "+44 20 7946 0958", "4111 1111 1111 1111", "GB82 WEST 1234 5698 7654 32", "536-22-1234", "192.0.2.144"];
        var text = Make(size);
        for (var (at, i) = (500, 0); at + 40 < size; at += 22_000, i++) Encoding.UTF8.GetBytes(' ' + values[i % values.Length] + ' ').CopyTo(text, at);
        return text;
    }
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

    [Params("prose", "business", "technical", "0.1 % data")]
    public string Text { get; set; } = "prose";

    [GlobalSetup]
    public void Setup() => _text = Text switch
    {
        "business" => CleanPrompt.Make(Length, CleanPrompt.Business),
        "technical" => CleanPrompt.Make(Length, CleanPrompt.Technical),
        "0.1 % data" => CleanPrompt.WithPersonalData(Length),
        _ => CleanPrompt.Make(Length),
    };

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

    internal static Action Operation(string text)
    {
        var benchmark = new PiiDetectBenchmarks { Length = 1_024, Text = text };
        benchmark.Setup();
        return () =>
        {
            if (benchmark.Detect() != 0) throw new InvalidOperationException("Nothing is in it.");
        };
    }
}

/// <summary>Reading a JSON string as text, for detection: plain, with a few escapes, and with many.</summary>
[BenchmarkCategory("pii-text")]
public class GuardTextBenchmarks
{
    private readonly GuardText _view = new();
    private byte[] _raw = [];

    [Params(1_024, 100_000)]
    public int Length { get; set; }

    [Params("plain", "line breaks", "escaped")]
    public string Text { get; set; } = "plain";

    [GlobalSetup]
    public void Setup() => _raw = Text switch
    {
        "plain" => CleanPrompt.Make(Length, CleanPrompt.Prose.Replace("\n", " ", StringComparison.Ordinal)),
        "line breaks" => CleanPrompt.Make(Length, CleanPrompt.Prose.Replace("\n", "\\n", StringComparison.Ordinal)),
        _ => CleanPrompt.Make(Length, "\\u0041\\u00e9 \\\"x\\\" \\ud83d\\ude00 "),
    };

    [Benchmark]
    public int Load() => _view.Load(_raw).Length;

    internal static Action Operation()
    {
        var benchmark = new GuardTextBenchmarks { Length = 1_024, Text = "escaped" };
        benchmark.Setup();
        return () => benchmark.Load();
    }
}

/// <summary>The same by stopwatch, the best of many short rounds: an answer in seconds while one works on it, too rough to publish.</summary>
internal static class PiiQuick
{
    public static int Run(TextWriter output, string only)
    {
        foreach (var length in (int[])[1_024, 100_000])
        {
            foreach (var text in (string[])["prose", "business", "technical", "0.1 % data"])
            {
                var detect = new PiiDetectBenchmarks { Length = length, Text = text };
                detect.Setup();
                if (text.Contains(only, StringComparison.Ordinal)) Report(output, $"detect {text}", length, detect.Detect);
            }
            if (only.Length > 0) continue;
            var scan = new PiiScanBenchmarks { Length = length };
            scan.Setup();
            Report(output, "candidates of prose", length, scan.Dispatched);
            foreach (var text in (string[])["plain", "line breaks", "escaped"])
            {
                var view = new GuardTextBenchmarks { Length = length, Text = text };
                view.Setup();
                Report(output, $"text {text}", length, view.Load);
            }
        }
        return 0;
    }

    internal static void Report(TextWriter output, string name, int length, Func<int> operation)
    {
        var repeats = Math.Max(1, 2_000_000 / length);
        var best = double.MaxValue;
        // Until the compiler has seen enough of it.
        var warm = System.Diagnostics.Stopwatch.GetTimestamp();
        while (System.Diagnostics.Stopwatch.GetElapsedTime(warm).TotalMilliseconds < 500) operation();
        for (var round = 0; round < 60; round++)
        {
            var start = System.Diagnostics.Stopwatch.GetTimestamp();
            for (var i = 0; i < repeats; i++) operation();
            best = Math.Min(best, System.Diagnostics.Stopwatch.GetElapsedTime(start).TotalNanoseconds / repeats);
        }
        output.WriteLine($"{name,-24} {length,7} B {best,12:F0} ns {length / best,6:F2} GB/s");
    }
}
