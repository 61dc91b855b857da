using System.Security.Cryptography;

namespace Edge.Guard;

/// <summary>What a value is known by where it must not be known itself: HMAC-SHA256 over what it is and the value.</summary>
internal static class KeyedHash
{
    /// <summary>Writes the 32 bytes.</summary>
    public static void Write(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, byte[] key, Span<byte> hash)
    {
        using var hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key);
        hmac.AppendData(name);
        hmac.AppendData(":"u8);
        hmac.AppendData(value);
        hmac.GetHashAndReset(hash);
    }
}
