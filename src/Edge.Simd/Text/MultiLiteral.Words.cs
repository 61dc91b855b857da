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
            var length = Math.Min(Batch * BlockSize, (last - at + BlockSize) & -BlockSize);
            var previous = at > 0 ? (ulong)WordStarts.One(Unsafe.Add(ref text, at - 1)) << 63 : 0;
            ref var begin = ref Unsafe.Add(ref text, at);
            var count = filter.HasPairs ? ListPairs<TMask>(ref begin, length, previous, places, filter, ref first) : List<TMask>(ref begin, length, previous, places, filter, ref first);
            var kept = filter.KeepLonger(ref begin, ref first, count);
            mask = 0;
            for (var i = 0; i < kept;)
            {
                var from = list[i] & -BlockSize;
                for (; i < kept && list[i] < from + BlockSize; i++) mask |= 1UL << list[i];
                mask = filter.KeepKeys(ref text, at + from, mask);
                if (mask != 0) return at + from;
            }
            at += length;
        }
        mask = 0;
        return at;
    }

    // By itself, with no more than it needs: it is nearly all of a search that finds nothing, and has just enough registers.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int List<TMask>(ref byte text, int length, ulong previous, WordPlaces places, MultiLiteralFilter filter, ref ushort list)
        where TMask : struct, WordStarts.IMask
    {
        ref var first = ref filter.FirstBytes(out var shift);
        nuint count = 0;
        for (nuint at = 0; at < (nuint)length; at += BlockSize)
        {
            ref var block = ref Unsafe.Add(ref text, at);
            count = MultiLiteralFilter.ListFirst(ref block, places.Of<TMask>(ref block, ref previous), (uint)at, ref first, shift, ref list, count);
        }
        return (int)count;
    }

    private static int ListPairs<TMask>(ref byte text, int length, ulong previous, WordPlaces places, MultiLiteralFilter filter, ref ushort list)
        where TMask : struct, WordStarts.IMask
    {
        nuint count = 0;
        for (var at = 0; at < length; at += BlockSize)
        {
            ref var block = ref Unsafe.Add(ref text, at);
            count = filter.ListFirstOrPair(ref block, places.Of<TMask>(ref block, ref previous), (uint)at, ref list, count);
        }
        return (int)count;
    }
}
