using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Edge.Providers.Dialects;
using Edge.Providers.Errors;
using Edge.Providers.Json;

namespace Edge.Providers.Embedding;

/// <summary>Ollama's own <c>/api/embed</c>. https://docs.ollama.com/api/embed</summary>
internal sealed class OllamaEmbeddingCodec : IEmbeddingCodec
{
    public EmbeddingDialect Dialect => EmbeddingDialect.Ollama;

    public string? TokensHeader => null;

    public int MaxInputs(JsonText model) => EmbeddingRequestDecoder.MaxInputs;

    public string Method(JsonText model) => "";

    public bool TryEncode(
        EmbeddingRequest request, JsonText model, int call, IBufferWriter<byte> output, List<string>? dropped, [NotNullWhen(false)] out RequestError? error)
    {
        if (!EmbeddingWriter.IsText(request, out error)) return false;
        if (request.Task != EmbeddingTask.None) dropped.Drop("input_type");
        if (request.Truncation == EmbeddingTruncation.Start) dropped.Drop("truncate");
        if (request.User.IsPresent) dropped.Drop("user");
        var json = new JsonOut(output);
        json.Begin(request, model, this.Inputs(request, model, call));
        if (request.Truncation is EmbeddingTruncation.None or EmbeddingTruncation.End) json.Member("truncate"u8, request.Truncation == EmbeddingTruncation.End);
        json.Member("dimensions"u8, request.Dimensions);
        // keep_alive and options are its own; it ignores what it does not know.
        json.EndWithOthers(request);
        return true;
    }

    public bool TryDecode(ReadOnlySpan<byte> body, JsonText model, int inputs, EmbeddingAnswer answer) =>
        EmbeddingReader.TryRead(body, inputs, answer, static (scoped ref Utf8JsonReader reader, EmbeddingAnswer into) =>
        {
            if (reader.Is("embeddings"u8)) return EmbeddingReader.Vectors(ref reader, into);
            if (reader.Is("prompt_eval_count"u8)) into.AddTokens(EmbeddingReader.Number(ref reader));
            else reader.Skip();
            return true;
        });
}
