using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Edge.Providers.Dialects;
using Edge.Providers.Errors;
using Edge.Providers.Json;

namespace Edge.Providers.Embedding;

/// <summary>Cohere's v2 embed. https://docs.cohere.com/reference/embed</summary>
internal sealed class CohereEmbeddingCodec : IEmbeddingCodec
{
    public const int MaxTexts = 96;

    public EmbeddingDialect Dialect => EmbeddingDialect.Cohere;

    public string? TokensHeader => null;

    public int MaxInputs(JsonText model) => MaxTexts;

    public string Method(JsonText model) => "";

    public bool TryEncode(
        EmbeddingRequest request, JsonText model, int call, IBufferWriter<byte> output, List<string>? dropped, [NotNullWhen(false)] out RequestError? error)
    {
        if (!EmbeddingWriter.IsText(request, out error)) return false;
        EmbeddingWriter.DropOthers(request, dropped);
        var json = new JsonOut(output);
        json.Raw("{\"model\":"u8);
        json.String(model);
        json.Raw(","u8);
        Texts(ref json, request, this.Inputs(request, model, call), dropped);
        json.Raw(",\"embedding_types\":[\"float\"]}"u8);
        json.Flush();
        return true;
    }

    public bool TryDecode(ReadOnlySpan<byte> body, JsonText model, int inputs, EmbeddingAnswer answer) => TryRead(body, inputs, answer);

    /// <summary>Writes the members that Cohere's own API and Bedrock's share, without braces.</summary>
    internal static void Texts(ref JsonOut json, EmbeddingRequest request, ReadOnlySpan<EmbeddingInput> inputs, List<string>? dropped)
    {
        json.Raw("\"texts\":"u8);
        json.Texts(request, inputs);
        json.Member("input_type"u8, EmbeddingTasks.Cohere(request.Task, out var exact));
        if (!exact) dropped.Drop("input_type");
        json.Member("truncate"u8, request.Truncation.Text());
        json.Member("output_dimension"u8, request.Dimensions);
    }

    /// <summary>Reads an answer of Cohere's own API or of Bedrock: <c>embeddings</c> is an array of vectors, or an object of such arrays by type.</summary>
    internal static bool TryRead(ReadOnlySpan<byte> body, int inputs, EmbeddingAnswer answer) =>
        EmbeddingReader.TryRead(body, inputs, answer, static (scoped ref Utf8JsonReader reader, EmbeddingAnswer into) =>
        {
            if (reader.Is("meta"u8)) return Meta(ref reader, into);
            if (!reader.Is("embeddings"u8)) return EmbeddingReader.Skip(ref reader);
            reader.Read();
            if (reader.TokenType != JsonTokenType.StartObject) return EmbeddingReader.VectorsHere(ref reader, into);
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                if (!reader.Is("float"u8)) reader.Skip();
                else if (!EmbeddingReader.Vectors(ref reader, into)) return false;
            }
            return true;
        });

    private static bool Meta(scoped ref Utf8JsonReader reader, EmbeddingAnswer answer)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return true;
        }
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.Is("billed_units"u8)) EmbeddingReader.Tokens(ref reader, answer, "input_tokens"u8);
            else reader.Skip();
        }
        return true;
    }
}
