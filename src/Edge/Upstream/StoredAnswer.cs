using Edge.Clients;
using Edge.Endpoints;
using Edge.Pipeline;
using Edge.Providers;
using Edge.Providers.Json;
using Edge.Telemetry;

namespace Edge.Upstream;

/// <summary>
/// What a model said earlier and the provider kept: responses, their input items, conversations. Where policy looks at answers it looks at these too, or a background request would be the way around it.
/// </summary>
internal static class StoredAnswer
{
    /// <summary>Decides whether the answer is looked at: then the context has its filter. False = the context holds an error.</summary>
    /// <param name="context">With its route; nothing has been sent.</param>
    /// <param name="query">Of the request target, with its question mark.</param>
    public static bool TryBegin(RequestContext context, ReadOnlySpan<char> query)
    {
        if (context.Operation != Operation.StoredResponses) return true;
        var policy = context.Guard.Output;
        if (policy is null && context.Vault.IsEmpty) return true;
        // The beginning of what is said would be in another answer, so that a value could be fetched in halves.
        if (policy is { Acts: true } && query.Contains("starting_after=", StringComparison.Ordinal))
        {
            return context.Fail(ErrorCode.SafetyViolation, "starting_after", "starting_after: policy looks at what a model says, for which a stream must come from its beginning; leave it out.");
        }
        context.Client = ClientDialects.Responses;
        context.Wire = Dialect.Responses;
        context.FilterAnswer(context.Vault, policy);
        return true;
    }

    /// <summary>True = answered. False = nothing was sent; the context holds the error.</summary>
    public static async ValueTask<bool> RunAsync(RequestContext context, UpstreamResponse response, TimeProvider time, Log log)
    {
        if (response.TryGetHeader("content-encoding"u8, out var encoding) && !encoding.SequenceEqual("identity"u8)) return AttemptStage.Failed(context, UpstreamFailure.Protocol, "content-encoding", log);
        if (response.TryGetHeader("content-type"u8, out var type) && type.StartsWith("text/event-stream"u8))
        {
            return await StreamPump.RunAsync(context, response, new PassThroughRelay(context), time, log);
        }
        // What cannot be read cannot be looked at.
        if (!await WholeAnswer.ReadAsync(context, response, log, mayBeEmpty: true)) return false;
        var body = context.Answer;
        context.FirstByteAt = time.GetTimestamp();
        var isFiltered = body.Length > 0 && context.AnswerFilter!.Whole(new JsonValue(body.Span, context.Index.Tokens), body.Span, context.Translated);
        if (context.AnswerFilter!.Blocked is not null) return BlockedAnswer.Report(context, log);
        AnswerUsage.TryRead(body.Span, ref context.Usage);
        ResponseHeaders.Forward(response, context.Response.Headers);
        await ErrorResponse.WriteJsonAsync(context, response.Status, isFiltered ? context.Translated.Memory : body.Memory);
        return true;
    }
}
