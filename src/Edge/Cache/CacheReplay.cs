using System.Text;
using Edge.Pipeline;
using Edge.Providers;
using Edge.Providers.Dialects;
using Edge.Telemetry;
using Edge.Upstream;

namespace Edge.Cache;

/// <summary>Gives a recorded answer to a client of any dialect, streamed or whole, whichever way it came.</summary>
internal sealed class CacheReplay
{
    private const int FlushThreshold = 16 * 1024;

    // A provider that once took a minute over a word need not be waited for like that again.
    private const long MaxPause = 1_000;

    private readonly TimeProvider _time;
    private readonly Log _log;

    public CacheReplay(TimeProvider time, Log log)
    {
        _time = time;
        _log = log;
    }

    /// <summary>Answers from what is kept.</summary>
    public ValueTask<CacheVerdict> RunAsync(RequestContext context, CacheTicket ticket, CacheEntry entry)
    {
        ticket.Reader.Begin(entry.Answer);
        return context.Fields.Stream ? StreamAsync(context, ticket, entry) : WholeAsync(context, ticket, entry);
    }

    private ValueTask<CacheVerdict> WholeAsync(RequestContext context, CacheTicket ticket, CacheEntry entry)
    {
        var encoder = BeginWhole(context, entry.Wire, entry.CreatedAt / 1000, entry.UpstreamModel, out var sink);
        while (ticket.Reader.Next(sink) != ReadResult.End)
        {
        }
        return EndWholeAsync(context, encoder);
    }

    private async ValueTask<CacheVerdict> StreamAsync(RequestContext context, CacheTicket ticket, CacheEntry entry)
    {
        var encoder = await BeginStreamAsync(context, entry.Wire, entry.CreatedAt / 1000, entry.UpstreamModel);
        var isPaced = context.State.Cache.Config.Replay == CacheReplayPace.Natural;
        while (true)
        {
            var read = Next(context, ticket, encoder);
            if (context.AnswerFilter?.Blocked is not null) return await BlockAsync(context, encoder);
            if (read == ReadResult.End) break;
            if (read == ReadResult.Pause && isPaced)
            {
                if (!await StreamPump.FlushAsync(context) || !await PauseAsync(context, ticket.Reader.PauseMilliseconds)) return CacheVerdict.Answered;
            }
            else if (context.StreamOutput.Unflushed >= FlushThreshold && !await StreamPump.FlushAsync(context))
            {
                return CacheVerdict.Answered;
            }
        }
        await StreamPump.EndAsync(context);
        return CacheVerdict.Answered;
    }

    // Policy may want a record of the answer before its end goes out.
    private static ReadResult Next(RequestContext context, CacheTicket ticket, IChatEncoder sink)
    {
        var output = context.StreamOutput;
        if (context.Audit is not { IsStrict: true } || !output.IsStarted) return ticket.Reader.Next(sink);
        output.HoldEnd();
        var read = ticket.Reader.Next(sink);
        if (read != ReadResult.End) output.Release();
        return read;
    }

    /// <summary>Answers from a call that another request makes, as its answer comes. Null = it failed, and nothing was sent: another call may be tried.</summary>
    /// <param name="context">The request.</param>
    /// <param name="ticket">Its reader has joined.</param>
    /// <param name="flight">The call.</param>
    /// <param name="mayTryAgain">Else a failure is this client's, too.</param>
    public async ValueTask<CacheVerdict?> FollowAsync(RequestContext context, CacheTicket ticket, Flight flight, bool mayTryAgain)
    {
        ticket.Result = CacheResult.Coalesced;
        var isStream = context.Fields.Stream;
        IChatEncoder? encoder = null, sink = null;
        try
        {
            while (true)
            {
                var changed = flight.Log.Changed;
                var end = flight.Log.End;
                var read = ReadResult.Nothing;
                if (flight.Route is { } route)
                {
                    if (sink is null)
                    {
                        var (now, model) = (_time.GetUtcNow().ToUnixTimeSeconds(), RequestTranslation.Plain(route.Model));
                        if (isStream) encoder = sink = await BeginStreamAsync(context, flight.Wire, now, model);
                        else encoder = BeginWhole(context, flight.Wire, now, model, out sink);
                    }
                    while ((read = Next(context, ticket, sink)) is ReadResult.Event or ReadResult.Pause)
                    {
                        if (context.AnswerFilter?.Blocked is not null) break;
                        if (isStream && context.StreamOutput.Unflushed >= FlushThreshold && !await StreamPump.FlushAsync(context)) return CacheVerdict.Answered;
                    }
                    if (isStream && context.AnswerFilter?.Blocked is not null) return await BlockAsync(context, sink);
                }
                if (read == ReadResult.End)
                {
                    if (!isStream) return await EndWholeAsync(context, encoder!);
                    await StreamPump.EndAsync(context);
                    return CacheVerdict.Answered;
                }
                if (read == ReadResult.Cut) return await FailAsync(context, sink, new FlightFailure(ErrorCode.UpstreamCut, null, "The client reads more slowly than an answer that several share may be held.", null, flight.Route, Outcome.ClientGone), mayTryAgain: false);
                if (end != AnswerEnd.None) return await FailAsync(context, sink, flight.Failure ?? _lost, mayTryAgain);
                if (isStream && sink is not null)
                {
                    if (context.StreamOutput.Unflushed > 0 && !await StreamPump.FlushAsync(context)) return CacheVerdict.Answered;
                    context.StreamOutput.Rest(_time.GetTimestamp());
                }
                await changed.WaitAsync(context.Disconnected);
                if (!context.StreamOutput.TryWake()) await context.StreamOutput.WakeAsync();
            }
        }
        catch (OperationCanceledException) when (context.Disconnected.IsCancellationRequested)
        {
            await context.StreamOutput.WakeAsync();
            context.Fail(ErrorCode.UpstreamCut);
            context.Outcome = Outcome.ClientGone;
            return CacheVerdict.Failed;
        }
        finally
        {
            flight.Leave(ticket.Reader);
        }
    }

