using Edge.Endpoints;
using Edge.Pipeline;
using Edge.Providers;
using Edge.Providers.Chat;
using Edge.Providers.Dialects;
using Edge.Providers.Errors;
using Edge.Providers.Json;
using Edge.Routing;
using Edge.Routing.Health;
using Edge.Simd.Json;
using Edge.Telemetry;

namespace Edge.Upstream;

/// <summary>
/// Copies of requests for another model: sent when the request itself is, never waited for, and their answers thrown away. What they use is recorded apart. Where too many run, a copy is left out.
/// </summary>
public sealed class ShadowCalls
{
    private const int MaxRunning = 256;

    // Larger prompts would be a second copy of each in memory.
    private const int MaxBody = 1 << 20;

    private readonly UpstreamClient _client;
    private readonly CompletedRequestQueue _completed;
    private readonly TimeProvider _time;
    private readonly Entropy _entropy;
    private readonly Log _log;
    private int _running;

    public ShadowCalls(UpstreamClient client, CompletedRequestQueue completed, TimeProvider time, Entropy entropy, Log log)
    {
        _client = client;
        _completed = completed;
        _time = time;
        _entropy = entropy;
        _log = log;
    }

    /// <summary>Copies under way.</summary>
    public int Running => Volatile.Read(ref _running);

    /// <summary>This request is to be copied.</summary>
    public bool Wants(RequestContext context) =>
        context.Attempts is { Made: 1, Plan.Shadow: not null } attempts && context.Operation is not (Operation.Embeddings or Operation.CountTokens) && attempts.Plan.Shadow.State.IsAvailable(_time.GetTimestamp())
        // A copy goes nowhere that the request itself may not go.
        && (!context.Caller.Access.RestrictsTargets || context.Caller.Access.Judge(attempts.Plan.Shadow, [], Tenancy.AskedName.None) == Tenancy.TargetVerdict.Allowed)
        // To fetch media for a copy would make the request wait.
        && attempts.Plan.Shadow.Target.Sheet.TakesMediaUrls
        && _entropy.NextDouble() < attempts.Plan.ShadowShare && context.BodyBytes <= MaxBody && Running < MaxRunning;

    /// <summary>Makes the copy and sends it on its way. The context is as it was before.</summary>
    /// <param name="context">Whose body is there and whose own call has not been sent.</param>
    /// <param name="prepare">Makes the context's leg ready; false = the target cannot serve the request.</param>
    public async ValueTask StartAsync(RequestContext context, Func<RequestContext, ValueTask<bool>> prepare)
    {
        var leg = new Leg { Route = context.Attempts.Plan!.Shadow! };
        var own = context.ReplaceLeg(leg);
        var isReady = false;
        try
        {
            isReady = await prepare(context);
        }
        finally
        {
            context.ReplaceLeg(own);
            if (!isReady) leg.Clear();
        }
        isReady = isReady && leg.TryBegin(leg.Route, _time.GetTimestamp(), force: true);
        // It takes one of the provider's places, and none from a request that waits for one.
        if (isReady && leg.Route.State.Provider.Gate.TryEnter()) leg.TakePlace();
        else if (isReady)
        {
            leg.Settle(CallResult.Unknown, _time);
            leg.Clear();
            leg.Dispose();
            return;
        }
        if (!isReady || Interlocked.Increment(ref _running) > MaxRunning)
        {
            if (isReady) Interlocked.Decrement(ref _running);
            else context.DropError();
            leg.Settle(CallResult.Unknown, _time);
            leg.Clear();
            leg.Dispose();
            return;
        }
        // It is paid for like any other call.
        var budget = new Budgets.BudgetReservation();
        if (context.Budget is { IsOpen: true, Stage: { } stage })
        {
            if (await stage.ReserveCopyAsync(context, leg.Route) is not { } reserved)
            {
                Interlocked.Decrement(ref _running);
                leg.Settle(CallResult.Unknown, _time);
                leg.Clear();
                leg.Dispose();
                return;
            }
            budget = reserved;
        }
        // The body's memory is the context's.
        var body = leg.Request.Body.ToArray();
        leg.Request.Body.Clear();
        leg.Request.Body.Add(body);
        leg.Edits.Clear();
        _ = RunAsync(leg, budget, context.InputEstimate > 0 ? context.InputEstimate : body.Length / UsageEstimate.BytesPerToken, context.Id, context.Operation, context.Fields.Stream, context.Ending.Token);
    }

