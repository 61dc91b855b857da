using System.Text.Json;
using Edge.Providers.Json;

namespace Edge.Providers.Dialects.Anthropic;

/// <summary>What must be known of a JSON schema before it is sent.</summary>
internal static class JsonSchemas
{
    /// <summary>
    /// Every object schema in it says <c>additionalProperties: false</c>, which the API demands of a schema that it enforces.
    /// https://docs.claude.com/en/docs/build-with-claude/structured-outputs
    /// </summary>
    /// <param name="schema">Valid JSON.</param>
    public static bool IsClosed(ReadOnlySpan<byte> schema)
    {
        var reader = new Utf8JsonReader(schema, new JsonReaderOptions { MaxDepth = 512 });
        reader.Read();
        return IsClosed(ref reader, isSchema: true);
    }

    /// <summary>The schema's root says a type.</summary>
    /// <param name="schema">A valid JSON object.</param>
    public static bool HasType(ReadOnlySpan<byte> schema)
    {
        var reader = new Utf8JsonReader(schema, new JsonReaderOptions { MaxDepth = 512 });
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.Is("type"u8)) return true;
            reader.Skip();
        }
        return false;
    }

    // Inside "properties" and the like the members are names of fields and not keywords: a field may well be called "type".
    private static bool IsClosed(scoped ref Utf8JsonReader reader, bool isSchema)
    {
        if (reader.TokenType == JsonTokenType.StartArray)
        {
            var all = true;
            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray) all &= IsClosed(ref reader, isSchema);
            return all;
        }
        if (reader.TokenType != JsonTokenType.StartObject) return true;
        var (isObject, isShut, inner) = (false, false, true);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (!isSchema)
            {
                reader.Read();
                inner &= IsClosed(ref reader, isSchema: true);
            }
            else if (reader.Is("type"u8))
            {
                reader.Read();
                isObject = reader.TokenType == JsonTokenType.String ? reader.Is("object"u8) : Holds(ref reader);
            }
            else if (reader.Is("additionalProperties"u8))
            {
                reader.Read();
                isShut = reader.TokenType == JsonTokenType.False;
                reader.Skip();
            }
            else if (reader.Is("properties"u8) || reader.Is("$defs"u8) || reader.Is("definitions"u8))
            {
                reader.Read();
                inner &= IsClosed(ref reader, isSchema: false);
            }
            else if (reader.Is("enum"u8) || reader.Is("const"u8) || reader.Is("default"u8)
                || reader.Is("examples"u8))
            {
                reader.Skip();
            }
            else
            {
                reader.Read();
                inner &= IsClosed(ref reader, isSchema: true);
            }
        }
        return inner && (!isObject || isShut);
    }

    // "type": ["object", "null"]
    private static bool Holds(scoped ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            reader.Skip();
            return false;
        }
        var found = false;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            found |= reader.TokenType == JsonTokenType.String && reader.Is("object"u8);
            reader.Skip();
        }
        return found;
    }
}
