using System.Buffers.Binary;
using System.Security.Cryptography;
using Edge.Tenancy;

namespace Edge.Auth;

/// <summary>One text of a key that clients may present. Immutable.</summary>
public sealed class KeyEntry
{
    /// <summary>By <see cref="KeyHasher"/>.</summary>
    public required ReadOnlyMemory<byte> Hash { get; init; }

    public required Caller Caller { get; init; }

    /// <summary>Null = from the start.</summary>
    public DateTimeOffset? NotBefore { get; init; }

    /// <summary>Null = never.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>Null = it was not.</summary>
    public DateTimeOffset? RevokedAt { get; init; }

    /// <summary>It was rotated: another text of the key is valid, and this one until <see cref="ExpiresAt"/>.</summary>
    public bool IsRotated { get; init; }

    /// <summary>What is wrong with what it belongs to; null = nothing.</summary>
    public string? Problem { get; init; }
}

/// <summary>
/// Every key by its hash. The look-up is no comparison in constant time and needs to be none: what it compares is an HMAC under a secret pepper, so that nobody can choose which hash, or which
/// beginning of one, a guess has, and how far it agrees with another says nothing about the key itself. The last step, the whole hash, is compared in constant time all the same. Immutable.
/// </summary>
public sealed class KeyTable
{
    public static readonly KeyTable Empty = new([]);

    private readonly Dictionary<UInt128, KeyEntry> _byHash;

    /// <summary>Of two entries with one hash the first counts.</summary>
    public KeyTable(IReadOnlyList<KeyEntry> entries)
    {
        _byHash = new(entries.Count);
        foreach (var entry in entries) _byHash.TryAdd(PlaceOf(entry.Hash.Span), entry);
    }

    public int Count => _byHash.Count;

    /// <summary>In no order.</summary>
    public IReadOnlyCollection<KeyEntry> All => _byHash.Values;

    /// <summary>Null = nobody's.</summary>
    /// <param name="hash">All of it.</param>
    public KeyEntry? Find(ReadOnlySpan<byte> hash) =>
        _byHash.TryGetValue(PlaceOf(hash), out var entry) && CryptographicOperations.FixedTimeEquals(hash, entry.Hash.Span) ? entry : null;

    // Two hashes that agree in 128 bits are one.
    private static UInt128 PlaceOf(ReadOnlySpan<byte> hash) => BinaryPrimitives.ReadUInt128LittleEndian(hash);
}
