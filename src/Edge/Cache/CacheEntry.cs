using Edge.Providers;
using Edge.Providers.Chat;

namespace Edge.Cache;

/// <summary>An answer that is kept, with placeholders where the guard hid something. Immutable but for its place in the store.</summary>
public sealed class CacheEntry
{
    // The object, its segment, its place in the table and the array's head, measured by bench/Edge.Bench (cache-memory).
    private const int Overhead = 448;

    internal CacheEntry(byte[] answer)
    {
        Answer = new AnswerSegment(answer);
        Bytes = Overhead + answer.Length;
    }

    public required CacheKey Key { get; init; }

    /// <summary>Whose it is; nobody else ever gets it.</summary>
    public required ulong Scope { get; init; }

    /// <summary>The model that was asked for.</summary>
    public required string Model { get; init; }

    /// <summary>Who answered.</summary>
    public required string Provider { get; init; }

    /// <summary>The model that answered, as its provider calls it; empty where no header can hold it.</summary>
    public required string ProviderModel { get; init; }

    /// <summary>The same, in plain UTF-8.</summary>
    public required ReadOnlyMemory<byte> UpstreamModel { get; init; }

    /// <summary>The dialect that the provider speaks.</summary>
    public required Dialect Wire { get; init; }

    /// <summary>What it cost its provider's customer once.</summary>
    public required Usage Usage { get; init; }

    /// <summary>Unix milliseconds.</summary>
    public required long CreatedAt { get; init; }

    /// <summary>Unix milliseconds from which on it is stale.</summary>
    public required long ExpiresAt { get; init; }

    /// <summary>Unix milliseconds from which on it is of no use even to those whom no provider answers.</summary>
    public required long ForgottenAt { get; init; }

    /// <summary>What clients call it, for invalidation; empty = nothing.</summary>
    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>By which it is found by its meaning; 0 = it is not.</summary>
    public ulong SemanticId { get; init; }

    /// <summary>What it is held to occupy.</summary>
    public long Bytes { get; }

    internal AnswerSegment Answer { get; }

    // The store's own, under its lock.
    internal CacheEntry? Older { get; set; }

    internal CacheEntry? Newer { get; set; }

    internal byte Hits { get; set; }

    internal bool IsInMain { get; set; }
}
