using System.Buffers;
using Edge.Pipeline;
using Edge.Providers.Wire;
using Edge.Telemetry;

namespace Edge.Upstream;

/// <summary>What becomes of one event of a provider's stream.</summary>
public interface IStreamRelay
{
    /// <summary>Writes what the client gets for this event, if anything.</summary>
    void Event(in SseEvent sse, IBufferWriter<byte> output);

    /// <summary>The provider's end mark has gone to the client: the stream is whole, whatever the connection does now.</summary>
    bool IsEnded { get; }

    /// <summary>The provider ended the stream with an error event, which the client has got.</summary>
    bool IsFailed { get; }

    /// <summary>
    /// The transport ended cleanly without the provider's end mark. True = the answer is whole all the same (every choice finished) and the mark is written now.
    /// </summary>
    bool TryEnd(IBufferWriter<byte> output);
}

/// <summary>
/// Carries a stream to the client, event by event: an event is sent as soon as its last byte is here, events that came together are sent together, half an
/// event is never sent. A stream that dies ends with an error event and no end mark. Nothing is sent before the first byte of the body is here, so that a stream
/// which dies at once still gets an honest status.
/// </summary>
public static class StreamPump
{
    /// <summary>True = answered. False = nothing was sent; the context holds the error.</summary>
    public static async ValueTask<bool> RunAsync<TRelay>(RequestContext context, UpstreamResponse response, TRelay relay, TimeProvider time, Log log)
        where TRelay : IStreamRelay
    {
        var output = context.ResponseBody.Writer;
        var events = context.Events(context.Route.Target.Limits.MaxEventSize);
        var unflushed = 0L;
        while (true)
        {
            if (!response.TryRead(out var read))
            {
                // Everything that is here has been dealt with: out with it before we wait.
                if (unflushed > 0)
                {
                    if (!await FlushAsync(context)) return true;
                    unflushed = 0;
                }
                read = await response.ReadAsync();
            }
            if (read.Kind == UpstreamReadKind.Data)
            {
                if (context.FirstByteAt == 0) await StartAsync(context, response, time);
                events.Feed(read.Data);
                while (events.TryRead(out var sse)) relay.Event(sse, output);
                unflushed = output.CanGetUnflushedBytes ? output.UnflushedBytes : 1;
                if (events.Overflowed) return await EndBadlyAsync(context, UpstreamFailure.Protocol, "event too large", log);
                if (relay.IsFailed)
                {
                    context.Outcome = Outcome.ProviderError;
                    await FlushAsync(context);
                    return true;
                }
                // A slow client holds the provider up instead of filling memory.
                if (unflushed >= FlushThreshold)
                {
                    if (!await FlushAsync(context)) return true;
                    unflushed = 0;
                }
                continue;
            }
            if (relay.IsEnded || (read.Kind == UpstreamReadKind.End && context.FirstByteAt > 0 && relay.TryEnd(output)))
            {
                await FlushAsync(context);
                return true;
            }
            var failure = read.Kind == UpstreamReadKind.Failed ? read.Failure : UpstreamFailure.Cut;
            return await EndBadlyAsync(context, failure, response.FailureDetail ?? "stream ended without its end mark", log);
        }
    }

    private const int FlushThreshold = 16 * 1024;

    private static Task StartAsync(RequestContext context, UpstreamResponse response, TimeProvider time)
    {
        context.FirstByteAt = time.GetTimestamp();
        context.Response.StatusCode = context.SentStatus = 200;
        ResponseHeaders.AddStream(context);
        ResponseHeaders.Forward(response, context.Response.Headers);
        // The writer has no memory to give before the head is written. It is buffered, and leaves with the first event.
        return context.ResponseBody.StartAsync();
    }

    private static async ValueTask<bool> EndBadlyAsync(RequestContext context, UpstreamFailure failure, string detail, Log log)
    {
        AttemptStage.Failed(context, failure, detail, log);
        if (context.FirstByteAt == 0) return false;
        if (context.Outcome == Outcome.ClientGone) return true;
        var text = ErrorTexts.Of(context.ErrorCode);
        ErrorResponse.WriteEvent(context.ResponseBody.Writer, ErrorResponse.Envelope(context.ErrorMessage ?? text.Message, text.Type, null, text.Code));
        await FlushAsync(context);
        return true;
    }

    // False = the client is gone.
    private static async ValueTask<bool> FlushAsync(RequestContext context)
    {
        var flushed = await context.ResponseBody.Writer.FlushAsync();
        if (!flushed.IsCompleted && !flushed.IsCanceled && !context.ClientGone.IsCancellationRequested) return true;
        context.Outcome = Outcome.ClientGone;
        context.UpstreamResponse!.Abort();
        return false;
    }
}
