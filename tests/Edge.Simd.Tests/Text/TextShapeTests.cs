using System.Text;
using CsCheck;
using Edge.Simd.Text;

namespace Edge.Simd.Tests.Text;

public class TextShapeTests
{
    [Fact]
    public void Each_kind_is_counted()
    {
        var shape = TextShape.OfScalar(Encoding.UTF8.GetBytes("Hello wörld, it's 42!\n\té жя हि 漢字 한 🙂 abcdefghijklm"));
        Assert.Equal(
            // Words: Hello, w (the letters behind the ö are no beginning), it, s, and the long one.
            new TextShape { Words = 5, Upper = 1, Long = 3, Digits = 2, Marks = 3, LineEnds = 2, Latin = 2, TwoBytes = 2, Indic = 2, Chinese = 2, Korean = 1, Emoji = 1 },
            shape);
    }

    [Fact]
    public void Every_variant_counts_as_the_scalar_one()
    {
        // Runs of letters over the edges of blocks, and every byte.
        var text = Gen.OneOf(Gen.Byte.Array[0, 300], OneOf("aZ \n7\t\r-"u8.ToArray()), OneOf([(byte)'a', 0xC3, 0xA9, 0xE3, 0x81, 0xF0, (byte)'b']), OneOf("abcdefghijklmnopqrstuvwxyzabcdefghij "u8.ToArray()));
        text.Sample(bytes =>
        {
            var expected = TextShape.OfScalar(bytes);
            return TextShape.OfVector128(bytes) == expected && TextShape.OfVector256(bytes) == expected && TextShape.Of(bytes) == expected;
        }, iter: 20_000);

        static Gen<byte[]> OneOf(byte[] bytes) => Gen.Int[0, bytes.Length - 1].Select(i => bytes[i]).Array[0, 300];
    }
}
