namespace Edge.Pipeline;

/// <summary>The gateway's own errors. Each name is the stable <c>code</c> of the client's envelope, written in <see cref="ErrorTexts"/>.</summary>
public enum ErrorCode : byte
{
    None,
    InvalidJson,
    InvalidRequest,
    UnsupportedFeature,
    UnsupportedEncoding,
    SafetyViolation,
    ModerationUnavailable,
    RequestTooLarge,
    TooManyTokens,
    RateLimitExceeded,
    LimitsUnavailable,
    RequestTimeout,
    MissingApiKey,
    InvalidApiKey,
    InvalidToken,
    KeyNotYetValid,
    KeyExpired,
    KeyRevoked,
    TooManyBadKeys,
    IdentityUnavailable,
    IpNotAllowed,
    Forbidden,
    ModelNotAllowed,
    ProviderNotAllowed,
    DataResidencyViolation,
    ContextTooLarge,
    NotFound,
    MethodNotAllowed,
    ModelNotFound,
    GatewayOverloaded,
    GatewayStopping,
    TrafficStopped,
    NoHealthyProvider,
    NoCredentials,
    UpstreamUnreachable,
    UpstreamTimeout,
    UpstreamProtocolError,
    UpstreamCut,
    UpstreamResponseTooLarge,
    NotCached,
    InternalError,
    BudgetExceeded,
    BudgetUnavailable,
    AuditUnavailable,
}

/// <summary>One row of the error table.</summary>
/// <param name="Code">Stable; clients may compare it.</param>
/// <param name="Status">HTTP status.</param>
/// <param name="Type">The envelope's <c>type</c>, in OpenAI's vocabulary.</param>
/// <param name="Message">The default message, where the failing stage has nothing more exact to say.</param>
/// <param name="RetryAfterSeconds">0 = no retry-after header.</param>
public sealed record ErrorText(string Code, int Status, string Type, string Message, int RetryAfterSeconds = 0);

/// <summary>The one table of the gateway's own errors; docs/errors.md is generated from it.</summary>
public static class ErrorTexts
{
    private const string Request = "invalid_request_error";
    private const string Server = "server_error";

    /// <summary>By <see cref="ErrorCode"/>; index 0 is unused.</summary>
    public static IReadOnlyList<ErrorText> All { get; } =
    [
        new("", 0, "", ""),
        new("INVALID_JSON", 400, Request, "The request body is not valid JSON."),
        new("INVALID_REQUEST", 400, Request, "The request is not valid."),
        new("UNSUPPORTED_FEATURE", 400, Request, "The chosen provider cannot express a field of this request."),
        new("UNSUPPORTED_ENCODING", 415, Request, "The request body must not be compressed: remove content-encoding."),
        new("SAFETY_VIOLATION", 400, Request, "The request holds something that policy forbids."),
        new("MODERATION_UNAVAILABLE", 503, Server, "The moderation service could not be asked, and policy demands its verdict.", RetryAfterSeconds: 1),
        new("REQUEST_TOO_LARGE", 413, Request, "The request body is larger than this gateway allows."),
        new("TOO_MANY_TOKENS", 400, Request, "The request asks for more tokens than one request may use."),
        new("RATE_LIMIT_EXCEEDED", 429, "rate_limit_error", "A limit is used up."),
        new("LIMITS_UNAVAILABLE", 503, Server, "What has been used of a limit cannot be told now, and policy demands to know it.", RetryAfterSeconds: 1),
        new("REQUEST_TIMEOUT", 408, Request, "The request body did not arrive in time."),
        new("MISSING_API_KEY", 401, Request, "No API key: send it as 'Authorization: Bearer KEY'."),
        new("INVALID_API_KEY", 401, Request, "The API key is not known to this gateway."),
        new("INVALID_TOKEN", 401, Request, "The token is not valid."),
        new("KEY_NOT_YET_VALID", 401, Request, "The API key is not valid yet."),
        new("KEY_EXPIRED", 401, Request, "The API key has expired."),
        new("KEY_REVOKED", 401, Request, "The API key was revoked."),
        new("TOO_MANY_BAD_KEYS", 429, Request, "Too many wrong keys came from this address."),
        new("IDENTITY_UNAVAILABLE", 503, Server, "Who sends this cannot be found out now.", RetryAfterSeconds: 5),
        new("IP_NOT_ALLOWED", 403, Request, "The API key may not be used from this address."),
        new("FORBIDDEN", 403, Request, "The API key may not be used for this."),
        new("MODEL_NOT_ALLOWED", 403, Request, "The API key may not use this model."),
        new("PROVIDER_NOT_ALLOWED", 403, Request, "The API key may not use the providers of this model."),
        new("DATA_RESIDENCY_VIOLATION", 403, Request, "No provider of this model is in a region that the data may go to."),
        new("CONTEXT_TOO_LARGE", 400, Request, "The prompt is larger than the API key may send."),
        new("NOT_FOUND", 404, Request, "There is no such path."),
        new("METHOD_NOT_ALLOWED", 405, Request, "The path does not allow this method."),
        new("MODEL_NOT_FOUND", 404, Request, "No configured provider offers this model."),
        new("GATEWAY_OVERLOADED", 503, Server, "The gateway has as many requests in flight as it allows.", RetryAfterSeconds: 1),
        new("GATEWAY_STOPPING", 503, Server, "The gateway is shutting down.", RetryAfterSeconds: 1),
        new("TRAFFIC_STOPPED", 503, Server, "The operator of this gateway has stopped this traffic."),
    new("NO_HEALTHY_PROVIDER", 503, Server, "No provider can take this request now.", RetryAfterSeconds: 5),
        new("NO_CREDENTIALS", 502, Server, "The gateway has no valid credentials for this provider."),
        new("UPSTREAM_UNREACHABLE", 502, Server, "The provider could not be reached."),
        new("UPSTREAM_TIMEOUT", 504, Server, "The provider did not answer in time."),
        new("UPSTREAM_PROTOCOL_ERROR", 502, Server, "The provider's answer could not be understood."),
        new("UPSTREAM_CUT", 502, Server, "The provider's answer broke off before it was complete."),
        new("UPSTREAM_RESPONSE_TOO_LARGE", 502, Server, "The provider's answer is larger than this gateway allows."),
        new("NOT_CACHED", 504, Request, "The request is to be answered from the cache alone, and the cache has no answer."),
        new("INTERNAL_ERROR", 500, Server, "The gateway failed; its log has the details under this request's id."),
        new("BUDGET_EXCEEDED", 402, Request, "A budget has no room for what this request may cost."),
        new("BUDGET_UNAVAILABLE", 503, Server, "What is left of the budgets cannot be found out now.", RetryAfterSeconds: 5),
        new("AUDIT_UNAVAILABLE", 503, Server, "No audit record of this request could be made, and policy demands one.", RetryAfterSeconds: 5),
    ];

    public static ErrorText Of(ErrorCode code) => All[(int)code];
}
