using System.Buffers;

namespace Edge.Providers.Errors;

/// <summary>What kind of failure a provider reports; decides about retry, fail-over and key rotation.</summary>
public enum ProviderErrorKind : byte
{
    /// <summary>The request is wrong (400, 404 of a route, 422).</summary>
    InvalidRequest,

    /// <summary>The prompt does not fit the model's context.</summary>
    ContextLength,

    /// <summary>No such model for this key (404).</summary>
    ModelNotFound,

    /// <summary>The key is missing or wrong (401).</summary>
    Authentication,

    /// <summary>The key may not do this (403).</summary>
    Permission,

    /// <summary>Too many requests or tokens (429).</summary>
    RateLimit,

    /// <summary>Out of credit or over the account's quota (402, 429 insufficient_quota).</summary>
    Quota,

    /// <summary>Too large (413).</summary>
    TooLarge,

    /// <summary>Refused by the provider's content policy.</summary>
    ContentPolicy,

    /// <summary>The provider is overloaded (503, 529).</summary>
    Overloaded,

    /// <summary>The provider timed out (408, 504).</summary>
    Timeout,

    /// <summary>The provider failed (500, 502 ...).</summary>
    ServerError,

    /// <summary>Its answer makes no sense to us.</summary>
    Malformed,
}

/// <summary>Who has to do something about it.</summary>
public enum ErrorSide : byte
{
    Client,
    Provider,
    Gateway,
}

/// <summary>A failure that a provider reported, in its status line or inside a 200 stream. A value that routing and billing read, never thrown.</summary>
public sealed record ProviderError
{
    private static readonly SearchValues<char> _typeCharacters = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789_");

    public required ProviderErrorKind Kind { get; init; }

    /// <summary>HTTP status as received; for an error inside a stream, the status that the provider documents for its type.</summary>
    public required int Status { get; init; }

    /// <summary>The provider's own words; may be empty.</summary>
    public string Message { get; init; } = "";

    /// <summary>The provider's own type, e.g. <c>overloaded_error</c>, <c>invalid_request_error</c>.</summary>
    public string? Type { get; init; }

    /// <summary>The provider's own code, e.g. <c>context_length_exceeded</c>.</summary>
    public string? Code { get; init; }

    /// <summary>The request field that the provider blames.</summary>
    public string? Param { get; init; }

    /// <summary>The provider's own word, in the error's body, on how long to stay away; a <c>retry-after</c> header is not seen here.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>
    /// The type that a client of OpenAI's dialect is told. A type of another vocabulary (<c>THROTTLED</c>, <c>throttlingException</c>) says in the code what it says, and the type is one that
    /// clients know.
    /// </summary>
    public string ClientType => IsClientType ? Type! : Kind switch
    {
        ProviderErrorKind.Authentication => "authentication_error",
        ProviderErrorKind.Permission => "permission_error",
        ProviderErrorKind.RateLimit or ProviderErrorKind.Quota => "rate_limit_error",
        ProviderErrorKind.Overloaded or ProviderErrorKind.Timeout or ProviderErrorKind.ServerError or ProviderErrorKind.Malformed => "server_error",
        _ => "invalid_request_error",
    };

    /// <summary>The code beside it; null = none.</summary>
    public string? ClientCode => Code ?? (IsClientType || Type is not { Length: > 0 } ? null : Type);

    private bool IsClientType => Type is { Length: > 0 } type && !type.AsSpan().ContainsAnyExcept(_typeCharacters);

    public ErrorSide Side => Kind switch
    {
        ProviderErrorKind.InvalidRequest or ProviderErrorKind.ContextLength or ProviderErrorKind.TooLarge
            or ProviderErrorKind.ContentPolicy => ErrorSide.Client,
        ProviderErrorKind.Authentication or ProviderErrorKind.Permission or ProviderErrorKind.Quota
            or ProviderErrorKind.ModelNotFound => ErrorSide.Gateway,
        _ => ErrorSide.Provider,
    };

    /// <summary>The same request may succeed at the same target a little later.</summary>
    public bool IsRetryable => Kind is ProviderErrorKind.RateLimit or ProviderErrorKind.Overloaded or ProviderErrorKind.Timeout
        or ProviderErrorKind.ServerError;
}
