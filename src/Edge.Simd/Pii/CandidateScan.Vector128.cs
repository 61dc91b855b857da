using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Edge.Simd.Pii;

public static partial class CandidateScan
{
    internal readonly struct Block128 : IBlock
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static bool Classify(ref byte block, out ulong digits, out ulong marks, out ulong dashes)
        {
            var a = Classes(Vector128.LoadUnsafe(ref block));
            var b = Classes(Vector128.LoadUnsafe(ref block, 16));
            var c = Classes(Vector128.LoadUnsafe(ref block, 32));
            var d = Classes(Vector128.LoadUnsafe(ref block, 48));
            Unsafe.SkipInit(out digits);
            Unsafe.SkipInit(out marks);
            Unsafe.SkipInit(out dashes);
            if ((a | b | c | d) == Vector128<byte>.Zero) return false;
            digits = Signs(a, b, c, d);
            dashes = Signs(a + a, b + b, c + c, d + d);
            // What is a candidate wherever it stands is one class from here on.
            var mark = Vector128.Create(Mark);
            marks = Signs(~Vector128.Equals(a & mark, default), ~Vector128.Equals(b & mark, default), ~Vector128.Equals(c & mark, default), ~Vector128.Equals(d & mark, default));
            return true;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static ulong Signs(Vector128<byte> a, Vector128<byte> b, Vector128<byte> c, Vector128<byte> d) =>
            a.ExtractMostSignificantBits() | ((ulong)b.ExtractMostSignificantBits() << 16)
            | ((ulong)c.ExtractMostSignificantBits() << 32) | ((ulong)d.ExtractMostSignificantBits() << 48);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static Vector128<byte> Classes(Vector128<byte> bytes) =>
            Lookup(LowNibbles, bytes & Vector128.Create((byte)0x0F)) & Lookup(HighNibbles, Vector128.ShiftRightLogical(bytes, 4));

        // The portable shuffle clears the lanes of indices past 15 with two more instructions; here there are none.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static Vector128<byte> Lookup(Vector128<byte> table, Vector128<byte> index) =>
            Ssse3.IsSupported ? Ssse3.Shuffle(table, index)
            : AdvSimd.Arm64.IsSupported ? AdvSimd.Arm64.VectorTableLookup(table, index)
            : Vector128.Shuffle(table, index);
    }
}
