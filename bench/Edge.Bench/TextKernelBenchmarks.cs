using System.Text;
using BenchmarkDotNet.Attributes;
using Edge.Simd.Json;
using Edge.Simd.Text;

namespace Edge.Bench;

/// <summary>Validation of UTF-8: each variant, and what the base library offers.</summary>
[BenchmarkCategory("utf8-validate")]
public class Utf8Benchmarks
{
    private byte[] _text = [];

    [Params("English", "French", "Chinese")]
    public string Language { get; set; } = "";

    [Params(1_000, 100_000)]
    public int Length { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        var phrase = Language switch
        {
            "English" => "The committee met on Tuesday and decided that the plan was good. ",
            "French" => "L’été “dernier” à l’école — c’était très bien, mais long. ",
            _ => "委员会星期二开会，经过长时间讨论，决定第二个计划更便宜。",
        };
        _text = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(phrase, (Length / phrase.Length) + 1)));
        var end = Length;
        while ((_text[end] & 0xC0) == 0x80) end--;
        _text = _text[..end];
    }

    [Benchmark(Baseline = true)]
    public bool BaseLibrary() => System.Text.Unicode.Utf8.IsValid(_text);

    [Benchmark]
    public bool Dispatched() => Utf8Validation.IsValid(_text);

    [Benchmark]
    public bool Scalar() => Utf8Validation.IsValidScalar(_text);

    [Benchmark]
    public bool V128() => Utf8Validation.IsValid<Utf8Validation.Block128>(_text);

    [Benchmark]
    public bool V256() => Utf8Validation.IsValid<Utf8Validation.Block256>(_text);
}

/// <summary>The search for literals in prose that has none of them: sets of the sizes that the guard has.</summary>
[BenchmarkCategory("multi-literal")]
public class MultiLiteralBenchmarks
{
    private readonly byte[] _text = CleanPrompt.Make(1_024);
    private System.Buffers.SearchValues<string> _searchValues = System.Buffers.SearchValues.Create([], StringComparison.Ordinal);
    private string _chars = "";
    private MultiLiteral _set = new(["x"u8.ToArray()], ignoreCase: false);

    [Params(30, 1_000, 10_000)]
    public int Count { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        var words = Words(Count);
        _set = new MultiLiteral([.. words.Select(Encoding.UTF8.GetBytes)], ignoreCase: true);
        _searchValues = System.Buffers.SearchValues.Create(words, StringComparison.OrdinalIgnoreCase);
        _chars = Encoding.UTF8.GetString(_text);
    }

    /// <summary>On characters: the base library has it for strings alone, and without telling which literal it was.</summary>
    [Benchmark(Baseline = true)]
    public int SearchValues() => _chars.AsSpan().IndexOfAny(_searchValues);

    [Benchmark]
    public int Dispatched() => _set.Find(_text, 0, out _);

    [Benchmark]
    public int Scalar() => _set.Find<MultiLiteral.KernelScalar>(_text, 0, out _);

    [Benchmark]
    public int V128() => _set.Find<MultiLiteral.Kernel128>(_text, 0, out _);

    [Benchmark]
    public int V256() => _set.Find<MultiLiteral.Kernel256>(_text, 0, out _);

    internal static Action Operation()
    {
        var benchmark = new MultiLiteralBenchmarks { Count = 1_000 };
        benchmark.Setup();
        return () =>
        {
            if (benchmark.Dispatched() >= 0) throw new InvalidOperationException("None of them is in it.");
        };
    }

    // Pronounceable, so that they begin as words do; the digits keep prose from having one.
    private static string[] Words(int count)
    {
        var random = new Random(20251002);
        string[] syllables = ["in", "ter", "con", "re", "pro", "sta", "the", "an", "ment", "dis", "com", "ver", "per", "de", "ex", "over", "un", "der", "tri", "mis"];
        return [.. Enumerable.Range(0, count).Select(i => string.Concat(Enumerable.Range(0, 2 + random.Next(2)).Select(_ => syllables[random.Next(syllables.Length)])) + i.ToString("0000", null))];
    }
}

/// <summary>Kernels that are in the product with 128 and 256 bits, beside a form with 512: whether that would pay.</summary>
[BenchmarkCategory("simd-512")]
public class WideBenchmarks
{
    private readonly byte[] _output = new byte[100_000];
    private byte[] _text = [];

    [Params(64, 1_000, 100_000)]
    public int Length { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _text = new byte[Length];
        Array.Fill(_text, (byte)'x');
        _text[^1] = (byte)'"';
    }

    [Benchmark]
    public int JsonString256() => JsonStrings.IndexOfSpecialVector256(_text);

    [Benchmark]
    public int JsonString512() => Wide.IndexOfSpecial(_text);

    [Benchmark]
    public int Sse256() => Edge.Simd.Sse.SseScan.IndexOfBlankLineVector256(_text, Edge.Simd.Sse.SseLineState.InLine);

    [Benchmark]
    public int Sse512() => Wide.IndexOfLineEnd(_text);

    [Benchmark]
    public void Fold256() => AsciiFold.ToLowerVector256(_text, _output);

    [Benchmark]
    public void Fold512() => Wide.ToLower(_text, _output);
}
