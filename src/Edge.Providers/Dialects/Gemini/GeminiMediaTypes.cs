using System.Text;
using Edge.Providers.Chat;

namespace Edge.Providers.Dialects.Gemini;

/// <summary>Media types by the ends of names, for files that are told by URL alone: the API wants to know the type. https://ai.google.dev/gemini-api/docs/file-input-methods</summary>
internal static class GeminiMediaTypes
{
    public static bool IsYouTube(ReadOnlySpan<byte> url) => url.IndexOf("youtube.com/"u8) >= 0 || url.IndexOf("youtu.be/"u8) >= 0;

    /// <summary>The type of what the URL names; where its end does not tell, what is likeliest for the kind of part.</summary>
    public static ReadOnlySpan<byte> OfUrl(ReadOnlySpan<byte> url, ChatPartKind kind)
    {
        if (IsYouTube(url)) return "video/mp4"u8;
        var end = url.IndexOfAny("?#"u8);
        var known = OfName(end < 0 ? url : url[..end]);
        if (!known.IsEmpty) return known;
        return kind switch
        {
            ChatPartKind.Image => "image/jpeg"u8,
            ChatPartKind.Audio => "audio/mpeg"u8,
            _ => "application/pdf"u8,
        };
    }

    /// <summary>Empty where the name does not tell.</summary>
    public static ReadOnlySpan<byte> OfName(ReadOnlySpan<byte> name)
    {
        var dot = name.LastIndexOf((byte)'.');
        return dot < 0 ? default : OfExtension(name[(dot + 1)..]);
    }

    public static ReadOnlySpan<byte> OfExtension(ReadOnlySpan<byte> extension)
    {
        Span<byte> lower = stackalloc byte[8];
        if (extension.Length > lower.Length || Ascii.ToLower(extension, lower, out var length) != System.Buffers.OperationStatus.Done) return default;
        return lower[..length] switch
        {
            var e when e.SequenceEqual("png"u8) => "image/png"u8,
            var e when e.SequenceEqual("jpg"u8) || e.SequenceEqual("jpeg"u8) => "image/jpeg"u8,
            var e when e.SequenceEqual("webp"u8) => "image/webp"u8,
            var e when e.SequenceEqual("gif"u8) => "image/gif"u8,
            var e when e.SequenceEqual("heic"u8) => "image/heic"u8,
            var e when e.SequenceEqual("heif"u8) => "image/heif"u8,
            var e when e.SequenceEqual("pdf"u8) => "application/pdf"u8,
            var e when e.SequenceEqual("txt"u8) || e.SequenceEqual("md"u8) => "text/plain"u8,
            var e when e.SequenceEqual("html"u8) || e.SequenceEqual("htm"u8) => "text/html"u8,
            var e when e.SequenceEqual("csv"u8) => "text/csv"u8,
            var e when e.SequenceEqual("json"u8) => "application/json"u8,
            var e when e.SequenceEqual("wav"u8) => "audio/wav"u8,
            var e when e.SequenceEqual("mp3"u8) => "audio/mpeg"u8,
            var e when e.SequenceEqual("flac"u8) => "audio/flac"u8,
            var e when e.SequenceEqual("ogg"u8) || e.SequenceEqual("opus"u8) => "audio/ogg"u8,
            var e when e.SequenceEqual("aac"u8) => "audio/aac"u8,
            var e when e.SequenceEqual("m4a"u8) => "audio/mp4"u8,
            var e when e.SequenceEqual("mp4"u8) => "video/mp4"u8,
            var e when e.SequenceEqual("mov"u8) => "video/quicktime"u8,
            var e when e.SequenceEqual("webm"u8) => "video/webm"u8,
            var e when e.SequenceEqual("mpeg"u8) || e.SequenceEqual("mpg"u8) => "video/mpeg"u8,
            _ => default,
        };
    }
}
