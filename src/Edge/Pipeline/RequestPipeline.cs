using Edge.Auth;
using Edge.Cache;
using Edge.Endpoints;
using Edge.Guard;
using Edge.Metering;
using Edge.Model;
using Edge.Routing;
using Edge.Server;
using Edge.Telemetry;
using Edge.Telemetry.Tracing;
using Edge.Tenancy;
using Edge.Upstream;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Abstractions;
using Microsoft.AspNetCore.Http.Features;

namespace Edge.Pipeline;

/// <summary>
/// The whole request, in numbered steps. Search for "Step 6" to be there.
/// <list type="number">
/// <item>Step 0: rent a context; take the state once.</item>
/// <item>Step 1: who is it? <see cref="AuthStage"/>, from the headers alone.</item>
/// <item>Step 2: read and index the body. <see cref="BodyStage"/></item>
/// <item>Step 3: may they? <see cref="AccessStage"/>, <see cref="Limits.RateLimitStage"/></item>
/// <item>Step 4: is it safe? <see cref="GuardStage"/>: before the cache, so that no key holds raw personal data.</item>
/// <item>Step 5: is it known? <see cref="CacheStage"/></item>
/// <item>Step 6: where does it go? <see cref="RouteStage"/>, and what may it cost? <see cref="Budgets.BudgetStage"/></item>
/// <item>Step 7: call the provider, or the next one. <see cref="CallStage"/>, <see cref="AttemptStage"/></item>
/// <item>Step 8: answer. <see cref="ResponseStage"/></item>
/// <item>Step 9: settle, and post one record for the workers.</item>
/// </list>
/// </summary>
public sealed class RequestPipeline : IHttpApplication<RequestContext>
{
    private readonly GatewayStateHolder _state;
    private readonly GuardStage _guard;
    private readonly RouteStage _route;
    private readonly CallStage _call;
    private readonly SharedStage _shared;
    private readonly RealtimeStage _realtime;
    private readonly CompletedRequestQueue _completed;
    private readonly PolicyServices _policy;
    private readonly Tracer? _tracer;
    private readonly RequestIds _ids;
    private readonly GatewayLifetime _lifetime;
    private readonly TrafficSwitch _traffic;
    private readonly TimeProvider _time;
    private readonly Log _log;
    private int _inFlight;

    public RequestPipeline(
        GatewayStateHolder state, AttemptStage attempt, ResponseStage response, CompletedRequestQueue completed,
        RequestIds ids, GatewayLifetime lifetime, TimeProvider time, Log log, Entropy? entropy = null, TrafficSwitch? traffic = null,
        PolicyServices? policy = null, Tracer? tracer = null)
    {
        _state = state;
        _guard = new GuardStage(log);
        Keeper = new StreamKeeper(time, log);
        entropy ??= new Entropy();
        _route = new RouteStage(time, entropy);
        _call = new CallStage(attempt, response, new EmbeddingStage(attempt, time, log), time, entropy, log);
        _shared = new SharedStage(_guard, attempt, time, log);
        _realtime = new RealtimeStage(attempt, time, log);
        _completed = completed;
        _policy = policy ?? new PolicyServices(state.Current.Config, log, time);
        _policy.Budgets.Reroute = _route.Reroute;
        _tracer = tracer;
        _ids = ids;
        _lifetime = lifetime;
        _traffic = traffic ?? new TrafficSwitch(lifetime, time);
        _time = time;
        _log = log;
    }

    /// <summary>What the steps of policy share.</summary>
    public PolicyServices Policy => _policy;

    /// <summary>Looks after silent streams.</summary>
    public StreamKeeper Keeper { get; }

    /// <summary>Answers that are kept.</summary>
    public CacheStage Cache => _policy.Cache;

    /// <summary>Requests between Step 0 and Step 9.</summary>
    public int InFlight => Volatile.Read(ref _inFlight);

    /// <inheritdoc/>
    public RequestContext CreateContext(IFeatureCollection contextFeatures)
    {
        // Step 0: the server keeps one context for each connection (HTTP/1.1) or stream object (HTTP/2), which comes back for the next request.
        var container = contextFeatures as IHostContextContainer<RequestContext>;
        var context = container?.HostContext ?? new RequestContext { Keeper = Keeper, Traffic = _traffic, Audit = _policy.Audit };
        if (container is not null) container.HostContext = context;
        Interlocked.Increment(ref _inFlight);
        context.Begin(contextFeatures, _state.Current, _ids.Next(), _time.GetTimestamp());
        if (_tracer is not null)
        {
            context.Trace = _tracer.Begin(context);
            context.IsTimed = true;
        }
        return context;
    }

