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
            // Locals, each of them: in a struct they would be read again for every block.
            var (low0, high0) = (Both(tables.Low(0)), Both(tables.High(0)));
            var (low1, high1) = (Both(tables.Low(1)), Both(tables.High(1)));
            var (low2, high2) = (Both(tables.Low(2)), Both(tables.High(2)));
            var (low3, high3) = (Both(tables.Low(3)), Both(tables.High(3)));
            var width = tables.Width;
            for (; at <= last; at += BlockSize)
            {
                ref var from = ref Unsafe.Add(ref text, at);
                var a = Classes(Vector256.LoadUnsafe(ref from), low0, high0) & Classes(Vector256.LoadUnsafe(ref from, 1), low1, high1);
                var b = Classes(Vector256.LoadUnsafe(ref from, 32), low0, high0) & Classes(Vector256.LoadUnsafe(ref from, 33), low1, high1);
                if (width > 2)
                {
                    a &= Classes(Vector256.LoadUnsafe(ref from, 2), low2, high2);
                    b &= Classes(Vector256.LoadUnsafe(ref from, 34), low2, high2);
                }
                if (width > 3)
                {
                    a &= Classes(Vector256.LoadUnsafe(ref from, 3), low3, high3);
                    b &= Classes(Vector256.LoadUnsafe(ref from, 35), low3, high3);
                }
                if ((a | b) == Vector256<byte>.Zero) continue;
                mask = ~(Vector256.Equals(a, default).ExtractMostSignificantBits() | ((ulong)Vector256.Equals(b, default).ExtractMostSignificantBits() << 32));
                mask = filter.Keep(ref from, mask);
                if (mask != 0) return at;
            }
            mask = 0;
            return at;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static Vector256<byte> Both(Vector128<byte> table) => Vector256.Create(table, table);

        // The shuffle within each half, the same table in both: across halves it would be an emulation.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static Vector256<byte> Classes(Vector256<byte> bytes, Vector256<byte> low, Vector256<byte> high) =>
            Avx2.Shuffle(low, bytes & Vector256.Create((byte)0x0F)) & Avx2.Shuffle(high, Vector256.ShiftRightLogical(bytes, 4));
    }
}
