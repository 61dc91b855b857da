using System.Numerics;
using System.Security.Cryptography;

namespace Edge.Auth;

/// <summary>
/// The form of keys that the gateway makes: <c>edge_sk_</c>, 32 random letters and digits (190 bits), 6 that are a checksum of all before. A scanner of repositories recognises it, and a
/// mistyped or invented one is refused before anything is hashed. Keys of the configuration may have any form.
/// </summary>
public static class VirtualKey
{
    /// <summary>How every one begins.</summary>
    public const string Prefix = "edge_sk_";

    /// <summary>Of the whole key, in characters.</summary>
    public const int Length = 8 + Random + Check;

    private const int Random = 32;
    private const int Check = 6;
    private const int Shown = 14;
    private const string Alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    /// <summary>A new one.</summary>
    public static string Create() => string.Create(Length, 0, static (key, _) =>
    {
        Prefix.CopyTo(key);
        RandomNumberGenerator.GetItems(Alphabet, key.Slice(Prefix.Length, Random));
        WriteCheck(key[..^Check], key[^Check..]);
    });

    /// <summary>The beginning of a key, by which people recognise it: the fixed part and six characters.</summary>
    public static string Recognisable(string key) => key[..Math.Min(key.Length, Shown)];

    /// <summary>It begins like a key of the gateway's making and is none.</summary>
    public static bool IsBroken(ReadOnlySpan<char> key)
    {
        if (!key.StartsWith(Prefix, StringComparison.Ordinal)) return false;
        if (key.Length != Length) return true;
        Span<char> check = stackalloc char[Check];
        WriteCheck(key[..^Check], check);
        return !check.SequenceEqual(key[^Check..]);
    }

    // A checksum against slips and noise, no signature: CRC-32C, six digits to the base of 62 hold all of it.
    private static void WriteCheck(ReadOnlySpan<char> text, Span<char> check)
    {
        var crc = uint.MaxValue;
        foreach (var letter in text) crc = BitOperations.Crc32C(crc, letter);
        crc = ~crc;
        for (var i = check.Length - 1; i >= 0; i--)
        {
            check[i] = Alphabet[(int)(crc % 62)];
            crc /= 62;
        }
    }
}
