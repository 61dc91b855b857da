using Edge.Pipeline;
using Edge.Providers.Errors;
using Edge.Routing;
using Edge.Routing.Health;
using Microsoft.AspNetCore.Http;

namespace Edge.Upstream;

/// <summary>What a failed call means: for the request (is there another try in it?), for the target's health, for people.</summary>
public static class CallVerdict
{
    /// <summary>
    /// The provider's error may be mended elsewhere, and there is somewhere else to go: then the client is not told of it. False = answer with it.
    /// </summary>
    /// <param name="context">Nothing of the answer has been sent.</param>
    /// <param name="error">What the provider said.</param>
    /// <param name="response">Whose answer it is.</param>
    /// <param name="time">For dates in headers.</param>
    public static bool GoesOn(RequestContext context, ProviderError error, UpstreamResponse response, TimeProvider time)
    {
        context.ProviderError = error;
        var attempts = context.Attempts;
        if (attempts.Made == 0) return false;
        var retryAfter = error.RetryAfter ?? RetryAfter.Of(response, time);
        if (error.Kind is ProviderErrorKind.RateLimit or ProviderErrorKind.Overloaded && retryAfter is { } span && span > TimeSpan.Zero) Throttle(context, error, span, time);
        switch (error.Kind)
        {
            case ProviderErrorKind.InvalidRequest or ProviderErrorKind.ContentPolicy:
                attempts.Failed(mayGoOn: false, null);
                return false;
            case ProviderErrorKind.ContextLength or ProviderErrorKind.TooLarge:
                attempts.OnlyLarger();
                break;
            case ProviderErrorKind.Authentication or ProviderErrorKind.Permission or ProviderErrorKind.Quota when !HasOtherKeys(context):
            case ProviderErrorKind.ModelNotFound:
                // The same again would end the same.
                attempts.RuleOut();
                break;
            case ProviderErrorKind.Authentication or ProviderErrorKind.Permission or ProviderErrorKind.Quota or ProviderErrorKind.RateLimit:
                if (context.Route.Target.Credential is Credentials.KeyRing ring) attempts.Forgive(ring.Count);
                break;
            default:
                break;
        }
        // With several keys it was said to one of them; the next call takes another.
        attempts.Failed(mayGoOn: true, error.Kind == ProviderErrorKind.RateLimit && HasOtherKeys(context) ? null : retryAfter);
        // The end; but the client hears of the failure that tells it most, which may have been an earlier one.
        if (!attempts.HasNext(time.GetTimestamp()) && !(context.Cache is { HasSpare: true } && error.Side == ErrorSide.Provider) && !(attempts.Best is { } best && best.Rank > FailedAttempt.RankOf(error))) return false;
        context.Fail(ErrorCode.UpstreamUnreachable);
        context.Outcome = Outcome.ProviderError;
        return true;
    }

    /// <summary>After a stage has returned false: another attempt may follow.</summary>
    internal static bool MayGoOn(RequestContext context)
    {
        if (context.ClientGone.IsCancellationRequested || context.Outcome is Outcome.ClientGone or Outcome.Stopped) return false;
        if (context.ProviderError is not null && context.Attempts.MayGoOn) return true;
        switch (context.ErrorCode)
        {
            case ErrorCode.UpstreamUnreachable or ErrorCode.UpstreamProtocolError or ErrorCode.UpstreamCut or ErrorCode.NoHealthyProvider:
                context.Attempts.Failed(mayGoOn: true, null);
                return true;
            case ErrorCode.UpstreamTimeout or ErrorCode.NoCredentials:
                // It has had its time; another target may do better, the same again hardly.
                context.Attempts.Failed(mayGoOn: true, null);
                context.Attempts.RuleOut();
                return true;
            case ErrorCode.UnsupportedFeature when context.SentAt == 0:
                // This provider cannot say it; another may.
                context.Attempts.Failed(mayGoOn: true, null);
                context.Attempts.RuleOut();
                return true;
            default:
                return false;
        }
    }

