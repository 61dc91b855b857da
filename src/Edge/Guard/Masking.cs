using System.Security.Cryptography;
using Edge.Pipeline;

namespace Edge.Guard;

/// <summary>What stands in a value's place where it need not come back. Nothing that is written needs an escape in JSON.</summary>
internal static class Masking
{
    // Of the rest, four characters tell a person which card or number it was, and nobody else the whole.
    private const int Shown = 4;
    private const int ShortestShown = 10;
    private const int HashBytes = 8;

    /// <summary><c>****-****-****-1111</c>, <c>j***@example.com</c>: separators, and the end of what is long enough.</summary>
    public static void Mask(ReadOnlySpan<byte> value, bool isEmail, PooledBuffer output)
    {
        var at = isEmail ? value.LastIndexOf((byte)'@') : -1;
        if (at > 0)
        {
            if (char.IsAsciiLetterOrDigit((char)value[0]) && at > 1) output.Append(value[..1]);
            output.Append("***"u8);
            foreach (var b in value[at..]) output.Append([IsShown(b) ? b : (byte)'*']);
            return;
        }
        var characters = 0;
        foreach (var b in value) characters += char.IsAsciiLetterOrDigit((char)b) ? 1 : 0;
        var hidden = characters >= ShortestShown ? characters - Shown : characters;
        foreach (var b in value)
        {
            if (char.IsAsciiLetterOrDigit((char)b)) output.Append([hidden-- > 0 ? (byte)'*' : b]);
            else if (b is (byte)' ' or (byte)'-' or (byte)'.' or (byte)'(' or (byte)')' or (byte)'+') output.Append([b]);
            // One star for a character beyond ASCII, or for a byte that would need an escape.
            else if (b < 0x80 || b >= 0xC0) output.Append("*"u8);
        }
    }

    /// <summary><c>&lt;EMAIL:5f0c...&gt;</c>: 16 digits of HMAC-SHA256 over name and value.</summary>
    public static void Hash(ReadOnlySpan<byte> value, ReadOnlySpan<byte> name, byte[] key, PooledBuffer output)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        KeyedHash.Write(name, value, key, hash);
        Span<byte> hex = stackalloc byte[HashBytes * 2];
        Convert.TryToHexStringLower(hash[..HashBytes], hex, out _);
        output.Append("<"u8);
        output.Append(name);
        output.Append(":"u8);
        output.Append(hex);
        output.Append(">"u8);
    }

    private static bool IsShown(byte b) => char.IsAsciiLetterOrDigit((char)b) || b is (byte)'@' or (byte)'.' or (byte)'-';
}
