using Edge.Providers.Json;

namespace Edge.Providers.Errors;

/// <summary>
/// Anthropic's errors: <c>{"type":"error","error":{"type":..,"message":..},"request_id":..}</c>, as a body with its status or as an event inside a stream.
/// https://docs.claude.com/en/api/errors
/// </summary>
public static class AnthropicErrors
{
    /// <summary>The error of a response whose status is not a success. Never throws, whatever the body is.</summary>
    /// <param name="status">HTTP status.</param>
    /// <param name="body">The body as far as it was read; may be empty, HTML or cut off.</param>
    public static ProviderError FromResponse(int status, ReadOnlySpan<byte> body)
    {
        var parts = ErrorBody.Read(body);
        return Make(parts.Type, parts.Message, status);
    }

    /// <summary>The error of an <c>error</c> event inside a stream, whose HTTP status was 200.</summary>
    public static ProviderError FromEvent(JsonText type, JsonText message) =>
        Make(ErrorBody.Bounded(type), ErrorBody.Bounded(message) ?? "", status: 0);

    private static ProviderError Make(string? type, string message, int status)
    {
        var documented = StatusOf(type);
        if (status == 0) status = documented ?? 500;
        return new ProviderError { Kind = KindOf(type, message, status), Status = status, Message = message, Type = type };
    }

    /// <summary>It is one of the types that Anthropic documents.</summary>
    internal static bool IsDocumented(string? type) => StatusOf(type) is not null;

    private static int? StatusOf(string? type) => type switch
    {
        "invalid_request_error" => 400,
        "authentication_error" => 401,
        "billing_error" => 402,
        "permission_error" => 403,
        "not_found_error" => 404,
        "request_too_large" => 413,
        "rate_limit_error" => 429,
        "api_error" => 500,
        "timeout_error" => 504,
        "overloaded_error" => 529,
        _ => null,
    };

    private static ProviderErrorKind KindOf(string? type, string message, int status) => type switch
    {
        "invalid_request_error" when IsContextLength(message) => ProviderErrorKind.ContextLength,
        "invalid_request_error" when message.Contains("credit balance", StringComparison.OrdinalIgnoreCase) => ProviderErrorKind.Quota,
        "invalid_request_error" when message.Contains("content filtering policy", StringComparison.OrdinalIgnoreCase) => ProviderErrorKind.ContentPolicy,
        "invalid_request_error" => ProviderErrorKind.InvalidRequest,
        "authentication_error" => ProviderErrorKind.Authentication,
        "billing_error" => ProviderErrorKind.Quota,
        "permission_error" => ProviderErrorKind.Permission,
        "not_found_error" when message.StartsWith("model", StringComparison.Ordinal) => ProviderErrorKind.ModelNotFound,
        "not_found_error" => ProviderErrorKind.InvalidRequest,
        "request_too_large" => ProviderErrorKind.TooLarge,
        "rate_limit_error" => ProviderErrorKind.RateLimit,
        "timeout_error" => ProviderErrorKind.Timeout,
        "overloaded_error" => ProviderErrorKind.Overloaded,
        "api_error" when status < 500 => ErrorBody.KindOf(status),
        "api_error" => ProviderErrorKind.ServerError,
        _ => ErrorBody.KindOf(status),
    };

    // "prompt is too long: 210000 tokens > 200000 maximum"; "input length and `max_tokens` exceed context limit: ..."
    private static bool IsContextLength(string message) =>
        message.Contains("prompt is too long", StringComparison.OrdinalIgnoreCase)
        || message.Contains("exceed context limit", StringComparison.OrdinalIgnoreCase);
}
