using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;
using Edge.Providers.Json;

namespace Edge.Providers.Dialects.Anthropic;

/// <summary>The width and height that stand in the header of a PNG, JPEG, GIF or WebP file.</summary>
internal static class ImageSize
{
    // A JPEG's size stands behind its metadata, which is a thumbnail at most in nearly every file.
    private const int MaxEncoded = 128 * 1024;

    /// <summary>Reads it out of the beginning of the file's base64. False = it is not there.</summary>
    public static bool TryRead(JsonText base64, out int width, out int height)
    {
        (width, height) = (0, 0);
        var encoded = base64.Bytes[..Math.Min(base64.Bytes.Length, MaxEncoded)];
        byte[]? unescaped = null;
        if (base64.IsEscaped && encoded.Contains((byte)'\\'))
        {
            // "\/" is the one escape in base64 that serializers write.
            unescaped = ArrayPool<byte>.Shared.Rent(encoded.Length);
            var length = 0;
            foreach (var b in encoded)
            {
                if (b != '\\') unescaped[length++] = b;
            }
            encoded = unescaped.AsSpan(0, length);
        }
        encoded = encoded[..(encoded.Length & ~3)];
        var decoded = ArrayPool<byte>.Shared.Rent(Math.Max(Base64.GetMaxDecodedFromUtf8Length(encoded.Length), 1));
        Base64.DecodeFromUtf8(encoded, decoded, out _, out var written, isFinalBlock: false);
        var found = TryRead(decoded.AsSpan(0, written), ref width, ref height) && width > 0 && height > 0;
        ArrayPool<byte>.Shared.Return(decoded);
        if (unescaped is not null) ArrayPool<byte>.Shared.Return(unescaped);
        return found;
    }

    private static bool TryRead(ReadOnlySpan<byte> file, ref int width, ref int height)
    {
        if (file.Length >= 24 && file[0] == 0x89 && file[1..4].SequenceEqual("PNG"u8))
        {
            width = BinaryPrimitives.ReadInt32BigEndian(file[16..]);
            height = BinaryPrimitives.ReadInt32BigEndian(file[20..]);
            return true;
        }
        if (file.Length >= 10 && file.StartsWith("GIF8"u8))
        {
            width = BinaryPrimitives.ReadUInt16LittleEndian(file[6..]);
            height = BinaryPrimitives.ReadUInt16LittleEndian(file[8..]);
            return true;
        }
        if (file.Length >= 30 && file.StartsWith("RIFF"u8) && file[8..12].SequenceEqual("WEBP"u8)) return WebP(file, ref width, ref height);
        return file.Length >= 4 && file[0] == 0xFF && file[1] == 0xD8 && Jpeg(file[2..], ref width, ref height);
    }

    // RFC 9649
    private static bool WebP(ReadOnlySpan<byte> file, ref int width, ref int height)
    {
        var kind = file[12..16];
        if (kind.SequenceEqual("VP8X"u8))
        {
            width = 1 + (file[24] | (file[25] << 8) | (file[26] << 16));
            height = 1 + (file[27] | (file[28] << 8) | (file[29] << 16));
            return true;
        }
        if (kind.SequenceEqual("VP8L"u8))
        {
            var bits = BinaryPrimitives.ReadUInt32LittleEndian(file[21..]);
            width = 1 + (int)(bits & 0x3FFF);
            height = 1 + (int)((bits >> 14) & 0x3FFF);
            return true;
        }
        width = BinaryPrimitives.ReadUInt16LittleEndian(file[26..]) & 0x3FFF;
        height = BinaryPrimitives.ReadUInt16LittleEndian(file[28..]) & 0x3FFF;
        return kind.SequenceEqual("VP8 "u8);
    }

    // ITU-T T.81, B.1.1: segments of a marker and a length, up to a start of frame.
    private static bool Jpeg(ReadOnlySpan<byte> rest, ref int width, ref int height)
    {
        while (rest.Length >= 9 && rest[0] == 0xFF)
        {
            var marker = rest[1];
            if (marker is >= 0xC0 and <= 0xCF and not (0xC4 or 0xC8 or 0xCC))
            {
                height = BinaryPrimitives.ReadUInt16BigEndian(rest[5..]);
                width = BinaryPrimitives.ReadUInt16BigEndian(rest[7..]);
                return true;
            }
            var length = 2 + BinaryPrimitives.ReadUInt16BigEndian(rest[2..]);
            if (length > rest.Length) return false;
            rest = rest[length..];
        }
        return false;
    }
}