    // It said that it was whole, and there was no end: a defect, not a provider's failure.
    private static readonly FlightFailure _lost = new(ErrorCode.InternalError, null, null, null, null, Outcome.Failed);

    private static async ValueTask<CacheVerdict?> FailAsync(RequestContext context, IChatEncoder? sink, FlightFailure failure, bool mayTryAgain)
    {
        if (context.StreamOutput.IsStarted)
        {
            await context.StreamOutput.WakeAsync();
            if (failure.Error is { } error)
            {
                context.ProviderError = error;
                context.Outcome = Outcome.ProviderError;
                sink!.Error(error);
            }
            else
            {
                Take(context, failure);
                sink!.Error(ErrorResponse.Own(context).AsProviderError());
            }
            await StreamPump.FlushLastAsync(context);
            return CacheVerdict.Answered;
        }
        // What the other one's answer began is nobody's.
        context.ResetAttempt();
        if ((mayTryAgain && !failure.IsCertain) || (failure.Error is null && failure.Code == ErrorCode.None)) return null;
        context.Route = failure.Route!;
        if (failure.Error is { } reported && failure.Route is not null)
        {
            await ErrorResponse.WriteProviderErrorAsync(context, reported);
            return CacheVerdict.Answered;
        }
        Take(context, failure);
        return CacheVerdict.Failed;
    }

    private static void Take(RequestContext context, FlightFailure failure)
    {
        context.Fail(failure.Code == ErrorCode.None ? ErrorCode.UpstreamCut : failure.Code, failure.Field, failure.Message);
        // Its own client is there.
        context.Outcome = failure.Outcome is Outcome.ClientGone or Outcome.Completed ? Outcome.UpstreamFailed : failure.Outcome;
    }

    private static IChatEncoder BeginWhole(RequestContext context, Dialect wire, long created, ReadOnlyMemory<byte> model, out IChatEncoder sink)
    {
        var encoder = context.Codecs.Encoder(context.Client);
        encoder.Begin(context.Translated, Settings(context, created, model));
        sink = context.AnswerFilter?.Wrap(encoder, wire) ?? encoder;
        return encoder;
    }

    private async ValueTask<IChatEncoder> BeginStreamAsync(RequestContext context, Dialect wire, long created, ReadOnlyMemory<byte> model)
    {
        var encoder = context.Codecs.StreamEncoder(context.Client);
        encoder.Begin(context.StreamOutput, Settings(context, created, model));
        context.ReleaseRequest();
        context.Response.StatusCode = context.SentStatus = 200;
        ResponseHeaders.AddStream(context);
        await context.ResponseBody.StartAsync();
        context.StreamOutput.Start(context.ResponseBody.Writer);
        if (context.Keeper is { } keeper) context.StreamOutput.BeginKeeping(keeper, (long)(context.State.Config.Server.StreamKeepAlive.TotalSeconds * _time.TimestampFrequency));
        return context.AnswerFilter?.Wrap(encoder, wire) ?? encoder;
    }

    private static ChatOutput Settings(RequestContext context, long created, ReadOnlyMemory<byte> model)
    {
        RequestTranslation.Repeat(context);
        return new()
        {
            Created = created,
            IncludeUsage = context.Fields.IncludeUsage,
            FallbackModel = model,
            FallbackId = Encoding.ASCII.GetBytes(context.Id),
            Echo = context.Echo.Memory,
        };
    }

    private ValueTask<CacheVerdict> EndWholeAsync(RequestContext context, IChatEncoder encoder)
    {
        if (context.AnswerFilter?.Blocked is not null)
        {
            BlockedAnswer.Report(context, _log);
            return new(CacheVerdict.Failed);
        }
        if (!encoder.IsWritten)
        {
            // What an answer of one dialect says may have no place in another.
            context.Fail(ErrorCode.UpstreamProtocolError);
            return new(CacheVerdict.Failed);
        }
        var writing = ErrorResponse.WriteJsonAsync(context, 200, context.Translated.Memory);
        return writing.IsCompletedSuccessfully ? new(CacheVerdict.Answered) : AnsweredAsync(writing);
    }

    private static async ValueTask<CacheVerdict> AnsweredAsync(ValueTask writing)
    {
        await writing;
        return CacheVerdict.Answered;
    }

    private async ValueTask<CacheVerdict> BlockAsync(RequestContext context, IChatEncoder encoder)
    {
        BlockedAnswer.Report(context, _log);
        context.StreamOutput.Release();
        encoder.Error(ErrorResponse.Own(context).AsProviderError());
        await StreamPump.FlushLastAsync(context);
        return CacheVerdict.Answered;
    }

    // False = the client is gone.
    private async ValueTask<bool> PauseAsync(RequestContext context, long milliseconds)
    {
        context.StreamOutput.Rest(_time.GetTimestamp());
        try
        {
            await Task.Delay(TimeSpan.FromMilliseconds(Math.Min(milliseconds, MaxPause)), _time, context.Disconnected);
            return true;
        }
        catch (OperationCanceledException)
        {
            context.Outcome = Outcome.ClientGone;
            return false;
        }
        finally
        {
            if (!context.StreamOutput.TryWake()) await context.StreamOutput.WakeAsync();
        }
    }
}
