using Edge.Cache.Semantic;
using Edge.Cache.Semantic.Vectors;
using Edge.Simd.Vectors;

namespace Edge.Tests.Cache.Semantic;

public class VectorIndexTests
{
    private const int Dimensions = 64;

    [Fact]
    public void The_nearest_come_first_with_their_exact_cosines()
    {
        var random = new Random(1);
        var index = new VectorIndex(Dimensions);
        var vectors = Enumerable.Range(0, 500).Select(_ => Unit(random)).ToList();
        for (var i = 0; i < vectors.Count; i++) index.Add((ulong)i, vectors[i], $"text {i}");
        for (var round = 0; round < 50; round++)
        {
            var query = Near(vectors[random.Next(vectors.Count)], random, 0.3);
            var expected = vectors.Select((v, i) => (Id: (ulong)i, Cosine: FloatDot.Dot(query, v))).Where(p => p.Cosine >= 0.5).OrderByDescending(p => p.Cosine).Take(4).ToList();
            var found = index.Search(query, 0.5f, 4)!;
            Assert.Equal(expected.Select(e => e.Id), found.Select(f => f.Entry));
            Assert.All(found.Zip(expected), p => Assert.Equal(p.Second.Cosine, p.First.Similarity, 0.0005));
            Assert.All(found, f => Assert.Equal($"text {f.Entry}", f.Text));
        }
    }

    [Fact]
    public void Beyond_the_bound_cells_find_what_a_scan_finds()
    {
        var random = new Random(2);
        var index = new VectorIndex(Dimensions, cellsFrom: 2_000);
        // In clusters, as prompts are.
        var topics = Enumerable.Range(0, 100).Select(_ => Unit(random)).ToList();
        var vectors = Enumerable.Range(0, 6_000).Select(i => Near(topics[i % topics.Count], random, 0.7)).ToList();
        for (var i = 0; i < vectors.Count; i++) index.Add((ulong)i, vectors[i], "");
        Assert.True(index.HasCells);

        var (found, wanted) = (0, 0);
        for (var round = 0; round < 500; round++)
        {
            var query = Near(vectors[random.Next(vectors.Count)], random, 0.2);
            var expected = vectors.Select((v, i) => (Id: (ulong)i, Cosine: FloatDot.Dot(query, v))).Where(p => p.Cosine >= 0.92).Select(p => p.Id).ToHashSet();
            wanted += Math.Min(16, expected.Count);
            found += index.Search(query, 0.92f, 16)!.Count(n => expected.Contains(n.Entry));
        }
        Assert.True(wanted >= 400);
        Assert.True(found >= 0.97 * wanted, $"{found} of {wanted} near neighbours are found.");
    }

    [Theory]
    [InlineData(10_000)]
    [InlineData(300)]
    public void Entries_come_replace_each_other_and_go_like_those_of_a_dictionary(int cellsFrom)
    {
        var random = new Random(3);
        var index = new VectorIndex(Dimensions, cellsFrom);
        var model = new Dictionary<ulong, float[]>();
        for (var step = 0; step < 3_000; step++)
        {
            var entry = (ulong)random.Next(600);
            if (random.Next(3) == 0) Assert.Equal(model.Remove(entry), index.Remove(entry));
            else
            {
                model[entry] = Unit(random);
                index.Add(entry, model[entry], $"{entry}");
            }
            Assert.Equal(model.Count, index.Count);
        }
        foreach (var (entry, vector) in model)
        {
            var best = index.Search(vector, 0.99f, 1)!;
            Assert.Equal(entry, Assert.Single(best).Entry);
        }
        foreach (var entry in model.Keys.ToList()) Assert.True(index.Remove(entry));
        Assert.Empty(index.Search(Unit(random), -1, 4)!);
    }

    [Fact]
    public void Scopes_never_see_each_other_and_the_oldest_leave_first()
    {
        var random = new Random(4);
        var index = new SemanticIndex(Dimensions, maxEntries: 10);
        var vector = Unit(random);
        index.Add(1, 100, vector, "a");
        Assert.Empty(index.Search(2, vector, 0.5f, 4)!);
        Assert.Equal(100ul, Assert.Single(index.Search(1, vector, 0.5f, 4)!).Entry);

        for (var i = 0ul; i < 10; i++) index.Add(2, i, Unit(random), "b");
        Assert.Equal(10, index.Count);
        Assert.Empty(index.Search(1, vector, 0.5f, 4)!);
        Assert.Equal(1, index.Scopes);
        // Replaced often, an entry is still one: the bound holds, and nobody else is thrown out for it.
        for (var i = 0; i < 100; i++) index.Add(2, 5, vector, "c");
        Assert.Equal(10, index.Count);
        Assert.True(index.Remove(5));
        Assert.False(index.Remove(5));
    }

    [Fact]
    public async Task Threads_may_add_remove_and_search_at_once()
    {
        var index = new SemanticIndex(Dimensions, 500);
        await Task.WhenAll(Enumerable.Range(0, 4).Select(worker => Task.Run(() =>
        {
            var random = new Random(worker);
            for (var i = 0; i < 2_000; i++)
            {
                var entry = (ulong)random.Next(1_000);
                var vector = Unit(random);
                if (i % 3 == 0) index.Remove(entry);
                else index.Add((UInt128)(entry % 5), entry, vector, $"{entry}");
                foreach (var found in index.Search((UInt128)random.Next(5), vector, 0.2f, 4) ?? []) Assert.Equal($"{found.Entry}", found.Text);
            }
        })));
        Assert.True(index.Count <= 500);
    }

    private static float[] Unit(Random random)
    {
        var vector = new float[Dimensions];
        for (var i = 0; i < vector.Length; i++) vector[i] = (float)((random.NextDouble() * 2) - 1);
        FloatDot.Normalize(vector);
        return vector;
    }

    private static float[] Near(float[] centre, Random random, double distance)
    {
        var noise = Unit(random);
        var vector = new float[Dimensions];
        for (var i = 0; i < vector.Length; i++) vector[i] = centre[i] + ((float)distance * noise[i]);
        FloatDot.Normalize(vector);
        return vector;
    }
}
