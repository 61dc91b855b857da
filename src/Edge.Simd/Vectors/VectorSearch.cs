namespace Edge.Simd.Vectors;

/// <summary>A row of a matrix and what it scored.</summary>
/// <param name="Row">Its index.</param>
/// <param name="Score">The product with the query; of unit vectors the cosine.</param>
public readonly record struct ScoredRow(int Row, float Score);

/// <summary>One query against many rows: every row is looked at, the best few are kept. Allocates nothing.</summary>
public static class VectorSearch
{
    /// <summary>The rows whose product with the query is greatest.</summary>
    /// <param name="query">One dimension at least.</param>
    /// <param name="rows">Row after row, each as long as the query.</param>
    /// <param name="best">Where the best rows go, the greatest score first, of equal ones the lower row first. It is kept sorted by insertion: meant for tens, not thousands.</param>
    /// <param name="atLeast">Rows that score less are left out, as are rows whose score is NaN.</param>
    /// <returns>How many rows were written.</returns>
    /// <exception cref="ArgumentException">The query has no dimensions, or the rows are no whole number of rows.</exception>
    public static int Best(ReadOnlySpan<float> query, ReadOnlySpan<float> rows, Span<ScoredRow> best, float atLeast = float.NegativeInfinity)
    {
        var count = 0;
        var total = Rows(query.Length, rows.Length);
        for (var row = 0; row < total; row++)
        {
            Offer(new ScoredRow(row, FloatDot.Dispatched(query, rows.Slice(row * query.Length, query.Length))), best, ref count, atLeast);
        }
        return count;
    }

    /// <summary>The same for quantised vectors; scores are in the units of the originals.</summary>
    /// <param name="query">1 to <see cref="Int8Dot.MaxLength"/> dimensions.</param>
    /// <param name="scale">The query's scale (<see cref="Int8Dot.Quantize"/>).</param>
    /// <param name="rows">Row after row, each as long as the query.</param>
    /// <param name="scales">The rows' scales, one each.</param>
    /// <param name="best">As above.</param>
    /// <param name="atLeast">As above.</param>
    /// <returns>How many rows were written.</returns>
    /// <exception cref="ArgumentException">The query has no or too many dimensions, the rows are no whole number of rows, or there is not one scale for each.</exception>
    public static int Best(ReadOnlySpan<sbyte> query, float scale, ReadOnlySpan<sbyte> rows, ReadOnlySpan<float> scales, Span<ScoredRow> best, float atLeast = float.NegativeInfinity)
    {
        Int8Dot.CheckLength(query.Length);
        var count = 0;
        var total = Rows(query.Length, rows.Length);
        if (scales.Length != total) throw new ArgumentException($"{scales.Length} scales for {total} rows.", nameof(scales));
        for (var row = 0; row < total; row++)
        {
            Offer(new ScoredRow(row, Int8Dot.Dispatched(query, rows.Slice(row * query.Length, query.Length)) * (scale * scales[row])), best, ref count, atLeast);
        }
        return count;
    }

    private static int Rows(int dimensions, int values)
    {
        if (dimensions == 0 || values % dimensions != 0) throw new ArgumentException($"{values} values are no rows of {dimensions} dimensions.");
        return values / dimensions;
    }

    private static void Offer(ScoredRow row, Span<ScoredRow> best, ref int count, float atLeast)
    {
        // Not "score < atLeast": NaN is to leave here.
        if (!(row.Score >= atLeast)) return;
        if (count == best.Length)
        {
            if (count == 0 || row.Score <= best[count - 1].Score) return;
            count--;
        }
        var at = count++;
        for (; at > 0 && best[at - 1].Score < row.Score; at--) best[at] = best[at - 1];
        best[at] = row;
    }
}
