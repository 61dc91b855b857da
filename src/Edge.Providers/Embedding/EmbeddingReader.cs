using System.Text.Json;
using Edge.Providers.Json;

namespace Edge.Providers.Embedding;

/// <summary>What the codecs' decoders share: walks over an answer without an index of it, because a batch of vectors is a million numbers.</summary>
internal static class EmbeddingReader
{
    /// <summary>Reads the value of the member on whose name the reader stands.</summary>
    public delegate bool MemberReader(scoped ref Utf8JsonReader reader, EmbeddingAnswer answer);

    /// <summary>Reads a body whose root is an object, member by member. Never throws; false where it is no such JSON, a member is refused, or the vectors are not <paramref name="inputs"/>.</summary>
    public static bool TryRead(ReadOnlySpan<byte> body, int inputs, EmbeddingAnswer answer, MemberReader member)
    {
        var expected = answer.Count + inputs;
        try
        {
            var reader = new Utf8JsonReader(body);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) return false;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                if (!member(ref reader, answer)) return false;
            }
            return !reader.Read() && answer.Count == expected;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    /// <summary>Moves to the member's value and over it.</summary>
    public static bool Skip(scoped ref Utf8JsonReader reader)
    {
        reader.Skip();
        return true;
    }

    /// <summary>The value is an array of vectors.</summary>
    public static bool Vectors(scoped ref Utf8JsonReader reader, EmbeddingAnswer answer)
    {
        reader.Read();
        return VectorsHere(ref reader, answer);
    }

    /// <summary>The reader stands on an array of vectors.</summary>
    public static bool VectorsHere(scoped ref Utf8JsonReader reader, EmbeddingAnswer answer)
    {
        if (reader.TokenType != JsonTokenType.StartArray) return false;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (!answer.TryAdd(ref reader)) return false;
        }
        return true;
    }

    /// <summary>The value is an array of objects, each with a vector under that name.</summary>
    public static bool Objects(scoped ref Utf8JsonReader reader, EmbeddingAnswer answer, ReadOnlySpan<byte> name)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartArray) return false;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (!ObjectHere(ref reader, answer, name)) return false;
        }
        return true;
    }

    /// <summary>The reader stands on an object with a vector under that name, exactly one.</summary>
    public static bool ObjectHere(scoped ref Utf8JsonReader reader, EmbeddingAnswer answer, ReadOnlySpan<byte> name)
    {
        if (reader.TokenType != JsonTokenType.StartObject) return false;
        var before = answer.Count;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (!reader.Is(name))
            {
                reader.Skip();
                continue;
            }
            reader.Read();
            if (!answer.TryAdd(ref reader)) return false;
        }
        return answer.Count == before + 1;
    }

    /// <summary>The value is an object with a count of tokens under that name; anything else tells nothing.</summary>
    public static bool Tokens(scoped ref Utf8JsonReader reader, EmbeddingAnswer answer, ReadOnlySpan<byte> name)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return true;
        }
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.Is(name)) answer.AddTokens(Number(ref reader));
            else reader.Skip();
        }
        return true;
    }

    /// <summary>The value as a count; -1 where it is none. Fractions (Cohere bills in floats) are cut off.</summary>
    public static long Number(scoped ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.Number)
        {
            if (reader.TryGetInt64(out var number)) return number;
            if (reader.TryGetDouble(out var real) && real is >= 0 and < 1L << 53) return (long)real;
            return -1;
        }
        reader.Skip();
        return -1;
    }
}
