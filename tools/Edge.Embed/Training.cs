using Edge.Cache.Semantic.Embedding;
using Edge.Cache.Semantic.Gate;

namespace Edge.Embed;

/// <summary>From files of pairs to the verifier's weights, with what five folds say of them.</summary>
internal static class Training
{
    public static byte[] Run(IReadOnlyList<string> files)
    {
        var engine = EmbeddingEngine.TryLoad(new EmbeddingModelConfig(), AppContext.BaseDirectory, out var error) ?? throw new InvalidOperationException(error);
        var samples = new List<Sample>();
        foreach (var file in files)
        {
            var pairs = PromptPair.Read(file);
            var made = new Substitution(engine).Of(pairs);
            // Where a file has no pairs that differ: what is nearest in it and means something else.
            if (pairs.TrueForAll(p => p.Same)) made.AddRange(Sample.Neighbours(engine, pairs, 3));
            samples.AddRange(pairs.Concat(made).Select(p => Sample.Of(engine, p)).OfType<Sample>());
        }
        var scores = Trainer.CrossValidate(samples, IsTrained);
        foreach (var kind in Enumerable.Range(0, samples.Count).GroupBy(i => samples[i].Pair.Kind))
        {
            var passing = kind.Where(i => samples[i].Reason == GateReason.None).ToList();
            var (same, other) = (passing.Where(i => samples[i].Pair.Same).ToList(), passing.Where(i => !samples[i].Pair.Same).ToList());
            Console.WriteLine($"{kind.Key}: {kind.Count()} pairs; of {same.Count} same that the rules pass {same.Count(i => scores[i] < Verifier.Threshold)} are lost, of {other.Count} others {other.Count(i => scores[i] < Verifier.Threshold)} are refused");
        }
        var kept = Enumerable.Range(0, samples.Count).Where(i => samples[i].Reason == GateReason.None && samples[i].Pair.Same).Select(i => scores[i]).Order().ToList();
        Console.WriteLine($"a threshold that loses two in a hundred of {kept.Count}: {kept[kept.Count / 50]:F2}; the shipped one is {Verifier.Threshold:F2}");
        foreach (var (name, score) in new (string, Func<int, double>)[] { ("cosine of the texts", i => samples[i].Raw), ("cosine of the canonical forms", i => samples[i].Key), ("verifier, unseen", i => scores[i]) })
        {
            Console.WriteLine($"AUC {name}: {Auc([.. Enumerable.Range(0, samples.Count).Where(i => IsTrained(samples[i])).Select(i => (score(i), samples[i].Pair.Same))]):F3}");
        }
        return Verifier.Write(Trainer.Train([.. samples.Where(IsTrained)]));
    }

    // What the rules refuse for good is none of the verifier's business.
    private static bool IsTrained(Sample sample) =>
        sample.Reason is not (GateReason.Numbers or GateReason.Units or GateReason.Currencies or GateReason.Dates or GateReason.Names or GateReason.Quotes or GateReason.Negation or GateReason.Opposites or GateReason.Comparison);

    /// <summary>How often a pair that is the same scores above one that is not.</summary>
    public static double Auc(List<(double Score, bool Same)> scored)
    {
        scored.Sort((a, b) => a.Score.CompareTo(b.Score));
        var (ranks, same) = (0.0, 0);
        for (var i = 0; i < scored.Count;)
        {
            var end = i;
            while (end < scored.Count && scored[end].Score == scored[i].Score) end++;
            for (var j = i; j < end; j++)
            {
                if (!scored[j].Same) continue;
                ranks += (i + end + 1) / 2.0;
                same++;
            }
            i = end;
        }
        return (ranks - (same * (same + 1) / 2.0)) / ((double)same * (scored.Count - same));
    }
}
