using Edge.Simd.Vectors;

namespace Edge.Cache.Semantic.Vectors;

/// <summary>An entry that was found.</summary>
/// <param name="Entry">The cache's id of it.</param>
/// <param name="Similarity">The cosine of both vectors.</param>
/// <param name="Text">The prompt that it answers, for the gate.</param>
internal readonly record struct Neighbour(ulong Entry, float Similarity, string Text);

/// <summary>
/// Vectors side by side: as bytes, which are scanned (a quarter of the memory that the scan waits for), and as half-precision numbers, in which the best are ranked again: within 0.0001 of the cosine, where bytes
/// are within 0.01. Not safe for several threads.
/// </summary>
internal sealed class VectorRows(int dimensions)
{
    private const int FirstCapacity = 16;

    private sbyte[] _bytes = [];
    private Half[] _halves = [];
    private float[] _scales = [];
    private ulong[] _entries = [];
    private string[] _texts = [];

    public int Count { get; private set; }

    /// <summary>Bytes held.</summary>
    public long Size => _bytes.LongLength + (2 * _halves.LongLength) + (4 * _scales.LongLength) + (16 * _entries.LongLength);

    public ReadOnlySpan<ulong> Entries => _entries.AsSpan(0, Count);

    public ReadOnlySpan<sbyte> Bytes(int row) => _bytes.AsSpan(row * dimensions, dimensions);

    public string Text(int row) => _texts[row];

    public void Vector(int row, Span<float> vector)
    {
        var halves = _halves.AsSpan(row * dimensions, dimensions);
        for (var i = 0; i < vector.Length; i++) vector[i] = (float)halves[i];
    }

    public int Add(ulong entry, ReadOnlySpan<float> vector, string text)
    {
        if (Count == _entries.Length) Grow();
        var row = Count++;
        _scales[row] = Int8Dot.Quantize(vector, _bytes.AsSpan(row * dimensions, dimensions));
        for (var i = 0; i < vector.Length; i++) _halves[(row * dimensions) + i] = (Half)vector[i];
        (_entries[row], _texts[row]) = (entry, text);
        return row;
    }

    /// <summary>The last row takes the place of the one removed.</summary>
    /// <returns>The entry that moved to that row; null where none did.</returns>
    public ulong? RemoveAt(int row)
    {
        var last = --Count;
        if (row != last)
        {
            _bytes.AsSpan(last * dimensions, dimensions).CopyTo(_bytes.AsSpan(row * dimensions));
            _halves.AsSpan(last * dimensions, dimensions).CopyTo(_halves.AsSpan(row * dimensions));
            (_scales[row], _entries[row], _texts[row]) = (_scales[last], _entries[last], _texts[last]);
        }
        _texts[last] = "";
        return row == last ? null : _entries[row];
    }

    /// <summary>Offers the rows that are near enough to the best found so far.</summary>
    /// <param name="query">Of length 1.</param>
    /// <param name="bytes">The same, quantised.</param>
    /// <param name="scale">Its scale.</param>
    /// <param name="atLeast">The least cosine.</param>
    /// <param name="best">The best so far, best first.</param>
    /// <param name="most">How many to keep.</param>
    public void Search(ReadOnlySpan<float> query, ReadOnlySpan<sbyte> bytes, float scale, float atLeast, List<Neighbour> best, int most)
    {
        // More than are wanted: what bytes rank within their error is ranked by the exact vectors.
        Span<ScoredRow> rows = stackalloc ScoredRow[32];
        Span<float> vector = stackalloc float[dimensions];
        const float Error = 0.01f;
        var found = VectorSearch.Best(bytes, scale, _bytes.AsSpan(0, Count * dimensions), _scales.AsSpan(0, Count), rows, atLeast - Error);
        foreach (var candidate in rows[..found])
        {
            if (best.Count == most && candidate.Score + Error < best[^1].Similarity) break;
            Vector(candidate.Row, vector);
            var cosine = Math.Min(1, FloatDot.Dot(query, vector));
            if (cosine < atLeast || (best.Count == most && cosine <= best[^1].Similarity)) continue;
            var at = best.FindIndex(n => n.Similarity < cosine);
            best.Insert(at < 0 ? best.Count : at, new Neighbour(_entries[candidate.Row], cosine, _texts[candidate.Row]));
            if (best.Count > most) best.RemoveAt(most);
        }
    }

    private void Grow()
    {
        var capacity = Math.Max(FirstCapacity, 2 * _entries.Length);
        Array.Resize(ref _bytes, capacity * dimensions);
        Array.Resize(ref _halves, capacity * dimensions);
        Array.Resize(ref _scales, capacity);
        Array.Resize(ref _entries, capacity);
        Array.Resize(ref _texts, capacity);
    }
}
