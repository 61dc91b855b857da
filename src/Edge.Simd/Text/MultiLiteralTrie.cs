using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Edge.Simd.Text;

/// <summary>Which literals stand at a position: a trie whose nodes hold all the bytes in which literals do not part.</summary>
internal sealed class MultiLiteralTrie
{
    /// <param name="LabelStart">Bytes that must follow, in <c>_bytes</c>; the byte that led here is not among them.</param>
    /// <param name="LabelLength">How many; may be 0.</param>
    /// <param name="Literal">The literal that ends behind them (the first of equal ones); -1 for none.</param>
    /// <param name="HasChildren">Whether any literal goes on.</param>
    private readonly record struct Node(int LabelStart, int LabelLength, int Literal, bool HasChildren);

    private readonly record struct Edge(int Key, int Node);

    private readonly bool _ignoreCase;
    private readonly byte[] _bytes;
    private readonly Node[] _nodes;
    private readonly Edge[] _edges;
    private readonly int _edgeShift;
    private readonly int[] _shorter;

    /// <param name="literals">Folded where <paramref name="ignoreCase"/> is set.</param>
    /// <param name="ignoreCase">Whether the text is to be folded too.</param>
    public MultiLiteralTrie(byte[][] literals, bool ignoreCase)
    {
        _ignoreCase = ignoreCase;
        _bytes = [.. literals.SelectMany(literal => literal)];
        _shorter = new int[literals.Length];
        var starts = new int[literals.Length];
        for (var i = 1; i < literals.Length; i++) starts[i] = starts[i - 1] + literals[i - 1].Length;
        var sorted = Enumerable.Range(0, literals.Length).ToArray();
        Array.Sort(sorted, (a, b) => literals[a].AsSpan().SequenceCompareTo(literals[b]) is var order && order != 0 ? order : a.CompareTo(b));

        var nodes = new List<Node>();
        var edges = new List<Edge>();
        Add(0, sorted.Length, 0, -1);
        _nodes = [.. nodes];

        // At most half full.
        var bits = 1;
        while (1 << bits < 2 * edges.Count + 1) bits++;
        _edgeShift = 32 - bits;
        _edges = new Edge[1 << bits];
        _edges.AsSpan().Fill(new Edge(-1, -1));
        foreach (var edge in edges)
        {
            var slot = Slot(edge.Key);
            while (_edges[slot].Key >= 0) slot = (slot + 1) & (_edges.Length - 1);
            _edges[slot] = edge;
        }

        // Literals sorted[from..to] share their first `depth` bytes; shorter is the longest literal that they all begin with. The recursion goes as deep as a literal is long.
        int Add(int from, int to, int depth, int shorter)
        {
            var first = literals[sorted[from]];
            var common = depth + first.AsSpan(depth).CommonPrefixLength(literals[sorted[to - 1]].AsSpan(depth));
            var label = (Start: starts[sorted[from]] + depth, Length: common - depth);
            var literal = -1;
            if (first.Length == common)
            {
                literal = sorted[from];
                var previous = literal;
                for (from++; from < to && literals[sorted[from]].Length == common; from++)
                {
                    _shorter[previous] = sorted[from];
                    previous = sorted[from];
                }
                _shorter[previous] = shorter;
                shorter = literal;
            }
            var node = nodes.Count;
            nodes.Add(new Node(label.Start, label.Length, literal, from < to));
            while (from < to)
            {
                var b = literals[sorted[from]][common];
                var end = from + 1;
                while (end < to && literals[sorted[end]][common] == b) end++;
                edges.Add(new Edge(Key(node, b), Add(from, end, common + 1, shorter)));
                from = end;
            }
            return node;
        }
    }

    /// <summary>The longest literal at a position, the first of equal ones; -1 where there is none.</summary>
    public int Longest(ReadOnlySpan<byte> text, int at)
    {
        var longest = -1;
        var node = 0;
        var rest = text[at..];
        while (true)
        {
            ref var here = ref _nodes[node];
            var label = _bytes.AsSpan(here.LabelStart, here.LabelLength);
            if (!StartsWith(rest, label)) return longest;
            if (here.Literal >= 0) longest = here.Literal;
            rest = rest[label.Length..];
            if (!here.HasChildren || rest.IsEmpty) return longest;
            node = Child(node, _ignoreCase ? AsciiFold.ToLower(rest[0]) : rest[0]);
            if (node < 0) return longest;
            rest = rest[1..];
        }
    }

    /// <summary>The next literal of those that stand where <paramref name="literal"/> stands: an equal one, else the next shorter one; -1 where there is none.</summary>
    public int NextShorter(int literal) => _shorter[literal];

    private int Child(int node, byte b)
    {
        var key = Key(node, b);
        for (var slot = Slot(key); ; slot = (slot + 1) & (_edges.Length - 1))
        {
            ref var edge = ref _edges[slot];
            if (edge.Key == key) return edge.Node;
            if (edge.Key < 0) return -1;
        }
    }

    private static int Key(int node, byte b) => (node << 8) | b;

    private int Slot(int key) => (int)((uint)key * 0x9E3779B1U >> _edgeShift);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool StartsWith(ReadOnlySpan<byte> rest, ReadOnlySpan<byte> label) =>
        label.IsEmpty || (rest.Length >= label.Length && (_ignoreCase ? SameFolded(rest, label) : rest[..label.Length].SequenceEqual(label)));

    // A text that repeats the beginning of a long literal meets its label again and again: sixteen bytes at once keep that cheap.
    private static bool SameFolded(ReadOnlySpan<byte> text, ReadOnlySpan<byte> folded)
    {
        ref var a = ref MemoryMarshal.GetReference(text);
        ref var b = ref MemoryMarshal.GetReference(folded);
        var at = 0;
        for (; at <= folded.Length - Vector128<byte>.Count; at += Vector128<byte>.Count)
        {
            var bytes = Vector128.LoadUnsafe(ref a, (nuint)at);
            var offset = bytes - Vector128.Create((byte)'A');
            var upper = Vector128.Equals(Vector128.Min(offset, Vector128.Create((byte)('Z' - 'A'))), offset);
            if ((bytes | (upper & Vector128.Create((byte)0x20))) != Vector128.LoadUnsafe(ref b, (nuint)at)) return false;
        }
        for (; at < folded.Length; at++)
        {
            if (AsciiFold.ToLower(text[at]) != folded[at]) return false;
        }
        return true;
    }
}
