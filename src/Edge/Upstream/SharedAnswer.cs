using System.Buffers;
using Edge.Pipeline;
using Edge.Telemetry;
using Microsoft.AspNetCore.Http.Features;

namespace Edge.Upstream;

/// <summary>
/// An answer that passes as it is, a provider's error too: status, bytes and what describes them. A small JSON answer is read whole first, so that one which breaks off
/// becomes an honest 502 and its usage is known; anything else streams, and where it breaks off the client's connection does.
/// </summary>
public static class SharedAnswer
{
    private const int MaxWhole = 1 << 20;
    private const int FlushThreshold = 64 * 1024;

    /// <summary>True = answered. False = nothing was sent; the context holds the error.</summary>
    public static async ValueTask<bool> RunAsync(RequestContext context, UpstreamResponse response, TimeProvider time, Log log)
    {
        var status = response.Status;
        // Following a redirect would carry the key elsewhere, and the client cannot follow it with the gateway's key.
        if (status is >= 300 and < 400 and not 304) return AttemptStage.Failed(context, UpstreamFailure.Protocol, $"status {status}", log);
        if (status >= 400) context.Outcome = Outcome.ProviderError;
        var isJson = response.TryGetHeader("content-type"u8, out var type) && type.IndexOf("json"u8) >= 0;
        var answer = context.Answer;
        var ended = false;
        while (isJson && answer.Length < MaxWhole)
        {
            if (!response.TryRead(out var read)) read = await response.ReadAsync();
            if (read.Kind == UpstreamReadKind.Failed) return AttemptStage.Failed(context, read.Failure, response.FailureDetail, log);
            ended = read.Kind == UpstreamReadKind.End;
            if (ended) break;
            answer.Append(read.Data.Span);
        }
        if (ended && status is >= 200 and < 300) AnswerUsage.TryRead(answer.Span, ref context.Usage);
        context.FirstByteAt = time.GetTimestamp();
        // What repeats the request repeats its placeholders: a revised prompt, the metadata of a job, an error. Sound and pictures are no JSON and pass.
        if (ended && context.AnswerFilter?.Whole(answer.Span, context.Translated) == true) answer = context.Translated;
        // The last byte of what has a length is known when it comes; of anything else, the end of the answer is what waits for policy's record.
        if (ended && !await RecordAsync(context)) return false;
        await HeadAsync(context, response, ended ? answer.Length : response.ContentLength);
        var writer = context.ResponseBody.Writer;
        if (answer.Length > 0) await writer.WriteAsync(answer.Memory);
        return ended || await StreamAsync(context, response, (response.ContentLength ?? long.MaxValue) - answer.Length, log);
    }

    private static async ValueTask HeadAsync(RequestContext context, UpstreamResponse response, long? length)
    {
        context.Response.StatusCode = context.SentStatus = response.Status;
        ResponseHeaders.Add(context);
        ResponseHeaders.Forward(response, context.Response.Headers);
        ResponseHeaders.ForwardContent(response, context.Response.Headers);
        if (response.Status is not (204 or 304)) context.Response.Headers.ContentLength = length;
        await context.ResponseBody.StartAsync();
    }

    private static ValueTask<bool> RecordAsync(RequestContext context) =>
        context.Audit is { IsStrict: true } audit ? audit.BeforeLastByteAsync(context, context.UpstreamResponse!.Status) : new(true);

    private static async ValueTask<bool> StreamAsync(RequestContext context, UpstreamResponse response, long left, Log log)
    {
        var writer = context.ResponseBody.Writer;
        long unflushed = 0;
        while (true)
        {
            if (!response.TryRead(out var read))
            {
                if (unflushed > 0 && !await FlushAsync(context)) return true;
                unflushed = 0;
                read = await response.ReadAsync();
            }
            if (read.Kind == UpstreamReadKind.End)
            {
                if (!await RecordAsync(context)) context.Features.Get<IHttpRequestLifetimeFeature>()!.Abort();
                else if (unflushed > 0) await FlushAsync(context);
                return true;
            }
            if (read.Kind == UpstreamReadKind.Failed)
            {
                AttemptStage.Failed(context, read.Failure, response.FailureDetail, log);
                // Nobody must take half a file for a whole one.
                context.Features.Get<IHttpRequestLifetimeFeature>()!.Abort();
                return true;
            }
            left -= read.Data.Length;
            if (left <= 0 && !await RecordAsync(context))
            {
                context.Features.Get<IHttpRequestLifetimeFeature>()!.Abort();
                return true;
            }
            writer.Write(read.Data.Span);
            unflushed += read.Data.Length;
            if (unflushed < FlushThreshold) continue;
            // A slow client holds the provider up instead of filling memory.
            if (!await FlushAsync(context)) return true;
            unflushed = 0;
        }
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
