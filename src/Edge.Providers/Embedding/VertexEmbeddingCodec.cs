using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Edge.Providers.Dialects;
using Edge.Providers.Errors;
using Edge.Providers.Json;

namespace Edge.Providers.Embedding;

/// <summary>
/// Vertex AI: <c>predict</c> with instances (https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/text-embeddings-api), and from gemini-embedding-2 on
/// <c>embedContent</c> with one text.
/// </summary>
internal sealed class VertexEmbeddingCodec : IEmbeddingCodec
{
    public EmbeddingDialect Dialect => EmbeddingDialect.Vertex;

    public string? TokensHeader => null;

    // Gemini's embedding models take one text a call, the older ones 250.
    public int MaxInputs(JsonText model) => model.Bytes.IndexOf("gemini-embedding"u8) >= 0 ? 1 : 250;

    public string Method(JsonText model) => TakesContent(model) ? "embedContent" : "predict";

    public bool TryEncode(
        EmbeddingRequest request, JsonText model, int call, IBufferWriter<byte> output, List<string>? dropped, [NotNullWhen(false)] out RequestError? error)
    {
        if (!EmbeddingWriter.IsText(request, out error)) return false;
        EmbeddingWriter.DropOthers(request, dropped);
        if (request.Truncation == EmbeddingTruncation.Start) dropped.Drop("truncate");
        bool? truncate = request.Truncation switch
        {
            EmbeddingTruncation.None => false,
            EmbeddingTruncation.End => true,
            _ => null,
        };
        var json = new JsonOut(output);
        var inputs = this.Inputs(request, model, call);
        if (TakesContent(model))
        {
            json.Raw("{\"content\":{\"parts\":[{\"text\":"u8);
            json.String(request.Text(inputs[0].Range));
            json.Raw("}]}"u8);
            GeminiEmbeddingCodec.Settings(ref json, request, model, dropped);
            if (truncate is { } cut) json.Member("autoTruncate"u8, cut);
            json.Raw("}"u8);
        }
        else
        {
            Predict(ref json, request, inputs, truncate);
        }
        json.Flush();
        return true;
    }

    public bool TryDecode(ReadOnlySpan<byte> body, JsonText model, int inputs, EmbeddingAnswer answer) =>
        EmbeddingReader.TryRead(body, inputs, answer, static (scoped ref Utf8JsonReader reader, EmbeddingAnswer into) =>
        {
            if (reader.Is("predictions"u8)) return Predictions(ref reader, into);
            if (reader.Is("usageMetadata"u8)) return EmbeddingReader.Tokens(ref reader, into, "promptTokenCount"u8);
            if (!reader.Is("embedding"u8)) return EmbeddingReader.Skip(ref reader);
            reader.Read();
            return EmbeddingReader.ObjectHere(ref reader, into, "values"u8);
        });

    private static bool TakesContent(JsonText model) => model.Bytes.IndexOf("gemini-embedding-"u8) >= 0 && model.Bytes.IndexOf("gemini-embedding-001"u8) < 0;

    private static void Predict(ref JsonOut json, EmbeddingRequest request, ReadOnlySpan<EmbeddingInput> inputs, bool? truncate)
    {
        json.Raw("{\"instances\":["u8);
        for (var i = 0; i < inputs.Length; i++)
        {
            json.Raw(i == 0 ? "{\"content\":"u8 : ",{\"content\":"u8);
            json.String(request.Text(inputs[i].Range));
            json.Member("task_type"u8, EmbeddingTasks.Google(request.Task));
            json.Raw("}"u8);
        }
        json.Raw("]"u8);
        if (truncate is not null || request.Dimensions is not null)
        {
            json.Raw(",\"parameters\":{\"autoTruncate\":"u8);
            json.Boolean(truncate ?? true);
            json.Member("outputDimensionality"u8, request.Dimensions);
            json.Raw("}"u8);
        }
        json.Raw("}"u8);
    }

    // [{"embeddings":{"values":[..],"statistics":{"token_count":4,"truncated":false}}}]
    private static bool Predictions(scoped ref Utf8JsonReader reader, EmbeddingAnswer answer)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartArray) return false;
        while (reader.Read() && reader.TokenType == JsonTokenType.StartObject)
        {
            var before = answer.Count;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                if (!reader.Is("embeddings"u8)) reader.Skip();
                else if (!Embeddings(ref reader, answer)) return false;
            }
            if (answer.Count != before + 1) return false;
        }
        return reader.TokenType == JsonTokenType.EndArray;
    }

    private static bool Embeddings(scoped ref Utf8JsonReader reader, EmbeddingAnswer answer)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject) return false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.Is("values"u8))
            {
                reader.Read();
                if (!answer.TryAdd(ref reader)) return false;
            }
            else if (reader.Is("statistics"u8))
            {
                EmbeddingReader.Tokens(ref reader, answer, "token_count"u8);
            }
            else
            {
                reader.Skip();
            }
        }
        return true;
    }
}
