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
        if (reason.Is("STOP"u8)) return hasCalls ? FinishReason.ToolCalls : FinishReason.Stop;
        if (reason.Is("MAX_TOKENS"u8)) return FinishReason.Length;
        if (IsFiltered(reason)) return FinishReason.ContentFilter;
        // The call is whole, only its name was not declared: every client knows how to answer that one.
        if (reason.Is("UNEXPECTED_TOOL_CALL"u8)) return hasCalls ? FinishReason.ToolCalls : FinishReason.None;
        return IsFailure(reason) ? FinishReason.None : FinishReason.Other;
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

    // OTHER and LANGUAGE are no filters by name, but the text stops short as it does with one.
    private static bool IsFiltered(JsonText reason) =>
        reason.Is("SAFETY"u8) || reason.Is("RECITATION"u8) || reason.Is("BLOCKLIST"u8) || reason.Is("PROHIBITED_CONTENT"u8) || reason.Is("SPII"u8)
        || reason.Is("LANGUAGE"u8) || reason.Is("OTHER"u8) || reason.Is("MODEL_ARMOR"u8) || reason.Bytes.StartsWith("IMAGE_"u8) || reason.Is("NO_IMAGE"u8);

    private static bool IsFailure(JsonText reason) =>
        reason.Bytes.StartsWith("MALFORMED_"u8) || reason.Is("TOO_MANY_TOOL_CALLS"u8) || reason.Is("MISSING_THOUGHT_SIGNATURE"u8);
}
