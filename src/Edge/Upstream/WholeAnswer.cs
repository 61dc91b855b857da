using Edge.Cache;
using Edge.Pipeline;
using Edge.Providers.Dialects;
using Edge.Providers.Json;
using Edge.Telemetry;

namespace Edge.Upstream;

/// <summary>
/// An answer that is not streamed: read whole before its first byte goes out, so that one which breaks off becomes an honest 502 and not half a JSON text with
/// status 200.
/// </summary>
public static class WholeAnswer
{
    // Providers nest little; a schema that a model was asked to fill may nest deeper than a request may.
    private const int MaxDepth = 256;
    private const int MaxTokens = 8_000_000;

    /// <summary>Fills the context's answer and its index. False = the context holds an error.</summary>
    internal static async ValueTask<bool> ReadAsync(RequestContext context, UpstreamResponse response, Log log, bool mayBeEmpty = false)
    {
        var read = await BufferedBody.ReadAsync(response, context.Route.Target.Limits.MaxResponseSize, context.Answer);
        if (read.IsTooLarge)
        {
            context.Fail(ErrorCode.UpstreamResponseTooLarge);
            context.Outcome = Outcome.UpstreamFailed;
            return false;
        }
        if (!read.IsWhole) return AttemptStage.Failed(context, read.Failure, response.FailureDetail, log);
        if (mayBeEmpty && context.Answer.Length == 0) return true;
        return context.Index.TryBuild(context.Answer.Span, MaxDepth, MaxTokens, out var error)
            || AttemptStage.Failed(context, UpstreamFailure.Protocol, $"the answer is not JSON: {error.Kind} at byte {error.Offset}", log);
    }

    public static async ValueTask<bool> RunAsync(RequestContext context, UpstreamResponse response, TimeProvider time, Log log)
    {
        if (!await ReadAsync(context, response, log)) return false;
        var body = context.Answer;
        context.FirstByteAt = time.GetTimestamp();
        if (!context.PassesThrough) return await ResponseTranslation.RunAsync(context, response, time, log);
        var tap = context.Codecs.Tap(context.Client);
        if ((tap.Whole(new JsonValue(body.Span, context.Index.Tokens)) & TapMarks.Error) != 0)
        {
            // An error that calls itself a success: some compatible servers do that.
            if (CallVerdict.GoesOn(context, tap.Failure!, response, time)) return false;
            await ErrorResponse.WriteProviderErrorAsync(context, tap.Failure!);
            return true;
        }
        context.Usage = tap.Usage;
        PassThroughFill.Whole(context, new JsonValue(body.Span, context.Index.Tokens));
        var isFiltered = context.AnswerFilter?.Whole(new JsonValue(body.Span, context.Index.Tokens), body.Span, context.Translated) ?? false;
        if (context.AnswerFilter?.Blocked is not null) return BlockedAnswer.Report(context, log);
        ResponseHeaders.Forward(response, context.Response.Headers);
        await ErrorResponse.WriteJsonAsync(context, response.Status, isFiltered ? context.Translated.Memory : body.Memory);
        return true;
    }
}
