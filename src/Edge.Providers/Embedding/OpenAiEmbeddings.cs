using System.Text.Json;
using Edge.Providers.Dialects;
using Edge.Providers.Json;

namespace Edge.Providers.Embedding;

/// <summary>What providers have in common whose embeddings are OpenAI's but for some names.</summary>
internal static class OpenAiEmbeddings
{
    /// <summary>Opens the body with its model and input, as they stand.</summary>
    public static void Begin(this ref JsonOut json, EmbeddingRequest request, Json.JsonText model, ReadOnlySpan<EmbeddingInput> inputs)
    {
        json.Raw("{\"model\":"u8);
        json.String(model);
        json.Raw(",\"input\":"u8);
        if (request.InputIsString) json.String(request.Text(request.Input));
        else json.Texts(request, inputs);
    }

    /// <summary>Closes the body behind the members that we do not know: the provider may.</summary>
    public static void EndWithOthers(this ref JsonOut json, EmbeddingRequest request)
    {
        foreach (var (_, member) in request.Others)
        {
            json.Raw(","u8);
            json.Raw(request.Raw(member));
        }
        json.Raw("}"u8);
        json.Flush();
    }

    /// <summary>Reads an answer of OpenAI's shape.</summary>
    /// <param name="body">The body.</param>
    /// <param name="inputs">Vectors that must be there.</param>
    /// <param name="answer">Takes them.</param>
    public static bool TryRead(ReadOnlySpan<byte> body, int inputs, EmbeddingAnswer answer)
    {
        var first = answer.Count;
        return EmbeddingReader.TryRead(body, inputs, answer, (scoped ref Utf8JsonReader reader, EmbeddingAnswer into) =>
        {
            if (reader.Is("data"u8)) return Data(ref reader, into, first);
            return reader.Is("usage"u8) ? Usage(ref reader, into) : EmbeddingReader.Skip(ref reader);
        });
    }

    private static bool Data(scoped ref Utf8JsonReader reader, EmbeddingAnswer answer, int first)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartArray) return false;
        while (reader.Read() && reader.TokenType == JsonTokenType.StartObject)
        {
            var place = answer.Count - first;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                if (reader.Is("embedding"u8))
                {
                    reader.Read();
                    if (!answer.TryAdd(ref reader)) return false;
                }
                else if (reader.Is("index"u8))
                {
                    // A vector at another text's place would be wrong without anybody noticing.
                    if (EmbeddingReader.Number(ref reader) != place) return false;
                }
                else
                {
                    reader.Skip();
                }
            }
            if (answer.Count - first != place + 1) return false;
        }
        return reader.TokenType == JsonTokenType.EndArray;
    }

    // Voyage tells total_tokens alone.
    private static bool Usage(scoped ref Utf8JsonReader reader, EmbeddingAnswer answer)
    {
        long prompt = -1, total = -1;
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return true;
        }
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.Is("prompt_tokens"u8)) prompt = EmbeddingReader.Number(ref reader);
            else if (reader.Is("total_tokens"u8)) total = EmbeddingReader.Number(ref reader);
            else reader.Skip();
        }
        answer.AddTokens(prompt >= 0 ? prompt : total);
        return true;
    }
}
