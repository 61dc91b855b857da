using Edge.Endpoints;
using Edge.Pipeline;
using Edge.Providers.Dialects;
using Edge.Telemetry;
using Edge.Upstream.Credentials;

namespace Edge.Upstream;

/// <summary>Step 7: calls the provider. Splices the client's bytes where it speaks the provider's dialect, translates where not.</summary>
public sealed class AttemptStage
{
    private readonly UpstreamClient _client;
    private readonly ShadowCalls _shadows;
    private readonly TimeProvider _time;
    private readonly Log _log;

    public AttemptStage(UpstreamClient client, ShadowCalls shadows, TimeProvider time, Log log)
    {
        _client = client;
        _shadows = shadows;
        _time = time;
        _log = log;
    }

    /// <summary>True = there is a response head to answer from.</summary>
    public async ValueTask<bool> RunAsync(RequestContext context)
    {
        if (!await PrepareAsync(context)) return false;
        var hedge = HedgedCall.DelayOf(context);
        // Nothing of the request is kept for another call where there is none.
        var isLast = !context.Attempts.CouldGoOn;
        var sending = SendAsync(context);
        // Behind the request's own call, which it must not hold up.
        if (_shadows.Wants(context)) await _shadows.StartAsync(context, PrepareAsync);
        if (hedge is { } delay && !sending.IsCompleted)
        {
            await new HedgedCall(context, _time).RunAsync(sending, delay, PrepareAsync, SendAsync);
        }
        else
        {
            context.UpstreamResponse = await sending;
            context.HeadAt = _time.GetTimestamp();
        }
        var response = context.UpstreamResponse!;
        if (response.Failure != UpstreamFailure.None) return Failed(context, response.Failure, response.FailureDetail, _log);
        context.Route.Target.Credential?.Report(context.CredentialKey, response.Status, RetryAfter.Of(response, _time));
        // How fast it refuses says nothing of how fast it answers.
        if (!context.Fields.Stream && response.Status is >= 200 and < 300 && context.Operation != Operation.CountTokens) context.Leg.FirstTokenAt = context.HeadAt;
        // The head is there: the prompt need not be held while the answer streams, unless another target may have to be asked.
        if (isLast) context.ReleaseRequest();
        else context.Leg.ReleaseRequest();
        return true;
    }

    private async ValueTask<bool> PrepareAsync(RequestContext context)
    {
        Prepare(context);
        if (!context.PassesThrough || RequestTranslation.Prefills(context))
        {
            if (!await context.Translation.RunAsync(context)) return false;
        }
        else
        {
            if (context.Recovery is { IsJoining: false }) RequestTranslation.Repeat(context);
            if (!BodyEdits.Apply(context)) return false;
            context.Edits.Splice(context.Body, context.UpstreamRequest.Body);
        }
        return context.Route.Target.Credential is not { } credential || await AuthorizeAsync(context, credential);
    }

    private ValueTask<UpstreamResponse> SendAsync(RequestContext context)
    {
        var target = context.Route.Target;
        context.SentAt = _time.GetTimestamp();
        if (context.PricedAt == default) context.PricedAt = _time.GetUtcNow();
        var cancel = context.BeginExchange();
        return target.InProcess is { } provider
            ? provider(context.UpstreamRequest, Control(context), cancel)
            : _client.SendAsync(target.Endpoint, context.UpstreamRequest, cancel);
    }

    /// <summary>Authorises and sends a request that another stage has prepared, and tells the credential how it went. Any number at a time.</summary>
    /// <returns>The response, whose head is there or whose Failure is set; or no response and why there are no credentials.</returns>
    internal async ValueTask<(UpstreamResponse? Response, string? Problem)> SendAsync(RequestContext context, UpstreamRequest request, CancellationToken cancel)
    {
        var target = context.Route.Target;
        var key = 0;
        if (target.Credential is { } credential)
        {
            var authorization = await credential.AuthorizeAsync(request, cancel);
            if (authorization.Problem is { } problem) return (null, problem);
            request.CredentialHeaders = authorization.Lines;
            key = authorization.Key;
        }
        var response = target.InProcess is { } provider
            ? await provider(request, Control(context), cancel)
            : request.Upgrade is null ? await _client.SendAsync(target.Endpoint, request, cancel)
            : await _client.ConnectWebSocketAsync(target.Endpoint, request, cancel);
        if (response.Failure == UpstreamFailure.None) target.Credential?.Report(key, response.Status, RetryAfter.Of(response, _time));
        return (response, null);
    }

