using Edge.Simd.Vectors;

namespace Edge.Cache.Semantic.Vectors;

/// <summary>
/// Where vectors lie: centres found by k-means over a sample, each vector in the cell of the nearest one (an inverted file, Sivic and Zisserman 2003). A search looks into the cells whose centres are nearest.
/// </summary>
internal sealed class VectorCells
{
    public const int Count = 256;

    // Of 256: near duplicates, which are what a cache looks for, lie in the same cell or one beside it.
    private const int Probes = 16;
    private const int Rounds = 4;

    private readonly int _dimensions;
    private readonly float[] _centres;
    private readonly sbyte[] _bytes;
    private readonly float[] _scales = new float[Count];

    private VectorCells(int dimensions, float[] centres)
    {
        (_dimensions, _centres, _bytes) = (dimensions, centres, new sbyte[centres.Length]);
        for (var i = 0; i < Count; i++) _scales[i] = Int8Dot.Quantize(centres.AsSpan(i * dimensions, dimensions), _bytes.AsSpan(i * dimensions, dimensions));
    }

    /// <summary>Finds centres. Takes half a second for 8,192 vectors of 512 dimensions: for a thread in the background.</summary>
    /// <param name="sample">Vectors of length 1, row after row; 256 at least.</param>
    /// <param name="dimensions">Of each.</param>
    public static VectorCells Train(ReadOnlySpan<float> sample, int dimensions)
    {
        var rows = sample.Length / dimensions;
        var centres = new float[Count * dimensions];
        // Every n-th: the sample is in no order already.
        for (var i = 0; i < Count; i++) sample.Slice(i * (rows / Count) * dimensions, dimensions).CopyTo(centres.AsSpan(i * dimensions));
        Span<ScoredRow> nearest = stackalloc ScoredRow[1];
        for (var round = 0; round < Rounds; round++)
        {
            var (sums, members) = (new float[centres.Length], new int[Count]);
            for (var row = 0; row < rows; row++)
            {
                var vector = sample.Slice(row * dimensions, dimensions);
                if (VectorSearch.Best(vector, centres, nearest) == 0) continue;
                var sum = sums.AsSpan(nearest[0].Row * dimensions, dimensions);
                for (var i = 0; i < dimensions; i++) sum[i] += vector[i];
                members[nearest[0].Row]++;
            }
            for (var i = 0; i < Count; i++)
            {
                // A centre without members stays where it is.
                if (members[i] > 0 && FloatDot.Normalize(sums.AsSpan(i * dimensions, dimensions))) sums.AsSpan(i * dimensions, dimensions).CopyTo(centres.AsSpan(i * dimensions));
            }
        }
        return new VectorCells(dimensions, centres);
    }

    public int CellOf(ReadOnlySpan<float> vector)
    {
        Span<ScoredRow> nearest = stackalloc ScoredRow[1];
        return VectorSearch.Best(vector, _centres, nearest) == 0 ? 0 : nearest[0].Row;
    }

    /// <summary>The cells to look into, the nearest first.</summary>
    public int Nearest(ReadOnlySpan<sbyte> query, float scale, Span<int> cells)
    {
        Span<ScoredRow> nearest = stackalloc ScoredRow[Probes];
        var found = VectorSearch.Best(query, scale, _bytes.AsSpan(0, Count * _dimensions), _scales, nearest);
        for (var i = 0; i < found; i++) cells[i] = nearest[i].Row;
        return found;
    }
}
