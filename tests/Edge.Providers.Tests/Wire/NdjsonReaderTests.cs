using System.Text;
using CsCheck;
using Edge.Providers.Wire;

namespace Edge.Providers.Tests.Wire;

public class NdjsonReaderTests
{
    [Theory]
    [InlineData("{\"a\":1}\n{\"b\":2}\n", new[] { "{\"a\":1}", "{\"b\":2}" }, "")]
    [InlineData("{\"a\":1}\r\n\r\n \t\n{\"b\":2}\r\n", new[] { "{\"a\":1}", "{\"b\":2}" }, "")]
    [InlineData("{\"a\":1}\n{\"b\":2}", new[] { "{\"a\":1}" }, "{\"b\":2}")]
    [InlineData("\n\n\n", new string[0], "")]
    [InlineData("", new string[0], "")]
    [InlineData("x\ry\n", new[] { "x\ry" }, "")]
    [InlineData("x\r\r\n", new[] { "x\r" }, "")]
    public void Lines_however_they_are_cut(string stream, string[] expected, string partial)
    {
        var bytes = Encoding.UTF8.GetBytes(stream);
        for (var cut = 0; cut <= bytes.Length; cut++) Check([cut]);
        Check(SseHarness.EveryByte(bytes));

        void Check(IEnumerable<int> cuts)
        {
            using var reader = new NdjsonReader(1000);
            Assert.Equal(expected, Read(reader, bytes, cuts));
            Assert.Equal(partial, Encoding.UTF8.GetString(reader.Partial));
            Assert.Equal((partial.Length, false, null), (reader.PartialBytes, reader.Overflowed, reader.Broken));
        }
    }

    [Fact]
    public void Any_stream_in_any_pieces_is_cut_as_Split_cuts_it()
    {
        var gen = Gen.Select(Gen.OneOf(Gen.Const((byte)'\n'), Gen.Const((byte)'\r'), Gen.Byte).Array[0, 60], Gen.Int[0, 60].Array[0, 6]);
        gen.Sample(
            (bytes, cuts) =>
            {
                using var reader = new NdjsonReader(1000);
                var lines = Read(reader, bytes, cuts.Where(cut => cut <= bytes.Length).Order());
                var expected = Encoding.Latin1.GetString(bytes).Split('\n')[..^1].Select(line => line.EndsWith('\r') ? line[..^1] : line).Where(line => line.Trim(' ', '\t').Length > 0);
                Assert.Equal(expected, lines);
            },
            iter: 5000);
    }

    [Fact]
    public void A_line_that_is_too_long_is_told_and_nothing_more_is_read()
    {
        for (var step = 1; step < 12; step++)
        {
            using var reader = new NdjsonReader(5);
            var bytes = Encoding.UTF8.GetBytes("12345\n123456\n1\n");
            var lines = Read(reader, bytes, Enumerable.Range(1, 14).Where(i => i % step == 0));
            Assert.Equal(["12345"], lines);
            Assert.True(reader.Overflowed);
            Assert.Equal(0, reader.HeldBytes);
            reader.Reset();
            Assert.Equal(["1"], Read(reader, "1\n"u8.ToArray(), []));
        }
    }

    [Fact]
    public void A_piece_that_was_not_read_is_not_thrown_away()
    {
        using var reader = new NdjsonReader(5);
        reader.Feed("1\n2\n"u8.ToArray());
        Assert.True(reader.TryRead(out _));
        Assert.Throws<InvalidOperationException>(() => reader.Feed("3\n"u8.ToArray()));
    }

    private static List<string> Read(NdjsonReader reader, byte[] stream, IEnumerable<int> cuts)
    {
        var lines = new List<string>();
        var raw = new MemoryStream();
        var start = 0;
        foreach (var cut in cuts.Append(stream.Length))
        {
            // A piece of its own array, destroyed after use, shows any slice that outlives its piece.
            var piece = stream[start..cut];
            reader.Feed(piece);
            while (reader.TryRead(out var wire))
            {
                raw.Write(wire.Raw);
                Assert.True(wire.Type.IsEmpty);
                if (wire.HasData) lines.Add(Encoding.Latin1.GetString(wire.Data));
                else Assert.True(wire.Data.IsEmpty);
            }
            Array.Fill(piece, (byte)'!');
            if (reader.PartialBytes == 0) Assert.Equal(0, reader.HeldBytes);
            start = cut;
        }
        raw.Write(reader.Partial);
        if (!reader.Overflowed) Assert.Equal(stream, raw.ToArray());
        return lines;
    }
}
