using System.Text;
using System.Text.Json;
using Edge.Providers.Json;

namespace Edge.Providers.Dialects.Bedrock;

/// <summary>What Converse demands of ids, names and marks.</summary>
internal static class BedrockText
{
    private const int MaxId = 64;
    private const int MaxDocumentName = 200;

    /// <summary>
    /// Writes an id that matches <c>[a-zA-Z0-9_-]{1,64}</c>: as it is where it does, else with a hash of the original, so that ids that differ stay different. Call and
    /// result both come through here.
    /// </summary>
    public static void WriteCallId(ref JsonOut json, JsonText id)
    {
        json.Raw("\""u8);
        if (!id.IsEscaped && id.Bytes.Length is > 0 and <= MaxId && IsAllowed(id.Bytes)) json.Raw(id.Bytes);
        else WriteAdapted(ref json, id);
        json.Raw("\""u8);
    }

    /// <summary>
    /// The name of a document: letters, digits, single spaces, hyphens, parentheses and brackets alone, without its extension (which stands in the format).
    /// Empty where nothing is left. https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_DocumentBlock.html
    /// </summary>
    public static string DocumentName(JsonText name)
    {
        var text = name.ToString();
        var dot = text.LastIndexOf('.');
        if (dot > 0 && text.Length - dot <= 5) text = text[..dot];
        var clean = new StringBuilder();
        foreach (var c in text)
        {
            if (char.IsAsciiLetterOrDigit(c) || c is '-' or '(' or ')' or '[' or ']') clean.Append(c);
            else if (clean.Length > 0 && clean[^1] is not (' ' or '-')) clean.Append(char.IsWhiteSpace(c) ? ' ' : '-');
            if (clean.Length == MaxDocumentName) break;
        }
        return clean.ToString().Trim(' ', '-');
    }

    /// <summary>A cache mark asks for an hour: <c>{"type":"ephemeral","ttl":"1h"}</c>.</summary>
    /// <param name="mark">Valid JSON.</param>
    public static bool IsHour(ReadOnlySpan<byte> mark)
    {
        var reader = new Utf8JsonReader(mark, new JsonReaderOptions { MaxDepth = 512 });
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) return false;
        var hour = false;
        while (JsonReading.NextMember(ref reader))
        {
            if (reader.Is("ttl"u8)) hour = JsonReading.String(ref reader).Is("1h"u8);
            else reader.Skip();
        }
        return hour;
    }

    /// <summary>A key or a value of <c>requestMetadata</c>: <c>[a-zA-Z0-9\s:_@$#=/+,.-]{0,256}</c>.</summary>
    public static bool IsMetadata(JsonText text)
    {
        if (text.IsEscaped || text.Bytes.Length > 256) return false;
        foreach (var b in text.Bytes)
        {
            if (!char.IsAsciiLetterOrDigit((char)b) && " :_@$#=/+,.-"u8.IndexOf(b) < 0) return false;
        }
        return true;
    }

    private static void WriteAdapted(ref JsonOut json, JsonText id)
    {
        var original = new byte[id.Bytes.Length];
        var adapted = original.AsSpan(0, id.Unescape(original));
        var hash = 2166136261u;
        foreach (ref var b in adapted)
        {
            hash = (hash ^ b) * 16777619u;
            if (!IsAllowed(b)) b = (byte)'_';
        }
        json.Raw(adapted[..Math.Min(adapted.Length, MaxId - 9)]);
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
}
