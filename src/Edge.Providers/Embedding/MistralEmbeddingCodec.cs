using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using Edge.Providers.Dialects;
using Edge.Providers.Errors;
using Edge.Providers.Json;

namespace Edge.Providers.Embedding;

/// <summary>
/// Mistral: OpenAI's shape with <c>output_dimension</c> for <c>dimensions</c>. Its <c>output_dtype</c> and <c>metadata</c> pass as they are.
/// https://docs.mistral.ai/api/endpoint/embeddings
/// </summary>
internal sealed class MistralEmbeddingCodec : IEmbeddingCodec
{
    public EmbeddingDialect Dialect => EmbeddingDialect.Mistral;

    public string? TokensHeader => null;

    public int MaxInputs(JsonText model) => EmbeddingRequestDecoder.MaxInputs;

    public string Method(JsonText model) => "";

    public bool TryEncode(
        EmbeddingRequest request, JsonText model, int call, IBufferWriter<byte> output, List<string>? dropped, [NotNullWhen(false)] out RequestError? error)
    {
        if (!EmbeddingWriter.IsText(request, out error)) return false;
        if (request.Task != EmbeddingTask.None) dropped.Drop("input_type");
        if (request.Truncation != EmbeddingTruncation.Default) dropped.Drop("truncate");
        if (request.User.IsPresent) dropped.Drop("user");
        var json = new JsonOut(output);
        json.Begin(request, model, this.Inputs(request, model, call));
        json.Member("output_dimension"u8, request.Dimensions);
        // The default is left unsaid: older deployments refuse the name.
        if (request.Base64) json.Member("encoding_format"u8, "base64"u8);
        json.EndWithOthers(request);
        return true;
    }

    public bool TryDecode(ReadOnlySpan<byte> body, JsonText model, int inputs, EmbeddingAnswer answer) => OpenAiEmbeddings.TryRead(body, inputs, answer);
}
