using System.Text.Json;
using Edge.Providers.Chat;
using Edge.Providers.Json;

namespace Edge.Upstream;

/// <summary>The <c>usage</c> of an answer that passes as bytes: read without an index, because a batch of vectors is a million numbers.</summary>
public static class AnswerUsage
{
    /// <summary>Looks at a whole answer. Never throws.</summary>
    /// <param name="json">The answer.</param>
    /// <param name="usage">What it reports; counters that it does not name stay as they are.</param>
    /// <returns>False = it is no whole JSON text.</returns>
    public static bool TryRead(ReadOnlySpan<byte> json, ref Usage usage)
    {
        try
        {
            var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 256 });
            if (!reader.Read()) return false;
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                reader.Skip();
                return !reader.Read();
            }
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                if (reader.Is("usage"u8)) ReadUsage(ref reader, ref usage);
                else reader.Skip();
            }
            return reader.TokenType == JsonTokenType.EndObject && !reader.Read();
        }
        catch (JsonException)
        {
            return false;
        }
    }

    // Embeddings say prompt_tokens, images and transcriptions input_tokens and output_tokens; what is not of tokens (seconds of sound) has no counter here.
    private static void ReadUsage(ref Utf8JsonReader reader, ref Usage usage)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return;
        }
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.Is("prompt_tokens"u8) || reader.Is("input_tokens"u8)) usage.Input = Number(ref reader);
            else if (reader.Is("completion_tokens"u8) || reader.Is("output_tokens"u8)) usage.Output = Number(ref reader);
            else reader.Skip();
        }
        if (usage is { Input: >= 0, Output: < 0 }) usage.Output = 0;
    }

    private static long Number(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var number) && number >= 0) return number;
        reader.Skip();
        return -1;
    }
}
