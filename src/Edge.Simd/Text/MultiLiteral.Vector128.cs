using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Edge.Simd.Text;

public sealed partial class MultiLiteral
{
    internal readonly struct Kernel128 : IKernel
    {
        public static int NextBlock(ref byte text, int at, int last, MultiLiteralTables tables, MultiLiteralFilter filter, out ulong mask)
        {
            if (tables.Words is { } places) return NextBlockOfWords<WordStarts.Mask128>(ref text, at, last, places, filter, out mask);
            // Locals, each of them: in a struct they would be read again for every block.
            var (low0, high0) = (tables.Low(0), tables.High(0));
            var (low1, high1) = (tables.Low(1), tables.High(1));
            var (low2, high2) = (tables.Low(2), tables.High(2));
            var (low3, high3) = (tables.Low(3), tables.High(3));
            var index = Vector128.Create(tables.Index);
            var width = tables.Width;
            for (; at <= last; at += BlockSize)
            {
                mask = 0;
                for (var offset = 0; offset < BlockSize; offset += Vector128<byte>.Count)
                {
                    ref var from = ref Unsafe.Add(ref text, at + offset);
                    var buckets = Classes(Vector128.LoadUnsafe(ref from), low0, high0, index) & Classes(Vector128.LoadUnsafe(ref from, 1), low1, high1, index);
                    if (width > 2) buckets &= Classes(Vector128.LoadUnsafe(ref from, 2), low2, high2, index);
                    if (width > 3) buckets &= Classes(Vector128.LoadUnsafe(ref from, 3), low3, high3, index);
                    if (tables.IsDouble)
                    {
                        buckets |= Classes(Vector128.LoadUnsafe(ref from), tables.Low(4), tables.High(4), index) & Classes(Vector128.LoadUnsafe(ref from, 1), tables.Low(5), tables.High(5), index)
                            & Classes(Vector128.LoadUnsafe(ref from, 2), tables.Low(6), tables.High(6), index) & Classes(Vector128.LoadUnsafe(ref from, 3), tables.Low(7), tables.High(7), index);
                    }
                    if (buckets != Vector128<byte>.Zero) mask |= (ulong)(Vector128.Equals(buckets, default).ExtractMostSignificantBits() ^ 0xFFFF) << offset;
                }
                if (mask == 0) continue;
                mask = filter.Keep(ref text, at, mask);
                if (mask != 0) return at;
            }
            mask = 0;
            return at;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static Vector128<byte> Classes(Vector128<byte> bytes, Vector128<byte> low, Vector128<byte> high, Vector128<byte> index)
        {
            var at = bytes & index;
            var bit4 = Vector128.Create((byte)0x10);
            return Vector128.ConditionalSelect(Vector128.Equals(bytes & bit4, bit4), Lookup(high, at), Lookup(low, at));
        }

        // The portable shuffle spends two instructions more on what these do of themselves: no entry where bit 7 of the index is set.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static Vector128<byte> Lookup(Vector128<byte> table, Vector128<byte> index) =>
            Ssse3.IsSupported ? Ssse3.Shuffle(table, index)
            : AdvSimd.Arm64.IsSupported ? AdvSimd.Arm64.VectorTableLookup(table, index)
            : Vector128.Shuffle(table, index);
    }
}
