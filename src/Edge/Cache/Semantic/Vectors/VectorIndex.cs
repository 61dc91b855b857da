using Edge.Simd.Vectors;

namespace Edge.Cache.Semantic.Vectors;

/// <summary>
/// The vectors of one scope. Up to 50,000 every one is looked at (0.5 ms for 10,000); beyond they are sorted into cells, of which a search looks into sixteen of 256. Adding, removing and searching are safe for
/// several threads; they take turns.
/// </summary>
internal sealed class VectorIndex(int dimensions, int cellsFrom = VectorIndex.DefaultCellsFrom)
{
    public const int DefaultCellsFrom = 50_000;

    private const int SampleSize = 8_192;

    private static readonly TimeSpan s_patience = TimeSpan.FromMilliseconds(20);

    private readonly Lock _lock = new();
    private readonly Dictionary<ulong, (int Cell, int Row)> _places = [];
    private List<VectorRows> _rows = [new VectorRows(dimensions)];
    private VectorCells? _cells;

    public int Count
    {
        get
        {
            lock (_lock) return _places.Count;
        }
    }

    /// <summary>Bytes held by vectors, texts aside.</summary>
    public long Size
    {
        get
        {
            lock (_lock) return _rows.Sum(r => r.Size);
        }
    }

    /// <summary>Searches look into cells.</summary>
    public bool HasCells => _cells is not null;

    /// <summary>An entry that is there already is replaced.</summary>
    /// <param name="entry">The cache's id.</param>
    /// <param name="vector">Of length 1.</param>
    /// <param name="text">The prompt.</param>
    /// <exception cref="ArgumentException">The vector has other dimensions.</exception>
    public void Add(ulong entry, ReadOnlySpan<float> vector, string text)
    {
        if (vector.Length != dimensions) throw new ArgumentException($"A vector of {vector.Length} dimensions in an index of {dimensions}.", nameof(vector));
        lock (_lock)
        {
            RemoveLocked(entry);
            var cell = _cells?.CellOf(vector) ?? 0;
            _places[entry] = (cell, _rows[cell].Add(entry, vector, text));
            if (_cells is null && _places.Count > cellsFrom) Divide();
        }
    }

    public bool Remove(ulong entry)
    {
        lock (_lock) return RemoveLocked(entry);
    }

    /// <summary>The nearest entries, nearest first.</summary>
    /// <param name="query">Of length 1.</param>
    /// <param name="atLeast">The least cosine.</param>
    /// <param name="most">1 to 16.</param>
    /// <returns>Null where others held the index for 20 ms: it is being sorted into cells.</returns>
    public List<Neighbour>? Search(ReadOnlySpan<float> query, float atLeast, int most)
    {
        var best = new List<Neighbour>(most + 1);
        Span<sbyte> bytes = stackalloc sbyte[dimensions];
        var scale = Int8Dot.Quantize(query, bytes);
        if (!_lock.TryEnter(s_patience)) return null;
        try
        {
            if (_cells is null)
            {
                _rows[0].Search(query, bytes, scale, atLeast, best, most);
                return best;
            }
            Span<int> cells = stackalloc int[VectorCells.Count];
            foreach (var cell in cells[.._cells.Nearest(bytes, scale, cells)]) _rows[cell].Search(query, bytes, scale, atLeast, best, most);
            return best;
        }
        finally
        {
            _lock.Exit();
        }
    }

    private bool RemoveLocked(ulong entry)
    {
        if (!_places.Remove(entry, out var place)) return false;
        if (_rows[place.Cell].RemoveAt(place.Row) is { } moved) _places[moved] = place;
        return true;
    }

    // Once, on the thread that adds (a worker): half a second for the centres and as much for the vectors. Searches are skipped meanwhile.
    private void Divide()
    {
        var flat = _rows[0];
        var sample = new float[Math.Min(SampleSize, flat.Count) * dimensions];
        var step = Math.Max(1, flat.Count / SampleSize);
        for (var i = 0; i < sample.Length / dimensions; i++) flat.Vector(i * step, sample.AsSpan(i * dimensions, dimensions));
        var cells = VectorCells.Train(sample, dimensions);
        var rows = Enumerable.Range(0, VectorCells.Count).Select(_ => new VectorRows(dimensions)).ToList();
        Span<float> vector = stackalloc float[dimensions];
        for (var row = 0; row < flat.Count; row++)
        {
            flat.Vector(row, vector);
            var (entry, cell) = (flat.Entries[row], cells.CellOf(vector));
            _places[entry] = (cell, rows[cell].Add(entry, vector, flat.Text(row)));
        }
        (_rows, _cells) = (rows, cells);
    }
}
