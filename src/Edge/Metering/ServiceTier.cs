namespace Edge.Metering;

/// <summary>How fast a request may be served, where a provider prices that apart.</summary>
public enum ServiceTier : byte
{
    Standard,

    /// <summary>Cheaper, and slower or refused when the provider is busy.</summary>
    Flex,

    /// <summary>Dearer and faster.</summary>
    Priority,

    /// <summary>Part of a batch that is done within a day.</summary>
    Batch,
}

/// <summary>Tokens that are not plain text and may be priced above it.</summary>
[Flags]
public enum TokenKinds : byte
{
    None = 0,

    /// <summary>Input that a provider writes into its prompt cache for some minutes. Some providers do so unasked.</summary>
    CacheWrite = 1,

    /// <summary>Input that is asked to stay in the cache for an hour.</summary>
    CacheWrite1h = 2,

    Audio = 4,

    Image = 8,

    All = CacheWrite | CacheWrite1h | Audio | Image,
}
