using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Edge.Simd.Pii;

public static partial class CandidateScan
{
    /// <summary>Needs AVX-512BW.</summary>
    internal readonly struct Block512 : IBlock
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static bool Classify(ref byte block, out ulong digits, out ulong marks, out ulong dashes)
        {
            var bytes = Vector512.LoadUnsafe(ref block);
            var classes = Avx512BW.Shuffle(Four(LowNibbles), bytes & Vector512.Create((byte)0x0F))
                & Avx512BW.Shuffle(Four(HighNibbles), Vector512.ShiftRightLogical(bytes, 4));
            Unsafe.SkipInit(out digits);
            Unsafe.SkipInit(out marks);
            Unsafe.SkipInit(out dashes);
            if (classes == Vector512<byte>.Zero) return false;
            digits = classes.ExtractMostSignificantBits();
            dashes = (classes + classes).ExtractMostSignificantBits();
            marks = ~Vector512.Equals(classes & Vector512.Create(Mark), default).ExtractMostSignificantBits();
            return true;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static Vector512<byte> Four(Vector128<byte> table) => Vector512.Create(Vector256.Create(table, table), Vector256.Create(table, table));
    }
}
