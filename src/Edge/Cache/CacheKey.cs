using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;

namespace Edge.Cache;

/// <summary>
/// SHA-256 of everything that shapes an answer, and of whom it belongs to (<see cref="CacheKeys"/>). Not a faster hash: what is hashed is the client's, and two requests that were made to collide would
/// have one answer.
/// </summary>
public readonly struct CacheKey : IEquatable<CacheKey>
{
    /// <summary>Bytes of a key.</summary>
    public const int Size = SHA256.HashSizeInBytes;

    private readonly ulong _a, _b, _c, _d;

    /// <param name="hash">32 bytes.</param>
    public CacheKey(ReadOnlySpan<byte> hash)
    {
        _a = BinaryPrimitives.ReadUInt64BigEndian(hash);
        _b = BinaryPrimitives.ReadUInt64BigEndian(hash[8..]);
        _c = BinaryPrimitives.ReadUInt64BigEndian(hash[16..]);
        _d = BinaryPrimitives.ReadUInt64BigEndian(hash[24..]);
    }

    /// <summary>The key of a canonical form.</summary>
    public static CacheKey Of(ReadOnlySpan<byte> canonical)
    {
        Span<byte> hash = stackalloc byte[Size];
        SHA256.HashData(canonical, hash);
        return new CacheKey(hash);
    }

    /// <summary>Evenly spread; which part of a divided store it belongs to.</summary>
    public int Shard => (int)(_b & int.MaxValue);

    /// <summary>What clients and operators call the entry: 64 hexadecimal digits. Also read in upper case.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out CacheKey key)
    {
        key = default;
        if (text.Length != 2 * Size) return false;
        Span<byte> hash = stackalloc byte[Size];
        if (Convert.FromHexString(text, hash, out _, out _) != System.Buffers.OperationStatus.Done) return false;
        key = new CacheKey(hash);
        return true;
    }

    public void CopyTo(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt64BigEndian(destination, _a);
        BinaryPrimitives.WriteUInt64BigEndian(destination[8..], _b);
        BinaryPrimitives.WriteUInt64BigEndian(destination[16..], _c);
        BinaryPrimitives.WriteUInt64BigEndian(destination[24..], _d);
    }

    public bool Equals(CacheKey other) => _a == other._a && _b == other._b && _c == other._c && _d == other._d;

    public override bool Equals(object? obj) => obj is CacheKey other && Equals(other);

    public override int GetHashCode() => (int)_a;

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{_a:x16}{_b:x16}{_c:x16}{_d:x16}");

    public static bool operator ==(CacheKey left, CacheKey right) => left.Equals(right);

    public static bool operator !=(CacheKey left, CacheKey right) => !left.Equals(right);
}