    /// <summary>Tells the target how the call at hand ended.</summary>
    public static void Settle(RequestContext context, TimeProvider time)
    {
        var result = ResultOf(context);
        var error = result is CallResult.Ok or CallResult.Unknown ? null : new CallError(time.GetUtcNow(), NameOf(context), context.ProviderError?.Status ?? 0);
        if (result == CallResult.Ok && context.Leg.IsBegun && error is null) Learn(context, time);
        context.Leg.Settle(result, time, error);
    }

    // How long its answers are, and how fast they come.
    private static void Learn(RequestContext context, TimeProvider time)
    {
        var tokens = context.Usage.Output;
        if (tokens <= 0 || context.Operation == Endpoints.Operation.Embeddings) return;
        var state = context.Route.State;
        state.OutputTokens.Observe(tokens);
        var now = time.GetTimestamp();
        if (context.Leg is { IsStream: true, WasHeldUp: false } && tokens > 1 && context.Leg.FirstTokenAt > 0) state.InterToken.Observe(time.GetElapsedTime(context.Leg.FirstTokenAt, now).TotalMilliseconds / (tokens - 1), now);
    }

    /// <summary>A word for what happened, for people and metrics; never a text of provider or client.</summary>
    public static string NameOf(RequestContext context) =>
        context.ProviderError is { } error ? Names[(int)error.Kind]
        : context.ErrorCode == ErrorCode.None ? "ok"
        : ErrorTexts.Of(context.ErrorCode).Code.ToLowerInvariant();

    internal static IHeaderDictionary? HeadersOf(RequestContext context)
    {
        if (context.ProviderError is null || context.UpstreamResponse is not { Failure: UpstreamFailure.None } response) return null;
        var headers = new HeaderDictionary();
        ResponseHeaders.Forward(response, headers);
        return headers;
    }

    private static readonly string[] Names =
        [.. Enum.GetNames<ProviderErrorKind>().Select(static name => string.Concat(name.Select((c, i) => char.IsUpper(c) && i > 0 ? "_" + char.ToLowerInvariant(c) : char.ToLowerInvariant(c).ToString())))];

    /// <summary>What a status alone says of a target's health.</summary>
    internal static CallResult ResultOf(int status) => status switch
    {
        >= 200 and < 300 => CallResult.Ok,
        429 or 503 or 529 => CallResult.Throttled,
        >= 500 => CallResult.Failed,
        _ => CallResult.Unknown,
    };

    private static CallResult ResultOf(RequestContext context)
    {
        if (context.Outcome is Outcome.ClientGone or Outcome.Stopped) return CallResult.Unknown;
        if (context.ProviderError is { } error)
        {
            return error.Kind switch
            {
                ProviderErrorKind.InvalidRequest or ProviderErrorKind.ContentPolicy or ProviderErrorKind.ContextLength or ProviderErrorKind.TooLarge => CallResult.Ok,
                ProviderErrorKind.RateLimit or ProviderErrorKind.Quota => CallResult.Throttled,
                ProviderErrorKind.Authentication or ProviderErrorKind.Permission when HasOtherKeys(context) => CallResult.Unknown,
                _ => CallResult.Failed,
            };
        }
        return context.ErrorCode switch
        {
            ErrorCode.None or ErrorCode.SafetyViolation or ErrorCode.UpstreamResponseTooLarge => CallResult.Ok,
            ErrorCode.UpstreamUnreachable or ErrorCode.UpstreamTimeout or ErrorCode.UpstreamProtocolError or ErrorCode.UpstreamCut or ErrorCode.NoCredentials => CallResult.Failed,
            _ => CallResult.Unknown,
        };
    }

    // With several keys the ring lets the one rest that was refused; with one the target is to be left alone.
    private static void Throttle(RequestContext context, ProviderError error, TimeSpan span, TimeProvider time)
    {
        if (error.Kind == ProviderErrorKind.Overloaded || !HasOtherKeys(context)) context.Route.State.Throttle(span, time.GetTimestamp());
    }

    private static bool HasOtherKeys(RequestContext context) => context.Route.Target.Credential is Credentials.KeyRing { Count: > 1 };
}