    /// <inheritdoc/>
    public async Task ProcessRequestAsync(RequestContext context)
    {
        try
        {
            await RunAsync(context);
        }
        catch (Exception e)
        {
            await FailAsync(context, e);
        }
    }

    /// <inheritdoc/>
    public void DisposeContext(RequestContext context, Exception? exception)
    {
        // Step 9: settle. Every path ends here: answered, refused, cut, client gone, defect.
        Interlocked.Decrement(ref _inFlight);
        if (exception is not null && context.Outcome == Outcome.Completed) context.Outcome = Outcome.Failed;
        CallVerdict.Settle(context, _time);
        var cached = context.Cache is null ? default : _policy.Cache.Settle(context);
        var settlement = Settlement.Of(context, _time.GetUtcNow());
        _policy.Limits.Settle(context, settlement);
        _policy.Budgets.Settle(context, settlement);
        _policy.Ledger.Post(context, settlement, cached);
        _policy.Audit.End(context, settlement);
        _tracer?.End(context, settlement);
        _completed.Post(Record(context, settlement) with { Cache = cached });
        context.Clear();
    }

    private async Task RunAsync(RequestContext context)
    {
        var asked = context.Request.Path;
        // HTTP/1.1's way to send a client elsewhere (RFC 9112 section 9.6); HTTP/2's is GOAWAY, by the server.
        if (_lifetime.IsStopping && context.Request.Protocol is "HTTP/1.1" or "HTTP/1.0") context.Response.Headers.Connection = "close";
        AzurePaths.Normalize(context);
        var path = context.Request.Path;
        var traffic = _traffic.For(context.State);
        context.Operation = EndpointTable.Match(context.Request.Method, path, out var client, out var allowed);
        context.Client = client;
        if (context.Operation == Operation.None) context.Fail(ErrorCode.NotFound, message: $"There is no path '{Shorten(asked)}'.");
        else if (context.Operation == Operation.WrongMethod) RefuseMethod(context, allowed);
        else if (Overloaded(context)) context.Fail(ErrorCode.GatewayOverloaded);
        else if (traffic.IsStopped) context.Fail(ErrorCode.TrafficStopped);
        else if (_lifetime.Deadline.IsCancellationRequested) context.Fail(ErrorCode.GatewayStopping);

        // Step 1: who is it?
        else if (await _policy.Auth.RunAsync(context) && MayPass(context, traffic))
        {
            context.Mark(Stage.Auth, _time);
            switch (context.Operation)
            {
                case Operation.ListModels:
                    await ErrorResponse.WriteJsonAsync(context, 200, ModelsEndpoint.List(context));
                    return;
                case Operation.GetModel:
                    if (await ModelsEndpoint.WriteOneAsync(context)) return;
                    break;
                case Operation.Embeddings:
                    if (!await BodyStage.RunAsync(context, _time)) break;
                    context.BodyReadAt = _time.GetTimestamp();
                    context.Mark(Stage.Body, _time);
                    if (AccessStage.Run(context) && await _policy.Limits.RunAsync(context) && await _guard.RunAsync(context, isChat: false) && _policy.Ledger.Note(context) && _route.Run(context)
                        && await _policy.Budgets.ReserveAsync(context) && await _policy.Audit.BeginAsync(context) && await _call.RunAsync(context)) return;
                    break;
                case Operation.Realtime when path == SharedEndpoints.RealtimeSocketPath:
                    if (await _policy.Limits.RunAsync(context) && await _policy.Budgets.ReserveUnmeteredAsync(context) && _guard.RunUnread(context) && await _realtime.RunAsync(context)) return;
                    break;
                case >= Operation.Moderations:
                    if (await _policy.Limits.RunAsync(context) && await _policy.Budgets.ReserveUnmeteredAsync(context) && await _shared.RunAsync(context)) return;
                    break;
                default:
                    // Step 2: read and index the body.
                    if (!await BodyStage.RunAsync(context, _time)) break;
                    context.BodyReadAt = _time.GetTimestamp();
                    context.Mark(Stage.Body, _time);

                    // Step 3: may they?
                    if (!AccessStage.Run(context) || !await _policy.Limits.RunAsync(context)) break;
                    context.Mark(Stage.Limits, _time);

                    // Step 4: is it safe?
                    if (!await _guard.RunAsync(context, isChat: true)) break;
                    _policy.Ledger.Note(context);
                    context.Mark(Stage.Guard, _time);

                    // Step 5: is it known?
                    if (await _policy.Cache.RunAsync(context) is var known && known != CacheVerdict.GoOn)
                    {
                        if (known == CacheVerdict.Answered) return;
                        break;
                    }
                    context.Mark(Stage.Cache, _time);

                    // Step 6: where does it go?
                    if (!_route.Run(context)) break;
                    context.Mark(Stage.Route, _time);

                    if (context.Operation == Operation.CountTokens && !CountTokensEndpoint.IsServed(context))
                    {
                        if (await CountTokensEndpoint.EstimateAsync(context)) return;
                        break;
                    }

                    // What it may cost at worst is known now, and by whom: reserved before anybody is called.
                    if (!await _policy.Budgets.ReserveAsync(context)) break;
                    context.Mark(Stage.Budget, _time);
                    if (!await _policy.Audit.BeginAsync(context)) break;
                    context.Mark(Stage.Audit, _time);

                    // Step 7: call the provider, or the next one. Step 8: answer.
                    if (await _call.RunAsync(context)) return;
                    break;
            }
        }
        if (context.Cache is not null && await _policy.Cache.RescueAsync(context)) return;
        // Nobody is there to read an answer; an unanswered request would otherwise leave as an empty 200.
        if (context.Outcome == Outcome.ClientGone) context.Features.Get<IHttpRequestLifetimeFeature>()!.Abort();
        else await ErrorResponse.WriteAsync(context);
    }

