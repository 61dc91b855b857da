using Edge.Endpoints;
using Edge.Guard;
using Edge.Pipeline;
using Edge.Telemetry.Tracing;
using Prometheus;

namespace Edge.Telemetry;

/// <summary>Every metric, its name and its labels. Fed by workers and by rare events, never by the request path itself.</summary>
public sealed class GatewayMetrics
{
    private static readonly double[] _seconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300];
    private static readonly double[] _gatewaySeconds = [0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.1, 1];

    private readonly Counter _requests;
    private readonly Counter _tokens;
    private readonly Counter _estimated;
    private readonly Counter _shadows;
    private readonly Counter _shadowTokens;
    private readonly Histogram _duration;
    private readonly Histogram _overhead;
    private readonly Counter _reloads;
    private readonly Gauge _reloadOk;
    private readonly Gauge _reloadTime;
    private readonly Gauge _inFlight;
    private readonly Counter _shed;
    private readonly Counter _sweepFailures;
    private readonly Gauge _connections;
    private readonly HashSet<string> _hosts = [];
    private readonly HashSet<string> _gone = [];
    private readonly Counter _findings;
    private readonly Counter _restored;
    private readonly Counter _recoveries;
    private readonly Counter _traces;

    public GatewayMetrics()
    {
        Registry = Metrics.NewCustomRegistry();
        var factory = Metrics.WithCustomRegistry(Registry);
        _requests = factory.CreateCounter("edge_requests_total", "Requests answered.", ["operation", "provider", "status", "outcome", "streamed"]);
        _tokens = factory.CreateCounter("edge_tokens_total", "Tokens that providers reported.", ["provider", "kind"]);
        _estimated = factory.CreateCounter("edge_tokens_estimated_total", "Tokens of streams that ended before the provider reported them, estimated.", ["provider", "kind"]);
        _shadows = factory.CreateCounter("edge_shadow_requests_total", "Copies of requests for a group's shadow target.", ["provider", "outcome"]);
        _shadowTokens = factory.CreateCounter("edge_shadow_tokens_total", "Tokens that providers reported of copies.", ["provider", "kind"]);
        _duration = factory.CreateHistogram("edge_request_duration_seconds", "First byte of the request to last byte of the answer.",
            ["operation", "provider", "streamed"], new HistogramConfiguration { Buckets = _seconds });
        _overhead = factory.CreateHistogram("edge_request_policy_seconds", "Time from the request's head until it went out to the provider.",
            ["operation"], new HistogramConfiguration { Buckets = _gatewaySeconds });
        _reloads = factory.CreateCounter("edge_config_reloads_total", "Attempts to reload the configuration.", ["result"]);
        _reloadOk = factory.CreateGauge("edge_config_last_reload_successful", "1 = the last attempt to reload succeeded, or none was made.");
        _reloadTime = factory.CreateGauge("edge_config_last_reload_timestamp_seconds", "When the configuration in force was loaded.");
        _inFlight = factory.CreateGauge("edge_requests_in_flight", "Requests being answered now.");
        _shed = factory.CreateCounter("edge_completed_records_shed_total", "Records of completed requests lost because their queue was full.");
        _sweepFailures = factory.CreateCounter("edge_upstream_sweep_failures_total", "Looks after one provider's connections and time-outs that failed; each is tried again after 100 ms.");
        _connections = factory.CreateGauge("edge_upstream_connections", "Connections to providers.", ["host", "state"]);
        _findings = factory.CreateCounter("edge_guard_findings_total", "What the guard found, by kind (pii, injection, content, moderation, unscanned), name, what was done, and where (request, response).",
            ["kind", "name", "action", "direction"]);
        _restored = factory.CreateCounter("edge_guard_restored_total", "Placeholders in answers that were turned into the client's values again.");
        _recoveries = factory.CreateCounter("edge_stream_recoveries_total", "Streams that broke off and were to be gone on with by another provider, by the one that was asked last.", ["provider", "result"]);
        _traces = factory.CreateCounter("edge_trace_requests_total", "Requests whose spans were to be sent to the collector of traces, by what came of them.", ["result"]);
        Routing = new RoutingMetrics(factory);
        Ledger = new LedgerMetrics(factory);
        Cache = new CacheMetrics(factory);
        Audit = new AuditMetrics(factory);
        factory.CreateGauge("edge_build_info", "Always 1.", ["version"]).WithLabels(GatewayVersion.Text).Set(1);
        _reloads.WithLabels("success").Inc(0);
        _reloads.WithLabels("failure").Inc(0);
        _reloadOk.Set(1);
    }

    public CollectorRegistry Registry { get; }

    /// <summary>Calls of providers and the health of targets.</summary>
    public RoutingMetrics Routing { get; }

    /// <summary>Money, and the ledger's way into the database.</summary>
    public LedgerMetrics Ledger { get; }
    /// <summary>What the cache does.</summary>
    public CacheMetrics Cache { get; }

    /// <summary>The audit's records and its disk.</summary>
    public AuditMetrics Audit { get; }

    public void Add(in CompletedRequest request)
    {
        if (request.IsShadow)
        {
            _shadows.WithLabels(request.Provider, Name(request.Outcome)).Inc();
            if (request.Usage.Input > 0) _shadowTokens.WithLabels(request.Provider, "input").Inc(request.Usage.Input);
            if (request.Usage.Output > 0) _shadowTokens.WithLabels(request.Provider, "output").Inc(request.Usage.Output);
            return;
        }
        var operation = Name(request.Operation);
        var streamed = request.Streamed ? "true" : "false";
        _requests.WithLabels(operation, request.Provider, StatusText(request.Status), Name(request.Outcome), streamed).Inc();
        Routing.Add(request.Attempts);
        Ledger.Add(request);
        Cache.Add(request.Cache);
        if (request.Guard is { } guard) Add(guard);
        if (request.Provider.Length == 0) return;
        if (request.Recovery != RecoveryResult.None) _recoveries.WithLabels(request.Provider, request.Recovery == RecoveryResult.Recovered ? "recovered" : "failed").Inc();
        _duration.WithLabels(operation, request.Provider, streamed).Observe(request.TotalMicroseconds / 1e6);
        _overhead.WithLabels(operation).Observe(request.GatewayMicroseconds / 1e6);
        // The loser of a hedge has read the prompt, and its provider bills that.
        foreach (var other in request.Attempts.Others.AsSpan())
        {
            if (other.Result == AttemptResult.HedgeLost && request.InputEstimate > 0) _estimated.WithLabels(other.Target.Provider.Name, "input").Inc(request.InputEstimate);
        }
        if (request.IsUsageEstimated)
        {
            if (request.Usage.Input > 0) _estimated.WithLabels(request.Provider, "input").Inc(request.Usage.Input);
            if (request.Usage.Output > 0) _estimated.WithLabels(request.Provider, "output").Inc(request.Usage.Output);
            return;
        }
        if (request.Usage.Input > 0) _tokens.WithLabels(request.Provider, "input").Inc(request.Usage.Input);
        if (request.Usage.Output > 0) _tokens.WithLabels(request.Provider, "output").Inc(request.Usage.Output);
        if (request.Usage.CacheRead > 0) _tokens.WithLabels(request.Provider, "cache_read").Inc(request.Usage.CacheRead);
        if (request.Usage.CacheWrite > 0) _tokens.WithLabels(request.Provider, "cache_write").Inc(request.Usage.CacheWrite);
    }

    private void Add(GuardReport guard)
    {
        foreach (var row in guard.Rows)
        {
            _findings.WithLabels(Enum.GetName(row.Kind)!.ToLowerInvariant(), row.Name, row.Action, row.IsOutput ? "response" : "request").Inc(row.Count);
        }
        if (guard.Restored > 0) _restored.Inc(guard.Restored);
    }

    public void ConfigLoaded(DateTimeOffset when) => _reloadTime.Set(when.ToUnixTimeMilliseconds() / 1000.0);

    public void Reloaded(bool success, DateTimeOffset when)
    {
        _reloads.WithLabels(success ? "success" : "failure").Inc();
        _reloadOk.Set(success ? 1 : 0);
        if (success) ConfigLoaded(when);
    }

    /// <summary>Values that are read when somebody looks.</summary>
    public void Sample(int inFlight, long shed, long sweepFailures)
    {
        _inFlight.Set(inFlight);
        _shed.IncTo(shed);
        _sweepFailures.IncTo(sweepFailures);
    }

    /// <summary>Requests whose spans the collector took, refused, or that did not fit into the queue.</summary>
    internal void SampleTraces(TraceExporter exporter)
    {
        _traces.WithLabels("sent").IncTo(exporter.Sent);
        _traces.WithLabels("refused").IncTo(exporter.Refused);
        _traces.WithLabels("lost").IncTo(exporter.Lost);
    }

    /// <summary>The connections to every host that there are any to, or were lately.</summary>
    public void SampleConnections(IEnumerable<(string Host, int Open, int Idle)> hosts)
    {
        lock (_hosts)
        {
            // A host that nobody calls any more has no pool that could say "none": its last number would stand for ever.
            _gone.UnionWith(_hosts);
            foreach (var (host, open, idle) in hosts)
            {
                _hosts.Add(host);
                _gone.Remove(host);
                _connections.WithLabels(host, "open").Set(open);
                _connections.WithLabels(host, "idle").Set(idle);
            }
            foreach (var host in _gone)
            {
                _hosts.Remove(host);
                _connections.RemoveLabelled(host, "open");
                _connections.RemoveLabelled(host, "idle");
            }
            _gone.Clear();
        }
    }

    private static string StatusText(int status) => status.ToString(System.Globalization.CultureInfo.InvariantCulture);

    internal static string Name(Operation operation) => operation switch
    {
        Operation.ChatCompletions => "chat_completions",
        Operation.Messages => "messages",
        Operation.CountTokens => "count_tokens",
        Operation.Responses => "responses",
        Operation.Completions => "completions",
        Operation.ListModels => "list_models",
        Operation.GetModel => "get_model",
        Operation.Embeddings => "embeddings",
        Operation.Moderations => "moderations",
        Operation.Images => "images",
        Operation.Audio => "audio",
        Operation.Rerank => "rerank",
        Operation.Files => "files",
        Operation.Uploads => "uploads",
        Operation.Batches => "batches",
        Operation.FineTuning => "fine_tuning",
        Operation.VectorStores => "vector_stores",
        Operation.StoredResponses => "stored_responses",
        Operation.Realtime => "realtime",
        _ => "other",
    };

    internal static string Name(Outcome outcome) => outcome switch
    {
        Outcome.Completed => "completed",
        Outcome.Rejected => "rejected",
        Outcome.ProviderError => "provider_error",
        Outcome.UpstreamFailed => "upstream_failed",
        Outcome.ClientGone => "client_gone",
        Outcome.Stopped => "stopped",
        _ => "failed",
    };
}
