using Edge.Providers.Json;

namespace Edge.Providers.Errors;

/// <summary>
/// Cohere's errors: <c>{"id":..,"message":..}</c> with a status; inside a stream the text of <c>message-end</c>. There is neither a type nor a code, so the words
/// decide where the status does not. https://docs.cohere.com/reference/errors
/// </summary>
public static class CohereErrors
{
    /// <summary>The error of a response whose status is not a success. Never throws, whatever the body is.</summary>
    /// <param name="status">HTTP status.</param>
    /// <param name="body">The body as far as it was read; may be empty, HTML or cut off.</param>
    public static ProviderError FromResponse(int status, ReadOnlySpan<byte> body)
    {
        var parts = ErrorBody.Read(body);
        return new ProviderError { Kind = KindOf(status, parts.Message), Status = status, Message = parts.Message, Type = parts.Type, Code = parts.Code };
    }

    /// <summary>The error with which an answer ended whose HTTP status was 200: its finish reason and the text beside it, which may be empty.</summary>
    public static ProviderError FromFinish(JsonText reason, JsonText message)
    {
        var timeout = reason.Is("TIMEOUT"u8);
        return new ProviderError
        {
            Kind = timeout ? ProviderErrorKind.Timeout : ProviderErrorKind.ServerError,
            Status = timeout ? 504 : 500,
            Message = ErrorBody.Bounded(message) ?? (timeout ? "The generation timed out." : "The generation failed."),
            Type = ErrorBody.Bounded(reason),
        };
    }

    private static ProviderErrorKind KindOf(int status, string message) => status switch
    {
        400 or 413 or 422 when IsContextLength(message) => ProviderErrorKind.ContextLength,
        404 when message.Contains("model", StringComparison.OrdinalIgnoreCase) => ProviderErrorKind.ModelNotFound,
        // A trial key's monthly calls are used up: no waiting helps.
        429 when message.Contains("/ month", StringComparison.OrdinalIgnoreCase) => ProviderErrorKind.Quota,
        498 => ProviderErrorKind.Authentication,
        499 => ProviderErrorKind.Timeout,
        _ => ErrorBody.KindOf(status),
    };

    // "too many tokens: total number of tokens in the prompt cannot exceed 4081 - received 4292."
    private static bool IsContextLength(string message) =>
        message.Contains("too many tokens", StringComparison.OrdinalIgnoreCase) || message.Contains("context length", StringComparison.OrdinalIgnoreCase);
}
