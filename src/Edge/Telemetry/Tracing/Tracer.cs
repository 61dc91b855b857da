using Edge.Configuration;
using Edge.Endpoints;
using Edge.Metering;
using Edge.Pipeline;
using Edge.Routing;
using Microsoft.Extensions.Primitives;

namespace Edge.Telemetry.Tracing;

/// <summary>
/// Traces of requests. The request path only draws the ids (so that the provider's span can hang below ours) and remembers times that it takes anyhow; the spans are made when the request
/// is over, and only of those that are sampled, failed or slow. Off = one comparison.
/// </summary>
public sealed class Tracer : IDisposable
{
    // The endpoint that existing configurations mean by monitoring.jaeger: true. https://www.jaegertracing.io/docs/latest/apis/
    private static readonly Uri _localCollector = new("http://localhost:4318");

    private readonly TracingConfig _config;
    private readonly TraceExporter _exporter;
    private readonly TimeProvider _time;
    private readonly Entropy _entropy;

    private Tracer(TracingConfig config, TraceExporter exporter, TimeProvider time, Entropy entropy)
    {
        _config = config;
        _exporter = exporter;
        _time = time;
        _entropy = entropy;
    }

    /// <summary>Null = no traces are asked for.</summary>
    public static Tracer? Create(MonitoringConfig monitoring, TimeProvider time, Entropy entropy, Log log, HttpMessageHandler? handler = null)
    {
        var endpoint = monitoring.Tracing.Endpoint ?? (monitoring.Jaeger ? _localCollector : null);
        return endpoint is null ? null : new Tracer(monitoring.Tracing, new TraceExporter(monitoring.Tracing, endpoint, time, log, handler), time, entropy);
    }

    internal TraceExporter Exporter => _exporter;

    /// <summary>Sends; until cancelled.</summary>
    public Task RunAsync(CancellationToken cancel) => _exporter.RunAsync(cancel);

    public void Dispose() => _exporter.Dispose();

    /// <summary>Step 0: the request's place in its trace.</summary>
    public TraceContext Begin(RequestContext context)
    {
        // Two of them, and nobody knows whose trace it is.
        var parent = context.Request.Headers.TraceParent;
        return TraceContext.Begin(parent.Count == 1 ? parent[0].AsSpan() : default, _config.SampleRatio, _entropy);
    }

    /// <summary>Step 9: posts the spans, where they are wanted.</summary>
    public void End(RequestContext context, in Settlement settlement)
    {
        var trace = context.Trace;
        if (!trace.IsOn || context.Operation is Operation.None or Operation.WrongMethod) return;
        var now = _time.GetTimestamp();
        if (!trace.IsSampled && !IsWorthIt(context, now)) return;
        var clock = new Clock(_time, now);
        _exporter.Post(new SpanRecord
        {
            Context = trace,
            TraceState = trace.ParentId != 0 && context.Request.Headers.TraceState is { Count: > 0 } state ? StateOf(state) : null,
            RequestId = context.Id,
            Method = context.Request.Method,
            Route = OperationNames.RouteOf(context.Operation),
            OperationName = OperationNames.GenAi(context.Operation),
            Status = context.SentStatus,
            Outcome = context.Outcome,
            ErrorCode = context.ErrorCode == ErrorCode.None ? null : ErrorTexts.Of(context.ErrorCode).Code,
            Streamed = context.Fields.Stream,
            Model = ModelOf(context),
            Usage = settlement.Usage,
            IsEstimated = settlement.IsEstimated,
            Cost = settlement.IsPriced ? settlement.Cost : -1,
            Caller = context.Caller,
            Start = clock.Of(context.StartedAt),
            End = clock.Of(now),
            FirstToken = context.Fields.Stream ? clock.Of(context.FirstByteAt) : 0,
            Calls = CallsOf(context, clock, now),
            Stages = StagesOf(context, clock),
            IsTail = !trace.IsSampled,
        });
    }

    private bool IsWorthIt(RequestContext context, long now)
    {
        if (_config.AlwaysErrors && (context.SentStatus >= 500 || context.Outcome is Outcome.UpstreamFailed or Outcome.Failed or Outcome.ProviderError or Outcome.Stopped)) return true;
        return _config.AlwaysSlowerThan > TimeSpan.Zero && _time.GetElapsedTime(context.StartedAt, now) > _config.AlwaysSlowerThan;
    }

    private static CallSpan[] CallsOf(RequestContext context, in Clock clock, long now)
    {
        var notes = context.Attempts.Notes;
        if (notes.Length == 0)
        {
            if (context.FirstSentAt == 0 || context.Route is not { } route) return [];
            return [CallOf(0, route, AttemptResult.Of(context), context.SentStatus, isAnswer: true, clock.Of(context.FirstSentAt), clock.Of(now))];
        }
        var last = Math.Min(context.Attempts.Current, notes.Length - 1);
        var calls = new CallSpan[notes.Length];
        for (var i = 0; i < notes.Length; i++)
        {
            ref readonly var note = ref notes[i];
            var start = clock.Of(note.BegunAt);
            // A stream's call is noted at its head, but lasts until its end.
            var end = i == last || note.Result is null ? clock.Of(now) : start + (ulong)(note.Milliseconds * 1e6);
            calls[i] = CallOf(i, note.Route, i == last ? AttemptResult.Of(context) : note.Result ?? AttemptResult.HedgeLost, note.Status, i == last, start, end);
        }
        return calls;
    }

    private static CallSpan CallOf(int number, Model.ModelRoute route, string result, int status, bool isAnswer, ulong start, ulong end)
    {
        var target = route.Target;
        var isNear = target.InProcess is not null;
        return new(number, target.Name, OperationNames.SystemOf(target.Sheet.Name), route.State.Model, isNear ? "" : target.Endpoint.Host, isNear ? 0 : target.Endpoint.Port, result, status, isAnswer, start, end);
    }

    private StageSpan[] StagesOf(RequestContext context, in Clock clock)
    {
        var slow = (long)(_config.SlowStep.TotalSeconds * _time.TimestampFrequency);
        List<StageSpan>? spans = null;
        var from = context.StartedAt;
        foreach (ref readonly var mark in context.Marks)
        {
            if (mark.At - from > slow) (spans ??= []).Add(new(OperationNames.StageName(mark.Stage), clock.Of(from), clock.Of(mark.At)));
            from = mark.At;
        }
        return spans is null ? [] : [.. spans];
    }

    private static string? ModelOf(RequestContext context) => context.Route is { } route ? route.State.Model : null;

    private static string? StateOf(StringValues values)
    {
        var text = values.ToString();
        // The specification's own bound; more may be dropped.
        return text.Length <= 512 ? text : null;
    }

    // Timestamps of the request to Unix nanoseconds, all from one look at the clock.
    private readonly struct Clock
    {
        private readonly TimeProvider _time;
        private readonly long _now;
        private readonly ulong _unix;

        public Clock(TimeProvider time, long now)
        {
            _time = time;
            _now = now;
            _unix = (ulong)(time.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * 100;
        }

        /// <summary>0 of 0: not reached.</summary>
        public ulong Of(long timestamp) => timestamp == 0 ? 0 : _unix - (ulong)_time.GetElapsedTime(timestamp, _now).Ticks * 100;
    }
}