    private async Task RunAsync(Leg leg, Budgets.BudgetReservation budget, long prompt, string id, Operation operation, bool isStream, CancellationToken ending)
    {
        // Not on the client's stack.
        await Task.Yield();
        var target = leg.Route.Target;
        var sink = new UsageSink();
        var status = 0;
        var outcome = Outcome.UpstreamFailed;
        try
        {
            leg.SentAt = _time.GetTimestamp();
            var cancel = leg.BeginExchange(CancellationToken.None, ending);
            var response = leg.Response = target.InProcess is { } provider
                ? await provider(leg.Request, [], cancel)
                : await _client.SendAsync(target.Endpoint, leg.Request, cancel);
            leg.HeadAt = _time.GetTimestamp();
            if (response.Failure == UpstreamFailure.None)
            {
                status = response.Status;
                var retryAfter = RetryAfter.Of(response, _time);
                target.Credential?.Report(leg.CredentialKey, status, retryAfter);
                if (retryAfter is { } span) leg.Route.State.Throttle(span, _time.GetTimestamp());
                outcome = status is >= 200 and < 300 && await ReadAsync(leg, response, sink, isStream) ? Outcome.Completed : Outcome.ProviderError;
            }
        }
        catch (Exception e) when (e is IOException or InvalidOperationException or ObjectDisposedException or OperationCanceledException)
        {
            _log.Warn(EventIds.ShadowFailed, "A copy of a request failed.", ("request_id", id), ("provider", target.Name), ("exception", e.GetType().FullName));
        }
        finally
        {
            Interlocked.Decrement(ref _running);
            leg.Settle(outcome == Outcome.Completed ? CallResult.Ok : ending.IsCancellationRequested ? CallResult.Unknown : status == 0 ? CallResult.Failed : CallVerdict.ResultOf(status), _time);
            var isPriced = true;
            var usage = sink.Reported;
            // Taken and not reported: the prompt at least.
            if (!usage.IsReported && (outcome == Outcome.Completed || Metering.PaidCalls.MayCost(leg.Response))) (usage.Input, usage.Output) = (Math.Max(usage.Input, prompt), Math.Max(usage.Output, 0));
            var cost = Metering.Settlement.CostOf(leg.Route, usage, _time.GetUtcNow(), ref isPriced);
            budget.Stage?.SettleCopy(budget, cost);
            _completed.Post(new CompletedRequest
            {
                Id = id,
                Operation = operation,
                Provider = target.Name,
                Status = status,
                Outcome = outcome,
                Streamed = isStream,
                Usage = sink.Reported,
                Cost = cost,
                IsShadow = true,
                TotalMicroseconds = (long)_time.GetElapsedTime(leg.SentAt).TotalMicroseconds,
                GatewayMicroseconds = 0,
                UpstreamMicroseconds = 0,
            });
            leg.Clear();
            leg.Dispose();
        }
    }

    private static async ValueTask<bool> ReadAsync(Leg leg, UpstreamResponse response, UsageSink sink, bool isStream)
    {
        var limits = leg.Route.Target.Limits;
        var decoder = ChatDialects.Of(leg.Wire) is { } dialect ? dialect.CreateDecoder() : null;
        if (!isStream)
        {
            using var answer = new PooledBuffer();
            using var index = new JsonIndex();
            if (!(await BufferedBody.ReadAsync(response, limits.MaxResponseSize, answer)).IsWhole) return false;
            if (!index.TryBuild(answer.Span, maxDepth: 256, maxTokens: 8_000_000, out _)) return false;
            if (decoder is null) AnswerUsage.TryRead(answer.Span, ref sink.Reported);
            else decoder.Whole(new JsonValue(answer.Span, index.Tokens), sink);
            return !sink.HasFailed;
        }
        // A dialect without a decoder of its own (Responses at a provider that serves it) is read to its end and not understood.
        using var events = ChatDialects.CreateReader(leg.Wire == leg.Route.Target.Sheet.Dialect ? leg.Route.Target.Sheet.Framing : Framing.Sse, limits.MaxEventSize);
        while (true)
        {
            if (!response.TryRead(out var read)) read = await response.ReadAsync();
            if (read.Kind != UpstreamReadKind.Data) return read.Kind == UpstreamReadKind.End && !sink.HasFailed;
            if (decoder is null) continue;
            events.Feed(read.Data);
            while (events.TryRead(out var wire))
            {
                if (wire.HasData) decoder.Push(wire.Type, wire.Data, sink);
            }
        }
    }

    /// <summary>Keeps what was used and forgets the rest.</summary>
    private sealed class UsageSink : IChatEventSink
    {
        public Usage Reported = new();

        public bool HasFailed { get; private set; }

        public void Start(in ChatStart start)
        {
        }

        public void Text(int choice, JsonText text)
        {
        }

        public void Refusal(int choice, JsonText text)
        {
        }

        public void Thinking(int choice, JsonText text)
        {
        }

        public void ThinkingSignature(int choice, JsonText signature)
        {
        }

        public void RedactedThinking(int choice, JsonText data)
        {
        }

        public void ToolCallStart(int choice, int call, JsonText id, JsonText name)
        {
        }

        public void ToolCallArguments(int choice, int call, JsonText fragment)
        {
        }

        public void ToolCallSignature(int choice, int call, JsonText signature)
        {
        }

        public void Citation(int choice, in ChatCitation citation)
        {
        }

        public void Logprobs(int choice, ReadOnlySpan<byte> tokens)
        {
        }

        public void Media(int choice, JsonText mediaType, JsonText data)
        {
        }

        public void Usage(in Usage usage) => Reported = usage;

        public void Finish(int choice, FinishReason reason, JsonText detail)
        {
        }

        public void Error(ProviderError error) => HasFailed = true;

        public void End()
        {
        }
    }
}
