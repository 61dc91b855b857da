using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Edge.Simd.Json;
using Edge.Simd.Pii;
using Edge.Simd.Sse;
using Edge.Simd.Tests.Text;
using Edge.Simd.Tests.Vectors;
using Edge.Simd.Text;

namespace Edge.Fuzz;

/// <summary>Every variant of every kernel that this machine has, compared with its scalar oracle.</summary>
public class KernelFuzz
{
    // Far from the seeds of the property tests, which cover the first ones already.
    private const int FirstSeed = 1_000_000;

    [Fact]
    public void Literals()
    {
        Fuzzer.Run(300, seed =>
        {
            foreach (var variant in (string[])["Dispatched", "Scalar", "Vector128", "Vector256"])
            {
                if (!MultiLiteralHarness.Has(variant)) continue;
                MultiLiteralHarness.Check(variant, FirstSeed + seed);
                if (variant.StartsWith("Vector", StringComparison.Ordinal)) MultiLiteralHarness.CheckMasks(variant, FirstSeed + seed);
            }
        });
    }

    [Fact]
    public void Products() => Fuzzer.Run(1_000, seed =>
    {
        DotHarness.CheckFloats(FirstSeed + seed);
        DotHarness.CheckBytes(FirstSeed + seed);
    });

    [Fact]
    public void Utf8() => Fuzzer.Run(1_000, seed => Utf8ValidationHarness.Check(FirstSeed + seed));

    [Fact]
    public void Bytes_of_any_mix() => Fuzzer.Run(5_000, seed =>
    {
        var random = new Random(FirstSeed + seed);
        var buffer = new byte[64 + random.Next(600)];
        // What the kernels look for, and the neighbours of it; alone, or rarely in other text.
        var alphabet = "\n\r\"\\\0\u001f !/09:;@AZ[`az{-_=\u007f"u8;
        var sparse = 1 + random.Next(80);
        foreach (ref var b in buffer.AsSpan()) b = random.Next(sparse) == 0 ? alphabet[random.Next(alphabet.Length)] : (byte)(sparse % 2 == 0 ? 'x' : random.Next(256));
        var text = buffer.AsSpan(random.Next(64));
        var hex = Convert.ToHexString(text);

        Folds(text, hex);
        Specials(text, hex);
        Events(text, random, hex);
        Candidates(text, random, hex);
    });

    private static void Folds(ReadOnlySpan<byte> text, string hex)
    {
        var (expected, actual) = (new byte[text.Length], new byte[text.Length]);
        AsciiFold.ToLowerScalar(text, expected);
        AsciiFold.ToLowerVector128(text, actual);
        Assert.True(expected.AsSpan().SequenceEqual(actual), $"AsciiFold.Vector128: {hex}");
        AsciiFold.ToLowerVector256(text, actual);
        Assert.True(expected.AsSpan().SequenceEqual(actual), $"AsciiFold.Vector256: {hex}");
    }

    private static void Specials(ReadOnlySpan<byte> text, string hex)
    {
        var expected = JsonStrings.IndexOfSpecialScalar(text);
        if (text.Length >= Vector128<byte>.Count) Assert.True(expected == JsonStrings.IndexOfSpecialVector128(text), $"JsonStrings.Vector128: {hex}");
        if (text.Length >= Vector256<byte>.Count) Assert.True(expected == JsonStrings.IndexOfSpecialVector256(text), $"JsonStrings.Vector256: {hex}");
        if (text.Length < JsonStrings.BlockSize) return;
        var mask = JsonStrings.BlockMaskScalar(text);
        Assert.True(mask == JsonStrings.BlockMaskVector128(text), $"JsonStrings.BlockMaskVector128: {hex}");
        Assert.True(mask == JsonStrings.BlockMaskVector256(text), $"JsonStrings.BlockMaskVector256: {hex}");
    }

    private static void Events(ReadOnlySpan<byte> text, Random random, string hex)
    {
        var state = (SseLineState)random.Next(4);
        var expected = SseScan.IndexOfBlankLineScalar(text, state);
        if (text.Length >= Vector128<byte>.Count) Assert.True(expected == SseScan.IndexOfBlankLineVector128(text, state), $"SseScan.Vector128 {state}: {hex}");
        if (text.Length >= Vector256<byte>.Count) Assert.True(expected == SseScan.IndexOfBlankLineVector256(text, state), $"SseScan.Vector256 {state}: {hex}");
    }

    private static void Candidates(ReadOnlySpan<byte> text, Random random, string hex)
    {
        var (from, room) = (random.Next(text.Length + 1), CandidateScan.BlockSize + random.Next(200));
        var expected = All(CandidateScan.FindScalar, text, from, room);
        Assert.True(expected.SequenceEqual(All(CandidateScan.Find<CandidateScan.Block128>, text, from, room)), $"CandidateScan.Block128 from {from}: {hex}");
        if (Avx2.IsSupported) Assert.True(expected.SequenceEqual(All(CandidateScan.Find<CandidateScan.Block256>, text, from, room)), $"CandidateScan.Block256 from {from}: {hex}");
    }

    private delegate int Kernel(ReadOnlySpan<byte> text, int from, Span<int> positions, out int next);

    private static List<int> All(Kernel kernel, ReadOnlySpan<byte> text, int from, int room)
    {
        var all = new List<int>();
        var positions = new int[room];
        while (from < text.Length)
        {
            var count = kernel(text, from, positions, out from);
            all.AddRange(positions.AsSpan(0, count));
        }
        return all;
    }
}
