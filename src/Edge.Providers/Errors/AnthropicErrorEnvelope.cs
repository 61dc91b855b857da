using System.Buffers;
using Edge.Providers.Dialects;

namespace Edge.Providers.Errors;

/// <summary>
/// Writes errors for clients that speak Anthropic's dialect. https://docs.claude.com/en/api/errors
/// <code>
/// {"type":"error","error":{"type":"rate_limit_error","message":"...","code":"RATE_LIMIT_EXCEEDED","details":{"error_code":"RATE_LIMIT_EXCEEDED"}},"request_id":"..."}
/// </code>
/// The code is the gateway's own or the provider's. <c>error.details.error_code</c> is where Anthropic's SDKs read it (<c>error.errorCode</c>), <c>error.code</c>
/// where people look who come from OpenAI's envelope; SDKs keep members that they do not know.
/// </summary>
public static class AnthropicErrorEnvelope
{
    /// <summary>Anthropic's type for a kind of failure.</summary>
    public static string TypeOf(ProviderErrorKind kind, int status) => kind switch
    {
        ProviderErrorKind.Authentication => "authentication_error",
        ProviderErrorKind.Permission => "permission_error",
        ProviderErrorKind.ModelNotFound => "not_found_error",
        ProviderErrorKind.RateLimit => "rate_limit_error",
        // OpenAI reports an empty account with the status of a rate limit, and SDKs go by the status.
        ProviderErrorKind.Quota => status == 429 ? "rate_limit_error" : "billing_error",
        ProviderErrorKind.TooLarge => "request_too_large",
        ProviderErrorKind.Overloaded => "overloaded_error",
        ProviderErrorKind.Timeout => "timeout_error",
        ProviderErrorKind.ServerError or ProviderErrorKind.Malformed => "api_error",
        _ => status == 404 ? "not_found_error" : "invalid_request_error",
    };

    /// <summary>Anthropic's type for a status, for the gateway's own errors.</summary>
    public static string TypeOf(int status) => status switch
    {
        401 => "authentication_error",
        402 => "billing_error",
        403 => "permission_error",
        404 => "not_found_error",
        408 or 504 => "timeout_error",
        413 => "request_too_large",
        429 => "rate_limit_error",
        503 or 529 => "overloaded_error",
        >= 400 and < 500 => "invalid_request_error",
        _ => "api_error",
    };

    /// <summary>Writes the envelope of one of the gateway's own errors.</summary>
    /// <param name="output">Takes the JSON.</param>
    /// <param name="status">HTTP status, which decides the type.</param>
    /// <param name="message">The text; where a field is to blame the caller puts it in front as Anthropic does: <c>max_tokens: Must be ...</c></param>
    /// <param name="code">The gateway's stable code; null = none.</param>
    /// <param name="requestId">The gateway's request id; null = none.</param>
    public static void Write(IBufferWriter<byte> output, int status, string message, string? code = null, string? requestId = null)
    {
        var json = new JsonOut(output, 512);
        Envelope(ref json, TypeOf(status), message, code, requestId);
        json.Flush();
    }

    /// <summary>Writes a provider's error. Its type stays where it is one of Anthropic's.</summary>
    public static void Write(IBufferWriter<byte> output, ProviderError error, string? requestId = null)
    {
        var json = new JsonOut(output, 512);
        Envelope(ref json, error, requestId);
        json.Flush();
    }

    /// <summary>Writes one of the gateway's own errors as the last event of a stream.</summary>
    public static void WriteEvent(IBufferWriter<byte> output, int status, string message, string? code = null, string? requestId = null)
    {
        var json = new JsonOut(output, 512);
        json.Raw("event: error\ndata: "u8);
        Envelope(ref json, TypeOf(status), message, code, requestId);
        json.Raw("\n\n"u8);
        json.Flush();
    }

    /// <summary>Writes a provider's error as the last event of a stream.</summary>
    public static void WriteEvent(IBufferWriter<byte> output, ProviderError error, string? requestId = null)
    {
        var json = new JsonOut(output, 512);
        json.Raw("event: error\ndata: "u8);
        Envelope(ref json, error, requestId);
        json.Raw("\n\n"u8);
        json.Flush();
    }

    private static void Envelope(ref JsonOut json, ProviderError error, string? requestId)
    {
        // Other providers use some of the same words more loosely: OpenAI calls a wrong key an invalid request.
        var type = AnthropicErrors.IsDocumented(error.Type) && error.Type != "invalid_request_error" ? error.Type! : TypeOf(error.Kind, error.Status);
        var message = error.Message.Length > 0 ? error.Message : "The provider reported an error.";
        Envelope(ref json, type, error.Param is null ? message : $"{error.Param}: {message}", error.Code, requestId);
    }

    private static void Envelope(ref JsonOut json, string type, string message, string? code, string? requestId)
    {
        json.Raw("{\"type\":\"error\",\"error\":{\"type\":"u8);
        json.String(type);
        json.Raw(",\"message\":"u8);
        json.String(message);
        if (code is not null)
        {
            json.Raw(",\"code\":"u8);
            json.String(code);
            json.Raw(",\"details\":{\"error_code\":"u8);
            json.String(code);
            json.Raw("}"u8);
        }
        json.Raw("}"u8);
        if (requestId is not null)
        {
            json.Raw(",\"request_id\":"u8);
            json.String(requestId);
        }
        json.Raw("}"u8);
    }
}
