using Edge.Pipeline;
using Edge.Providers;
using Edge.Providers.Dialects;
using Edge.Telemetry;

namespace Edge.Upstream;

/// <summary>Step 8: answers the client from the provider's response: an error, a whole answer or a stream; as bytes or translated.</summary>
public sealed class ResponseStage
{
    private readonly TimeProvider _time;
    private readonly Log _log;

    public ResponseStage(TimeProvider time, Log log)
    {
        _time = time;
        _log = log;
    }

    /// <summary>True = answered, well or badly. False = nothing has been sent and the context holds the error to answer with.</summary>
    public async ValueTask<bool> RunAsync(RequestContext context)
    {
        var response = context.UpstreamResponse!;
        if (response.Status is < 200 or > 299) return await ProviderErrorAnswer.RunAsync(context, response, _time, _log);

        var isStream = response.TryGetHeader("content-type"u8, out var type) && type.StartsWith(StreamType(context.Framing));
        var isForeign = response.TryGetHeader("content-encoding"u8, out var encoding) && !encoding.SequenceEqual("identity"u8);
        if (isStream != context.Fields.Stream || isForeign)
        {
            return AttemptStage.Failed(context, UpstreamFailure.Protocol, isForeign ? "content-encoding" : "content-type", _log);
        }
        if (!isStream) return await WholeAnswer.RunAsync(context, response, _time, _log);
        // Where nobody is left to go on, and an answer that no decoder reads cannot be compared with another: it passes as bytes.
        if (context.Recovery is { IsJoining: false } && (!context.Attempts.CouldGoOn || ChatDialects.Of(context.Wire) is null)) context.DropRecovery();
        return context.PassesThrough && context.Recovery is null
            ? await StreamPump.RunAsync(context, response, new PassThroughRelay(context), _time, _log)
            : await StreamPump.RunAsync(context, response, context.Codecs.Relay.Begin(context), _time, _log);
    }

    private static ReadOnlySpan<byte> StreamType(Framing framing) => framing switch
    {
        Framing.Ndjson => "application/x-ndjson"u8,
        Framing.EventStream => "application/vnd.amazon.eventstream"u8,
        _ => "text/event-stream"u8,
    };
}
