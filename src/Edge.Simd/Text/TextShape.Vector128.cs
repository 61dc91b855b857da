using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Edge.Simd.Text;

public partial record struct TextShape
{
    internal static TextShape OfVector128(ReadOnlySpan<byte> utf8)
    {
        var shape = default(TextShape);
        var carry = default(Carry);
        Span<byte> last = stackalloc byte[64];
        while (!utf8.IsEmpty)
        {
            var bytes = utf8.Length >= 64 ? utf8[..64] : Padded(utf8, last);
            var block = default(Block);
            for (var at = 0; at < 64; at += Vector128<byte>.Count)
            {
                var vector = Vector128.LoadUnsafe(ref MemoryMarshal.GetReference(bytes), (nuint)at);
                var high = (ulong)vector.ExtractMostSignificantBits();
                block.High |= high << at;
                block.Upper |= In128(vector, (byte)'A', 'Z' - 'A') << at;
                block.Letters |= In128(vector | Vector128.Create((byte)0x20), (byte)'a', 'z' - 'a') << at;
                block.Digits |= In128(vector, (byte)'0', '9' - '0') << at;
                block.Spaces |= (ulong)Vector128.Equals(vector, Vector128.Create((byte)' ')).ExtractMostSignificantBits() << at;
                block.LineEnds |= (In128(vector, (byte)'\t', 1) | Vector128.Equals(vector, Vector128.Create((byte)'\r')).ExtractMostSignificantBits()) << at;
                if (high != 0) shape.AddHigh128(vector);
            }
            shape.Add(block, ref carry);
            utf8 = utf8[Math.Min(64, utf8.Length)..];
        }
        return shape;
    }

    private void AddHigh128(Vector128<byte> vector)
    {
        var (latin, two, indic) = (From128(vector, 0xC0), From128(vector, 0xCE), From128(vector, 0xE0));
        var (chinese, korean, emoji) = (From128(vector, 0xE3), From128(vector, 0xEA), From128(vector, 0xF0));
        Latin += latin - two;
        TwoBytes += two - indic;
        Indic += indic - chinese;
        Chinese += chinese - korean;
        Korean += korean - emoji;
        Emoji += emoji;
    }

    private static int From128(Vector128<byte> vector, byte first) =>
        BitOperations.PopCount(Vector128.Equals(Vector128.Max(vector, Vector128.Create(first)), vector).ExtractMostSignificantBits());

    private static ulong In128(Vector128<byte> vector, byte first, byte span)
    {
        var offset = vector - Vector128.Create(first);
        return Vector128.Equals(Vector128.Min(offset, Vector128.Create(span)), offset).ExtractMostSignificantBits();
    }
}
