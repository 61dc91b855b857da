using Edge.Cache.Semantic.Embedding;
using Edge.Simd.Vectors;

namespace Edge.Cache.Semantic.Gate;

/// <summary>What the verifier sees of two prompts: how near their vectors are, how well each token of the one finds its like in the other, and what their words leave unmatched. The same for training and inference.</summary>
internal static class PairFeatures
{
    public const int Count = 20;

    public static void Of(PromptForm a, PromptForm b, TextStates x, TextStates y, float keyCosine, Span<float> features)
    {
        var match = WordMatch.Of(a, b);
        var (countA, countB) = (a.Content.Count, b.Content.Count);
        var (forward, backward) = (Alignment(x, y), Alignment(y, x));
        var i = 0;
        features[i++] = 4 * (FloatDot.Dot(x.Vector, y.Vector) - 0.85f);
        features[i++] = 4 * (keyCosine - 0.85f);
        foreach (var (mean, least, low) in new[] { Worse(forward, backward), Better(forward, backward) })
        {
            features[i++] = 4 * (mean - 0.8f);
            features[i++] = 2 * (least - 0.5f);
            features[i++] = 2 * (low - 0.6f);
        }
        var (restA, restB) = (match.RestA.Count, match.RestB.Count);
        features[i++] = (float)restA / Math.Max(1, countA);
        features[i++] = (float)restB / Math.Max(1, countB);
        features[i++] = Math.Min(restA, restB) / 4f;
        features[i++] = Math.Max(restA, restB) / 4f;
        features[i++] = MathF.Log(1 + countA + countB) - 2;
        features[i++] = a.Question == b.Question ? 0 : 1;
        features[i++] = a.Tense is null || b.Tense is null || a.Tense == b.Tense ? 0 : 1;
        features[i++] = (float)match.Inversions / Math.Max(1, match.Pairs.Count);
        features[i++] = match.Pairs.Count == 0 ? 1 : 0;
        features[i++] = (float)Math.Abs(x.Ids.Length - y.Ids.Length) / Math.Max(x.Ids.Length, y.Ids.Length);
        features[i++] = MathF.Log(Math.Min(x.Ids.Length, y.Ids.Length)) - 2;
        features[i] = restA == 0 && restB == 0 ? 1 : 0;
    }

    // For each token of x the nearest one of y: mean, least, and the mean of the lowest fifth.
    private static (float Mean, float Least, float Low) Alignment(TextStates x, TextStates y)
    {
        var dimensions = x.Vector.Length;
        var nearest = new float[x.Ids.Length];
        for (var i = 0; i < nearest.Length; i++)
        {
            var most = -1f;
            for (var j = 0; j < y.Ids.Length; j++) most = MathF.Max(most, FloatDot.Dot(x.Tokens.AsSpan(i * dimensions, dimensions), y.Tokens.AsSpan(j * dimensions, dimensions)));
            nearest[i] = most;
        }
        Array.Sort(nearest);
        var fifth = Math.Max(1, nearest.Length / 5);
        var low = 0f;
        for (var i = 0; i < fifth; i++) low += nearest[i];
        var sum = 0f;
        foreach (var value in nearest) sum += value;
        return (sum / nearest.Length, nearest[0], low / fifth);
    }

    private static (float, float, float) Worse((float Mean, float Least, float Low) a, (float Mean, float Least, float Low) b) => (MathF.Min(a.Mean, b.Mean), MathF.Min(a.Least, b.Least), MathF.Min(a.Low, b.Low));

    private static (float, float, float) Better((float Mean, float Least, float Low) a, (float Mean, float Least, float Low) b) => (MathF.Max(a.Mean, b.Mean), MathF.Max(a.Least, b.Least), MathF.Max(a.Low, b.Low));
}
