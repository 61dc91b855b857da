using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Edge.Simd.Text;

public static partial class Utf8Validation
{
    /// <summary>Needs AVX2.</summary>
    internal readonly struct Block256 : IBlock
    {
        public static bool AreValid(ref byte first, int count)
        {
            var wrong = Vector256<byte>.Zero;
            for (; count > 0; count--, first = ref Unsafe.Add(ref first, BlockSize))
            {
                var all = Vector256.LoadUnsafe(ref Unsafe.Subtract(ref first, Before)) | Vector256.LoadUnsafe(ref first) | Vector256.LoadUnsafe(ref first, 32);
                // Most of the bytes are looked at twice: three of them stand before the block.
                if (all.ExtractMostSignificantBits() == 0) continue;
                wrong |= Faults(ref first) | Faults(ref Unsafe.Add(ref first, Vector256<byte>.Count));
            }
            return wrong == Vector256<byte>.Zero;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static Vector256<byte> Faults(ref byte at)
        {
            var here = Vector256.LoadUnsafe(ref at);
            var before = Vector256.LoadUnsafe(ref Unsafe.Subtract(ref at, 1));
            var faults = Lookup(FirstHigh, Vector256.ShiftRightLogical(before, 4)) & Lookup(FirstLow, before & Vector256.Create((byte)0x0F))
                & Lookup(SecondHigh, Vector256.ShiftRightLogical(here, 4));
            var third = Vector256.SubtractSaturate(Vector256.LoadUnsafe(ref Unsafe.Subtract(ref at, 2)), Vector256.Create(ThirdBias));
            var fourth = Vector256.SubtractSaturate(Vector256.LoadUnsafe(ref Unsafe.Subtract(ref at, 3)), Vector256.Create(FourthBias));
            return ((third | fourth) & Vector256.Create(TwoTrails)) ^ faults;
        }

        // The shuffle within each half, the same table in both: across halves it would be an emulation.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static Vector256<byte> Lookup(Vector128<byte> table, Vector256<byte> index) => Avx2.Shuffle(Vector256.Create(table, table), index);
    }
}
