namespace Edge.Providers.Dialects;

/// <summary>What a provider's body says that does not come from the client.</summary>
public readonly record struct ChatEncodeOptions()
{
    /// <summary>Plain UTF-8 name of the model at the provider; empty = as the client wrote it.</summary>
    public ReadOnlyMemory<byte> Model { get; init; }

    /// <summary>The provider's data sheet, for quirks; null = none.</summary>
    public Provider? Sheet { get; init; }

    /// <summary>Anthropic's API demands <c>max_tokens</c>; this stands in where the client gives none.</summary>
    public long DefaultMaxTokens { get; init; } = 4096;
}
