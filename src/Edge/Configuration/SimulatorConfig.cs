namespace Edge.Configuration;

/// <summary>The built-in provider that answers without a model: for first steps, tests and load.</summary>
public sealed record SimulatorConfig
{
    /// <summary>Of the answer's pseudo-randomness: the same seed and request give the same answer.</summary>
    public long Seed { get; init; }

    /// <summary>Tokens in one event of a stream.</summary>
    public int ChunkTokens { get; init; } = 1;

    /// <summary>Before the first byte.</summary>
    public TimeSpan FirstByteDelay { get; init; }

    /// <summary>Between two events of a stream.</summary>
    public TimeSpan ChunkDelay { get; init; }

    /// <summary>A fixed answer; null = one made from the request.</summary>
    public string? Reply { get; init; }

    /// <summary>Whether a request may ask for delays and faults by itself.</summary>
    public bool AllowRequestControl { get; init; } = true;
}
