using System.Text;
using Edge.Pipeline;
using Edge.Providers.Dialects;
using Edge.Providers.Json;
using Edge.Telemetry;

namespace Edge.Upstream;

/// <summary>A whole answer of another dialect: the fold of the same events that a stream pushes.</summary>
public static class ResponseTranslation
{
    /// <summary>What the client's answer says that the provider does not.</summary>
    public static ChatOutput Settings(RequestContext context) => new()
    {
        Created = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds(),
        IncludeUsage = context.Fields.IncludeUsage,
        // The encoders escape it themselves.
        FallbackModel = RequestTranslation.Plain(context.Route.Model),
        FallbackId = Encoding.ASCII.GetBytes(context.Id),
        Echo = context.Echo.Memory,
    };

    /// <summary>Answers from the context's indexed <see cref="RequestContext.Answer"/>.</summary>
    public static async ValueTask<bool> RunAsync(RequestContext context, UpstreamResponse response, TimeProvider time, Log log)
    {
        var encoder = context.Codecs.Encoder(context.Client);
        encoder.Begin(context.Translated, Settings(context));
        var filtered = context.AnswerFilter?.Wrap(encoder, context.Wire) ?? encoder;
        var sink = context.Codecs.Metered.Begin(context, context.Cache is { IsRecording: true } cache ? cache.Tee.Begin(cache.Recorder, filtered) : filtered);
        context.Codecs.Decoder(context.Wire).Whole(new JsonValue(context.Answer.Span, context.Index.Tokens), sink);
        context.Cache?.Publish(context, isOut: false);
        if (context.AnswerFilter?.Blocked is not null) return BlockedAnswer.Report(context, log);
        if ((sink.Failure ?? encoder.Failure) is { } error)
        {
            if (CallVerdict.GoesOn(context, error, response, time)) return false;
            ResponseHeaders.Forward(response, context.Response.Headers);
            await ErrorResponse.WriteProviderErrorAsync(context, error);
            return true;
        }
        if (!encoder.IsWritten) return AttemptStage.Failed(context, UpstreamFailure.Protocol, "the answer has no end", log);
        context.FirstByteAt = time.GetTimestamp();
        ResponseHeaders.Forward(response, context.Response.Headers);
        await ErrorResponse.WriteJsonAsync(context, 200, context.Translated.Memory);
        return true;
    }
}