    // The emergency switch of its key alone.
    private static bool MayPass(RequestContext context, TrafficView traffic)
    {
        context.Ending = traffic.EndingFor(context.ClientKey);
        return !traffic.IsStoppedFor(context.Caller) || context.Fail(ErrorCode.TrafficStopped);
    }

    private bool Overloaded(RequestContext context)
    {
        var limit = context.State.Config.Server.MaxConcurrentRequests;
        return limit > 0 && InFlight > limit;
    }

    private static void RefuseMethod(RequestContext context, string allowed)
    {
        context.Response.Headers.Allow = allowed;
        context.Fail(ErrorCode.MethodNotAllowed, message: $"The path allows {allowed} only.");
    }

    private async Task FailAsync(RequestContext context, Exception e)
    {
        if (context.Disconnected.IsCancellationRequested)
        {
            context.Outcome = Outcome.ClientGone;
            return;
        }
        // The type and the place, not the message: it might quote the client's data.
        _log.Error(EventIds.RequestFailed, "A request failed inside the gateway.",
            ("request_id", context.Id), ("exception", e.GetType().FullName), ("at", e.StackTrace));
        context.Fail(ErrorCode.InternalError);
        context.Outcome = Outcome.Failed;
        if (context.Response.HasStarted) context.Features.Get<IHttpRequestLifetimeFeature>()!.Abort();
        else await ErrorResponse.WriteAsync(context);
    }

    private CompletedRequest Record(RequestContext context, in Settlement settlement) => new()
    {
        Id = context.Id,
        Operation = context.Operation,
        Provider = context.Route?.Target.Name ?? "",
        Status = context.SentStatus,
        Outcome = context.Outcome,
        Streamed = context.Fields.Stream,
        Usage = settlement.Usage,
        IsUsageEstimated = settlement.IsUsageEstimated,
        Cost = settlement.Cost,
        IsPriced = settlement.IsPriced || !settlement.WasSent,
        ErrorCode = context.ErrorCode,
        Trace = context.Trace,
        Caller = context.Caller,
        InputEstimate = context.InputEstimate > 0 ? context.InputEstimate : context.BodyBytes / UsageEstimate.BytesPerToken,
        Recovery = context.Recovery?.Result ?? RecoveryResult.None,
        Guard = GuardStage.Report(context),
        TotalMicroseconds = Microseconds(context.StartedAt, _time.GetTimestamp()),
        Attempts = CompletedAttempts.Of(context),
        GatewayMicroseconds = Microseconds(context.StartedAt, context.FirstSentAt),
        UpstreamMicroseconds = Microseconds(context.SentAt, context.HeadAt),
    };

    private long Microseconds(long from, long to) => to == 0 || from == 0 ? 0 : (long)_time.GetElapsedTime(from, to).TotalMicroseconds;

    private static string Shorten(string path) => path.Length <= 200 ? path : string.Concat(path.AsSpan(0, 200), "...");
}
