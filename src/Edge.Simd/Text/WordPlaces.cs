using System.Runtime.CompilerServices;

namespace Edge.Simd.Text;

/// <summary>Of the places where words may begin those at which keys of a set stand: words of some length, and marks where the set has such.</summary>
/// <param name="Run">The fewest letters and digits of a word, 1 to <see cref="Longest"/>.</param>
/// <param name="Mark">A sign whose places count too; 0 = none.</param>
internal readonly record struct WordPlaces(int Run, byte Mark)
{
    private const int Longest = 4;

    /// <summary>The fewest places at which each of the literals has a key; null where there are none such.</summary>
    /// <param name="literals">In either case. Those shorter than a key are keys themselves.</param>
    public static WordPlaces? Of(byte[][] literals)
    {
        for (var run = Longest; run > 0; run--)
        {
            var without = Array.FindAll(literals, literal => !new WordPlaces(run, 0).HasKey(literal));
            if (without.Length == 0) return new WordPlaces(run, 0);
            foreach (var mark in without[0])
            {
                var places = new WordPlaces(run, mark);
                if (mark > 0x20 && !WordStarts.IsWord(mark) && Array.TrueForAll(without, places.HasKey)) return places;
            }
        }
        return null;
    }

    /// <summary>Whether a place of a text is one.</summary>
    public bool Has(ReadOnlySpan<byte> text, int at)
    {
        if (Mark != 0 && text[at] == Mark) return true;
        for (var i = 0; i < Run; i++)
        {
            if (at + i >= text.Length || !WordStarts.IsWord(text[at + i])) return false;
        }
        return at == 0 || !WordStarts.IsWord(text[at - 1]);
    }

    /// <summary>The mask of a block.</summary>
    /// <param name="block">Its first byte; what is behind it up to <see cref="MultiLiteralFilter.Reach"/> is readable, and decides too.</param>
    /// <param name="previous">Bit 63: a letter or digit stands before it. Afterwards the mask of those in it, for the next block.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong Of<TMask>(ref byte block, ref ulong previous)
        where TMask : struct, WordStarts.IMask
    {
        TMask.Classify(ref block, Mark, out var words, out var marks);
        var starts = words & ~((words << 1) | (previous >> 63));
        previous = words;
        if (Run == 1) return starts | marks;
        // What stands behind the block by a table: a mask of the next block would need it to be readable.
        ref var behind = ref Unsafe.Add(ref block, MultiLiteral.BlockSize);
        var first = (ulong)WordStarts.One(behind);
        starts &= (words >> 1) | (first << 63);
        if (Run == 2) return starts | marks;
        var two = (first << 62) | ((ulong)WordStarts.One(Unsafe.Add(ref behind, 1)) << 63);
        starts &= (words >> 2) | two;
        if (Run == 3) return starts | marks;
        return (starts & ((words >> 3) | (two >> 1) | ((ulong)WordStarts.One(Unsafe.Add(ref behind, 2)) << 63))) | marks;
    }

    private bool HasKey(byte[] literal)
    {
        for (var at = 0; at <= Math.Max(0, literal.Length - MultiLiteralKeys.Size) && at <= MultiLiteralKeys.MaxOffset; at++)
        {
            if (Has(literal, at)) return true;
        }
        return false;
    }
}
