using System.Runtime.CompilerServices;
using Edge.Endpoints;
using Edge.Limits;
using Edge.Metering;
using Edge.Pipeline;
using Edge.Providers.Errors;
using Edge.Routing;
using Edge.Routing.Health;
using Edge.Telemetry;

namespace Edge.Upstream;

/// <summary>
/// Steps 7 and 8: calls one target after another until one answers or none is left. Once a byte of an answer has reached the client there is no further attempt, unless another may go
/// on with it (<see cref="StreamRecovery"/>).
/// </summary>
public sealed class CallStage
{
    private readonly AttemptStage _attempt;
    private readonly ResponseStage _response;
    private readonly EmbeddingStage _embeddings;
    private readonly TimeProvider _time;
    private readonly Entropy _entropy;
    private readonly Log _log;

    public CallStage(AttemptStage attempt, ResponseStage response, EmbeddingStage embeddings, TimeProvider time, Entropy entropy, Log log)
    {
        _attempt = attempt;
        _response = response;
        _embeddings = embeddings;
        _time = time;
        _entropy = entropy;
        _log = log;
    }

    /// <summary>True = answered, well or badly. False = nothing has been sent and the context holds the error to answer with.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<bool> RunAsync(RequestContext context)
    {
        var attempts = context.Attempts;
        if (attempts.Plan is { StreamRecovery: true } && context.Fields is { Stream: true, SeveralChoices: false }) context.BeginRecovery();
        while (true)
        {
            if (attempts.Made > 0 && context.IsStopped && !context.StreamOutput.IsStarted) return context.Fail(ErrorCode.TrafficStopped);
            if (context.MayHaveCost && !await TryExtendAsync(context)) return await GiveUpAsync(context);
            if (!attempts.TryNext(context.Leg, _time.GetTimestamp(), _entropy, out var wait)) return await GiveUpAsync(context);
            if (wait > TimeSpan.Zero && !await WaitAsync(context, wait)) return await LeaveAsync(context);
            if (!await EnterAsync(context))
            {
                if (context.Outcome == Outcome.ClientGone) return await LeaveAsync(context);
            }
            else if (context.Operation == Operation.Embeddings ? await _embeddings.RunAsync(context) : await _attempt.RunAsync(context) && await _response.RunAsync(context))
            {
                attempts.Note(AttemptResult.Of(context), context.SentStatus, Elapsed(context));
                return true;
            }
            else if (!CallVerdict.MayGoOn(context))
            {
                CallVerdict.Settle(context, _time);
                return context.Outcome != Outcome.ClientGone && context.Recovery is { IsJoining: true } ? await StreamPump.GiveUpAsync(context) : await LeaveAsync(context);
            }
            Fail(context);
        }
    }

    // What was reserved is for one call: where an earlier one may have to be paid for, the next one needs as much again.
    private static async ValueTask<bool> TryExtendAsync(RequestContext context)
    {
        context.MayHaveCost = false;
        return context.Budget is not { } budget || await budget.ExtendAsync();
    }

    // The call at hand has failed, and another may follow: what it was is kept.
    private void Fail(RequestContext context)
    {
        var attempts = context.Attempts;
        var error = context.ProviderError;
        var recovery = context.Recovery is { IsJoining: true } joining ? joining : null;
        attempts.Note(recovery is { IsMismatch: true } ? AttemptResult.RecoveryMismatch : CallVerdict.NameOf(context), error?.Status ?? 0, Elapsed(context));
        attempts.Keep(new FailedAttempt
        {
            Route = context.Route,
            Error = error,
            Headers = CallVerdict.HeadersOf(context),
            Code = context.ErrorCode,
            Field = context.ErrorField,
            Message = context.ErrorMessage,
            Outcome = context.Outcome,
        });
        CallVerdict.Settle(context, _time);
        var mayCost = PaidCalls.MayCost(context);
        if (recovery is not null) recovery.Book();
        else PaidCalls.Keep(context);
        context.MayHaveCost |= mayCost;
        context.ResetAttempt();
        BodyStage.Reindex(context);
    }

    private async ValueTask<bool> GiveUpAsync(RequestContext context)
    {
        if (context.Recovery is { IsJoining: true }) return await StreamPump.GiveUpAsync(context);
        if (context.Attempts.Best is not { } best)
        {
            // Nobody was asked: switched off, or left alone.
            context.Route = context.Attempts.Candidates[0].Route;
            if (context.Attempts.RateWait > TimeSpan.Zero) return LimitTexts.FailByProviders(context);
            return context.Fail(ErrorCode.NoHealthyProvider);
        }
        _log.Warn(EventIds.AttemptsExhausted, "Every attempt failed.", ("request_id", context.Id), ("attempts", context.Attempts.Made));
        context.Route = best.Route;
        // An answer that is kept past its time is better than none.
        if (context.Cache is { HasSpare: true } && best.Error is { Side: ErrorSide.Provider } known)
        {
            context.Fail(ErrorCode.NoHealthyProvider);
            context.ProviderError = known;
            return false;
        }
        if (best.Error is { } error)
        {
            if (best.Headers is { } headers)
            {
                foreach (var (name, value) in headers) context.Response.Headers[name] = value;
            }
            await ErrorResponse.WriteProviderErrorAsync(context, error);
            return true;
        }
        context.Fail(best.Code, best.Field, best.Message);
        context.Outcome = best.Outcome;
        return false;
    }

    private async ValueTask<bool> WaitAsync(RequestContext context, TimeSpan wait)
    {
        try
        {
            await Task.Delay(wait, _time, context.ClientGone);
            return true;
        }
        catch (OperationCanceledException)
        {
            context.Leg.Settle(CallResult.Unknown, _time);
            return Gone(context);
        }
    }

    // A stream that waited for somebody to go on with it may be getting a comment.
    private static async ValueTask<bool> LeaveAsync(RequestContext context)
    {
        await context.StreamOutput.WakeAsync();
        return false;
    }

    // One of the provider's places, where there are so many.
    private ValueTask<bool> EnterAsync(RequestContext context)
    {
        var gate = context.Route.State.Provider.Gate;
        if (!gate.TryEnter()) return EnterSlowlyAsync(context, gate);
        context.Leg.TakePlace();
        return new(true);
    }

    private async ValueTask<bool> EnterSlowlyAsync(RequestContext context, ConcurrencyGate gate)
    {
        // Another target with a free place is better than a wait.
        if (!context.Attempts.HasUntried(_time.GetTimestamp()) && await WaitForPlaceAsync(context, gate))
        {
            context.Leg.TakePlace();
            return true;
        }
        if (context.ClientGone.IsCancellationRequested)
        {
            context.Leg.Settle(CallResult.Unknown, _time);
            return Gone(context);
        }
        context.Attempts.Failed(mayGoOn: true, null);
        context.Fail(ErrorCode.NoHealthyProvider, message: $"Provider '{context.Route.Target.Name}' has as many requests as it may have at once.");
        return false;
    }

    private async ValueTask<bool> WaitForPlaceAsync(RequestContext context, ConcurrencyGate gate)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(context.ClientGone, context.Ending.Token);
        stop.CancelAfter(context.Attempts.Left(_time.GetTimestamp()));
        return await gate.EnterAsync(stop.Token);
    }

    private static bool Gone(RequestContext context)
    {
        context.Fail(ErrorCode.UpstreamCut);
        context.Outcome = Outcome.ClientGone;
        return false;
    }

    private double Elapsed(RequestContext context) => context.SentAt == 0 ? 0 : _time.GetElapsedTime(context.SentAt).TotalMilliseconds;
}
