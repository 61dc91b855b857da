using System.Runtime.CompilerServices;

namespace Edge.Simd.Text;

public sealed partial class MultiLiteral
{
    // Blocks that are gone through before what passed is looked at again.
    private const int Batch = 8;

    // What tables of nibbles cannot do for hundreds of words, a bit for the hash of four bytes does, where one place in six is left. What passes is listed without a branch: it goes either way too often to
    // be foreseen, and each surprise costs as much as ten words.
    [SkipLocalsInit]
    private static int NextBlockOfWords<TMask>(ref byte text, int at, int last, WordPlaces places, MultiLiteralFilter filter, out ulong mask)
        where TMask : struct, WordStarts.IMask
    {
        Span<ushort> list = stackalloc ushort[(Batch * BlockSize) + 1];
        ref var first = ref list[0];
        while (at <= last)
        {
            var (count, block) = ((nuint)0, 0);
            var previous = at > 0 ? (ulong)WordStarts.One(Unsafe.Add(ref text, at - 1)) << 63 : 0;
            for (; block < Batch * BlockSize && at + block <= last; block += BlockSize)
            {
                ref var from = ref Unsafe.Add(ref text, at + block);
                count = filter.ListFirst(ref from, places.Of<TMask>(ref from, ref previous), (uint)block, ref first, count);
            }
            var kept = filter.KeepLonger(ref Unsafe.Add(ref text, at), ref first, (int)count);
            mask = 0;
            for (var i = 0; i < kept;)
            {
                var from = list[i] & -BlockSize;
                for (; i < kept && list[i] < from + BlockSize; i++) mask |= 1UL << list[i];
                mask = filter.KeepKeys(ref text, at + from, mask);
                if (mask != 0) return at + from;
            }
            at += block;
        }
        mask = 0;
        return at;
    }
}
