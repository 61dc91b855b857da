using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using Edge.Providers.Errors;
using Edge.Providers.Json;

namespace Edge.Providers.Embedding;

/// <summary>
/// A provider's dialect of embeddings, both ways. Without state: one instance serves every request. A client's request may need several calls, because a provider takes
/// fewer texts at once; they may run at the same time, and their answers are joined in the order of the calls.
/// </summary>
public interface IEmbeddingCodec
{
    EmbeddingDialect Dialect { get; }

    /// <summary>Texts that one call takes at most for that model; at least 1.</summary>
    int MaxInputs(JsonText model);

    /// <summary>What stands for <c>{method}</c> in the provider's path for that model; empty where the path has none.</summary>
    string Method(JsonText model);

    /// <summary>The response header (lower case) that tells a call's input tokens where the body does not; null = none.</summary>
    string? TokensHeader { get; }

    /// <summary>Writes one call's body.</summary>
    /// <param name="request">The request.</param>
    /// <param name="model">The model's name at the provider.</param>
    /// <param name="call">Which call, from 0; see <see cref="EmbeddingCalls"/>.</param>
    /// <param name="output">Takes the body; where the result is false, what it holds must be thrown away.</param>
    /// <param name="dropped">Takes the client's fields that could not be carried over: each once, visible ASCII; may be null.</param>
    /// <param name="error">What the provider cannot do and the client would miss.</param>
    bool TryEncode(
        EmbeddingRequest request, JsonText model, int call, IBufferWriter<byte> output, List<string>? dropped, [NotNullWhen(false)] out RequestError? error);

    /// <summary>Reads one call's answer into the joined one. Calls must come in their order.</summary>
    /// <param name="body">The body of a 200.</param>
    /// <param name="model">The model's name at the provider.</param>
    /// <param name="inputs">Texts that the call had.</param>
    /// <param name="answer">The joined answer; after false it must be thrown away.</param>
    /// <returns>False where the body makes no sense or does not hold exactly one vector a text.</returns>
    bool TryDecode(ReadOnlySpan<byte> body, JsonText model, int inputs, EmbeddingAnswer answer);
}

/// <summary>How a request is cut into calls: the texts in their order, each call filled up to the provider's limit.</summary>
public static class EmbeddingCalls
{
    /// <summary>How many calls there are; at least 1.</summary>
    public static int Count(this IEmbeddingCodec codec, EmbeddingRequest request, JsonText model) =>
        Math.Max(1, (request.Inputs.Length + codec.MaxInputs(model) - 1) / codec.MaxInputs(model));

    /// <summary>The inputs of one call.</summary>
    public static ReadOnlySpan<EmbeddingInput> Inputs(this IEmbeddingCodec codec, EmbeddingRequest request, JsonText model, int call)
    {
        var size = codec.MaxInputs(model);
        var rest = request.Inputs[Math.Min(call * size, request.Inputs.Length)..];
        return rest[..Math.Min(size, rest.Length)];
    }
}
