using Edge.Cache.Semantic.Embedding;

namespace Edge.Cache.Semantic;

/// <summary>Bounds of the semantic cache.</summary>
internal sealed record SemanticOptions
{
    /// <summary>The least similarity of a hit, where neither policy nor request says otherwise.</summary>
    public const double DefaultThreshold = 0.95;

    /// <summary>Lower ones are refused by the configuration without an explicit override.</summary>
    public const double LeastThreshold = 0.92;

    public EmbeddingModelConfig Model { get; init; } = new();

    /// <summary>Threads that embed and search, 1 to 16. One carries some 500 look-ups a second.</summary>
    public int Workers { get; init; } = 1;

    /// <summary>Look-ups that may wait for a worker; more are skipped at once.</summary>
    public int Queue { get; init; } = 64;

    /// <summary>Entries of all scopes together; the oldest leave first. An entry is 1.6 KB with the model shipped.</summary>
    public int MaxEntries { get; init; } = 100_000;

    /// <summary>Candidates that the gate looks at, nearest first, 1 to 16.</summary>
    public int Candidates { get; init; } = 4;
}
