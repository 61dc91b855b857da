using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Edge.Simd.Pii;

public static partial class CandidateScan
{
    /// <summary>Needs AVX2.</summary>
    internal readonly struct Block256 : IBlock
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static bool Classify(ref byte block, out ulong digits, out ulong marks, out ulong dashes)
        {
            var a = Classes(Vector256.LoadUnsafe(ref block));
            var b = Classes(Vector256.LoadUnsafe(ref block, 32));
            Unsafe.SkipInit(out digits);
            Unsafe.SkipInit(out marks);
            Unsafe.SkipInit(out dashes);
            if ((a | b) == Vector256<byte>.Zero) return false;
            digits = Signs(a, b);
            dashes = Signs(a + a, b + b);
            var mark = Vector256.Create(Mark);
            marks = ~Signs(Vector256.Equals(a & mark, default), Vector256.Equals(b & mark, default));
            return true;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static ulong Signs(Vector256<byte> a, Vector256<byte> b) => a.ExtractMostSignificantBits() | ((ulong)b.ExtractMostSignificantBits() << 32);

        // The shuffle within each half, the same table in both: across halves it would be an emulation.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static Vector256<byte> Classes(Vector256<byte> bytes) =>
            Avx2.Shuffle(Vector256.Create(LowNibbles, LowNibbles), bytes & Vector256.Create((byte)0x0F))
            & Avx2.Shuffle(Vector256.Create(HighNibbles, HighNibbles), Vector256.ShiftRightLogical(bytes, 4));
    }
}
