namespace Edge.Configuration;

/// <summary>The response cache.</summary>
public sealed record CachingConfig
{
    /// <summary>Answer a request from a similar one's answer.</summary>
    public bool Semantic { get; init; }

    public TimeSpan Ttl { get; init; } = TimeSpan.FromSeconds(3600);

    /// <summary>The least cosine similarity that counts as the same question, 0 to 1.</summary>
    public double SimilarityThreshold { get; init; } = 0.95;
}
