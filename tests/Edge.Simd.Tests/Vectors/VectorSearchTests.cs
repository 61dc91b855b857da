using Edge.Simd.Vectors;

namespace Edge.Simd.Tests.Vectors;

public class VectorSearchTests
{
    [Fact]
    public void The_best_rows_are_those_that_sorting_all_would_give()
    {
        for (var seed = 0; seed < 300; seed++)
        {
            var random = new Random(seed);
            var (dimensions, rows) = (1 + random.Next(80), random.Next(200));
            // Few values, so that many scores are equal and the lower row must win.
            var values = Enumerable.Range(0, dimensions * rows).Select(_ => (float)random.Next(-1, 2)).ToArray();
            var query = Enumerable.Range(0, dimensions).Select(_ => (float)random.Next(-1, 2)).ToArray();
            var atLeast = random.Next(2) == 0 ? float.NegativeInfinity : random.Next(-3, 4);
            var room = random.Next(12);

            var expected = Enumerable.Range(0, rows).Select(row => new ScoredRow(row, FloatDot.DotScalar(query, values.AsSpan(row * dimensions, dimensions))))
                .Where(row => row.Score >= atLeast).OrderByDescending(row => row.Score).ThenBy(row => row.Row).Take(room).ToArray();
            var best = new ScoredRow[room];
            Assert.Equal(expected, best[..VectorSearch.Best(query, values, best, atLeast)]);

            // -1, 0 and 1 at a scale of 0.5 are exactly representable.
            var (bytes, byteQuery) = (values.Select(value => (sbyte)value).ToArray(), query.Select(value => (sbyte)value).ToArray());
            var scales = Enumerable.Repeat(0.5f, rows).ToArray();
            var found = VectorSearch.Best(byteQuery, 2, bytes, scales, best, atLeast);
            Assert.Equal(expected, best[..found]);
        }
    }

    [Fact]
    public void Each_row_of_bytes_has_its_own_scale()
    {
        var best = new ScoredRow[3];
        Assert.Equal(3, VectorSearch.Best([1, 1], 2f, [1, 1, 2, 2, 1, 1], [1f, 0.25f, 4f], best));
        Assert.Equal([new(2, 16), new(0, 4), new(1, 2)], best);
    }

    [Fact]
    public void A_score_that_is_no_number_is_no_match()
    {
        var best = new ScoredRow[3];
        Assert.Equal(1, VectorSearch.Best([1f], [float.NaN, 2f, float.NaN], best));
        Assert.Equal(new ScoredRow(1, 2), best[0]);
    }

    [Fact]
    public void What_are_no_rows_is_refused()
    {
        Assert.Contains("5 values are no rows of 2 dimensions", Assert.Throws<ArgumentException>(() => VectorSearch.Best(new float[2], new float[5], [])).Message);
        Assert.Throws<ArgumentException>(() => VectorSearch.Best([], new float[5], []));
        Assert.Contains("1 scales for 2 rows", Assert.Throws<ArgumentException>(() => VectorSearch.Best(new sbyte[2], 1, new sbyte[4], new float[1], [])).Message);
        Assert.Equal(0, VectorSearch.Best(new float[2], [], new ScoredRow[1]));
    }

    [Fact]
    public void A_search_allocates_nothing()
    {
        var (query, rows, best) = (new float[384], new float[384 * 10], new ScoredRow[4]);
        Assert.Equal(0, Allocations.Of(() => VectorSearch.Best(query, rows, best)));
    }
}
