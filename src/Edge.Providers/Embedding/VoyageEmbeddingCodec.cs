using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using Edge.Providers.Dialects;
using Edge.Providers.Errors;
using Edge.Providers.Json;

namespace Edge.Providers.Embedding;

/// <summary>
/// Voyage AI: OpenAI's shape with <c>output_dimension</c>, <c>truncation</c> and <c>input_type</c> of <c>query</c> and <c>document</c>. It refuses names that it does
/// not know, and knows of <c>encoding_format</c> only <c>base64</c>. https://docs.voyageai.com/reference/embeddings-api
/// </summary>
internal sealed class VoyageEmbeddingCodec : IEmbeddingCodec
{
    public EmbeddingDialect Dialect => EmbeddingDialect.Voyage;

    public string? TokensHeader => null;

    public int MaxInputs(JsonText model) => 1000;

    public string Method(JsonText model) => "";

    public bool TryEncode(
        EmbeddingRequest request, JsonText model, int call, IBufferWriter<byte> output, List<string>? dropped, [NotNullWhen(false)] out RequestError? error)
    {
        if (!EmbeddingWriter.IsText(request, out error)) return false;
        if (request.User.IsPresent) dropped.Drop("user");
        if (request.Truncation == EmbeddingTruncation.Start) dropped.Drop("truncate");
        var task = request.Task switch
        {
            EmbeddingTask.Document => "document"u8,
            EmbeddingTask.Query or EmbeddingTask.QuestionAnswering or EmbeddingTask.FactVerification or EmbeddingTask.CodeQuery => "query"u8,
            _ => default,
        };
        if (request.Task is not (EmbeddingTask.None or EmbeddingTask.Document or EmbeddingTask.Query)) dropped.Drop("input_type");
        var json = new JsonOut(output);
        json.Begin(request, model, this.Inputs(request, model, call));
        json.Member("input_type"u8, task);
        json.Member("output_dimension"u8, request.Dimensions);
        if (request.Truncation is EmbeddingTruncation.None or EmbeddingTruncation.End) json.Member("truncation"u8, request.Truncation == EmbeddingTruncation.End);
        if (request.Base64) json.Member("encoding_format"u8, "base64"u8);
        json.EndWithOthers(request);
        return true;
    }

    public bool TryDecode(ReadOnlySpan<byte> body, JsonText model, int inputs, EmbeddingAnswer answer) => OpenAiEmbeddings.TryRead(body, inputs, answer);
}
