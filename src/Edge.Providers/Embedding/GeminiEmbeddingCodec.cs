using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Edge.Providers.Dialects;
using Edge.Providers.Errors;
using Edge.Providers.Json;

namespace Edge.Providers.Embedding;

/// <summary>The Gemini API's <c>batchEmbedContents</c>, for one text as for many. https://ai.google.dev/api/embeddings</summary>
internal sealed class GeminiEmbeddingCodec : IEmbeddingCodec
{
    public EmbeddingDialect Dialect => EmbeddingDialect.Gemini;

    public string? TokensHeader => null;

    public int MaxInputs(JsonText model) => 100;

    public string Method(JsonText model) => "batchEmbedContents";

    public bool TryEncode(
        EmbeddingRequest request, JsonText model, int call, IBufferWriter<byte> output, List<string>? dropped, [NotNullWhen(false)] out RequestError? error)
    {
        if (!EmbeddingWriter.IsText(request, out error)) return false;
        EmbeddingWriter.DropOthers(request, dropped);
        // It always cuts the end of what is too long.
        if (request.Truncation is EmbeddingTruncation.None or EmbeddingTruncation.Start) dropped.Drop("truncate");
        var json = new JsonOut(output);
        json.Raw("{\"requests\":["u8);
        var inputs = this.Inputs(request, model, call);
        for (var i = 0; i < inputs.Length; i++)
        {
            // Each request repeats the model, and it must be the one of the path.
            json.Raw(i == 0 ? "{\"model\":\""u8 : ",{\"model\":\""u8);
            if (!model.Bytes.StartsWith("models/"u8)) json.Raw("models/"u8);
            json.Text(model);
            json.Raw("\",\"content\":{\"parts\":[{\"text\":"u8);
            json.String(request.Text(inputs[i].Range));
            json.Raw("}]}"u8);
            Settings(ref json, request, model, dropped);
            json.Raw("}"u8);
        }
        json.Raw("]}"u8);
        json.Flush();
        return true;
    }

    public bool TryDecode(ReadOnlySpan<byte> body, JsonText model, int inputs, EmbeddingAnswer answer) =>
        EmbeddingReader.TryRead(body, inputs, answer, static (scoped ref Utf8JsonReader reader, EmbeddingAnswer into) =>
            reader.Is("embeddings"u8) ? EmbeddingReader.Objects(ref reader, into, "values"u8)
            : reader.Is("usageMetadata"u8) ? EmbeddingReader.Tokens(ref reader, into, "promptTokenCount"u8)
            : EmbeddingReader.Skip(ref reader));

    /// <summary>Writes what Google's two <c>embedContent</c> requests share.</summary>
    internal static void Settings(ref JsonOut json, EmbeddingRequest request, JsonText model, List<string>? dropped)
    {
        // From gemini-embedding-2 on the task belongs into the text itself, and a taskType changes nothing; the client's text is not ours to change.
        if (request.Task != EmbeddingTask.None && model.Bytes.IndexOf("gemini-embedding-2"u8) >= 0) dropped.Drop("input_type");
        else json.Member("taskType"u8, EmbeddingTasks.Google(request.Task));
        json.Member("outputDimensionality"u8, request.Dimensions);
    }
}
