using System.Text;
using System.Text.Json;
using Edge.Providers.Json;

namespace Edge.Providers.Dialects.Anthropic;

/// <summary>What the Messages API demands of texts and ids, decided on their escaped form.</summary>
internal static class AnthropicText
{
    /// <summary>Nothing but white space: the API refuses such text blocks and stop sequences.</summary>
    public static bool IsBlank(JsonText text) => TrimEnd(text).IsEmpty;

    /// <summary>The text without white space at its end: the API refuses a last assistant text that ends with some.</summary>
    public static JsonText TrimEnd(JsonText text)
    {
        var bytes = text.Bytes;
        while (!bytes.IsEmpty)
        {
            if (bytes[^1] is (byte)' ' or (byte)'\t' or (byte)'\n' or (byte)'\r') bytes = bytes[..^1];
            else if (text.IsEscaped && bytes.Length >= 2 && bytes[^1] is (byte)'n' or (byte)'r' or (byte)'t' && IsEscape(bytes[..^1])) bytes = bytes[..^2];
            else break;
        }
        return new(bytes, text.IsEscaped);
    }

    /// <summary>Writes an id that matches <c>^[a-zA-Z0-9_-]+$</c>: as it is where it does, else with a hash of the original, so that ids that differ stay different.</summary>
    public static void WriteCallId(ref JsonOut json, JsonText id)
    {
        json.Raw("\""u8);
        if (!id.IsEscaped && IsAllowed(id.Bytes)) json.Raw(id.Bytes);
        else WriteAdapted(ref json, id);
        json.Raw("\""u8);
    }

    /// <summary>UTF-16 units of the text.</summary>
    public static int Utf16Length(JsonText text)
    {
        if (!text.IsEscaped) return Encoding.UTF8.GetCharCount(text.Bytes);
        var bytes = text.Bytes;
        var length = 0;
        while (!bytes.IsEmpty)
        {
            var plain = bytes.IndexOf((byte)'\\');
            if (plain < 0) return length + Encoding.UTF8.GetCharCount(bytes);
            length += Encoding.UTF8.GetCharCount(bytes[..plain]) + 1;
            // An escape is one unit, be it a half of a pair.
            bytes = bytes[Math.Min(plain + (bytes.Length > plain + 1 && bytes[plain + 1] == 'u' ? 6 : 2), bytes.Length)..];
        }
        return length;
    }

    /// <summary>It is one JSON object and nothing else.</summary>
    public static bool IsObject(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 512 });
        try
        {
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) return false;
            reader.Skip();
            return !reader.Read();
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static void WriteAdapted(ref JsonOut json, JsonText id)
    {
        var original = new byte[id.Bytes.Length];
        var length = id.Unescape(original);
        var adapted = original.AsSpan(0, length);
        // FNV-1a; both the call and its result come through here, so they stay equal.
        var hash = 2166136261u;
        foreach (ref var b in adapted)
        {
            hash = (hash ^ b) * 16777619u;
            if (!IsAllowed(b)) b = (byte)'_';
        }
        json.Raw(adapted);
        Span<byte> suffix = stackalloc byte[9];
        suffix[0] = (byte)'_';
        for (var i = 0; i < 8; i++) suffix[i + 1] = "0123456789abcdef"u8[(int)((hash >> (28 - (4 * i))) & 15)];
        json.Raw(suffix);
    }

    private static bool IsAllowed(ReadOnlySpan<byte> id)
    {
        foreach (var b in id)
        {
            if (!IsAllowed(b)) return false;
        }
        return true;
    }

    private static bool IsAllowed(byte b) => char.IsAsciiLetterOrDigit((char)b) || b is (byte)'_' or (byte)'-';

    // The last backslash begins an escape if it is not itself escaped: an odd number of them.
    private static bool IsEscape(ReadOnlySpan<byte> upToBackslash)
    {
        var i = upToBackslash.Length;
        while (i > 0 && upToBackslash[i - 1] == '\\') i--;
        return ((upToBackslash.Length - i) & 1) == 1;
    }
}
