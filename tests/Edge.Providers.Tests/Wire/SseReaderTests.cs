using System.Text;
using CsCheck;
using Edge.Providers.Wire;
using Edge.TestSupport;

namespace Edge.Providers.Tests.Wire;

public class SseReaderTests
{
    [Fact]
    public void Reads_the_public_vectors_however_they_are_cut()
    {
        var count = 0;
        foreach (var vector in SharedData.Lines("sse/vectors.jsonl"))
        {
            var name = vector.GetProperty("name").GetString();
            var chunks = vector.TryGetProperty("chunks_hex", out var hex)
                ? hex.EnumerateArray().Select(c => Convert.FromHexString(c.GetString()!)).ToList()
                : [.. vector.GetProperty("chunks").EnumerateArray().Select(c => Encoding.UTF8.GetBytes(c.GetString()!))];
            var stream = chunks.SelectMany(c => c).ToArray();
            var expected = vector.GetProperty("expect").EnumerateArray().Select(e => (
                Type: e.TryGetProperty("event", out var type) ? type.GetString()! : "",
                Data: e.GetProperty("data").GetString()!)).ToList();

            var cutsOfChunks = chunks.Select(c => c.Length).Aggregate((At: 0, Cuts: new List<int>()), (sum, length) =>
            {
                sum.Cuts.Add(sum.At);
                return (sum.At + length, sum.Cuts);
            }).Cuts;
            Check(cutsOfChunks, "chunks as given");
            Check(SseHarness.EveryByte(stream), "byte by byte");
            for (var cut = 0; cut <= stream.Length; cut += stream.Length > 4096 ? 61 : 1) Check([cut], $"cut at {cut}");
            count++;

            void Check(IEnumerable<int> cuts, string how)
            {
                using var reader = new SseReader(1 << 20);
                var got = SseHarness.Read(reader, stream, cuts).Select(e => (Utf8(e.Type), Utf8(e.Data))).ToList();
                Assert.True(expected.SequenceEqual(got), $"{name}, {how}: [{string.Join(", ", got)}] instead of [{string.Join(", ", expected)}]");
            }
        }
        Assert.True(count >= 30, $"{count} vectors");
    }

    [Theory]
    [InlineData("data: a\n\n", "|a")]
    [InlineData("data:a\n\n", "|a")]
    [InlineData("data:  a\n\n", "| a")]
    [InlineData("data: a\r\n\r\n", "|a")]
    [InlineData("data: a\r\r", "|a")]
    [InlineData("data: a\n\r", "|a")]
    [InlineData("data: a\n\r\n", "|a")]
    [InlineData("data: a\r\n\r", "|a")]
    [InlineData("data: a\r\n\n", "|a")]
    [InlineData("data: a\r\n\r\ndata: b\r\n\r\n", "|a", "|b")]
    [InlineData("data: a\r\rdata: b\r\n\r\n\rdata: c\n\n", "|a", "|b", "|c")]
    [InlineData("data: a\ndata: b\n\n", "|a\nb")]
    [InlineData("data\n\n", "|")]
    [InlineData("data:\n\n", "|")]
    [InlineData("data\ndata\n\n", "|\n")]
    [InlineData("data:\ndata:\ndata: c\n\n", "|\n\nc")]
    [InlineData("event: x\ndata: a\n\ndata: b\n\n", "x|a", "|b")]
    [InlineData("event: x\nevent: y\ndata: a\n\n", "y|a")]
    [InlineData("event: x\n\ndata: b\n\n", "|b")]
    [InlineData("event\ndata: b\n\n", "|b")]
    [InlineData(": comment\n\ndata: a\n\n", "|a")]
    [InlineData(":\ndata: a\n:data: b\n\n", "|a")]
    [InlineData("id: 1\nretry: 5\nunknown: x\ndatax: y\ndata : z\n data: z\nData: z\ndata: a\n\n", "|a")]
    [InlineData("\uFEFFdata: a\n\n\uFEFFdata: b\n\ndata: c\n\n", "|a", "|c")]
    [InlineData("\n\n\ndata: a\n\n\n", "|a")]
    [InlineData("data: a\n\ndata: unfinished\n", "|a")]
    [InlineData("data: a:b: c\n\n", "|a:b: c")]
    public void Follows_the_standard_at_every_cut(string text, params string[] expected)
    {
        var stream = Encoding.UTF8.GetBytes(text);
        // Every pair of cuts: both sides of a CR, of an LF and of the BOM's bytes are among them.
        for (var first = 0; first <= stream.Length; first++)
        {
            for (var second = first; second <= stream.Length; second++)
            {
                using var reader = new SseReader(1000);
                Assert.Equal(expected, SseHarness.Read(reader, stream, [first, second]).Select(e => $"{e.Type}|{e.Data}"));
            }
        }
    }

