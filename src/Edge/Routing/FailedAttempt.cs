using Edge.Model;
using Edge.Pipeline;
using Edge.Providers.Errors;
using Microsoft.AspNetCore.Http;

namespace Edge.Routing;

/// <summary>A call that failed, kept while others are tried: of several failures the client hears the one that tells it most.</summary>
internal sealed class FailedAttempt
{
    public required ModelRoute Route { get; init; }

    /// <summary>What the provider said; null = it said nothing, and <see cref="Code"/> says what happened.</summary>
    public ProviderError? Error { get; init; }

    /// <summary>Of the provider's answer, those that clients read.</summary>
    public IHeaderDictionary? Headers { get; init; }

    public ErrorCode Code { get; init; }

    public string? Field { get; init; }

    public string? Message { get; init; }

    public Outcome Outcome { get; init; }

    /// <summary>What the client could act upon goes before what only the operator can mend.</summary>
    public int Rank => Error is { } error ? RankOf(error) : Code switch
    {
        ErrorCode.UpstreamTimeout => 4,
        ErrorCode.UpstreamUnreachable or ErrorCode.UpstreamCut or ErrorCode.UpstreamProtocolError or ErrorCode.NoHealthyProvider => 3,
        ErrorCode.UnsupportedFeature or ErrorCode.InvalidRequest => 0,
        _ => 1,
    };

    public static int RankOf(ProviderError error) => error.Kind switch
    {
        ProviderErrorKind.InvalidRequest or ProviderErrorKind.ContentPolicy => 7,
        ProviderErrorKind.ContextLength or ProviderErrorKind.TooLarge => 6,
        ProviderErrorKind.RateLimit or ProviderErrorKind.Overloaded => 5,
        ProviderErrorKind.ServerError or ProviderErrorKind.Timeout or ProviderErrorKind.Malformed => 4,
        ProviderErrorKind.Quota or ProviderErrorKind.ModelNotFound => 2,
        _ => 1,
    };
}
