using System.Security.Cryptography;

namespace Edge.Guard.Pii.Detectors;

/// <summary>Bitcoin and Litecoin addresses (Base58Check; Bech32 and Bech32m by BIP 173 and 350) and Ethereum addresses (0x and 40 hexadecimal digits).</summary>
internal static class CryptoDetector
{
    public static void Detect(ref PiiScan scan, int at)
    {
        // bc1, ltc1.
        var start = scan[at] != '1' || (scan[at - 1] | 0x20) != 'c' ? at : (scan[at - 2] | 0x20) == 'b' ? at - 2 : (scan[at - 2] | 0x20) == 't' && (scan[at - 3] | 0x20) == 'l' ? at - 3 : at;
        if (!scan.StartsWord(start)) return;
        var first = scan[start];
        if (first is not ((byte)'1' or (byte)'3' or (byte)'b' or (byte)'B' or (byte)'l' or (byte)'L' or (byte)'0')) return;
        var end = start;
        while (end - start <= 90 && char.IsAsciiLetterOrDigit((char)scan[end])) end++;
        var text = scan.Text[start..end];
        var valid = first switch
        {
            (byte)'0' => text.Length == 42 && text[1] is (byte)'x' or (byte)'X' && CheckDigits.AllHex(text[2..]),
            (byte)'1' or (byte)'3' => text.Length is >= 26 and <= 35 && IsBase58Check(text, 0, 5),
            _ => text.Length is >= 14 and <= 90 && IsBech32(text),
        };
        if (valid && scan.EndsWord(end)) scan.Add(start, end, PiiEntity.Crypto, Confidence.Certain);
    }

    /// <summary>Litecoin's addresses of Base58, which begin with a letter.</summary>
    public static void DetectLitecoin(ref PiiScan scan, int start, int end)
    {
        if (scan.StartsWord(start) && scan.EndsWord(end) && IsBase58Check(scan.Text[start..end], 0x30, 0x32)) scan.Add(start, end, PiiEntity.Crypto, Confidence.Certain);
    }

    private static bool IsBase58Check(ReadOnlySpan<byte> text, byte version, byte script)
    {
        // 25 bytes: version, hash, and the first four of the double SHA-256 of both.
        Span<byte> number = stackalloc byte[25];
        number.Clear();
        foreach (var b in text)
        {
            var carry = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"u8.IndexOf(b);
            if (carry < 0) return false;
            for (var i = number.Length - 1; i >= 0; i--)
            {
                carry += number[i] * 58;
                number[i] = (byte)carry;
                carry >>= 8;
            }
            if (carry != 0) return false;
        }
        if (number[0] != version && number[0] != script) return false;
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(number[..21], hash);
        SHA256.HashData(hash, hash);
        return hash[..4].SequenceEqual(number[21..]);
    }

    private static bool IsBech32(ReadOnlySpan<byte> text)
    {
        var lower = text.IndexOfAnyInRange((byte)'A', (byte)'Z') < 0;
        if (!lower && text.IndexOfAnyInRange((byte)'a', (byte)'z') >= 0) return false;
        // The human readable part, expanded: the high bits of each letter, 0, the low bits.
        ReadOnlySpan<byte> prefix = (text[0] | 0x20) == 'b' ? [3, 3, 0, 2, 3] : [3, 3, 3, 0, 12, 20, 3];
        var check = 1U;
        foreach (var value in prefix) check = Step(check, value);
        foreach (var b in text[(prefix[2] == 0 ? 3 : 4)..])
        {
            var value = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"u8.IndexOf((byte)(b | 0x20) is var low && char.IsAsciiLetter((char)low) ? low : b);
            if (value < 0) return false;
            check = Step(check, (uint)value);
        }
        return check is 1 or 0x2BC830A3;
    }

    private static uint Step(uint check, uint value)
    {
        ReadOnlySpan<uint> generator = [0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3];
        var top = check >> 25;
        check = ((check & 0x1FFFFFF) << 5) ^ value;
        for (var i = 0; i < generator.Length; i++) check ^= ((top >> i) & 1) != 0 ? generator[i] : 0;
        return check;
    }
}
