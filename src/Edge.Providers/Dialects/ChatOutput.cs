namespace Edge.Providers.Dialects;

/// <summary>What a client's answer says that does not come from the provider.</summary>
public readonly record struct ChatOutput
{
    /// <summary>Unix seconds, for providers that report no time of their own.</summary>
    public required long Created { get; init; }

    /// <summary>The client asked for <c>stream_options.include_usage</c>. Without effect on a whole answer.</summary>
    public bool IncludeUsage { get; init; }

    /// <summary>Plain UTF-8, used where the provider names no model.</summary>
    public ReadOnlyMemory<byte> FallbackModel { get; init; }

    /// <summary>Raw JSON members of the request that the answer repeats (Responses: <c>"tools":[...],"temperature":1</c>), each with a comma behind it; empty = none.</summary>
    public ReadOnlyMemory<byte> Echo { get; init; }

    /// <summary>Plain UTF-8 without prefix, used where the provider gives the answer no id.</summary>
    public ReadOnlyMemory<byte> FallbackId { get; init; }
}
