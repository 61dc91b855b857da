using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Edge.Providers.Dialects;
using Edge.Providers.Errors;
using Edge.Providers.Json;

namespace Edge.Providers.Embedding;

/// <summary>
/// Bedrock's InvokeModel, whose body is the model family's own: Titan
/// (https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-titan-embed-text.html), Nova
/// (https://docs.aws.amazon.com/nova/latest/userguide/embeddings-schema.html) and Cohere
/// (https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-embed.html). Titan and Nova take one text a call.
/// </summary>
internal sealed class BedrockEmbeddingCodec : IEmbeddingCodec
{
    private enum Family : byte
    {
        Unknown,
        Titan,
        TitanImage,
        Nova,
        Cohere,
    }

    public EmbeddingDialect Dialect => EmbeddingDialect.Bedrock;

    public string? TokensHeader => "x-amzn-bedrock-input-token-count";

    public int MaxInputs(JsonText model) => FamilyOf(model) == Family.Cohere ? CohereEmbeddingCodec.MaxTexts : 1;

    public string Method(JsonText model) => "";

    public bool TryEncode(
        EmbeddingRequest request, JsonText model, int call, IBufferWriter<byte> output, List<string>? dropped, [NotNullWhen(false)] out RequestError? error)
    {
        if (!EmbeddingWriter.IsText(request, out error)) return false;
        var family = FamilyOf(model);
        if (family == Family.Unknown)
        {
            error = new RequestError("model", "Must name a Titan, Nova or Cohere embedding model (its id holds \"titan-embed\", \"nova\" and \"embed\", or \"cohere.embed\").");
            return false;
        }
        EmbeddingWriter.DropOthers(request, dropped);
        var inputs = this.Inputs(request, model, call);
        var json = new JsonOut(output);
        json.Raw("{"u8);
        switch (family)
        {
            case Family.Cohere:
                CohereEmbeddingCodec.Texts(ref json, request, inputs, dropped);
                break;
            case Family.Nova:
                Nova(ref json, request, request.Text(inputs[0].Range), dropped);
                break;
            default:
                Titan(ref json, request, request.Text(inputs[0].Range), family, dropped);
                break;
        }
        json.Raw("}"u8);
        json.Flush();
        return true;
    }

    public bool TryDecode(ReadOnlySpan<byte> body, JsonText model, int inputs, EmbeddingAnswer answer) => FamilyOf(model) switch
    {
        Family.Cohere => CohereEmbeddingCodec.TryRead(body, inputs, answer),
        Family.Nova => EmbeddingReader.TryRead(body, inputs, answer, Nova),
        _ => EmbeddingReader.TryRead(body, inputs, answer, Titan),
    };

    private static bool Nova(scoped ref Utf8JsonReader reader, EmbeddingAnswer answer) =>
        reader.Is("embeddings"u8) ? EmbeddingReader.Objects(ref reader, answer, "embedding"u8) : EmbeddingReader.Skip(ref reader);

    private static bool Titan(scoped ref Utf8JsonReader reader, EmbeddingAnswer answer)
    {
        if (reader.Is("embedding"u8))
        {
            reader.Read();
            return answer.TryAdd(ref reader);
        }
        if (reader.Is("inputTextTokenCount"u8)) answer.AddTokens(EmbeddingReader.Number(ref reader));
        else reader.Skip();
        return true;
    }

    private static Family FamilyOf(JsonText model)
    {
        var name = model.Bytes;
        if (name.IndexOf("cohere.embed"u8) >= 0) return Family.Cohere;
        if (name.IndexOf("titan-embed-image"u8) >= 0) return Family.TitanImage;
        if (name.IndexOf("titan-embed"u8) >= 0) return Family.Titan;
        return name.IndexOf("nova"u8) >= 0 && name.IndexOf("embed"u8) >= 0 ? Family.Nova : Family.Unknown;
    }

    private static void Titan(ref JsonOut json, EmbeddingRequest request, JsonText text, Family family, List<string>? dropped)
    {
        if (request.Task != EmbeddingTask.None) dropped.Drop("input_type");
        if (request.Truncation != EmbeddingTruncation.Default) dropped.Drop("truncate");
        json.Raw("\"inputText\":"u8);
        json.String(text);
        if (family == Family.Titan)
        {
            // Sent to the first version too, which knows no sizes: its refusal is clearer than vectors of another size.
            json.Member("dimensions"u8, request.Dimensions);
        }
        else if (request.Dimensions is { } length)
        {
            json.Raw(",\"embeddingConfig\":{\"outputEmbeddingLength\":"u8);
            json.Number(length);
            json.Raw("}"u8);
        }
    }

    private static void Nova(ref JsonOut json, EmbeddingRequest request, JsonText text, List<string>? dropped)
    {
        json.Raw("\"taskType\":\"SINGLE_EMBEDDING\",\"singleEmbeddingParams\":{\"embeddingPurpose\":\""u8);
        json.Raw(EmbeddingTasks.Nova(request.Task, out var exact));
        if (!exact) dropped.Drop("input_type");
        json.Raw("\""u8);
        json.Member("embeddingDimension"u8, request.Dimensions);
        // It wants to be told; OpenAI refuses what is too long.
        json.Raw(",\"text\":{\"truncationMode\":\""u8);
        json.Raw(request.Truncation == EmbeddingTruncation.Default ? "NONE"u8 : request.Truncation.Text());
        json.Raw("\",\"value\":"u8);
        json.String(text);
        json.Raw("}}"u8);
    }
}