    [Fact]
    public void Any_stream_cut_anywhere_gives_what_the_oracle_gives()
    {
        // Pieces of grammar rather than random bytes, so that line ends meet in every combination; long values reach the vector paths.
        string[] parts =
        [
            "data: x", "data:", "data", "event: t", "event:", ": c", "id: 1", "\n", "\n", "\r", "\r\n", "\n\n", "\r\n\r\n", "\uFEFF", "é",
            "data: " + new string('y', 70), "data: {\"choices\":[{\"delta\":{\"content\":\"hello\"}}]}", " ", ":", "x",
        ];
        var part = Gen.Int[0, parts.Length - 1].Select(i => parts[i]);
        var gen = Gen.Select(part.Array[0, 60].Select(p => Encoding.UTF8.GetBytes(string.Concat(p))), Gen.Int[0, 500].Array[0, 12]);
        gen.Sample((stream, cuts) =>
        {
            using var reader = new SseReader(1 << 20);
            var expected = SseOracle.Events(stream);
            Assert.Equal(expected, SseHarness.Read(reader, stream, [.. cuts.Where(c => c <= stream.Length).Order()]));
            reader.Reset();
            Assert.Equal(expected, SseHarness.Read(reader, stream, SseHarness.EveryByte(stream)));
        }, iter: 5_000);
    }

    [Fact]
    public void An_event_is_handed_out_as_soon_as_its_blank_line_is_certain()
    {
        using var reader = new SseReader(1000);
        reader.Feed("data: a\r\n\r"u8.ToArray());
        Assert.True(reader.TryRead(out var sse));
        Assert.Equal("data: a\r\n\r"u8, sse.Raw);
        Assert.False(reader.TryRead(out _));
        Assert.Equal(0, reader.PartialBytes);

        // The LF of that CRLF is forwarded too, but it is no second blank line.
        reader.Feed("\ndata: b\n\n"u8.ToArray());
        Assert.True(reader.TryRead(out sse));
        Assert.Equal("\n"u8, sse.Raw);
        Assert.False(sse.HasData);
        Assert.True(reader.TryRead(out sse));
        Assert.Equal("b"u8, sse.Data);
    }

    [Fact]
    public void An_event_within_a_piece_is_a_slice_of_it()
    {
        using var reader = new SseReader(1000);
        var piece = "data: a\n\nevent: x\ndata: b\n\n"u8.ToArray();
        reader.Feed(piece);
        Assert.True(reader.TryRead(out _));
        Assert.True(reader.TryRead(out var sse));
        Assert.True(sse.Raw.Overlaps(piece, out var offset));
        Assert.Equal(-9, offset);
        Assert.True(sse.Data.Overlaps(piece));
        Assert.True(sse.Type.Overlaps(piece));
    }

    [Theory]
    [InlineData("data: a\n\n", 9, false)]
    [InlineData("data: a\n\n", 8, true)]
    [InlineData("data: a\r\n\r\n", 10, false)]
    [InlineData("data: a\r\n\r\n", 9, true)]
    public void The_limit_counts_the_bytes_of_an_event_however_it_is_cut(string text, int limit, bool overflows)
    {
        var stream = Encoding.ASCII.GetBytes(text);
        for (var cut = 0; cut <= stream.Length; cut++)
        {
            using var reader = new SseReader(limit);
            var events = 0;
            foreach (var piece in new[] { stream[..cut], stream[cut..], stream })
            {
                reader.Feed(piece);
                while (reader.TryRead(out var sse)) events += sse.HasData ? 1 : 0;
            }
            Assert.Equal(overflows, reader.Overflowed);
            Assert.Equal(overflows ? 0 : 2, events);
            Assert.Equal(0, reader.PartialBytes);
        }
    }

    [Fact]
    public void Events_before_an_overflow_are_still_handed_out_and_Reset_starts_anew()
    {
        using var reader = new SseReader(12);
        reader.Feed("data: a\n\ndata: this is too long\n\n"u8.ToArray());
        Assert.True(reader.TryRead(out _));
        Assert.False(reader.TryRead(out _));
        Assert.True(reader.Overflowed);
        reader.Feed("data: b\n\n"u8.ToArray());
        Assert.False(reader.TryRead(out _));
        reader.Reset();
        reader.Feed("\uFEFFdata:b\n\n"u8.ToArray());
        Assert.True(reader.TryRead(out var sse));
        Assert.Equal("b"u8, sse.Data);
    }

    [Fact]
    public void A_piece_fed_before_the_last_was_drained_is_a_defect_of_the_caller()
    {
        using var reader = new SseReader(100);
        reader.Feed("data: a\n\ndata: b\n\n"u8.ToArray());
        Assert.True(reader.TryRead(out _));
        Assert.Throws<InvalidOperationException>(() => reader.Feed("x"u8.ToArray()));
    }

    [Fact]
    public void A_large_event_in_tiny_pieces_arrives_whole()
    {
        // 4 MiB in single bytes: ends in a moment if the work is linear, not within the hour if each piece rescans.
        const int Size = 4 << 20;
        using var reader = new SseReader(Size + 100);
        var one = new byte[1];
        foreach (var b in "data: "u8) Feed(b);
        for (var i = 0; i < Size; i++) Feed((byte)'x');
        Feed((byte)'\n');
        one[0] = (byte)'\n';
        reader.Feed(one);
        Assert.True(reader.TryRead(out var sse));
        Assert.Equal(Size, sse.Data.Length);
        Assert.False(sse.Data.ContainsAnyExcept((byte)'x'));

        void Feed(byte b)
        {
            one[0] = b;
            reader.Feed(one);
            Assert.False(reader.TryRead(out _));
        }
    }

    private static string Utf8(string latin1) => Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(latin1));
}
