using Edge.Simd.Text;

namespace Edge.Simd.Tests.Text;

public class AsciiFoldTests
{
    [Fact]
    public void Letters_are_folded_and_nothing_else()
    {
        for (var value = 0; value < 256; value++)
        {
            var expected = value is >= 'A' and <= 'Z' ? value + 32 : value;
            Assert.Equal(expected, AsciiFold.ToLower((byte)value));
        }
    }

    [Fact]
    public void Every_variant_folds_as_the_scalar_one()
    {
        var random = new Random(20250702);
        for (var round = 0; round < 5_000; round++)
        {
            var text = new byte[random.Next(200)];
            random.NextBytes(text);
            var expected = new byte[text.Length];
            AsciiFold.ToLowerScalar(text, expected);
            var output = new byte[text.Length];
            AsciiFold.ToLowerVector128(text, output);
            Assert.Equal(expected, output);
            AsciiFold.ToLowerVector256(text, output);
            Assert.Equal(expected, output);
            AsciiFold.ToLower(text, text);
            Assert.Equal(expected, text);
        }
    }

    [Fact]
    public void Too_little_room_is_refused() => Assert.Throws<ArgumentException>(() => AsciiFold.ToLower("abc"u8, new byte[2]));
}
