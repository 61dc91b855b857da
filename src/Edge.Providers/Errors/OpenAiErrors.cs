namespace Edge.Providers.Errors;

/// <summary>
/// OpenAI's errors: <c>{"error":{"message":..,"type":..,"param":..,"code":..}}</c>, as a body with its status or as an event inside a stream.
/// https://platform.openai.com/docs/guides/error-codes
/// </summary>
public static class OpenAiErrors
{
    /// <summary>The error of a response whose status is not a success. Never throws, whatever the body is.</summary>
    /// <param name="status">HTTP status.</param>
    /// <param name="body">The body as far as it was read; may be empty, HTML or cut off.</param>
    public static ProviderError FromResponse(int status, ReadOnlySpan<byte> body) => Make(ErrorBody.Read(body), status);

    /// <summary>The error that stands in a stream's event, whose HTTP status was 200.</summary>
    /// <param name="data">The event's data: a JSON object with an <c>error</c> member.</param>
    public static ProviderError FromEvent(ReadOnlySpan<byte> data) => Make(ErrorBody.Read(data), status: 0);

    private static ProviderError Make(in ErrorBody.Parts parts, int status)
    {
        if (status == 0) status = StatusOf(parts);
        return new ProviderError
        {
            Kind = KindOf(parts, status),
            Status = status,
            Message = parts.Message,
            Type = parts.Type,
            Code = parts.Code,
            Param = parts.Param,
        };
    }

    private static int StatusOf(in ErrorBody.Parts parts) => parts.Code switch
    {
        // Compatible servers (vLLM, OpenRouter) put the status into the code.
        { Length: 3 } code when int.TryParse(code, out var status) && status is >= 400 and < 600 => status,
        "rate_limit_exceeded" or "insufficient_quota" => 429,
        "invalid_api_key" => 401,
        "model_not_found" => 404,
        "context_length_exceeded" or "content_policy_violation" or "content_filter" => 400,
        _ => parts.Type switch
        {
            "invalid_request_error" => 400,
            "authentication_error" => 401,
            "permission_error" => 403,
            "not_found_error" => 404,
            "rate_limit_error" or "rate_limit_exceeded" or "tokens" or "requests" or "insufficient_quota" => 429,
            "overloaded_error" or "service_unavailable" => 503,
            _ => 500,
        },
    };

    private static ProviderErrorKind KindOf(in ErrorBody.Parts parts, int status)
    {
        var byCode = parts.Code switch
        {
            "context_length_exceeded" or "string_above_max_length" => ProviderErrorKind.ContextLength,
            "model_not_found" or "DeploymentNotFound" => ProviderErrorKind.ModelNotFound,
            "invalid_api_key" => ProviderErrorKind.Authentication,
            "insufficient_quota" or "billing_hard_limit_reached" or "billing_not_active" => ProviderErrorKind.Quota,
            "rate_limit_exceeded" => ProviderErrorKind.RateLimit,
            "content_filter" or "content_policy_violation" or "ResponsibleAIPolicyViolation" => ProviderErrorKind.ContentPolicy,
            _ => (ProviderErrorKind?)null,
        };
        if (byCode is { } kind) return kind;
        if (parts.Type == "insufficient_quota") return ProviderErrorKind.Quota;
        if (status is 400 or 413 or 422 && parts.Message.Contains("maximum context length", StringComparison.OrdinalIgnoreCase))
        {
            return ProviderErrorKind.ContextLength;
        }
        return ErrorBody.KindOf(status);
    }
}
