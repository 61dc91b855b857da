namespace Edge.Configuration;

/// <summary>The response cache.</summary>
public sealed record CachingConfig
{
    /// <summary>Answer a request from a similar one's answer.</summary>
    public bool Semantic { get; init; }

    public TimeSpan Ttl { get; init; } = TimeSpan.FromSeconds(3600);

    /// <summary>The least cosine similarity that counts as the same question, 0 to 1.</summary>
    public double SimilarityThreshold { get; init; } = 0.95;

    internal static ConfigSection<CachingConfig> Section { get; } = new ConfigSection<CachingConfig>(
            "caching", "The response cache.", new())
        .Field("semantic", Kinds.Bool, c => c.Semantic, (c, v) => c with { Semantic = v },
            "Answer a request with the answer to a similar one.", notBuilt: v => v)
        .Field("ttl", Kinds.Duration("0s", "365d", bareSeconds: true), c => c.Ttl, (c, v) => c with { Ttl = v },
            "How long an answer is kept.")
        .Field("similarity_threshold", Kinds.Fraction(0, 1), c => c.SimilarityThreshold, (c, v) => c with { SimilarityThreshold = v },
            "The least cosine similarity that counts as the same question.");
}
