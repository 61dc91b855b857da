namespace Edge.Cache.Semantic.Embedding;

/// <summary>Which pieces begin at a place of a text: all of them on one walk. Nodes lie level by level, a node's children side by side in the order of their characters.</summary>
internal sealed class PieceTrie
{
    private readonly char[] _character;
    private readonly int[] _firstChild;
    private readonly int[] _id;
    private readonly Dictionary<char, int> _roots = [];

    /// <param name="pieces">Piece and id. Of a piece that comes twice the later id counts.</param>
    public PieceTrie(IEnumerable<(string Piece, int Id)> pieces)
    {
        var root = new Node();
        foreach (var (piece, id) in pieces)
        {
            var node = root;
            foreach (var c in piece) node = node.Children.TryGetValue(c, out var next) ? next : node.Children[c] = new Node();
            node.Id = id;
        }
        var (characters, ids, first) = (new List<char>(), new List<int>(), new List<int>());
        var queue = new Queue<Node>();
        foreach (var (c, node) in root.Children)
        {
            _roots[c] = characters.Count;
            Put(c, node);
        }
        while (queue.TryDequeue(out var node))
        {
            first.Add(characters.Count);
            foreach (var (c, child) in node.Children) Put(c, child);
        }
        first.Add(characters.Count);
        (_character, _id, _firstChild) = ([.. characters], [.. ids], [.. first]);

        void Put(char c, Node node)
        {
            characters.Add(c);
            ids.Add(node.Id);
            queue.Enqueue(node);
        }
    }

    /// <summary>The node of a first character; -1 where no piece begins with it.</summary>
    public int Begin(char c) => _roots.TryGetValue(c, out var node) ? node : -1;

    /// <summary>The node one character on; -1 where no piece goes on so.</summary>
    public int Next(int node, char c)
    {
        var start = _firstChild[node];
        var at = _character.AsSpan(start, _firstChild[node + 1] - start).BinarySearch(c);
        return at < 0 ? -1 : start + at;
    }

    /// <summary>The id of the piece that ends at a node; -1 where none does.</summary>
    public int IdOf(int node) => _id[node];

    private sealed class Node
    {
        public SortedDictionary<char, Node> Children { get; } = [];

        public int Id { get; set; } = -1;
    }
}
