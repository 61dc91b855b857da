using System.Buffers;
using Edge.Clients;
using Edge.Configuration;
using Edge.Pipeline;
using Edge.Providers.Wire;
using Edge.Routing.Health;
using Edge.Telemetry;
using Microsoft.AspNetCore.Http.Features;

namespace Edge.Upstream;

/// <summary>What becomes of one event of a provider's stream.</summary>
public interface IStreamRelay
{
    /// <summary>Writes what the client gets for this event, if anything.</summary>
    void Event(in WireEvent wire, IBufferWriter<byte> output);

    /// <summary>The provider's end mark has gone to the client: the stream is whole, whatever the connection does now.</summary>
    bool IsEnded { get; }

    /// <summary>The provider reported an error and nothing of what follows matters.</summary>
    bool IsFailed { get; }

    /// <summary>What came is what the policy does not let a model say: nothing more of it goes out.</summary>
    bool IsBlocked { get; }

    /// <summary>What makes no sense about the stream, for the log; null = nothing. It ends here.</summary>
    string? Broken { get; }

    /// <summary>Tells the client that the stream has broken off, as its last event.</summary>
    void Fail(in ClientError error, IBufferWriter<byte> output);

    /// <summary>
    /// The transport ended cleanly without the provider's end mark. True = the answer is whole all the same (every choice finished) and the mark is written now.
    /// </summary>
    bool TryEnd(IBufferWriter<byte> output);
}

/// <summary>
/// Carries a stream to the client, event by event: an event is sent as soon as its last byte is here, events that came together are sent together, half an
/// event is never sent. A stream that dies ends with an error event and no end mark. The head goes out with the first event that the client gets, so that a stream which
/// dies before, or begins with an error, still gets an honest status. Where another provider may go on with a stream (<see cref="StreamRecovery"/>), one that dies is left as it is.
/// </summary>
public static class StreamPump
{
    private const int FlushThreshold = 16 * 1024;

