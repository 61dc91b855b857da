using Edge.Cache.Semantic.Embedding;
using Edge.Cache.Semantic.Gate;
using Edge.Simd.Vectors;

namespace Edge.Embed;

/// <summary>What the gate does with pairs, and why.</summary>
internal static class Evaluation
{
    public static void Print(IReadOnlyList<string> files, bool verbose)
    {
        var engine = EmbeddingEngine.TryLoad(new EmbeddingModelConfig(), AppContext.BaseDirectory, out var error) ?? throw new InvalidOperationException(error);
        foreach (var kind in files.SelectMany(PromptPair.Read).GroupBy(p => p.Kind))
        {
            var scored = kind.Select(p =>
            {
                var (a, b) = (PromptForm.Of(p.A), PromptForm.Of(p.B));
                return (Pair: p, Raw: Cosine(engine, p.A, p.B), Canonical: Cosine(engine, a.Key, b.Key), SemanticGate.Check(a, b).Reason, A: a, B: b);
            }).ToList();
            Console.WriteLine($"== {kind.Key}: {scored.Count(s => s.Pair.Same)} same, {scored.Count(s => !s.Pair.Same)} other");
            foreach (var threshold in new[] { 0.85, 0.90, 0.92, 0.95, 0.97 })
            {
                Console.WriteLine($"{threshold}: raw {Share(scored, s => s.Raw >= threshold)}; canonical {Share(scored, s => s.Canonical >= threshold)}; raw+gate {Share(scored, s => s.Raw >= threshold && s.Reason == 0)}; canonical+gate {Share(scored, s => s.Canonical >= threshold && s.Reason == 0)}");
            }
            Console.WriteLine($"gate alone {Share(scored, s => s.Reason == 0)}");
            foreach (var reason in scored.GroupBy(s => s.Reason)) Console.WriteLine($"  {reason.Key}: {reason.Count(r => r.Pair.Same)} same, {reason.Count(r => !r.Pair.Same)} other");
            if (!verbose) continue;
            foreach (var s in scored.Where(s => s.Pair.Same != (s.Canonical >= 0.95 && s.Reason == 0)))
            {
                Console.WriteLine($"{(s.Pair.Same ? "MISS" : "FALSE")} {s.Raw:F3} {s.Canonical:F3} {s.Reason} | {s.Pair.A} | {s.Pair.B}\n      {s.A.Question}: {s.A.Canonical} | {s.B.Question}: {s.B.Canonical} | {string.Join(' ', s.A.Content.Select(c => c.Key))} | {string.Join(' ', s.B.Content.Select(c => c.Key))}");
            }
        }
    }

    private static string Share<T>(List<T> scored, Func<T, bool> hit) where T : notnull
    {
        var same = scored.Where(s => ((dynamic)s).Item1.Same).ToList();
        var other = scored.Where(s => !((dynamic)s).Item1.Same).ToList();
        return $"{100.0 * same.Count(hit) / Math.Max(1, same.Count):F1}/{100.0 * other.Count(hit) / Math.Max(1, other.Count):F1} %";
    }

    private static float Cosine(EmbeddingEngine engine, string a, string b)
    {
        Span<float> x = new float[engine.Dimensions], y = new float[engine.Dimensions];
        return engine.Embed(a, x).HasVector && engine.Embed(b, y).HasVector ? FloatDot.Dot(x, y) : 0;
    }
}
