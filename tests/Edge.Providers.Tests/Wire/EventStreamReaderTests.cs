using System.Globalization;
using System.Text;
using CsCheck;
using Edge.Providers.Wire;
using Edge.TestSupport;

namespace Edge.Providers.Tests.Wire;

public class EventStreamReaderTests
{
    private static readonly byte[] _stream =
    [
        .. EventStreamBytes.Event("messageStart", """{"role":"assistant"}"""),
        .. EventStreamBytes.Event("contentBlockDelta", """{"delta":{"text":"Hé"}}"""),
        .. EventStreamBytes.Event("empty", ""),
        .. EventStreamBytes.Exception("throttlingException", """{"message":"slow"}"""),
    ];

    private const string Expected =
        "messageStart={\"role\":\"assistant\"}\ncontentBlockDelta={\"delta\":{\"text\":\"Hé\"}}\nempty=\nthrottlingException={\"message\":\"slow\"}\n";

    private static string Read(EventStreamReader reader, params IEnumerable<ReadOnlyMemory<byte>> pieces)
    {
        var text = new StringBuilder();
        foreach (var piece in pieces)
        {
            reader.Feed(piece);
            while (reader.TryRead(out var wire))
            {
                Assert.True(wire.HasData);
                text.Append(CultureInfo.InvariantCulture, $"{Encoding.UTF8.GetString(wire.Type)}={Encoding.UTF8.GetString(wire.Data)}\n");
            }
        }
        return text.ToString();
    }

    [Fact]
    public void The_checksum_is_that_of_gzip()
    {
        // The check value that catalogues of checksums give for CRC-32.
        Assert.Equal(0xCBF43926u, Crc32.Append("123456789"u8));
        Gen.Byte.Array[0, 100].Sample(bytes => Assert.Equal(EventStreamBytes.Checksum(bytes), Crc32.Append(bytes)));
    }

    [Fact]
    public void A_published_message_is_read()
    {
        // Smithy's published example of the encoding: one integer header, a JSON payload.
        var message = Convert.FromHexString("0000003d0000002007fd83960c636f6e74656e742d747970650700106170706c69636174696f6e2f6a736f6e7b27666f6f273a27626172277d8d9c08b1");
        using var reader = new EventStreamReader(1024);
        reader.Feed(message);

        Assert.True(reader.TryRead(out var wire));
        Assert.Equal("{'foo':'bar'}", Encoding.UTF8.GetString(wire.Data));
        Assert.Equal(message, wire.Raw.ToArray());
    }

    [Fact]
    public void A_stream_may_be_cut_anywhere()
    {
        using var reader = new EventStreamReader(1024);
        for (var cut = 0; cut <= _stream.Length; cut++)
        {
            Assert.Equal(Expected, Read(reader, _stream.AsMemory(0, cut), _stream.AsMemory(cut)));
            Assert.Equal(0, reader.PartialBytes);
            Assert.Equal(0, reader.HeldBytes);
        }
        Assert.Equal(Expected, Read(reader, _stream.Select(b => (ReadOnlyMemory<byte>)new[] { b })));
    }

    [Fact]
    public void Any_pieces_give_the_same()
    {
        Gen.Int[1, 40].Array[1, 40].Sample(sizes =>
        {
            using var reader = new EventStreamReader(1024);
            var (pieces, at) = (new List<ReadOnlyMemory<byte>>(), 0);
            foreach (var size in sizes)
            {
                pieces.Add(_stream.AsMemory(at, Math.Min(size, _stream.Length - at)));
                at = Math.Min(at + size, _stream.Length);
            }
            pieces.Add(_stream.AsMemory(at));
            Assert.Equal(Expected, Read(reader, pieces));
        });
    }

    [Fact]
    public void A_truncated_stream_is_partial_and_not_broken()
    {
        using var reader = new EventStreamReader(1024);
        for (var length = 1; length < _stream.Length; length++)
        {
            reader.Reset();
            Assert.StartsWith(Read(reader, _stream.AsMemory(0, length)), Expected, StringComparison.Ordinal);
            Assert.Null(reader.Broken);
            Assert.Equal(!IsBoundary(length), reader.PartialBytes > 0);
        }

        static bool IsBoundary(int length)
        {
            var at = 0;
            while (at < length) at += (_stream[at + 2] << 8) | _stream[at + 3];
            return at == length;
        }
    }

    [Fact]
    public void One_wrong_bit_anywhere_breaks_it()
    {
        var message = EventStreamBytes.Event("messageStart", """{"role":"assistant"}""");
        for (var bit = 0; bit < message.Length * 8; bit++)
        {
            var wrong = message.ToArray();
            wrong[bit / 8] ^= (byte)(1 << (bit % 8));
            using var reader = new EventStreamReader(1 << 20);
            Assert.Equal("", Read(reader, wrong));
            Assert.NotNull(reader.Broken);
            // Nothing more is read.
            Assert.Equal("", Read(reader, message));
            reader.Reset();
            Assert.NotEqual("", Read(reader, message));
        }
    }