    /// <summary>True = answered. False = nothing was sent, or another may go on with what was; the context holds the error.</summary>
    public static async ValueTask<bool> RunAsync<TRelay>(RequestContext context, UpstreamResponse response, TRelay relay, TimeProvider time, Log log)
        where TRelay : IStreamRelay
    {
        var output = context.StreamOutput;
        var events = context.Codecs.Reader(context.Framing, context.Route.Target.Limits.MaxEventSize);
        var first = context.Leg.FirstRead;
        var recovery = context.Recovery;
        if (!output.TryWake()) await output.WakeAsync();
        while (true)
        {
            UpstreamRead read;
            if (first is { } here)
            {
                read = here;
                first = null;
            }
            else if (!response.TryRead(out read))
            {
                // Everything that is here has been dealt with: out with it before we wait.
                if (output.Unflushed > 0 && !await FlushAsync(context)) return true;
                if (!output.IsStarted || (recovery is { IsJoining: true } && !context.StreamHasData)) response.IdleTimeout = Left(context, time);
                output.Rest(time.GetTimestamp());
                read = await response.ReadAsync();
                if (!output.TryWake()) await output.WakeAsync();
            }
            if (read.Kind == UpstreamReadKind.Data)
            {
                events.Feed(read.Data);
                var hadData = context.StreamHasData;
                var before = Relay(context, events, relay, output);
                if (context.Audit is { IsStrict: true })
                {
                    if (relay.IsEnded && !relay.IsBlocked && !await RecordAsync(context)) return await UnrecordedAsync(context, response, output);
                    output.Release();
                }
                if (recovery is { IsJoining: true } && context.StreamHasData != hadData) Joined(context, response, time);
                if (relay.IsBlocked) return await BlockAsync(context, response, relay, log);
                if ((events.Broken ?? relay.Broken) is { } broken) return await EndBadlyAsync(context, relay, UpstreamFailure.Protocol, broken, time, log);
                if (events.Overflowed) return await EndBadlyAsync(context, relay, UpstreamFailure.Protocol, "event too large", time, log);
                if (recovery is { HasStopped: true }) return await StopAsync(context, response, recovery, time, log);
                if (relay.IsFailed && !output.IsStarted && before <= context.StreamLead) return await RefuseAsync(context, response, time);
                if (!output.IsStarted && output.Length > 0 && context.StreamHasData) await StartAsync(context, response, time);
                if (output.IsStarted) context.Cache?.Publish(context, isOut: true);
                if (relay.IsFailed) return await EndStreamAsync(context);
                if (output.IsStarted) recovery?.ReleaseRequest();
                // A slow client holds the provider up instead of filling memory.
                if (output.Unflushed >= FlushThreshold && !await FlushAsync(context)) return true;
                continue;
            }
            // An error that the provider reported has told the client how this stream ends: there is nothing to add.
            if (context.Audit is { IsStrict: true }) output.HoldEnd();
            var isEnded = relay.IsEnded || IsWhole(read, response, events, relay, output);
            if (!isEnded && recovery is not null && read.Failure != UpstreamFailure.Cancelled) isEnded = recovery.TryEnd();
            if (context.Audit is { IsStrict: true })
            {
                if (isEnded && !relay.IsBlocked && !await RecordAsync(context)) return await UnrecordedAsync(context, response, output);
                output.Release();
            }
            if (relay.IsBlocked) return await BlockAsync(context, response, relay, log);
            if (recovery is { HasStopped: true }) return await StopAsync(context, response, recovery, time, log);
            if (relay.IsFailed && !output.IsStarted) return await RefuseAsync(context, response, time);
            if (isEnded && !output.IsStarted && output.Length > 0) await StartAsync(context, response, time);
            if (output.IsStarted && (isEnded || context.ProviderError is not null)) return await EndStreamAsync(context);
            var failure = read.Kind == UpstreamReadKind.Failed ? read.Failure : UpstreamFailure.Cut;
            if (failure == UpstreamFailure.IdleTimeout && !output.IsStarted) failure = UpstreamFailure.FirstByteTimeout;
            return await EndBadlyAsync(context, relay, failure, response.FailureDetail ?? "stream ended without its end mark", time, log);
        }
    }

    // Until the first event goes out there is a time for all of it, however often the provider clears its throat.
    private static TimeSpan Left(RequestContext context, TimeProvider time)
    {
        var limits = context.Route.Target.Limits;
        var left = limits.FirstTokenTimeout - time.GetElapsedTime(context.SentAt);
        if (left < TimeSpan.FromMilliseconds(1)) left = TimeSpan.FromMilliseconds(1);
        return left < limits.StreamIdleTimeout ? left : limits.StreamIdleTimeout;
    }

    // Returns what had been written before the last event: 0 = that event is the first that the client gets.
    private static long Relay<TRelay>(RequestContext context, IWireReader events, TRelay relay, StreamOutput output)
        where TRelay : IStreamRelay
    {
        var before = output.Length;
        var holds = context.Audit is { IsStrict: true } && !relay.IsEnded;
        if (holds) output.Hold();
        while (!relay.IsFailed && !relay.IsBlocked && relay.Broken is null && events.TryRead(out var wire))
        {
            before = output.Length;
            if (wire.HasData)
            {
                // A comment commits to nothing: with it alone another target may still be asked.
                context.StreamHasData = true;
                context.Meter.Add(wire.Data.Length);
            }
            relay.Event(wire, output);
            if (holds && relay.IsEnded)
            {
                output.MarkEnd(before);
                holds = false;
            }
            if (!context.StreamHasData) context.StreamLead = output.Length;
        }
        return before;
    }

