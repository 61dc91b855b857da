using System.Runtime.CompilerServices;

namespace Edge.Simd.Text;

public sealed partial class MultiLiteral
{
    /// <summary>What the vector variants of the prefilter do, by one byte after the other.</summary>
    internal readonly struct KernelScalar : IKernel
    {
        public static int NextBlock(ref byte text, int at, int last, MultiLiteralTables tables, MultiLiteralFilter filter, out ulong mask)
        {
            if (tables.Words is { } places) return NextBlockOfWords<WordStarts.MaskScalar>(ref text, at, last, places, filter, out mask);
            mask = 0;
            for (; at <= last; at += BlockSize)
            {
                for (var i = 0; i < BlockSize; i++)
                {
                    if (tables.IsCandidate(ref Unsafe.Add(ref text, at + i))) mask |= 1UL << i;
                }
                if (mask == 0) continue;
                mask = filter.Keep(ref text, at, mask);
                if (mask != 0) return at;
            }
            return at;
        }
    }

    /// <summary>The definition of <see cref="Find(ReadOnlySpan{byte}, int, out int)"/>: every literal at every position.</summary>
    internal int FindScalar(ReadOnlySpan<byte> text, int from, out int literal)
    {
        for (var at = from; at < text.Length; at++)
        {
            literal = -1;
            for (var i = 0; i < _literals.Length; i++)
            {
                if (IsAt(text, at, i) && (literal < 0 || LengthOf(i) > LengthOf(literal))) literal = i;
            }
            if (literal >= 0) return at;
        }
        literal = -1;
        return -1;
    }

    internal bool IsAt(ReadOnlySpan<byte> text, int at, int literal)
    {
        var expected = _literals[literal];
        if (text.Length - at < expected.Length || (_atWordStarts && !WordStarts.IsStart(text, at))) return false;
        for (var i = 0; i < expected.Length; i++)
        {
            if ((_ignoreCase ? AsciiFold.ToLower(text[at + i]) : text[at + i]) != expected[i]) return false;
        }
        return true;
    }
}
