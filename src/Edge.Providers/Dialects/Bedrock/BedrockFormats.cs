using System.Text;
using Edge.Providers.Chat;
using Edge.Providers.Json;

namespace Edge.Providers.Dialects.Bedrock;

/// <summary>Converse's own words for media types. https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ContentBlock.html</summary>
internal static class BedrockFormats
{
    /// <summary>jpeg, png, gif, webp; empty = none of them.</summary>
    public static ReadOnlySpan<byte> Image(JsonText type)
    {
        if (type.Is("image/png"u8)) return "png"u8;
        if (type.Is("image/jpeg"u8) || type.Is("image/jpg"u8)) return "jpeg"u8;
        if (type.Is("image/webp"u8)) return "webp"u8;
        return type.Is("image/gif"u8) ? "gif"u8 : default;
    }

    public static ReadOnlySpan<byte> Video(JsonText type)
    {
        if (type.Is("video/mp4"u8)) return "mp4"u8;
        if (type.Is("video/quicktime"u8)) return "mov"u8;
        if (type.Is("video/webm"u8)) return "webm"u8;
        if (type.Is("video/x-matroska"u8)) return "mkv"u8;
        if (type.Is("video/mpeg"u8)) return "mpeg"u8;
        if (type.Is("video/x-flv"u8)) return "flv"u8;
        if (type.Is("video/x-ms-wmv"u8)) return "wmv"u8;
        return type.Is("video/3gpp"u8) ? "three_gp"u8 : default;
    }

    /// <summary>OpenAI's formats of sound (wav, mp3 ...) are Converse's too.</summary>
    public static ReadOnlySpan<byte> Audio(JsonText format)
    {
        if (format.Is("wav"u8)) return "wav"u8;
        if (format.Is("mp3"u8)) return "mp3"u8;
        if (format.Is("flac"u8)) return "flac"u8;
        if (format.Is("opus"u8)) return "opus"u8;
        if (format.Is("ogg"u8)) return "ogg"u8;
        return format.Is("aac"u8) ? "aac"u8 : default;
    }

    /// <summary>A document's format, by its type, else by its name's extension; any other text is txt. Empty = none.</summary>
    public static ReadOnlySpan<byte> Document(JsonText type, JsonText name)
    {
        if (type.Is("application/pdf"u8)) return "pdf"u8;
        if (type.Is("text/csv"u8)) return "csv"u8;
        if (type.Is("text/html"u8)) return "html"u8;
        if (type.Is("text/markdown"u8)) return "md"u8;
        if (type.Is("application/msword"u8)) return "doc"u8;
        if (type.Is("application/vnd.openxmlformats-officedocument.wordprocessingml.document"u8)) return "docx"u8;
        if (type.Is("application/vnd.ms-excel"u8)) return "xls"u8;
        if (type.Is("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"u8)) return "xlsx"u8;
        if (ByExtension(name, ChatPartKind.File) is { IsEmpty: false } format) return format;
        return type.Bytes.StartsWith("text"u8) || type.Is("application/json"u8) || type.Is("application\\/json"u8) ? "txt"u8 : default;
    }

    /// <summary>The format that a file's extension stands for; empty = none.</summary>
    public static ReadOnlySpan<byte> ByExtension(JsonText name, ChatPartKind kind)
    {
        var dot = name.Bytes.LastIndexOf((byte)'.');
        if (dot < 0 || name.Bytes.Length - dot > 6) return default;
        var extension = name.Bytes[(dot + 1)..];
        foreach (var range in Known(kind).Split((byte)' '))
        {
            var format = Known(kind)[range];
            if (Ascii.EqualsIgnoreCase(extension, format)) return format;
        }
        if (kind == ChatPartKind.Image && Ascii.EqualsIgnoreCase(extension, "jpg"u8)) return "jpeg"u8;
        return default;
    }

    private static ReadOnlySpan<byte> Known(ChatPartKind kind) =>
        kind == ChatPartKind.Image ? "png jpeg gif webp"u8 : "pdf csv doc docx xls xlsx html txt md"u8;
}
