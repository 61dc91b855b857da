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

    internal static ConfigSection<SimulatorConfig> Section { get; } = new ConfigSection<SimulatorConfig>(
            "simulator", "The built-in provider that answers without a model: for first steps, tests and load.", new())
        .Field("seed", Kinds.Long(0, long.MaxValue), c => c.Seed, (c, v) => c with { Seed = v },
            "The same seed and request give the same answer.")
        .Field("chunk_tokens", Kinds.Int(1, 10_000), c => c.ChunkTokens, (c, v) => c with { ChunkTokens = v },
            "Tokens in one event of a stream.", alias: "chunk_size")
        .Field("first_byte_delay", Kinds.Duration("0s", "1h"), c => c.FirstByteDelay, (c, v) => c with { FirstByteDelay = v },
            "Before the first byte of an answer.", alias: "first_delay")
        .Field("chunk_delay", Kinds.Duration("0s", "1h"), c => c.ChunkDelay, (c, v) => c with { ChunkDelay = v },
            "Between two events of a stream.")
        .Field("reply", Kinds.OptionalVerbatimText, c => c.Reply, (c, v) => c with { Reply = v },
            "A fixed answer; not set = one made from the request.")
        .Field("allow_request_control", Kinds.Bool, c => c.AllowRequestControl, (c, v) => c with { AllowRequestControl = v },
            "Whether a request may ask for delays and faults by itself.");
}
