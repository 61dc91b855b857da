using System.Text;
using Edge.Providers.Json;

namespace Edge.Providers.Dialects;

/// <summary>A data URL with base64 (RFC 2397): <c>data:image/png;base64,AAAA</c>, cut apart in its escaped form, without a copy of its megabytes.</summary>
internal static class DataUrl
{
    // A media type with its parameters; what has no comma by then is no data URL.
    private const int MaxHeader = 256;

    /// <summary>False where the text is no data URL or not in base64.</summary>
    public static bool TryParse(JsonText url, out JsonText mediaType, out JsonText data)
    {
        mediaType = data = default;
        var bytes = url.Bytes;
        if (bytes.Length < 5 || !Ascii.EqualsIgnoreCase(bytes[..5], "data:"u8)) return false;
        var comma = bytes[..Math.Min(bytes.Length, MaxHeader)].IndexOf((byte)',');
        if (comma < 0) return false;
        var header = bytes[5..comma];
        if (header.Length < 7 || !Ascii.EqualsIgnoreCase(header[^7..], ";base64"u8)) return false;
        mediaType = new(header[..header.IndexOf((byte)';')], url.IsEscaped);
        data = new(bytes[(comma + 1)..], url.IsEscaped);
        return true;
    }
}
