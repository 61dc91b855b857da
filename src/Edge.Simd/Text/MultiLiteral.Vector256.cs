using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Edge.Simd.Text;

public sealed partial class MultiLiteral
{
    /// <summary>Needs AVX2.</summary>
    internal readonly struct Kernel256 : IKernel
    {
        public static int NextBlock(ref byte text, int at, int last, MultiLiteralTables tables, MultiLiteralFilter filter, out ulong mask)
        {
            if (tables.Words is { } places) return NextBlockOfWords<WordStarts.Mask256>(ref text, at, last, places, filter, out mask);
            if (tables.IsDouble) return NextBlockOfTwo(ref text, at, last, tables, filter, out mask);
            // Locals, each of them: in a struct they would be read again for every block.
            var (low0, high0) = (Both(tables.Low(0)), Both(tables.High(0)));
            var (low1, high1) = (Both(tables.Low(1)), Both(tables.High(1)));
            var (low2, high2) = (Both(tables.Low(2)), Both(tables.High(2)));
            var (low3, high3) = (Both(tables.Low(3)), Both(tables.High(3)));
            var index = Vector256.Create(tables.Index);
            var width = tables.Width;
            for (; at <= last; at += BlockSize)
            {
                ref var from = ref Unsafe.Add(ref text, at);
                var a = Classes(Vector256.LoadUnsafe(ref from), low0, high0, index) & Classes(Vector256.LoadUnsafe(ref from, 1), low1, high1, index);
                var b = Classes(Vector256.LoadUnsafe(ref from, 32), low0, high0, index) & Classes(Vector256.LoadUnsafe(ref from, 33), low1, high1, index);
                if (width > 2)
                {
                    a &= Classes(Vector256.LoadUnsafe(ref from, 2), low2, high2, index);
                    b &= Classes(Vector256.LoadUnsafe(ref from, 34), low2, high2, index);
                }
                if (width > 3)
                {
                    a &= Classes(Vector256.LoadUnsafe(ref from, 3), low3, high3, index);
                    b &= Classes(Vector256.LoadUnsafe(ref from, 35), low3, high3, index);
                }
                if ((a | b) == Vector256<byte>.Zero) continue;
                mask = ~(Vector256.Equals(a, default).ExtractMostSignificantBits() | ((ulong)Vector256.Equals(b, default).ExtractMostSignificantBits() << 32));
                mask = filter.Keep(ref text, at, mask);
                if (mask != 0) return at;
            }
            mask = 0;
            return at;
        }

        private static int NextBlockOfTwo(ref byte text, int at, int last, MultiLiteralTables tables, MultiLiteralFilter filter, out ulong mask)
        {
            var (low0, high0) = (Both(tables.Low(0)), Both(tables.High(0)));
            var (low1, high1) = (Both(tables.Low(1)), Both(tables.High(1)));
            var (low2, high2) = (Both(tables.Low(2)), Both(tables.High(2)));
            var (low3, high3) = (Both(tables.Low(3)), Both(tables.High(3)));
            var (low4, high4) = (Both(tables.Low(4)), Both(tables.High(4)));
            var (low5, high5) = (Both(tables.Low(5)), Both(tables.High(5)));
            var (low6, high6) = (Both(tables.Low(6)), Both(tables.High(6)));
            var (low7, high7) = (Both(tables.Low(7)), Both(tables.High(7)));
            var index = Vector256.Create(tables.Index);
            for (; at <= last; at += BlockSize)
            {
                mask = 0;
                for (var half = 0; half < BlockSize; half += Vector256<byte>.Count)
                {
                    ref var from = ref Unsafe.Add(ref text, at + half);
                    var bytes = Vector256.LoadUnsafe(ref from);
                    var one = Classes(bytes, low0, high0, index);
                    var two = Classes(bytes, low4, high4, index);
                    bytes = Vector256.LoadUnsafe(ref from, 1);
                    one &= Classes(bytes, low1, high1, index);
                    two &= Classes(bytes, low5, high5, index);
                    bytes = Vector256.LoadUnsafe(ref from, 2);
                    one &= Classes(bytes, low2, high2, index);
                    two &= Classes(bytes, low6, high6, index);
                    bytes = Vector256.LoadUnsafe(ref from, 3);
                    one &= Classes(bytes, low3, high3, index);
                    two &= Classes(bytes, low7, high7, index);
                    mask |= (ulong)~Vector256.Equals(one | two, default).ExtractMostSignificantBits() << half;
                }
                if (mask == 0) continue;
                mask = filter.Keep(ref text, at, mask);
                if (mask != 0) return at;
            }
            mask = 0;
            return at;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static Vector256<byte> Both(Vector128<byte> table) => Vector256.Create(table, table);

        // The shuffle within each half, the same table in both: across halves it would be an emulation. The blend looks at the highest bit of each byte alone, where the shift brings bit 4.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static Vector256<byte> Classes(Vector256<byte> bytes, Vector256<byte> low, Vector256<byte> high, Vector256<byte> index)
        {
            var at = bytes & index;
            return Avx2.BlendVariable(Avx2.Shuffle(low, at), Avx2.Shuffle(high, at), Vector256.ShiftLeft(bytes.AsUInt16(), 3).AsByte());
        }
    }
}
