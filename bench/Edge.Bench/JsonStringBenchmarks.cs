using BenchmarkDotNet.Attributes;
using Edge.Simd.Json;

namespace Edge.Bench;

/// <summary>The search for the end of a JSON string: each variant of the kernel, and what the base library offers.</summary>
[BenchmarkCategory("json-string-scan")]
public class JsonStringBenchmarks
{
    private static readonly System.Buffers.SearchValues<byte> _special = System.Buffers.SearchValues.Create([.. Enumerable.Range(0, 0x20).Select(i => (byte)i), (byte)'"', (byte)'\\']);
    private byte[] _text = [];

    /// <summary>Bytes before the closing quote. The text goes on behind it, as it does in a body.</summary>
    [Params(8, 20, 64, 1_000, 100_000)]
    public int Length { get; set; }

    [GlobalSetup]
    public void Setup() => _text = Text(Length);

    [Benchmark(Baseline = true)]
    public int SearchValues() => _text.AsSpan().IndexOfAny(_special);

    [Benchmark]
    public int Dispatched() => JsonStrings.IndexOfSpecial(_text);

    [Benchmark]
    public int Scalar() => JsonStrings.IndexOfSpecialScalar(_text);

    [Benchmark]
    public int V128() => JsonStrings.IndexOfSpecialVector128(_text);

    [Benchmark]
    public int V256() => JsonStrings.IndexOfSpecialVector256(_text);

    internal static Action Operation(int length)
    {
        var text = Text(length);
        return () =>
        {
            if (JsonStrings.IndexOfSpecial(text) != length) throw new InvalidOperationException("The quote is there.");
        };
    }

    private static byte[] Text(int length)
    {
        var text = new byte[length + 100];
        Array.Fill(text, (byte)'x');
        text[length] = (byte)'"';
        return text;
    }
}
