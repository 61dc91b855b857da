namespace Edge.Providers.Errors;

/// <summary>
/// Ollama's errors: <c>{"error":"text"}</c> with a status, or as a line of a stream that began with 200. https://docs.ollama.com/api/errors
/// </summary>
public static class OllamaErrors
{
    /// <summary>The error of a response whose status is not a success. Never throws, whatever the body is.</summary>
    /// <param name="status">HTTP status.</param>
    /// <param name="body">The body as far as it was read; may be empty, HTML or cut off.</param>
    public static ProviderError FromResponse(int status, ReadOnlySpan<byte> body)
    {
        var parts = ErrorBody.Read(body);
        return new ProviderError { Kind = KindOf(status, parts.Message), Status = status, Message = parts.Message, Type = parts.Type, Code = parts.Code };
    }

    /// <summary>The error that stands in a line, whose HTTP status was 200: the generation broke off.</summary>
    public static ProviderError FromLine(ReadOnlySpan<byte> data) => FromResponse(500, data);

    private static ProviderErrorKind KindOf(int status, string message) => status switch
    {
        404 when message.Contains("model", StringComparison.OrdinalIgnoreCase) => ProviderErrorKind.ModelNotFound,
        400 or 413 or 500 when message.Contains("context length", StringComparison.OrdinalIgnoreCase) => ProviderErrorKind.ContextLength,
        _ => ErrorBody.KindOf(status),
    };
}
