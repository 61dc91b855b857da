using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Edge.Simd.Text;

/// <summary>
/// A fixed set of literals, searched for in one pass over the text. Immutable: one instance serves any number of threads. Searching allocates nothing.
/// </summary>
/// <remarks>
/// <para>
/// A shuffle by nibbles looks at the first two to four bytes of every position (<see cref="MultiLiteralTables"/>), a hash of up to eight bytes at what that lets through
/// (<see cref="MultiLiteralFilter"/>), and a trie walks the few positions that are left (<see cref="MultiLiteralTrie"/>). Where a set is so large that the shuffle lets everything
/// through, the hash carries the search.
/// </para>
/// <para>
/// The trie compares each byte of the text with at most one byte of one literal, however many literals begin alike. So a position costs at most <see cref="LongestLength"/> comparisons
/// and the search is linear in the text, whatever the text is.
/// </para>
/// <para>Literals and text are bytes. Where both are UTF-8, a literal is found at the borders of characters alone, for UTF-8 synchronises itself.</para>
/// </remarks>
public sealed partial class MultiLiteral
{
    /// <summary>The most literals that a set may have.</summary>
    public const int MaxCount = 10_000;

    /// <summary>The most bytes that a literal may have: it bounds what a position can cost.</summary>
    public const int MaxLength = 256;

    private readonly byte[][] _literals;
    private readonly bool _ignoreCase;
    private readonly bool _atWordStarts;
    private readonly MultiLiteralKeys _keys;
    private readonly MultiLiteralTables _tables;
    private readonly MultiLiteralFilter _filter;
    private readonly MultiLiteralTrie _trie;

    /// <param name="literals">1 to <see cref="MaxCount"/> of them, each of 1 to <see cref="MaxLength"/> bytes. Equal ones are all kept, and all found.</param>
    /// <param name="ignoreCase">Whether A-Z are the same as a-z. Letters beyond ASCII keep their case.</param>
    /// <param name="atWordStarts">
    /// Whether a literal counts only where a word may begin: not between two ASCII letters or digits. That leaves one place of prose in five, which makes the search of a large set several times faster.
    /// </param>
    /// <exception cref="ArgumentException">There are none or too many, or one is empty or too long: the message says which.</exception>
    public MultiLiteral(IReadOnlyList<byte[]> literals, bool ignoreCase, bool atWordStarts = false)
    {
        if (literals.Count is 0 or > MaxCount) throw new ArgumentException($"{literals.Count} literals; 1 to {MaxCount} are allowed.", nameof(literals));
        _ignoreCase = ignoreCase;
        _atWordStarts = atWordStarts;
        _literals = new byte[literals.Count][];
        for (var i = 0; i < _literals.Length; i++)
        {
            if (literals[i].Length is 0 or > MaxLength) throw new ArgumentException($"Literal {i} has {literals[i].Length} bytes; 1 to {MaxLength} are allowed.", nameof(literals));
            _literals[i] = [.. literals[i]];
            if (ignoreCase) AsciiFold.ToLower(_literals[i], _literals[i]);
            LongestLength = Math.Max(LongestLength, _literals[i].Length);
        }
        _keys = new MultiLiteralKeys(_literals, atWordStarts);
        _tables = _keys.Places is { } places ? new MultiLiteralTables(places) : MultiLiteralTables.Make(_keys.Keys);
        _filter = new MultiLiteralFilter(_keys.Keys, _keys, isListing: _keys.Places is not null);
        _trie = new MultiLiteralTrie(_literals, ignoreCase);
    }

    /// <summary>How many literals there are.</summary>
    public int Count => _literals.Length;

    /// <summary>Bytes of the longest literal: whoever searches a stream piece by piece keeps one less of them.</summary>
    public int LongestLength { get; }

    /// <summary>Bytes of a literal.</summary>
    /// <param name="literal">Its index in the list that the set was made from.</param>
    public int LengthOf(int literal) => _literals[literal].Length;

    /// <summary>Finds the first position at or after <paramref name="from"/> at which a literal stands, and the longest one that stands there.</summary>
    /// <param name="text">Any bytes.</param>
    /// <param name="from">0 to the length of the text.</param>
    /// <param name="literal">The literal's index in the list that the set was made from, the lowest one of equal literals; -1 where none was found.</param>
    /// <returns>The position of its first byte; -1 where there is none.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="from"/> is not in the text.</exception>
    public int Find(ReadOnlySpan<byte> text, int from, out int literal) => Find<Dispatched>(text, from, out literal);

    /// <summary>
    /// Every literal at every position at or after <paramref name="from"/>, overlapping ones too: by position, at one position the longest first, equal ones by index.
    /// How many there are is bounded by the set alone (a literal in a literal in a literal), so whoever wants bounded work takes <see cref="Find"/> and goes on where he likes.
    /// </summary>
    /// <param name="text">Any bytes.</param>
    /// <param name="from">0 to the length of the text.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="from"/> is not in the text.</exception>
    public Matches FindAll(ReadOnlySpan<byte> text, int from = 0) => new(this, text, from);

    internal int Find<TKernel>(ReadOnlySpan<byte> text, int from, out int literal)
        where TKernel : struct, IKernel
    {
        CheckFrom(text, from);
        var candidates = new Candidates(from);
        while (candidates.Next<TKernel>(this, text, out var at))
        {
            literal = _trie.Longest(text, at);
            if (literal >= 0) return at;
        }
        literal = -1;
        return -1;
    }

    private static void CheckFrom(ReadOnlySpan<byte> text, int from)
    {
        if ((uint)from > (uint)text.Length) throw new ArgumentOutOfRangeException(nameof(from), from, $"The text has {text.Length} bytes.");
    }

