using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Edge.Simd.Text;

/// <summary>
/// Where words may begin, as far as bytes tell: everywhere but between two ASCII letters or digits. Bytes beyond ASCII and underscores are borders here, so whoever needs to know it exactly looks again.
/// </summary>
internal static class WordStarts
{
    /// <summary>Tells what the bytes of a block of 64 are. A bit of a mask stands for a byte.</summary>
    internal interface IMask
    {
        /// <param name="block">Its first byte.</param>
        /// <param name="mark">A sign; 0 = none.</param>
        /// <param name="words">ASCII letters and digits.</param>
        /// <param name="marks">Its places.</param>
        static abstract void Classify(ref byte block, byte mark, out ulong words, out ulong marks);
    }

    public static bool IsStart(ReadOnlySpan<byte> text, int at) => at == 0 || !IsWord(text[at - 1]) || !IsWord(text[at]);

    public static bool IsWord(byte b) => char.IsAsciiLetterOrDigit((char)b);

    /// <summary>1 for a letter or digit, else 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static byte One(byte b) => Unsafe.Add(ref MemoryMarshal.GetReference(Ones), b);

    // One for each byte: the JIT makes an address of it.
    private static ReadOnlySpan<byte> Ones =>
    [
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0,
        0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0,
        0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    ];

    internal readonly struct MaskScalar : IMask
    {
        public static void Classify(ref byte block, byte mark, out ulong words, out ulong marks)
        {
            (words, marks) = (0, 0);
            for (var i = 0; i < MultiLiteral.BlockSize; i++)
            {
                var b = Unsafe.Add(ref block, i);
                if (IsWord(b)) words |= 1UL << i;
                else if (b == mark && mark != 0) marks |= 1UL << i;
            }
        }
    }

    internal readonly struct Mask128 : IMask
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Classify(ref byte block, byte mark, out ulong words, out ulong marks)
        {
            var (a, b) = (Vector128.LoadUnsafe(ref block), Vector128.LoadUnsafe(ref block, 16));
            var (c, d) = (Vector128.LoadUnsafe(ref block, 32), Vector128.LoadUnsafe(ref block, 48));
            words = Signs(Words(a), Words(b), Words(c), Words(d));
            var sign = Vector128.Create(mark);
            marks = mark == 0 ? 0 : Signs(Vector128.Equals(a, sign), Vector128.Equals(b, sign), Vector128.Equals(c, sign), Vector128.Equals(d, sign));
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static ulong Signs(Vector128<byte> a, Vector128<byte> b, Vector128<byte> c, Vector128<byte> d) =>
            a.ExtractMostSignificantBits() | ((ulong)b.ExtractMostSignificantBits() << 16) | ((ulong)c.ExtractMostSignificantBits() << 32) | ((ulong)d.ExtractMostSignificantBits() << 48);

        // The smaller of a byte and a bound is the byte itself where it is within: there is no comparison of bytes without a sign.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static Vector128<byte> Words(Vector128<byte> bytes)
        {
            var letters = (bytes | Vector128.Create((byte)0x20)) - Vector128.Create((byte)'a');
            var digits = bytes - Vector128.Create((byte)'0');
            return Vector128.Equals(Vector128.Min(letters, Vector128.Create((byte)25)), letters) | Vector128.Equals(Vector128.Min(digits, Vector128.Create((byte)9)), digits);
        }
    }

    internal readonly struct Mask256 : IMask
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Classify(ref byte block, byte mark, out ulong words, out ulong marks)
        {
            var (a, b) = (Vector256.LoadUnsafe(ref block), Vector256.LoadUnsafe(ref block, 32));
            words = Signs(Words(a), Words(b));
            var sign = Vector256.Create(mark);
            marks = mark == 0 ? 0 : Signs(Vector256.Equals(a, sign), Vector256.Equals(b, sign));
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static ulong Signs(Vector256<byte> a, Vector256<byte> b) => a.ExtractMostSignificantBits() | ((ulong)b.ExtractMostSignificantBits() << 32);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static Vector256<byte> Words(Vector256<byte> bytes)
        {
            var letters = (bytes | Vector256.Create((byte)0x20)) - Vector256.Create((byte)'a');
            var digits = bytes - Vector256.Create((byte)'0');
            return Vector256.Equals(Vector256.Min(letters, Vector256.Create((byte)25)), letters) | Vector256.Equals(Vector256.Min(digits, Vector256.Create((byte)9)), digits);
        }
    }
}