    // A clean end without the end mark. Half an event behind it, or an end that only the closing of the connection tells, prove that something is missing.
    private static bool IsWhole<TRelay>(UpstreamRead read, UpstreamResponse response, IWireReader events, TRelay relay, StreamOutput output)
        where TRelay : IStreamRelay =>
        read.Kind == UpstreamReadKind.End && events.PartialBytes == 0 && !response.IsCloseDelimited && relay.TryEnd(output);

    private static ValueTask<bool> RecordAsync(RequestContext context) => context.Audit is { } audit ? audit.BeforeLastByteAsync(context, 200) : new(true);

    // Policy demands a record of the answer and none could be made: the client must not take it for whole.
    private static async ValueTask<bool> UnrecordedAsync(RequestContext context, UpstreamResponse response, StreamOutput output)
    {
        response.Abort();
        output.DropEnd();
        if (!output.IsStarted) return false;
        await EndUnrecordedAsync(context);
        return true;
    }

    /// <summary>Sends the end of a stream that was held, behind policy's record of it; without one, an error in its place.</summary>
    internal static async ValueTask EndAsync(RequestContext context)
    {
        if (await RecordAsync(context))
        {
            context.StreamOutput.Release();
            await FlushAsync(context);
            return;
        }
        context.StreamOutput.DropEnd();
        await EndUnrecordedAsync(context);
    }

    private static async ValueTask EndUnrecordedAsync(RequestContext context)
    {
        context.Client.WriteErrorEvent(context.StreamOutput, ErrorResponse.Own(context));
        context.StreamOutput.Release();
        await FlushAsync(context);
    }

    private static async Task StartAsync(RequestContext context, UpstreamResponse response, TimeProvider time)
    {
        context.FirstByteAt = context.Leg.FirstTokenAt = time.GetTimestamp();
        // From here on nobody else is asked, unless for the rest.
        if (context.Recovery is null || !context.Attempts.CouldGoOn) context.ReleaseRequest();
        response.IdleTimeout = context.Route.Target.Limits.StreamIdleTimeout;
        context.Response.StatusCode = context.SentStatus = 200;
        ResponseHeaders.AddStream(context);
        ResponseHeaders.Forward(response, context.Response.Headers);
        await context.ResponseBody.StartAsync();
        context.StreamOutput.Start(context.ResponseBody.Writer);
        var silence = context.State.Config.Server.StreamKeepAlive;
        if (context.Keeper is { } keeper) context.StreamOutput.BeginKeeping(keeper, (long)(silence.TotalSeconds * time.TimestampFrequency));
    }

    // The stream's own beginning is long past; this is the first that its new provider says.
    private static void Joined(RequestContext context, UpstreamResponse response, TimeProvider time)
    {
        context.Leg.FirstTokenAt = time.GetTimestamp();
        response.IdleTimeout = context.Route.Target.Limits.StreamIdleTimeout;
    }

    private static async ValueTask<bool> EndStreamAsync(RequestContext context)
    {
        if (context.ProviderError is not null) context.Outcome = Outcome.ProviderError;
        await FlushLastAsync(context);
        return true;
    }

    private static async ValueTask<bool> RefuseAsync(RequestContext context, UpstreamResponse response, TimeProvider time)
    {
        if (CallVerdict.GoesOn(context, context.ProviderError!, response, time)) return false;
        ResponseHeaders.Forward(response, context.Response.Headers);
        await ErrorResponse.WriteProviderErrorAsync(context, context.ProviderError!);
        return true;
    }

    private static async ValueTask<bool> EndBadlyAsync<TRelay>(RequestContext context, TRelay relay, UpstreamFailure failure, string detail, TimeProvider time, Log log)
        where TRelay : IStreamRelay
    {
        AttemptStage.Failed(context, failure, detail, log);
        if (!context.StreamOutput.IsStarted) return false;
        if (context.Outcome == Outcome.ClientGone) return true;
        if (context.Recovery is { } recovery)
        {
            // The next one may take its time: what is there goes out.
            if (!await FlushAsync(context)) return true;
            if (GoesOn(context, recovery, time)) return false;
            if (recovery.IsJoining) return await GiveUpAsync(context);
        }
        relay.Fail(ErrorResponse.Own(context), context.StreamOutput);
        await FlushLastAsync(context);
        return true;
    }