    /// <summary>Looks through blocks of <see cref="BlockSize"/> positions for one where a literal may begin.</summary>
    internal interface IKernel
    {
        /// <param name="text">The first byte of the text.</param>
        /// <param name="at">Where the first block begins; the byte before it tells whether a word goes on there.</param>
        /// <param name="last">Where the last block may begin: <see cref="BlockSize"/> + <see cref="MultiLiteralFilter.Reach"/> - 1 bytes from there on are readable.</param>
        /// <param name="tables">What to look for.</param>
        /// <param name="filter">What to look for in what the tables let through.</param>
        /// <param name="mask">Bit i: a literal may begin at byte i of the block.</param>
        /// <returns>Where the first block begins that has a bit; where there is none, the start of the first block after <paramref name="last"/>, and no bit.</returns>
        static abstract int NextBlock(ref byte text, int at, int last, MultiLiteralTables tables, MultiLiteralFilter filter, out ulong mask);
    }

    /// <summary>Positions of a block.</summary>
    internal const int BlockSize = 64;

    /// <summary>The widest variant that the machine has.</summary>
    internal readonly struct Dispatched : IKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static int NextBlock(ref byte text, int at, int last, MultiLiteralTables tables, MultiLiteralFilter filter, out ulong mask) =>
            Vector256.IsHardwareAccelerated && Avx2.IsSupported ? Kernel256.NextBlock(ref text, at, last, tables, filter, out mask)
            : Vector128.IsHardwareAccelerated ? Kernel128.NextBlock(ref text, at, last, tables, filter, out mask)
            : KernelScalar.NextBlock(ref text, at, last, tables, filter, out mask);
    }

    /// <summary>Goes from candidate to candidate in the order of their places; each position is looked at once.</summary>
    /// <param name="from">Where to begin.</param>
    private struct Candidates(int from)
    {
        private const int Reach = BlockSize + MultiLiteralFilter.Reach - 1;
        private readonly int _from = from;
        private int _next = from;

        // Where literals may begin: bits of the block that is being gone through, and of the one behind it, to which keys in the block that was not looked at yet may add.
        private int _block;
        private ulong _mask;
        private int _laterBlock;
        private ulong _later;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public bool Next<TKernel>(MultiLiteral set, ReadOnlySpan<byte> text, out int at)
            where TKernel : struct, IKernel
        {
            while (_mask != 0 || NextStarts<TKernel>(set, text))
            {
                at = _block + System.Numerics.BitOperations.TrailingZeroCount(_mask);
                _mask &= _mask - 1;
                if (set._atWordStarts && !WordStarts.IsStart(text, at)) continue;
                if (at > text.Length - MultiLiteralFilter.Reach || set._keys.MayBegin(ref Unsafe.Add(ref MemoryMarshal.GetReference(text), at))) return true;
            }
            at = -1;
            return false;
        }

        private bool NextStarts<TKernel>(MultiLiteral set, ReadOnlySpan<byte> text)
            where TKernel : struct, IKernel
        {
            while (true)
            {
                // Behind starts that wait only one block is looked at: a search that ends at the first match must not have run ahead of it.
                var found = NextKeys<TKernel>(set, text, _later != 0, out var block, out var before, out var starts);
                if (!found && _later == 0) return false;
                (_block, _mask) = found ? (block - BlockSize, before | _later) : (_laterBlock, _later);
                (_laterBlock, _later) = (block, starts);
                if (_mask != 0) return true;
            }
        }

        private bool NextKeys<TKernel>(MultiLiteral set, ReadOnlySpan<byte> text, bool isOneBlock, out int block, out ulong before, out ulong starts)
            where TKernel : struct, IKernel
        {
            (before, starts) = (0, 0);
            ref var first = ref MemoryMarshal.GetReference(text);
            var last = text.Length - Reach;
            if (_next <= last)
            {
                block = TKernel.NextBlock(ref first, _next, isOneBlock ? _next : last, set._tables, set._filter, out var mask);
                _next = mask == 0 ? block : block + BlockSize;
                if (mask != 0) return Place(set, ref Unsafe.Add(ref first, block), mask, block, out before, out starts);
                if (isOneBlock) return false;
            }
            // The zeros behind the text may look like a literal's: the verification knows where the text ends.
            Span<byte> tail = stackalloc byte[1 + Reach];
            for (block = 0; _next < text.Length;)
            {
                tail[0] = _next > 0 ? text[_next - 1] : (byte)0;
                var rest = text[_next..];
                var count = Math.Min(rest.Length, Reach);
                rest[..count].CopyTo(tail[1..]);
                tail[(1 + count)..].Clear();
                TKernel.NextBlock(ref MemoryMarshal.GetReference(tail), 1, 1, set._tables, set._filter, out var mask);
                block = _next;
                _next += BlockSize;
                if (rest.Length < BlockSize) mask &= (1UL << rest.Length) - 1;
                if (mask != 0) return Place(set, ref tail[1], mask, block, out before, out starts);
                if (isOneBlock) return false;
            }
            return false;
        }

        // From the places of keys to the places where their literals begin: in this block, and in the one before.
        private readonly bool Place(MultiLiteral set, ref byte keys, ulong mask, int block, out ulong before, out ulong starts)
        {
            (before, starts) = (0, 0);
            for (; mask != 0; mask &= mask - 1)
            {
                var at = System.Numerics.BitOperations.TrailingZeroCount(mask);
                var places = set._keys.Starts(ref Unsafe.Add(ref keys, at));
                before |= places << at << 1;
                starts |= places >> (BlockSize - 1 - at);
            }
            if (block == _from) before = 0;
            return true;
        }
    }
}
