using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using Edge.Providers.Chat;
using Edge.Providers.Errors;

namespace Edge.Providers.Dialects;

/// <summary>Writes a <see cref="ChatRequest"/> as a provider's body. One instance serves one request at a time and is used again.</summary>
public interface IChatRequestEncoder
{
    /// <summary>Writes the body.</summary>
    /// <param name="request">The request.</param>
    /// <param name="options">What the client does not say.</param>
    /// <param name="output">Takes the body; where the result is false, what it holds must be thrown away.</param>
    /// <param name="dropped">
    /// Takes the names of the client's fields that could not be carried over, or not as they were: each once, visible ASCII; may be null. Names are those of OpenAI
    /// chat completions (<c>stop</c>, <c>response_format</c>); the caller puts the client dialect's own name in their place.
    /// </param>
    /// <param name="error">What the provider cannot do and the client would miss; its field likewise.</param>
    bool TryEncode(
        ChatRequest request, in ChatEncodeOptions options, IBufferWriter<byte> output, List<string>? dropped, [NotNullWhen(false)] out RequestError? error);
}
