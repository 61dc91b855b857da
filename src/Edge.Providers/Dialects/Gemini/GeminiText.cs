using System.Text.Json;
using Edge.Providers.Json;

namespace Edge.Providers.Dialects.Gemini;

/// <summary>Reading pieces that the decoders of this dialect share. Members of another type than documented count as absent.</summary>
internal static class GeminiText
{
    /// <summary>As deep as any body that the gateway takes: a function's arguments may be that deep.</summary>
    public static readonly JsonReaderOptions Options = new() { MaxDepth = 512 };

    public static Utf8JsonReader Reader(ReadOnlySpan<byte> json) => new(json, Options);

    public static bool NextMember(scoped ref Utf8JsonReader reader) => reader.Read() && reader.TokenType == JsonTokenType.PropertyName;

    /// <summary>Onto the value's opening bracket; any other value is skipped.</summary>
    public static bool Enter(scoped ref Utf8JsonReader reader, JsonTokenType start)
    {
        reader.Read();
        if (reader.TokenType == start) return true;
        reader.Skip();
        return false;
    }

    /// <summary>Onto the next element, which is an object; elements of another kind are skipped. False at the array's end.</summary>
    public static bool NextObject(scoped ref Utf8JsonReader reader)
    {
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType == JsonTokenType.StartObject) return true;
            reader.Skip();
        }
        return false;
    }

    public static JsonText String(scoped ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.String) return new(reader.ValueSpan, reader.ValueIsEscaped);
        reader.Skip();
        return default;
    }

    public static bool Boolean(scoped ref Utf8JsonReader reader)
    {
        reader.Read();
        reader.Skip();
        return reader.TokenType == JsonTokenType.True;
    }

    /// <summary>A count; -1 where it is none. Google writes 64-bit numbers as strings as well.</summary>
    public static long Count(scoped ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var number) && number >= 0) return number;
        if (reader.TokenType == JsonTokenType.String && System.Buffers.Text.Utf8Parser.TryParse(reader.ValueSpan, out number, out var used)
            && used == reader.ValueSpan.Length && number >= 0) return number;
        reader.Skip();
        return -1;
    }

    /// <summary>The raw JSON of the value; empty for null.</summary>
    public static ReadOnlySpan<byte> Raw(ReadOnlySpan<byte> json, scoped ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.Null) return default;
        var start = (int)reader.TokenStartIndex;
        reader.Skip();
        return json[start..(int)reader.BytesConsumed];
    }
}
