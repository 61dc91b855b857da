namespace Edge.Cache;

/// <summary>What the cache did for a request: <c>x-edge-cache</c>.</summary>
public enum CacheResult : byte
{
    /// <summary>It was not asked, or not allowed to answer.</summary>
    Bypass,

    /// <summary>It has no answer; the provider's is kept where it may be.</summary>
    Miss,

    /// <summary>The answer of an identical request.</summary>
    Hit,

    /// <summary>The answer of a similar request.</summary>
    Semantic,

    /// <summary>The answer that an identical request was getting at that time.</summary>
    Coalesced,

    /// <summary>The answer of an identical request, past its time: no provider could give a newer one, or one is being fetched.</summary>
    Stale,
}

/// <summary>Why the cache was not asked.</summary>
public enum CacheBypass : byte
{
    /// <summary>It was.</summary>
    None,

    /// <summary>The configuration has it off, for all or for this model.</summary>
    Off,

    /// <summary>The request says <c>"cache": {"enabled": false}</c>.</summary>
    Disabled,

    /// <summary>The request says <c>cache-control: no-store</c>.</summary>
    NoStore,

    /// <summary>Its temperature is above <c>caching.max_temperature</c>.</summary>
    Temperature,

    /// <summary>Its answer depends on what the provider keeps: a conversation, an earlier response, a stored prompt; or it is done in the background.</summary>
    Stateful,

    /// <summary>No provider serves its model.</summary>
    Model,
}

/// <summary>What of the cache belongs into a request's record.</summary>
/// <param name="Result">What it did.</param>
/// <param name="Bypass">Why it was not asked.</param>
/// <param name="IsStored">The answer was kept.</param>
/// <param name="Saved">Of an answer that no provider was asked for: what it would have used; -1 = unknown.</param>
/// <param name="SavedProvider">Who had given it; null = a provider was asked.</param>
/// <param name="SavedModel">The model that had, as that provider calls it.</param>
/// <param name="IsRejected">The client sent an earlier answer back as wrong, and it was dropped.</param>
public readonly record struct CacheRecord(
    CacheResult Result, CacheBypass Bypass, bool IsStored, Edge.Providers.Chat.Usage Saved, string? SavedProvider, string? SavedModel, bool IsRejected);