    /// <summary>There are no credentials for the target. Always false.</summary>
    internal bool Unauthorized(RequestContext context, string problem)
    {
        if (context.ClientGone.IsCancellationRequested) return Failed(context, UpstreamFailure.Cancelled, problem, _log);
        _log.Error(EventIds.NoCredential, "There are no credentials for a provider.",
            ("request_id", context.Id), ("provider", context.Route.Target.Name), ("problem", problem));
        return context.Fail(ErrorCode.NoCredentials, message: $"The gateway has no valid credentials for provider '{context.Route.Target.Name}'.");
    }

    private async ValueTask<bool> AuthorizeAsync(RequestContext context, ICredential credential)
    {
        var authorization = await credential.AuthorizeAsync(context.UpstreamRequest, context.ClientGone);
        if (authorization.Problem is { } problem) return Unauthorized(context, problem);
        context.UpstreamRequest.CredentialHeaders = authorization.Lines;
        context.CredentialKey = authorization.Key;
        return true;
    }

    /// <summary>Turns a failed exchange into the context's error. Always false.</summary>
    public static bool Failed(RequestContext context, UpstreamFailure failure, string? detail, Log log)
    {
        if (failure == UpstreamFailure.Cancelled && context.ClientGone.IsCancellationRequested)
        {
            context.Fail(ErrorCode.UpstreamCut);
            context.Outcome = Outcome.ClientGone;
            return false;
        }
        var provider = context.Route.Target.Name;
        log.Warn(EventIds.UpstreamFailed, "An exchange with a provider failed.",
            ("request_id", context.Id), ("provider", provider), ("failure", FailureName(failure)), ("detail", detail));
        if (failure == UpstreamFailure.Cancelled && context.Ending.IsByOperator) context.Fail(ErrorCode.TrafficStopped);
        else context.Fail(UpstreamErrors.CodeOf(failure), message: UpstreamErrors.Describe(provider, failure));
        context.Outcome = failure == UpstreamFailure.Cancelled ? Outcome.Stopped : Outcome.UpstreamFailed;
        return false;
    }

    private static void Prepare(RequestContext context)
    {
        var target = context.Route.Target;
        var request = context.UpstreamRequest;
        context.Wire = target.WireFor(context.Client.Wire);
        if (context.Recovery is { } recovery)
        {
            recovery.BeginCall();
            // In its own dialect: the answer must be read.
            if (recovery.IsJoining && ChatDialects.Of(context.Wire) is null) context.Wire = target.Sheet.Dialect;
        }
        context.Leg.IsStream = context.Fields.Stream;
        request.Path = context.Operation == Operation.CountTokens ? context.Route.Paths.CountTokens : context.Route.Paths.Of(context.Wire, context.Fields.Stream);
        request.TargetHeaders = target.Headers;
        request.RequestHeaders = RequestHeaderBlock.Build(context);
        // A whole answer's head comes when the model is done; a stream's comes at its beginning.
        request.FirstByteTimeout = !context.Fields.Stream ? target.Limits.ResponseTimeout
            : target.Limits.FirstByteTimeout < target.Limits.FirstTokenTimeout ? target.Limits.FirstByteTimeout : target.Limits.FirstTokenTimeout;
        // Until the first event is there it is the time for that.
        request.IdleTimeout = context.Fields.Stream && target.Limits.FirstTokenTimeout < target.Limits.StreamIdleTimeout ? target.Limits.FirstTokenTimeout : target.Limits.StreamIdleTimeout;
        request.TotalTimeout = target.Limits.Timeout;
    }

    private static byte[] Control(RequestContext context) =>
        context.Request.Headers.TryGetValue("x-edge-simulate", out var control) ? System.Text.Encoding.UTF8.GetBytes(control.ToString()) : [];

    private static string FailureName(UpstreamFailure failure) => Enum.GetName(failure) ?? "unknown";
}