    // The provider reported an error, or says something else than the client has.
    private static async ValueTask<bool> StopAsync(RequestContext context, UpstreamResponse response, StreamRecovery recovery, TimeProvider time, Log log)
    {
        context.ProviderError = recovery.Failure;
        if (!context.StreamOutput.IsStarted) return await RefuseAsync(context, response, time);
        response.Abort();
        if (!await FlushAsync(context)) return true;
        if (recovery.IsMismatch)
        {
            context.ProviderError = null;
            log.Warn(EventIds.UpstreamFailed, "A provider did not go on with a stream that another had begun.", ("request_id", context.Id), ("provider", context.Route.Target.Name));
            // It has done nothing wrong.
            context.Leg.Settle(CallResult.Ok, time);
            context.Fail(ErrorCode.UpstreamProtocolError);
            context.Outcome = Outcome.UpstreamFailed;
        }
        else
        {
            CallVerdict.GoesOn(context, recovery.Failure!, response, time);
            context.Outcome = Outcome.ProviderError;
        }
        if (GoesOn(context, recovery, time)) return false;
        if (recovery.IsJoining) return await GiveUpAsync(context);
        recovery.Tell();
        return await EndStreamAsync(context);
    }

    private static bool GoesOn(RequestContext context, StreamRecovery recovery, TimeProvider time)
    {
        if (!recovery.TryGoOn(time)) return false;
        // Until the next one says something.
        context.StreamOutput.Rest(time.GetTimestamp());
        return true;
    }

    /// <summary>Nobody goes on with a stream that has begun: its last event tells the client why it broke off. Always true.</summary>
    internal static async ValueTask<bool> GiveUpAsync(RequestContext context)
    {
        await context.StreamOutput.WakeAsync();
        context.Recovery!.GiveUp();
        await FlushLastAsync(context);
        return true;
    }

    private static async ValueTask<bool> BlockAsync<TRelay>(RequestContext context, UpstreamResponse response, TRelay relay, Log log)
        where TRelay : IStreamRelay
    {
        BlockedAnswer.Report(context, log);
        // Nobody reads the rest, and the provider need not write it.
        response.Abort();
        if (!context.StreamOutput.IsStarted) return false;
        relay.Fail(ErrorResponse.Own(context), context.StreamOutput);
        await FlushLastAsync(context);
        return true;
    }

    // An end that tells the client that it is a bad one; where policy's record of it cannot be made, the connection breaks off instead.
    internal static async ValueTask FlushLastAsync(RequestContext context)
    {
        if (await RecordAsync(context)) await FlushAsync(context);
        else context.Features.Get<IHttpRequestLifetimeFeature>()!.Abort();
    }

    // False = the client is gone.
    internal static async ValueTask<bool> FlushAsync(RequestContext context)
    {
        var output = context.StreamOutput;
        // Drained: nobody reads what is written.
        if (output.IsGone && context.Outcome == Outcome.ClientGone) return true;
        var flush = context.ResponseBody.Writer.FlushAsync();
        if (!flush.IsCompleted)
        {
            context.Leg.WasHeldUp = true;
            output.Wait(context.Features.Get<IHttpRequestLifetimeFeature>());
        }
        var flushed = await flush;
        output.Wait(null);
        if (!output.IsGone && !flushed.IsCompleted && !flushed.IsCanceled && !context.ClientGone.IsCancellationRequested) return true;
        context.Outcome = Outcome.ClientGone;
        if (context.State.Config.Routing.OnClientGone == ClientGoneAction.Drain || context.Cache is { IsFollowed: true })
        {
            output.Discard();
            return true;
        }
        context.UpstreamResponse?.Abort();
        return false;
    }
}
