using Edge.Cache.Semantic.Embedding;
using Edge.Cache.Semantic.Gate;
using Edge.Simd.Vectors;

namespace Edge.Embed;

/// <summary>
/// Pairs that differ in one word, made of pairs that mean the same: what a long prompt with another noun looks like. Of forty words drawn from the other prompts the one nearest to the word replaced is taken
/// (but no synonym), so that the pair is hard. The draw is seeded by the text: the same input gives the same pairs.
/// </summary>
internal sealed class Substitution(EmbeddingEngine engine)
{
    private readonly Dictionary<string, float[]> _vectors = new(StringComparer.Ordinal);

    public List<PromptPair> Of(List<PromptPair> pairs)
    {
        var pool = pairs.SelectMany(p => PromptForm.Of(p.A).Content).Where(IsReplaceable).Select(w => w.Text).Distinct().Order(StringComparer.Ordinal).ToArray();
        var made = new List<PromptPair>();
        foreach (var pair in pairs.Where(p => p.Same))
        {
            var words = PromptForm.Of(pair.A).Content.Where(IsReplaceable).ToList();
            if (words.Count < 3) continue;
            var seed = pair.A.Aggregate(17u, (h, c) => (h * 31) + c);
            var word = words[(int)(Next(ref seed) % words.Count)];
            var at = pair.A.IndexOf(word.Text, StringComparison.Ordinal);
            if (at < 0) continue;
            var other = Nearest(word, Enumerable.Range(0, 40).Select(_ => pool[Next(ref seed) % pool.Length]).ToList());
            if (other is null) continue;
            made.Add(new PromptPair(pair.A[..at] + other + pair.A[(at + word.Text.Length)..], made.Count % 2 == 0 ? pair.B : pair.A, false, pair.Kind + "-substituted", pair.Group));
        }
        return made;
    }

    private string? Nearest(ContentWord word, List<string> others) =>
        others.Where(o => !Lexicon.Shared.AreSame(Lexicon.Shared.Canonical(o), word.Key) && Lexicon.Shared.Stem(o) != Lexicon.Shared.Stem(word.Text)).MaxBy(o => FloatDot.Dot(Vector(o), Vector(word.Text)));

    private float[] Vector(string word)
    {
        if (_vectors.TryGetValue(word, out var vector)) return vector;
        vector = new float[engine.Dimensions];
        engine.Embed(word, vector);
        return _vectors[word] = vector;
    }

    private static bool IsReplaceable(ContentWord word) => !word.IsName && !word.IsNumber && word.Text.Length > 3;

    private static uint Next(ref uint seed)
    {
        seed = (seed * 1664525) + 1013904223;
        return seed >> 8;
    }
}
