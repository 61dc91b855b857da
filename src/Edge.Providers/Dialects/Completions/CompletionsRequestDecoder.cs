using System.Diagnostics.CodeAnalysis;
using Edge.Providers.Chat;
using Edge.Providers.Dialects.OpenAi;
using Edge.Providers.Errors;
using Edge.Simd.Json;

namespace Edge.Providers.Dialects.Completions;

/// <summary>
/// A body of OpenAI's legacy completions -> <see cref="ChatRequest"/>: the prompt becomes what the user says. https://platform.openai.com/docs/api-reference/completions/create
/// <para>
/// A chat model takes one text: several prompts and prompts of tokens are errors. <c>suffix</c>, <c>echo</c>, <c>logprobs</c> and a <c>best_of</c> beyond <c>n</c> are left
/// out and named. Without <c>max_tokens</c> the answer has 16, as the API documents.
/// </para>
/// </summary>
public static class CompletionsRequestDecoder
{
    /// <summary>Reads a request.</summary>
    /// <param name="body">The client's body; must live as long as <paramref name="request"/> is used.</param>
    /// <param name="tokens">The body's index.</param>
    /// <param name="request">Cleared and filled.</param>
    /// <param name="error">What is wrong first.</param>
    public static bool TryDecode(ReadOnlyMemory<byte> body, ReadOnlySpan<JsonToken> tokens, ChatRequest request, [NotNullWhen(false)] out RequestError? error) =>
        OpenAiChatRequestDecoder.TryDecodePrompt(body, tokens, request, out error);
}
