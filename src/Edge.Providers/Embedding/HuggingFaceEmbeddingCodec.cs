using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Edge.Providers.Dialects;
using Edge.Providers.Errors;
using Edge.Providers.Json;

namespace Edge.Providers.Embedding;

/// <summary>
/// Hugging Face's feature extraction, as its hosted inference and Text Embeddings Inference's <c>/embed</c> serve it: the answer is a bare array of vectors.
/// https://huggingface.co/docs/inference-providers/tasks/feature-extraction
/// </summary>
internal sealed class HuggingFaceEmbeddingCodec : IEmbeddingCodec
{
    public EmbeddingDialect Dialect => EmbeddingDialect.HuggingFace;

    public string? TokensHeader => "x-compute-tokens";

    // The server's default of --max-client-batch-size; hosted models run with it.
    public int MaxInputs(JsonText model) => 32;

    public string Method(JsonText model) => "";

    public bool TryEncode(
        EmbeddingRequest request, JsonText model, int call, IBufferWriter<byte> output, List<string>? dropped, [NotNullWhen(false)] out RequestError? error)
    {
        if (!EmbeddingWriter.IsText(request, out error)) return false;
        EmbeddingWriter.DropOthers(request, dropped);
        // Which prompt a model wants for which task stands in the model's own files; a name that it lacks is refused.
        if (request.Task != EmbeddingTask.None) dropped.Drop("input_type");
        var json = new JsonOut(output);
        json.Raw("{\"inputs\":"u8);
        json.Texts(request, this.Inputs(request, model, call));
        if (request.Truncation != EmbeddingTruncation.Default) json.Member("truncate"u8, request.Truncation != EmbeddingTruncation.None);
        if (request.Truncation == EmbeddingTruncation.Start) json.Member("truncation_direction"u8, "Left"u8);
        json.Member("dimensions"u8, request.Dimensions);
        json.Raw("}"u8);
        json.Flush();
        return true;
    }

    public bool TryDecode(ReadOnlySpan<byte> body, JsonText model, int inputs, EmbeddingAnswer answer)
    {
        var expected = answer.Count + inputs;
        try
        {
            var reader = new Utf8JsonReader(body);
            return reader.Read() && EmbeddingReader.VectorsHere(ref reader, answer) && !reader.Read() && answer.Count == expected;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
