using Edge.Clients;
using Edge.Model;
using Edge.Pipeline;
using Edge.Server;
using Edge.Telemetry;
using Edge.Telemetry.Tracing;
using Edge.Upstream;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http.Features;

namespace Edge.Admin;

/// <summary>The admin listener: health and metrics for everybody, administration for whoever holds a token.</summary>
public sealed class AdminApplication : IHttpApplication<IFeatureCollection>
{
    private static readonly byte[] _ready = "{\"status\":\"ready\"}\n"u8.ToArray();
    private static readonly byte[] _notReady = "{\"status\":\"not_ready\"}\n"u8.ToArray();
    private static readonly byte[] _live = "{\"status\":\"live\"}\n"u8.ToArray();

    private readonly GatewayStateHolder _state;
    private readonly GatewayLifetime _lifetime;
    private readonly GatewayMetrics _metrics;
    private readonly MetricsWorker _worker;
    private readonly RequestPipeline _pipeline;
    private readonly CompletedRequestQueue _completed;
    private readonly UpstreamClient _upstream;
    private readonly AdminApi _api;
    private readonly Tracer? _tracer;

    public AdminApplication(
        GatewayStateHolder state, GatewayLifetime lifetime, GatewayMetrics metrics, MetricsWorker worker, RequestPipeline pipeline,
        CompletedRequestQueue completed, UpstreamClient upstream, AdminApi api, Tracer? tracer = null)
    {
        _state = state;
        _lifetime = lifetime;
        _metrics = metrics;
        _worker = worker;
        _pipeline = pipeline;
        _completed = completed;
        _upstream = upstream;
        _api = api;
        _tracer = tracer;
    }

    public IFeatureCollection CreateContext(IFeatureCollection contextFeatures) => contextFeatures;

    public void DisposeContext(IFeatureCollection context, Exception? exception)
    {
    }

    public async Task ProcessRequestAsync(IFeatureCollection context)
    {
        var request = context.Get<IHttpRequestFeature>()!;
        if (AdminApi.Serves(request.Path))
        {
            await WriteAsync(context, await _api.RunAsync(context));
            return;
        }
        if (request.Method is not ("GET" or "HEAD"))
        {
            context.Get<IHttpResponseFeature>()!.Headers.Allow = "GET, HEAD";
            await WriteAsync(context, 405, "application/json", OpenAiEnvelope.Write("The path allows GET and HEAD only.", "invalid_request_error", null, "METHOD_NOT_ALLOWED"));
            return;
        }
        switch (request.Path)
        {
            case "/health/live":
                await WriteAsync(context, 200, "application/json", _live);
                break;
            case "/health/ready":
                await WriteAsync(context, _lifetime.IsReady ? 200 : 503, "application/json", _lifetime.IsReady ? _ready : _notReady);
                break;
            case "/metrics" when _state.Current.Config.Monitoring.Prometheus:
                await WriteMetricsAsync(context);
                break;
            default:
                await WriteAsync(context, 404, "application/json", OpenAiEnvelope.Write("There is no such path.", "invalid_request_error", null, "NOT_FOUND"));
                break;
        }
    }

    private async Task WriteMetricsAsync(IFeatureCollection context)
    {
        _worker.Drain();
        _metrics.Routing.Sample(_state.Current, _api.Traffic);
        _metrics.Cache.Sample(_pipeline.Cache);
        if (_tracer is not null) _metrics.SampleTraces(_tracer.Exporter);
        _metrics.Sample(_pipeline.InFlight, _completed.Shed, _upstream.SweepFailures);
        // A host may have several pools: one for each set of options that a provider, or a configuration before this one, gave it.
        _metrics.SampleConnections(_upstream.Counters.GroupBy(static counters => $"{counters.Endpoint.Host}:{counters.Endpoint.Port}")
            .Select(static host => (host.Key, host.Sum(static counters => counters.Open), host.Sum(static counters => counters.Idle))));
        using var text = new MemoryStream();
        await _metrics.Registry.CollectAndExportAsTextAsync(text);
        await WriteAsync(context, 200, "text/plain; version=0.0.4; charset=utf-8", text.GetBuffer().AsMemory(0, (int)text.Length));
    }

    private static Task WriteAsync(IFeatureCollection context, in AdminReply reply)
    {
        var headers = context.Get<IHttpResponseFeature>()!.Headers;
        headers.CacheControl = "no-store";
        if (reply.Allow is { } allow) headers.Allow = allow;
        if (reply.Status == 401) headers.WWWAuthenticate = "Bearer";
        if (reply.RetryAfterSeconds > 0) headers.RetryAfter = reply.RetryAfterSeconds.ToString(System.Globalization.CultureInfo.InvariantCulture);
        if (reply.ETag is { } tag) headers.ETag = tag;
        if (reply.Location is { } location) headers.Location = location;
        if (reply.IsReplay) headers["Idempotency-Replayed"] = "true";
        return WriteAsync(context, reply.Status, reply.ContentType ?? "application/json", reply.Body);
    }

    private static async Task WriteAsync(IFeatureCollection context, int status, string contentType, ReadOnlyMemory<byte> body)
    {
        var response = context.Get<IHttpResponseFeature>()!;
        response.StatusCode = status;
        // RFC 9110, 15.3.5: no content, and so neither a type nor a length.
        if (status == 204) return;
        response.Headers.ContentType = contentType;
        response.Headers.ContentLength = body.Length;
        if (context.Get<IHttpRequestFeature>()!.Method == "HEAD") return;
        await context.Get<IHttpResponseBodyFeature>()!.Writer.WriteAsync(body);
    }
}
