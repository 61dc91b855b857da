using System.Buffers.Text;
using Edge.Pipeline;
using Edge.Providers.Embedding;
using Edge.Providers.Json;
using Edge.Telemetry;

namespace Edge.Upstream;

/// <summary>
/// Steps 7 and 8 of embeddings: as bytes to a provider of OpenAI's shape, translated to any other. A provider that takes fewer texts at once is called several times, a
/// few calls at a time, and the answers are joined in the order of the texts.
/// </summary>
public sealed class EmbeddingStage
{
    // A request of 2048 texts to a provider that takes one must not become 2048 connections.
    private const int MaxConcurrentCalls = 8;

    private readonly AttemptStage _attempt;
    private readonly TimeProvider _time;
    private readonly Log _log;

    public EmbeddingStage(AttemptStage attempt, TimeProvider time, Log log)
    {
        _attempt = attempt;
        _time = time;
        _log = log;
    }

    /// <summary>True = answered, well or badly. False = nothing has been sent and the context holds the error to answer with.</summary>
    public async ValueTask<bool> RunAsync(RequestContext context)
    {
        var target = context.Route.Target;
        if (context.Route.Paths.Embeddings.IsEmpty) return context.Fail(ErrorCode.UnsupportedFeature, "model", $"Provider '{target.Name}' has no embeddings.");
        // There is no stream of embeddings; whoever asks for one hears the provider's opinion of it.
        context.Fields.Stream = context.Leg.IsStream = false;
        context.Wire = target.Sheet.Dialect;
        var codec = EmbeddingCodecs.For(target.Sheet.EmbeddingsDialect);
        var calls = new List<EmbeddingCall>();
        var request = new EmbeddingRequest();
        try
        {
            if (codec is null) Pass(context, calls);
            else if (!Translate(context, codec, request, calls)) return false;
            context.SentAt = _time.GetTimestamp();
            if (context.PricedAt == default) context.PricedAt = _time.GetUtcNow();
            var failed = await SendAsync(context, calls);
            context.HeadAt = _time.GetTimestamp();
            if (failed is not null) return await FailAsync(context, failed, calls);
            context.Leg.FirstTokenAt = context.HeadAt;
            if (codec is null) return await AnswerAsync(context, calls[0]);
            return await JoinAsync(context, codec, request.Base64, calls);
        }
        finally
        {
            // The first response is the context's.
            foreach (var call in calls) call.Dispose();
        }
    }

    private static void Pass(RequestContext context, List<EmbeddingCall> calls)
    {
        context.Wire = context.Client.Wire;
        BodyEdits.ApplyCommon(context);
        var call = new EmbeddingCall(context.UpstreamRequest, inputs: 0);
        context.Edits.Splice(context.Body, call.Request.Body);
        Fill(context, call.Request);
        calls.Add(call);
    }

    private static bool Translate(RequestContext context, IEmbeddingCodec codec, EmbeddingRequest request, List<EmbeddingCall> calls)
    {
        if (!EmbeddingRequestDecoder.TryDecode(context.Body, context.Index.Tokens, request, out var error)) return context.Fail(ErrorCode.InvalidRequest, error);
        var model = Model(context);
        var dropped = new List<string>();
        var count = codec.Count(request, model);
        for (var i = 0; i < count; i++)
        {
            var call = new EmbeddingCall(i == 0 ? context.UpstreamRequest : new UpstreamRequest(), codec.Inputs(request, model, i).Length);
            calls.Add(call);
            if (!codec.TryEncode(request, model, i, call.Body, dropped, out error)) return context.Fail(ErrorCode.UnsupportedFeature, error);
            call.Request.Body.Add(call.Body.Memory);
            call.TokensHeader = codec.TokensHeader;
            Fill(context, call.Request);
        }
        return RequestTranslation.Report(context, dropped);
    }

    private static void Fill(RequestContext context, UpstreamRequest request)
    {
        var target = context.Route.Target;
        request.Path = context.Route.Paths.Embeddings;
        request.TargetHeaders = target.Headers;
        request.RequestHeaders = RequestHeaderBlock.Build(context);
        request.FirstByteTimeout = target.Limits.ResponseTimeout;
        request.IdleTimeout = target.Limits.StreamIdleTimeout;
        request.TotalTimeout = target.Limits.Timeout;
    }

