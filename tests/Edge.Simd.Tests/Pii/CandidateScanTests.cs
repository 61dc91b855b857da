using System.Runtime.Intrinsics.X86;
using System.Text;
using Edge.Simd.Pii;

namespace Edge.Simd.Tests.Pii;

public class CandidateScanTests
{
    private delegate int Kernel(ReadOnlySpan<byte> text, int from, Span<int> positions, out int next);

    public static TheoryData<string> Variants => ["Dispatched", "Scalar", "Vector128", "Vector256"];

    [Theory]
    [MemberData(nameof(Variants))]
    public void Every_variant_finds_what_the_definition_says(string variant)
    {
        var kernel = Of(variant);
        var random = new Random(20250701);
        var buffer = new byte[700];
        var mixes = new[] { "0123456789", "-", "-a", "--a0", "@:=_", "0a", "-0:", "/0:;9@A?<>=`,.", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa0-@" };
        for (var round = 0; round < 20_000; round++)
        {
            var mix = random.Next(mixes.Length + 1);
            foreach (ref var b in buffer.AsSpan()) b = mix == mixes.Length ? (byte)random.Next(256) : (byte)mixes[mix][random.Next(mixes[mix].Length)];
            var text = buffer.AsSpan(random.Next(65), random.Next(600));
            var from = random.Next(4) == 0 ? random.Next(text.Length + 1) : 0;
            var room = CandidateScan.BlockSize + random.Next(100);
            Assert.Equal(Expected(text, from), All(kernel, text, from, room));
        }
    }

    [Theory]
    [MemberData(nameof(Variants))]
    public void Every_byte_at_every_place_of_a_block(string variant)
    {
        var kernel = Of(variant);
        var text = new byte[131];
        for (var at = 0; at < text.Length; at++)
        {
            for (var value = 0; value < 256; value++)
            {
                Array.Fill(text, (byte)'x');
                text[at] = (byte)value;
                Assert.Equal(Expected(text, 0), All(kernel, text, 0, CandidateScan.BlockSize));
            }
        }
    }

    [Theory]
    [InlineData("The meeting is at noon.", "")]
    [InlineData("in 2024, 3 of 12", "3 9 14")]
    [InlineData("a@b.de", "1")]
    [InlineData("http://x", "4")]
    [InlineData("-----BEGIN", "1")]
    [InlineData("AA-BB-CC", "5")]
    [InlineData("a-b-c", "")]
    [InlineData("password=x", "8")]
    [InlineData("hf_x", "2")]
    [InlineData("４１１１", "")]
    public void What_a_candidate_is(string text, string positions)
    {
        var expected = positions.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse);
        Assert.Equal(expected, All(CandidateScan.Find, Encoding.UTF8.GetBytes(text), 0, CandidateScan.BlockSize));
    }

    [Fact]
    public void Too_little_room_is_refused()
    {
        var error = Assert.Throws<ArgumentException>(() => CandidateScan.Find("1"u8, 0, new int[63], out _));
        Assert.Contains("63", error.Message);
    }

    private static List<int> Expected(ReadOnlySpan<byte> text, int from)
    {
        var expected = new List<int>();
        for (var at = from; at < text.Length; at++)
        {
            if (CandidateScan.IsCandidate(text, at)) expected.Add(at);
        }
        return expected;
    }

    private static List<int> All(Kernel kernel, ReadOnlySpan<byte> text, int from, int room)
    {
        var all = new List<int>();
        var positions = new int[room];
        do
        {
            var count = kernel(text, from, positions, out var next);
            Assert.True(next > from || next == text.Length);
            all.AddRange(positions.AsSpan(0, count));
            from = next;
        } while (from < text.Length);
        return all;
    }

    private static Kernel Of(string variant)
    {
        Assert.SkipWhen(variant == "Vector256" && !Avx2.IsSupported, "This machine has no AVX2.");
        return variant switch
        {
            "Scalar" => CandidateScan.FindScalar,
            "Vector128" => CandidateScan.Find<CandidateScan.Block128>,
            "Vector256" => CandidateScan.Find<CandidateScan.Block256>,
            _ => CandidateScan.Find,
        };
    }
}
