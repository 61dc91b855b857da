using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Edge.Simd.Text;

public static partial class Utf8Validation
{
    internal readonly struct Block128 : IBlock
    {
        public static bool AreValid(ref byte first, int count)
        {
            var wrong = Vector128<byte>.Zero;
            for (; count > 0; count--, first = ref Unsafe.Add(ref first, BlockSize))
            {
                var all = Vector128.LoadUnsafe(ref Unsafe.Subtract(ref first, Before)) | Vector128.LoadUnsafe(ref first) | Vector128.LoadUnsafe(ref first, 16)
                    | Vector128.LoadUnsafe(ref first, 32) | Vector128.LoadUnsafe(ref first, 48);
                // Sixteen of the bytes are looked at twice: three of them stand before the block.
                if (all.ExtractMostSignificantBits() == 0) continue;
                for (var offset = 0; offset < BlockSize; offset += Vector128<byte>.Count) wrong |= Faults(ref Unsafe.Add(ref first, offset));
            }
            return wrong == Vector128<byte>.Zero;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static Vector128<byte> Faults(ref byte at)
        {
            var here = Vector128.LoadUnsafe(ref at);
            var before = Vector128.LoadUnsafe(ref Unsafe.Subtract(ref at, 1));
            var faults = Lookup(FirstHigh, Vector128.ShiftRightLogical(before, 4)) & Lookup(FirstLow, before & Vector128.Create((byte)0x0F))
                & Lookup(SecondHigh, Vector128.ShiftRightLogical(here, 4));
            var third = Vector128.SubtractSaturate(Vector128.LoadUnsafe(ref Unsafe.Subtract(ref at, 2)), Vector128.Create(ThirdBias));
            var fourth = Vector128.SubtractSaturate(Vector128.LoadUnsafe(ref Unsafe.Subtract(ref at, 3)), Vector128.Create(FourthBias));
            return ((third | fourth) & Vector128.Create(TwoTrails)) ^ faults;
        }

        // The portable shuffle clears the lanes of indices past 15 with two more instructions; here there are none.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static Vector128<byte> Lookup(Vector128<byte> table, Vector128<byte> index) =>
            Ssse3.IsSupported ? Ssse3.Shuffle(table, index)
            : AdvSimd.Arm64.IsSupported ? AdvSimd.Arm64.VectorTableLookup(table, index)
            : Vector128.Shuffle(table, index);
    }
}
