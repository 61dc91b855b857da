using System.Runtime.Intrinsics;
using Edge.Simd.Json;

namespace Edge.Simd.Tests.Json;

public class JsonStringsTests
{
    private delegate int Kernel(ReadOnlySpan<byte> text);

    // Each variant with the shortest text it takes. One that this machine lacks still runs, in the software form of the vector types.
    public static TheoryData<string> Variants => ["dispatched", "Vector128", "Vector256"];

    [Theory]
    [MemberData(nameof(Variants))]
    public void Every_byte_value_at_every_position_of_every_length(string variant)
    {
        var (kernel, shortest) = Find(variant);
        for (var length = shortest; length <= 300; length++)
        {
            // One byte of foreign matter on either side, which must never be seen.
            var buffer = new byte[length + 2];
            Array.Fill(buffer, (byte)'"');
            var text = buffer.AsSpan(1, length);
            text.Fill((byte)'x');
            Assert.Equal(-1, kernel(text));
            // Every value at one position that moves with the length; every position with three values.
            var moving = length * 5 / 7;
            for (var value = 0; value < 256 && length > 0; value++)
            {
                text[moving] = (byte)value;
                Assert.Equal(JsonStrings.IndexOfSpecialScalar(text), kernel(text));
                text[moving] = (byte)'x';
            }
            for (var at = 0; at < length; at++)
            {
                foreach (var value in "\"\u001F\u007F"u8)
                {
                    text[at] = value;
                    Assert.Equal(JsonStrings.IndexOfSpecialScalar(text), kernel(text));
                }
                text[at] = (byte)'x';
            }
        }
    }

    [Theory]
    [MemberData(nameof(Variants))]
    public void Random_bytes_at_random_alignment(string variant)
    {
        var (kernel, shortest) = Find(variant);
        var random = new Random(20250614);
        var buffer = new byte[400];
        for (var round = 0; round < 20_000; round++)
        {
            // Mostly harmless bytes, so that matches stand at all depths and not always in the first block.
            random.NextBytes(buffer);
            foreach (ref var b in buffer.AsSpan())
            {
                if (JsonStrings.IsSpecial(b) && random.Next(20) != 0) b |= 0xC0;
            }
            var start = random.Next(64);
            var text = buffer.AsSpan(start, random.Next(shortest, 301));
            Assert.Equal(JsonStrings.IndexOfSpecialScalar(text), kernel(text));
        }
    }

    [Fact]
    public void A_block_mask_has_a_bit_for_every_special_byte()
    {
        var random = new Random(20250614);
        var buffer = new byte[100];
        for (var round = 0; round < 20_000; round++)
        {
            // From no special byte to nothing but special bytes.
            var dense = random.Next(2, 40);
            foreach (ref var b in buffer.AsSpan()) b = random.Next(dense) == 0 ? "\"\\\n\0\u001F"u8[random.Next(5)] : (byte)random.Next(256);
            var text = buffer.AsSpan(random.Next(buffer.Length - JsonStrings.BlockSize + 1));
            var expected = JsonStrings.BlockMaskScalar(text);
            Assert.Equal(expected, JsonStrings.BlockMaskVector128(text));
            Assert.Equal(expected, JsonStrings.BlockMaskVector256(text));
            Assert.Equal(expected, JsonStrings.BlockMask(text));
        }
    }

    [Fact]
    public void The_oracle_stops_at_what_RFC_8259_forbids_inside_a_string()
    {
        for (var value = 0; value < 256; value++)
        {
            var special = value < 0x20 || value == '"' || value == '\\';
            Assert.Equal(special ? 1 : -1, JsonStrings.IndexOfSpecialScalar([(byte)'a', (byte)value, (byte)'b']));
        }
    }

    private static (Kernel Kernel, int Shortest) Find(string variant) => variant switch
    {
        "Vector128" => (JsonStrings.IndexOfSpecialVector128, Vector128<byte>.Count),
        "Vector256" => (JsonStrings.IndexOfSpecialVector256, Vector256<byte>.Count),
        _ => (JsonStrings.IndexOfSpecial, 0),
    };
}
