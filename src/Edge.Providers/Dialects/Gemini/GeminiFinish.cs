using Edge.Providers.Chat;
using Edge.Providers.Errors;
using Edge.Providers.Json;

namespace Edge.Providers.Dialects.Gemini;

/// <summary>Why a candidate ended. https://ai.google.dev/api/generate-content#FinishReason</summary>
internal static class GeminiFinish
{
    /// <summary>
    /// The reason in the shared words; None where there is no good answer to give: a call that the model could not write down (<c>MALFORMED_FUNCTION_CALL</c>)
    /// leaves leftover text or nothing, which no client may take for the answer.
    /// </summary>
    /// <param name="reason">As the API says it.</param>
    /// <param name="hasCalls">The candidate called functions.</param>
    public static FinishReason Of(JsonText reason, bool hasCalls)
    {
        if (FinishWords.IsFailure(reason, hasCalls)) return FinishReason.None;
        if (hasCalls && (reason.Is("STOP"u8) || reason.Is("UNEXPECTED_TOOL_CALL"u8))) return FinishReason.ToolCalls;
        return FinishWords.Of(reason);
    }

    /// <summary>What is reported in place of a good answer. The model may well do better the next time, so it is the provider's failure.</summary>
    public static ProviderError Error(JsonText reason, JsonText message)
    {
        var isRequest = reason.Is("MISSING_THOUGHT_SIGNATURE"u8);
        var name = ErrorBody.Bounded(reason);
        return new()
        {
            Kind = isRequest ? ProviderErrorKind.InvalidRequest : ProviderErrorKind.ServerError,
            Status = isRequest ? 400 : 502,
            Message = ErrorBody.Bounded(message) ?? $"The model's answer ended with {name}.",
            Type = name,
            Code = name,
        };
    }
}
