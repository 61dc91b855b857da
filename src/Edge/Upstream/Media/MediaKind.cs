namespace Edge.Upstream.Media;

/// <summary>What a piece of media is, by its first bytes: they are harder to get wrong than a header.</summary>
public static class MediaKind
{
    /// <summary>The media type, or null where neither the bytes nor the header name one that models take.</summary>
    /// <param name="bytes">The content.</param>
    /// <param name="header">The media type of <c>content-type</c>, lower case, without parameters; may be null.</param>
    public static string? Of(ReadOnlySpan<byte> bytes, string? header)
    {
        if (bytes.Length > 8 && bytes[0] == 0x89 && bytes[1..].StartsWith("PNG\r\n"u8)) return "image/png";
        if (bytes.Length > 3 && bytes[0] == 0xFF && bytes[1] == 0xD8 && bytes[2] == 0xFF) return "image/jpeg";
        if (bytes.StartsWith("GIF87a"u8) || bytes.StartsWith("GIF89a"u8)) return "image/gif";
        if (bytes.Length > 12 && bytes.StartsWith("RIFF"u8) && bytes[8..].StartsWith("WEBP"u8)) return "image/webp";
        if (bytes.Length > 12 && bytes.StartsWith("RIFF"u8) && bytes[8..].StartsWith("WAVE"u8)) return "audio/wav";
        if (bytes.StartsWith("%PDF-"u8)) return "application/pdf";
        return header switch
        {
            null => null,
            "application/pdf" => null,
            _ when header.StartsWith("image/", StringComparison.Ordinal) || header.StartsWith("audio/", StringComparison.Ordinal)
                || header.StartsWith("video/", StringComparison.Ordinal) || header.StartsWith("text/", StringComparison.Ordinal) => header,
            _ => null,
        };
    }
}
