using Edge.Cache.Semantic.Embedding;
using Edge.Cache.Semantic.Gate;
using Edge.Simd.Vectors;

namespace Edge.Embed;

/// <summary>A pair with what the gate makes of it.</summary>
internal sealed record Sample(PromptPair Pair, float[] Features, GateReason Reason, float Raw, float Key)
{
    public static Sample? Of(EmbeddingEngine engine, PromptPair pair)
    {
        var (a, b) = (PromptForm.Of(pair.A), PromptForm.Of(pair.B));
        float[] u = new float[engine.Dimensions], v = new float[engine.Dimensions];
        if (!engine.Embed(a.Key, u).HasVector || !engine.Embed(b.Key, v).HasVector || engine.EmbedStates(pair.A) is not { } x || engine.EmbedStates(pair.B) is not { } y) return null;
        var features = new float[PairFeatures.Count];
        PairFeatures.Of(a, b, x, y, FloatDot.Dot(u, v), features);
        return new Sample(pair, features, SemanticGate.Check(a, b).Reason, FloatDot.Dot(x.Vector, y.Vector), FloatDot.Dot(u, v));
    }

    /// <summary>Of each prompt its nearest neighbours that mean something else: what a cache of these prompts would hit wrongly.</summary>
    public static List<PromptPair> Neighbours(EmbeddingEngine engine, List<PromptPair> pairs, int each)
    {
        var texts = pairs.SelectMany(p => new[] { (Text: p.A, p.Group), (Text: p.B, p.Group) }).Distinct().Select(t =>
        {
            var vector = new float[engine.Dimensions];
            return (t.Text, t.Group, Vector: vector, engine.Embed(t.Text, vector).HasVector);
        }).Where(t => t.HasVector).ToList();
        var found = new List<PromptPair>();
        foreach (var text in texts)
        {
            foreach (var (near, cosine) in texts.Where(t => t.Group != text.Group).Select(t => (t, Cosine: FloatDot.Dot(t.Vector, text.Vector))).OrderByDescending(t => t.Cosine).Take(each))
            {
                // Nearer ones of this corpus are mostly the same statement under another name.
                if (cosine is > 0.7f and < 0.9f && string.CompareOrdinal(text.Text, near.Text) < 0) found.Add(new PromptPair(text.Text, near.Text, false, "neighbour", text.Group));
            }
        }
        return found;
    }
}
