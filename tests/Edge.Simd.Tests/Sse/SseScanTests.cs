using System.Runtime.Intrinsics;
using Edge.Simd.Sse;

namespace Edge.Simd.Tests.Sse;

public class SseScanTests
{
    private delegate int Kernel(ReadOnlySpan<byte> bytes, SseLineState state);

    public static TheoryData<string> Variants => ["Vector128", "Vector256"];

    [Theory]
    [MemberData(nameof(Variants))]
    public void Every_variant_finds_what_the_scalar_one_finds(string variant)
    {
        var (kernel, shortest) = variant == "Vector128"
            ? ((Kernel)SseScan.IndexOfBlankLineVector128, Vector128<byte>.Count)
            : (SseScan.IndexOfBlankLineVector256, Vector256<byte>.Count);
        var random = new Random(20250614);
        var buffer = new byte[400];
        for (var round = 0; round < 30_000; round++)
        {
            // From dense line ends (each block decides) to sparse ones (a pair astride two blocks decides).
            var sparse = 1 + random.Next(60);
            foreach (ref var b in buffer.AsSpan()) b = random.Next(sparse) == 0 ? (random.Next(2) == 0 ? (byte)'\n' : (byte)'\r') : (byte)random.Next(256);
            var bytes = buffer.AsSpan(random.Next(64), random.Next(shortest, 301));
            var state = (SseLineState)random.Next(4);
            Assert.Equal(SseScan.IndexOfBlankLineScalar(bytes, state), kernel(bytes, state));
        }
    }

    [Theory]
    [MemberData(nameof(Variants))]
    public void Every_pair_of_line_ends_at_every_position(string variant)
    {
        var (kernel, shortest) = variant == "Vector128"
            ? ((Kernel)SseScan.IndexOfBlankLineVector128, Vector128<byte>.Count)
            : (SseScan.IndexOfBlankLineVector256, Vector256<byte>.Count);
        for (var length = shortest; length <= 3 * shortest + 3; length++)
        {
            var bytes = new byte[length];
            Array.Fill(bytes, (byte)'x');
            for (var at = 0; at + 1 < length; at++)
            {
                foreach (var pair in (string[])["\n\n", "\r\r", "\r\n", "\n\r"])
                {
                    (bytes[at], bytes[at + 1]) = ((byte)pair[0], (byte)pair[1]);
                    for (var state = SseLineState.LineStart; state <= SseLineState.AfterBlankCr; state++)
                    {
                        Assert.Equal(SseScan.IndexOfBlankLineScalar(bytes, state), kernel(bytes, state));
                    }
                }
                (bytes[at], bytes[at + 1]) = ((byte)'x', (byte)'x');
            }
        }
    }

    [Theory]
    [InlineData("", SseLineState.LineStart, -1, SseLineState.LineStart)]
    [InlineData("a", SseLineState.LineStart, -1, SseLineState.InLine)]
    [InlineData("a\n", SseLineState.InLine, -1, SseLineState.LineStart)]
    [InlineData("a\r", SseLineState.InLine, -1, SseLineState.AfterCr)]
    [InlineData("a\r\n", SseLineState.InLine, -1, SseLineState.LineStart)]
    [InlineData("\n", SseLineState.LineStart, 1, SseLineState.LineStart)]
    [InlineData("\n", SseLineState.InLine, -1, SseLineState.LineStart)]
    [InlineData("\n", SseLineState.AfterCr, -1, SseLineState.LineStart)]
    [InlineData("\n", SseLineState.AfterBlankCr, 1, SseLineState.LineStart)]
    [InlineData("\nx", SseLineState.AfterBlankCr, 1, SseLineState.LineStart)]
    [InlineData("\r", SseLineState.LineStart, 1, SseLineState.AfterBlankCr)]
    [InlineData("\r", SseLineState.AfterCr, 1, SseLineState.AfterBlankCr)]
    [InlineData("\r", SseLineState.AfterBlankCr, 1, SseLineState.AfterBlankCr)]
    [InlineData("\r\nx", SseLineState.LineStart, 2, SseLineState.LineStart)]
    [InlineData("\rx", SseLineState.LineStart, 1, SseLineState.LineStart)]
    [InlineData("\n\n", SseLineState.AfterCr, 2, SseLineState.LineStart)]
    [InlineData("a\n\nb", SseLineState.InLine, 3, SseLineState.LineStart)]
    [InlineData("a\r\n\r\nb", SseLineState.InLine, 5, SseLineState.LineStart)]
    public void The_state_carries_what_matters_across_pieces(string bytes, SseLineState before, int end, SseLineState after)
    {
        var state = before;
        Assert.Equal(end, SseScan.EndOfEvent(System.Text.Encoding.ASCII.GetBytes(bytes), ref state));
        Assert.Equal(after, state);
    }
}
