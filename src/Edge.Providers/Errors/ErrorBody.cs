using System.Text;
using System.Text.Json;
using Edge.Providers.Json;

namespace Edge.Providers.Errors;

/// <summary>What the bodies of failed responses have in common, read so that no body can do harm: bounded, and never an exception.</summary>
internal static class ErrorBody
{
    /// <summary>Bytes of a message that are kept: enough for every provider's own, too few for an HTML page to fill the log.</summary>
    public const int MaxText = 2048;

    public readonly record struct Parts(string? Type, string? Code, string? Param, string Message);

    /// <summary>
    /// Reads <c>{"error":{"message","type","code","param"}}</c> and its common kin (<c>{"error":"text"}</c>, <c>{"message":..}</c>, <c>{"detail":..}</c>).
    /// <c>detail</c>, and with Mistral <c>message</c>, may be FastAPI's list of what is wrong with the request: <c>[{"loc":["body","messages",0,"x"],"msg":".."}]</c>.
    /// A body that is no JSON object gives an empty message: an HTML page of some proxy tells a client nothing.
    /// </summary>
    public static Parts Read(ReadOnlySpan<byte> body)
    {
        var parts = new Parts(null, null, null, "");
        try
        {
            var reader = new Utf8JsonReader(body);
            if (reader.Read() && reader.TokenType == JsonTokenType.StartObject) Members(ref reader, nested: false, ref parts);
        }
        catch (JsonException)
        {
            // Cut off or not JSON: what was read until then counts.
        }
        return parts;
    }

    /// <summary>The kind that a status stands for where the body does not say more.</summary>
    public static ProviderErrorKind KindOf(int status) => status switch
    {
        401 => ProviderErrorKind.Authentication,
        402 => ProviderErrorKind.Quota,
        403 => ProviderErrorKind.Permission,
        408 or 504 => ProviderErrorKind.Timeout,
        413 => ProviderErrorKind.TooLarge,
        429 => ProviderErrorKind.RateLimit,
        503 or 529 => ProviderErrorKind.Overloaded,
        >= 400 and < 500 => ProviderErrorKind.InvalidRequest,
        _ => ProviderErrorKind.ServerError,
    };

    /// <summary>The text, at most <see cref="MaxText"/> bytes of it; null where it is empty.</summary>
    public static string? Bounded(JsonText text)
    {
        if (text.IsEmpty) return null;
        if (text.Bytes.Length <= MaxText) return text.ToString();
        var cut = text.IsEscaped ? 0 : MaxText;
        while (cut < MaxText)
        {
            // Not inside an escape.
            var next = text.Bytes[cut] != '\\' ? 1 : text.Bytes[cut + 1] == 'u' ? 6 : 2;
            if (cut + next > MaxText) break;
            cut += next;
        }
        while (cut > 0 && (text.Bytes[cut] & 0xC0) == 0x80) cut--;
        return new JsonText(text.Bytes[..cut], text.IsEscaped).ToString();
    }

    private static void Members(ref Utf8JsonReader reader, bool nested, ref Parts parts)
    {
        var hasNested = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (!nested && reader.Is("error"u8))
            {
                reader.Read();
                hasNested = reader.TokenType == JsonTokenType.StartObject;
                if (hasNested)
                {
                    // What the envelope says of itself (Anthropic: "type":"error") gives way to what the error says.
                    parts = new Parts(null, null, null, "");
                    Members(ref reader, nested: true, ref parts);
                }
                else if (Value(ref reader) is { } text)
                {
                    parts = parts with { Message = text };
                }
            }
            else if (hasNested)
            {
                reader.Skip();
            }
            else if (reader.Is("message"u8) || (!nested && reader.Is("detail"u8)))
            {
                reader.Read();
                if (reader.TokenType is not (JsonTokenType.StartObject or JsonTokenType.StartArray)) parts = parts with { Message = Value(ref reader) ?? parts.Message };
                else Details(ref reader, ref parts);
            }
            else if (reader.Is("type"u8))
            {
                parts = parts with { Type = Next(ref reader) };
            }
            else if (reader.Is("code"u8))
            {
                parts = parts with { Code = Next(ref reader) };
            }
            else if (reader.Is("param"u8))
            {
                parts = parts with { Param = Next(ref reader) ?? parts.Param };
            }
            else
            {
                reader.Skip();
            }
        }
    }

    // https://fastapi.tiangolo.com/reference/openapi/models/: one entry for each member that is wrong, its path with the part of the request in front.
    private static void Details(ref Utf8JsonReader reader, ref Parts parts)
    {
        var isList = reader.TokenType == JsonTokenType.StartArray;
        string? text = null, path = null;
        while (reader.Read() && reader.TokenType is not (JsonTokenType.EndArray or JsonTokenType.EndObject))
        {
            if (!isList)
            {
                var (isText, isPath, isInner) = (reader.Is("msg"u8) || reader.Is("message"u8), reader.Is("loc"u8), reader.Is("detail"u8));
                reader.Read();
                if (isText) text = Value(ref reader);
                else if (isPath) path = Path(ref reader);
                else if (!isInner) reader.Skip();
                else if (reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray) Details(ref reader, ref parts);
                else text = Value(ref reader);
            }
            else if (reader.TokenType == JsonTokenType.StartObject) Details(ref reader, ref parts);
            else if (Value(ref reader) is { } word) Add(word, null, ref parts);
        }
        if (text is not null) Add(text, path, ref parts);
    }

    private static void Add(string text, string? path, ref Parts parts)
    {
        if (path is { Length: > 0 }) text = $"{path}: {text}";
        if (parts.Message.Length > 0) text = $"{parts.Message}; {text}";
        if (text.Length <= MaxText || parts.Message.Length == 0) parts = parts with { Message = text, Param = parts.Param ?? path };
    }

    // ["body","messages",0,"x"] -> messages[0].x
    private static string? Path(ref Utf8JsonReader reader)
    {
        const int MaxPath = 256;
        if (reader.TokenType != JsonTokenType.StartArray) return Value(ref reader);
        var path = new StringBuilder();
        var isFirst = true;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            var isPlace = reader.TokenType == JsonTokenType.Number;
            var part = Value(ref reader);
            if (part is { Length: > 0 } && path.Length + part.Length < MaxPath && !(isFirst && part == "body"))
            {
                if (isPlace) path.Append('[').Append(part).Append(']');
                else path.Append(path.Length > 0 ? "." : "").Append(part);
            }
            isFirst = false;
        }
        return path.Length > 0 ? path.ToString() : null;
    }

    private static string? Next(ref Utf8JsonReader reader)
    {
        reader.Read();
        return Value(ref reader);
    }

    // A code may be a number (some compatible servers repeat the status there).
    private static string? Value(ref Utf8JsonReader reader)
    {
        if (reader.TokenType == JsonTokenType.String) return Bounded(new JsonText(reader.ValueSpan, reader.ValueIsEscaped));
        if (reader.TokenType == JsonTokenType.Number) return Encoding.UTF8.GetString(reader.ValueSpan);
        reader.Skip();
        return null;
    }
}
