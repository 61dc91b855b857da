using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Edge.Simd.Text;

public partial record struct TextShape
{
    internal static TextShape OfVector256(ReadOnlySpan<byte> utf8)
    {
        var shape = default(TextShape);
        var carry = default(Carry);
        Span<byte> last = stackalloc byte[64];
        while (!utf8.IsEmpty)
        {
            var bytes = utf8.Length >= 64 ? utf8[..64] : Padded(utf8, last);
            var block = default(Block);
            for (var at = 0; at < 64; at += Vector256<byte>.Count)
            {
                var vector = Vector256.LoadUnsafe(ref MemoryMarshal.GetReference(bytes), (nuint)at);
                var high = (ulong)vector.ExtractMostSignificantBits();
                block.High |= high << at;
                block.Upper |= In256(vector, (byte)'A', 'Z' - 'A') << at;
                block.Letters |= In256(vector | Vector256.Create((byte)0x20), (byte)'a', 'z' - 'a') << at;
                block.Digits |= In256(vector, (byte)'0', '9' - '0') << at;
                block.Spaces |= (ulong)Vector256.Equals(vector, Vector256.Create((byte)' ')).ExtractMostSignificantBits() << at;
                block.LineEnds |= (In256(vector, (byte)'\t', 1) | Vector256.Equals(vector, Vector256.Create((byte)'\r')).ExtractMostSignificantBits()) << at;
                if (high != 0) shape.AddHigh256(vector);
            }
            shape.Add(block, ref carry);
            utf8 = utf8[Math.Min(64, utf8.Length)..];
        }
        return shape;
    }

    private void AddHigh256(Vector256<byte> vector)
    {
        var (latin, two, indic) = (From256(vector, 0xC0), From256(vector, 0xCE), From256(vector, 0xE0));
        var (chinese, korean, emoji) = (From256(vector, 0xE3), From256(vector, 0xEA), From256(vector, 0xF0));
        Latin += latin - two;
        TwoBytes += two - indic;
        Indic += indic - chinese;
        Chinese += chinese - korean;
        Korean += korean - emoji;
        Emoji += emoji;
    }

    private static int From256(Vector256<byte> vector, byte first) =>
        BitOperations.PopCount(Vector256.Equals(Vector256.Max(vector, Vector256.Create(first)), vector).ExtractMostSignificantBits());

    private static ulong In256(Vector256<byte> vector, byte first, byte span)
    {
        var offset = vector - Vector256.Create(first);
        return Vector256.Equals(Vector256.Min(offset, Vector256.Create(span)), offset).ExtractMostSignificantBits();
    }
}