    [Fact]
    public void Lengths_that_contradict_each_other_break_it()
    {
        foreach (var (total, headers) in new[] { (15u, 0u), (0u, 0u), (16u, 1u), (100u, 85u), (100u, uint.MaxValue), (20u, 0xFFFFFFF0u) })
        {
            var prelude = new byte[12];
            System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(prelude, total);
            System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(prelude.AsSpan(4), headers);
            System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(prelude.AsSpan(8), EventStreamBytes.Checksum(prelude.AsSpan(0, 8)));
            using var reader = new EventStreamReader(1 << 20);
            Assert.Equal("", Read(reader, prelude));
            Assert.NotNull(reader.Broken);
        }
    }

    [Fact]
    public void An_event_that_is_too_long_overflows_before_it_is_there()
    {
        var message = EventStreamBytes.Event("messageStart", new string('x', 200));
        using var fits = new EventStreamReader(message.Length);
        using var small = new EventStreamReader(message.Length - 1);

        Assert.NotEqual("", Read(fits, message));
        Assert.Equal("", Read(small, message.AsMemory(0, 12)));
        Assert.True(small.Overflowed);
        Assert.Null(small.Broken);
        Assert.Equal(0, small.HeldBytes);
    }

    [Theory]
    [InlineData("00")]
    [InlineData("0161")]
    [InlineData("016107")]
    [InlineData("01610700FF61")]
    [InlineData("01610A")]
    [InlineData("01610800")]
    public void Malformed_headers_break_it(string headers)
    {
        using var reader = new EventStreamReader(1 << 20);
        Assert.Equal("", Read(reader, EventStreamBytes.Message(Convert.FromHexString(headers), [])));
        Assert.NotNull(reader.Broken);
    }

    [Fact]
    public void Headers_of_every_type_are_passed_over()
    {
        byte[] headers =
        [
            1, (byte)'a', 0, 1, (byte)'a', 1, 1, (byte)'a', 2, 9, 1, (byte)'a', 3, 9, 9, 1, (byte)'a', 4, 9, 9, 9, 9, 1, (byte)'a', 5, 9, 9, 9, 9, 9, 9, 9, 9,
            1, (byte)'a', 6, 0, 2, 9, 9, 1, (byte)'a', 8, 9, 9, 9, 9, 9, 9, 9, 9, 1, (byte)'a', 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9,
            11, .. ":event-type"u8, 7, 0, 1, (byte)'e',
        ];
        using var reader = new EventStreamReader(1 << 20);
        Assert.Equal("e=x\n", Read(reader, EventStreamBytes.Message(headers, "x"u8.ToArray())));
    }

    [Fact]
    public void Failures_can_be_told_from_events()
    {
        using var reader = new EventStreamReader(1 << 20);
        var error = EventStreamBytes.Message([(":message-type", "error"), (":error-code", "InternalError"), (":error-message", "It \"broke\"")], []);
        var odd = EventStreamBytes.Message([(":message-type", "exception"), (":exception-type", "Oddity")], "{}"u8.ToArray());
        var fake = EventStreamBytes.Event("fakeException", "{}");

        Assert.Equal(
            ":error={\"__type\":\"InternalError\",\"message\":\"It \\\"broke\\\"\"}\n:error={}\n={}\n",
            Read(reader, error, odd, fake));
        Assert.True(EventStreamReader.IsException(EventStreamReader.ErrorType));
        Assert.True(EventStreamReader.IsException("throttlingException"u8));
        Assert.False(EventStreamReader.IsException("messageStop"u8));
        Assert.False(EventStreamReader.IsException(default));
    }

    [Fact]
    public void A_piece_must_be_drained_before_the_next()
    {
        using var reader = new EventStreamReader(1 << 20);
        reader.Feed(_stream);
        Assert.Throws<InvalidOperationException>(() => reader.Feed(_stream));
    }

    [Fact]
    public void Steady_streams_allocate_nothing()
    {
        using var reader = new EventStreamReader(1 << 20);
        var events = 0;
        Run();
        Run();
        var before = GC.GetAllocatedBytesForCurrentThread();
        Run();
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
        Assert.Equal(3 * 50 * 4, events);

        void Run()
        {
            for (var i = 0; i < 50; i++)
            {
                reader.Feed(_stream.AsMemory(0, 70));
                while (reader.TryRead(out _)) events++;
                reader.Feed(_stream.AsMemory(70));
                while (reader.TryRead(out _)) events++;
            }
        }
    }
}
