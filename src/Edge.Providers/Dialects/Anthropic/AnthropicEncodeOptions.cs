namespace Edge.Providers.Dialects.Anthropic;

/// <summary>What a request to the Messages API says that does not come from the client.</summary>
public readonly record struct AnthropicEncodeOptions()
{
    /// <summary>Plain UTF-8 name of the model at the provider; empty = as the client wrote it.</summary>
    public ReadOnlyMemory<byte> Model { get; init; }

    /// <summary>The API demands <c>max_tokens</c>; this stands in where the client gives none.</summary>
    public long DefaultMaxTokens { get; init; } = 4096;
}