    /// <summary>Runs the calls; returns the one that failed first, null where none did.</summary>
    private async ValueTask<EmbeddingCall?> SendAsync(RequestContext context, List<EmbeddingCall> calls)
    {
        var cancel = context.BeginExchange();
        if (calls.Count == 1) return await SendAsync(context, calls[0], cancel) ? null : calls[0];
        EmbeddingCall? failed = null;
        var next = -1;
        var workers = new Task[Math.Min(MaxConcurrentCalls, calls.Count)];
        for (var i = 0; i < workers.Length; i++) workers[i] = WorkAsync();
        await Task.WhenAll(workers);
        return failed;

        async Task WorkAsync()
        {
            while (Volatile.Read(ref failed) is null && Interlocked.Increment(ref next) is var number && number < calls.Count)
            {
                var call = calls[number];
                // One source each: the call that failed still has an error to tell when the others are stopped.
                call.Cancel = CancellationTokenSource.CreateLinkedTokenSource(cancel);
                if (await SendAsync(context, call, call.Cancel.Token) || Interlocked.CompareExchange(ref failed, call, null) is not null) continue;
                foreach (var other in calls.Where(other => other != call)) other.Cancel?.Cancel();
            }
        }
    }

    private async ValueTask<bool> SendAsync(RequestContext context, EmbeddingCall call, CancellationToken cancel)
    {
        (call.Response, call.Problem) = await _attempt.SendAsync(context, call.Request, cancel);
        if (call.Response is not { } response) return false;
        call.Failure = response.Failure;
        if (call.Failure != UpstreamFailure.None || response.Status is < 200 or > 299) return false;
        var read = await BufferedBody.ReadAsync(response, context.Route.Target.Limits.MaxResponseSize, call.Answer);
        call.Failure = read.Failure;
        call.IsTooLarge = read.IsTooLarge;
        if (call.TokensHeader is { } name && response.TryGetHeader(System.Text.Encoding.ASCII.GetBytes(name), out var text)
            && Utf8Parser.TryParse(text, out long tokens, out var used) && used == text.Length)
        {
            call.Tokens = tokens;
        }
        // The others' connections go back at once: a thousand calls must not hold a thousand of them.
        if (read.IsWhole && call.Request != context.UpstreamRequest) call.TakeResponse()!.Dispose();
        return read.IsWhole;
    }

    private async ValueTask<bool> FailAsync(RequestContext context, EmbeddingCall call, List<EmbeddingCall> calls)
    {
        // The others' vectors are of no use, and paid for.
        var bytes = calls.Where(other => other != call && other.Answer.Length > 0).Sum(static other => (long)other.Body.Length);
        if (bytes > 0) context.AddPaid(new Metering.PaidCall(context.Route, new Providers.Chat.Usage { Input = bytes / UsageEstimate.BytesPerToken, Output = 0 }, IsEstimated: true));
        if (call.Problem is { } problem) return _attempt.Unauthorized(context, problem);
        context.UpstreamResponse = call.TakeResponse();
        if (call.IsTooLarge)
        {
            context.Fail(ErrorCode.UpstreamResponseTooLarge);
            context.Outcome = Outcome.UpstreamFailed;
            return false;
        }
        if (call.Failure != UpstreamFailure.None) return AttemptStage.Failed(context, call.Failure, context.UpstreamResponse!.FailureDetail, _log);
        return await ProviderErrorAnswer.RunAsync(context, context.UpstreamResponse!, _time, _log);
    }

    private async ValueTask<bool> AnswerAsync(RequestContext context, EmbeddingCall call)
    {
        var response = context.UpstreamResponse = call.TakeResponse()!;
        if (!AnswerUsage.TryRead(call.Answer.Span, ref context.Usage)) return AttemptStage.Failed(context, UpstreamFailure.Protocol, "the answer is not JSON", _log);
        context.FirstByteAt = _time.GetTimestamp();
        ResponseHeaders.Forward(response, context.Response.Headers);
        await ErrorResponse.WriteJsonAsync(context, response.Status, call.Answer.Memory);
        return true;
    }

    private async ValueTask<bool> JoinAsync(RequestContext context, IEmbeddingCodec codec, bool base64, List<EmbeddingCall> calls)
    {
        var answer = new EmbeddingAnswer();
        answer.Begin(context.Translated, Model(context), base64);
        foreach (var call in calls)
        {
            var before = answer.Tokens;
            if (!codec.TryDecode(call.Answer.Span, Model(context), call.Inputs, answer))
            {
                return AttemptStage.Failed(context, UpstreamFailure.Protocol, "the answer does not hold one vector for each text", _log);
            }
            // The body's own count first: the header repeats it.
            if (answer.Tokens == before) answer.AddTokens(call.Tokens);
        }
        answer.End();
        if (answer.Tokens >= 0) (context.Usage.Input, context.Usage.Output) = (answer.Tokens, 0);
        context.FirstByteAt = _time.GetTimestamp();
        ResponseHeaders.Forward((context.UpstreamResponse = calls[0].TakeResponse())!, context.Response.Headers);
        await ErrorResponse.WriteJsonAsync(context, 200, context.Translated.Memory);
        return true;
    }

    private static JsonText Model(RequestContext context)
    {
        var model = context.Route.Model.Span;
        return new(model, model.Contains((byte)'\\'));
    }
}
