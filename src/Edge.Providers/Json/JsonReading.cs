using System.Text.Json;
using System.Text.Unicode;

namespace Edge.Providers.Json;

/// <summary>What a Utf8JsonReader over a provider's bytes must be asked in another way than its own, because it throws, or does not look.</summary>
public static class JsonReading
{
    /// <summary>
    /// The name or string that the reader stands on says <paramref name="text"/>. Not <see cref="Utf8JsonReader.ValueTextEquals(ReadOnlySpan{byte})"/>: that throws
    /// <see cref="InvalidOperationException"/> where an escape is half a surrogate pair, which any provider may send. The reader must have been made of one span.
    /// </summary>
    public static bool Is(this scoped ref Utf8JsonReader reader, scoped ReadOnlySpan<byte> text) =>
        reader.TokenType is JsonTokenType.PropertyName or JsonTokenType.String && new JsonText(reader.ValueSpan, reader.ValueIsEscaped).Is(text);

    /// <summary>Utf8JsonReader takes strings of any bytes; what is not UTF-8 would go on into a client's JSON.</summary>
    /// <exception cref="JsonException">It is not.</exception>
    internal static void RequireUtf8(ReadOnlySpan<byte> data)
    {
        if (!Utf8.IsValid(data)) throw new JsonException("The data is not UTF-8.");
    }

    /// <summary>Onto the next member's name; false at the object's end.</summary>
    internal static bool NextMember(scoped ref Utf8JsonReader reader) => reader.Read() && reader.TokenType == JsonTokenType.PropertyName;

    /// <summary>Onto the value's opening brace; any other value is skipped.</summary>
    internal static bool Object(scoped ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.StartObject) return true;
        reader.Skip();
        return false;
    }

    /// <summary>The member's text; empty where it is of another type.</summary>
    internal static JsonText String(scoped ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.String) return new(reader.ValueSpan, reader.ValueIsEscaped);
        reader.Skip();
        return default;
    }

    /// <summary>The raw JSON of the member's value where it is of that type; else empty.</summary>
    internal static ReadOnlySpan<byte> Raw(ReadOnlySpan<byte> data, scoped ref Utf8JsonReader reader, JsonTokenType type)
    {
        reader.Read();
        var (start, isIt) = ((int)reader.TokenStartIndex, reader.TokenType == type);
        reader.Skip();
        return isIt ? data[start..(int)reader.BytesConsumed] : default;
    }
}
