using Edge.Metering;
using Edge.Pipeline;
using Edge.Routing.Health;

namespace Edge.Upstream;

/// <summary>
/// A call that gets a second one to its side when it is slow: whichever answers first serves the client, the other is cancelled at once. What counts as an answer is the first piece of a stream,
/// or the head of a whole answer; a failure counts only when nothing better comes.
/// </summary>
internal sealed class HedgedCall
{
    private readonly RequestContext _context;
    private readonly TimeProvider _time;

    public HedgedCall(RequestContext context, TimeProvider time)
    {
        _context = context;
        _time = time;
    }

    /// <summary>How long the first call is waited for; null = there is no second.</summary>
    public static TimeSpan? DelayOf(RequestContext context)
    {
        var attempts = context.Attempts;
        var config = context.State.Config.Routing.Hedge;
        if (attempts.Made != 1 || context.Operation == Endpoints.Operation.CountTokens || attempts.Candidates.Length < 2 || !(attempts.Plan?.Hedge ?? config.Enabled)) return null;
        var state = context.Route.State;
        state.Hedges.Request(config.MaxRatio);
        var delay = config.After;
        if (delay == TimeSpan.Zero)
        {
            var p95 = (context.Fields.Stream ? state.FirstTokenQuantile : state.WholeAnswerQuantile).P95;
            if (double.IsNaN(p95)) return null;
            delay = TimeSpan.FromMilliseconds(p95);
        }
        return delay > config.MinDelay ? delay : config.MinDelay;
    }

    /// <summary>Runs both calls; the winner's leg is the context's when this returns, with its response set.</summary>
    /// <param name="first">The call under way on the context's leg.</param>
    /// <param name="delay">How long it is waited for.</param>
    /// <param name="prepare">Makes the context's leg ready to be sent; false = it cannot be.</param>
    /// <param name="send">Sends it.</param>
    public async ValueTask RunAsync(ValueTask<UpstreamResponse> first, TimeSpan delay, Func<RequestContext, ValueTask<bool>> prepare, Func<RequestContext, ValueTask<UpstreamResponse>> send)
    {
        var one = FirstPieceAsync(_context.Leg, first);
        // Both may have to be paid for: the second one needs as much again.
        if (!await IsSlowAsync(one, delay) || (_context.Budget is { } budget && !await budget.ExtendAsync()) || !TryBegin(out var leg))
        {
            await one;
            return;
        }
        var primary = _context.SwapLeg(leg);
        Task? two = null;
        try
        {
            if (!await prepare(_context))
            {
                // It cannot serve the request: as if it had not been thought of.
                leg.Settle(CallResult.Unknown, _time);
                _context.DropError();
                _context.Attempts.RuleOut();
                _context.Attempts.NoteHedge(leg.Number, AttemptResult.Unsupported, 0);
                _context.Attempts.Resume(primary.Number);
                _context.SwapLeg(primary).Clear();
                await one;
                return;
            }
            two = FirstPieceAsync(leg, send(_context));
            var isFirst = await WinnerAsync(one, primary, two, leg);
            var (winner, loser, lost) = isFirst ? (primary, leg, two) : (leg, primary, one);
            var hasFailed = lost.IsCompleted && !IsGood(loser);
            loser.Cancel();
            // It reads the client's body until it has ended, which is at once.
            await lost;
            Settle(loser, hasFailed);
            PaidCalls.KeepLoser(_context, loser);
            _context.Attempts.NoteHedge(loser.Number, hasFailed ? AttemptResult.HedgeFailed : AttemptResult.HedgeLost, _time.GetElapsedTime(loser.SentAt).TotalMilliseconds);
            if (_context.Leg != winner) _context.SwapLeg(winner);
            loser.Clear();
            _context.Attempts.Resume(winner.Number);
        }
        catch
        {
            // Neither may read the body when it goes back to the pool.
            primary.Cancel();
            leg.Cancel();
            await Task.WhenAll(one, two ?? Task.CompletedTask).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            primary.Settle(CallResult.Unknown, _time);
            leg.Settle(CallResult.Unknown, _time);
            throw;
        }
    }

    private void Settle(Leg loser, bool hasFailed)
    {
        if (!hasFailed)
        {
            // It would have taken at least so long.
            if (loser.FirstTokenAt == 0) loser.FirstTokenAt = _time.GetTimestamp();
            loser.Settle(CallResult.Unknown, _time);
            return;
        }
        var response = loser.Response!;
        if (response.Failure != UpstreamFailure.None)
        {
            loser.Settle(CallResult.Failed, _time);
            return;
        }
        loser.Route.Target.Credential?.Report(loser.CredentialKey, response.Status, RetryAfter.Of(response, _time));
        loser.Settle(response.Status is >= 200 and < 300 ? CallResult.Failed : CallVerdict.ResultOf(response.Status), _time);
    }

    private bool TryBegin(out Leg leg)
    {
        leg = _context.SpareLeg;
        if (!_context.Attempts.TryHedge(leg, _time.GetTimestamp())) return false;
        if (!_context.Route.State.Hedges.TryTake())
        {
            leg.Settle(CallResult.Unknown, _time);
            _context.Attempts.TakeBack(_context.Leg.Number);
            leg.Clear();
            return false;
        }
        if (leg.Route.State.Provider.Gate.TryEnter())
        {
            leg.TakePlace();
            return true;
        }
        leg.Settle(CallResult.Unknown, _time);
        _context.Attempts.TakeBack(_context.Leg.Number);
        leg.Clear();
        return false;
    }

    private async Task<bool> IsSlowAsync(Task one, TimeSpan delay)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(_context.ClientGone);
        var wait = Task.Delay(delay, _time, stop.Token);
        var isSlow = await Task.WhenAny(one, wait) == wait && !_context.ClientGone.IsCancellationRequested;
        await stop.CancelAsync();
        return isSlow;
    }

    // The first that has answered well; if neither has, the one that was asked first.
    private static async Task<bool> WinnerAsync(Task one, Leg primary, Task two, Leg hedge)
    {
        await Task.WhenAny(one, two);
        if (one.IsCompleted && IsGood(primary)) return true;
        if (two.IsCompleted && IsGood(hedge)) return false;
        await (one.IsCompleted ? two : one);
        return IsGood(primary) || !IsGood(hedge);
    }

    // A refusal of the request itself is an answer: another target would say the same.
    private static bool IsGood(Leg leg) => leg.Response is { Failure: UpstreamFailure.None, Status: (>= 200 and < 300) or 400 or 422 } && (leg.FirstRead is not { } first || (first.Kind == UpstreamReadKind.Data && !IsError(first.Data.Span)));

    private static bool IsComment(ReadOnlySpan<byte> piece) => piece is [(byte)':', ..] && piece.EndsWith("\n\n"u8) && piece.IndexOf("\ndata:"u8) < 0 && piece.IndexOf("\nevent:"u8) < 0;

    // As it usually stands; another that looks otherwise is found out when it is read.
    private static bool IsError(ReadOnlySpan<byte> piece) => piece.StartsWith("event: error"u8) || piece.StartsWith("data: {\"error\""u8);

    private async Task FirstPieceAsync(Leg leg, ValueTask<UpstreamResponse> sending)
    {
        var response = leg.Response = await sending;
        leg.HeadAt = _time.GetTimestamp();
        if (response.Failure != UpstreamFailure.None || response.Status is < 200 or > 299) return;
        if (_context.Fields.Stream)
        {
            var read = await response.ReadAsync();
            // A provider that clears its throat has not answered; nobody misses a comment.
            while (read.Kind == UpstreamReadKind.Data && IsComment(read.Data.Span)) read = await response.ReadAsync();
            leg.FirstRead = read;
        }
        leg.FirstTokenAt = _time.GetTimestamp();
    }
}
