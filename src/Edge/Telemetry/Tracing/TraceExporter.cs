using System.Net;
using System.Net.Http.Headers;
using System.Threading.Channels;
using Edge.Configuration;

namespace Edge.Telemetry.Tracing;

/// <summary>
/// Sends spans to a collector by OTLP (https://opentelemetry.io/docs/specs/otlp/), in batches, off the request path. A collector that is away costs nothing but spans: the queue is
/// bounded, what does not fit is counted, and what is refused for good is not sent again.
/// </summary>
internal sealed class TraceExporter : IDisposable
{
    private const int Capacity = 4096;
    private const int MostInBatch = 512;
    private const int MostTries = 4;
    private const string GrpcPath = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";
    private static readonly TimeSpan _window = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _timeout = TimeSpan.FromSeconds(10);

    // Codes of gRPC that the protocol calls retryable: cancelled, deadline, aborted, out of range, unavailable, data loss. https://opentelemetry.io/docs/specs/otlp/#failures
    private static readonly string[] _retryable = ["1", "4", "10", "11", "14", "15"];

    private readonly Channel<SpanRecord> _queue = Channel.CreateBounded<SpanRecord>(new BoundedChannelOptions(Capacity) { SingleReader = true });
    private readonly TracingConfig _config;
    private readonly Uri _url;
    private readonly HttpClient _client;
    private readonly TimeProvider _time;
    private readonly Log _log;
    private readonly KeyValuePair<string, string>[] _resource;
    private readonly ProtoWriter _proto = new();
    private long _sent;
    private long _lost;
    private long _refused;
    private bool _isFailing;

    public TraceExporter(TracingConfig config, Uri endpoint, TimeProvider time, Log log, HttpMessageHandler? handler = null)
    {
        _config = config;
        _time = time;
        _log = log;
        _url = UrlOf(endpoint, config.Protocol);
        _client = new HttpClient(handler ?? new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, UseProxy = false }) { Timeout = System.Threading.Timeout.InfiniteTimeSpan };
        _resource =
        [
            new("service.name", config.ServiceName), new("service.version", GatewayVersion.Text), new("service.instance.id", Guid.NewGuid().ToString()),
            new("telemetry.sdk.name", "edgegateway"), new("telemetry.sdk.language", "dotnet"), .. config.Resource,
        ];
    }

    /// <summary>Requests whose spans the collector took.</summary>
    public long Sent => Volatile.Read(ref _sent);

    /// <summary>Requests whose spans did not fit into the queue.</summary>
    public long Lost => Volatile.Read(ref _lost);

    /// <summary>Requests whose spans the collector did not take.</summary>
    public long Refused => Volatile.Read(ref _refused);

    public int Depth => _queue.Reader.Count;

    public void Post(SpanRecord record)
    {
        if (!_queue.Writer.TryWrite(record)) Interlocked.Increment(ref _lost);
    }

    /// <summary>Until cancelled; sends what is left then, as far as the collector takes it within a second.</summary>
    public async Task RunAsync(CancellationToken cancel)
    {
        var batch = new List<SpanRecord>(MostInBatch);
        try
        {
            while (await _queue.Reader.WaitToReadAsync(cancel))
            {
                // Others of the same second come along: one message, not hundreds.
                if (_queue.Reader.Count < MostInBatch) await Task.Delay(_window, _time, cancel);
                Take(batch);
                await SendAsync(batch, cancel);
            }
        }
        catch (OperationCanceledException)
        {
            using var last = new CancellationTokenSource(TimeSpan.FromSeconds(1), _time);
            try
            {
                do
                {
                    if (batch.Count == 0) Take(batch);
                    if (batch.Count > 0) await SendAsync(batch, last.Token);
                }
                while (_queue.Reader.Count > 0);
            }
            catch (OperationCanceledException)
            {
                Interlocked.Add(ref _lost, batch.Count + _queue.Reader.Count);
            }
        }
    }

    public void Dispose() => _client.Dispose();

    private void Take(List<SpanRecord> batch)
    {
        while (batch.Count < MostInBatch && _queue.Reader.TryRead(out var record)) batch.Add(record);
    }

    private async Task SendAsync(List<SpanRecord> batch, CancellationToken cancel)
    {
        OtlpEncoder.Encode(_proto, batch.ToArray(), _resource, _config.Tenants);
        string? problem = null;
        for (var attempt = 1; attempt <= MostTries; attempt++)
        {
            (problem, var isFinal, var wait) = await TryAsync(cancel);
            if (problem is null || isFinal || attempt == MostTries) break;
            await Task.Delay(wait ?? TimeSpan.FromMilliseconds(250 << attempt), _time, cancel);
        }
        if (problem is null) Interlocked.Add(ref _sent, batch.Count);
        else Interlocked.Add(ref _refused, batch.Count);
        batch.Clear();
        Report(problem);
    }

    private async Task<(string? Problem, bool IsFinal, TimeSpan? Wait)> TryAsync(CancellationToken cancel)
    {
        using var limit = new CancellationTokenSource(_timeout, _time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancel, limit.Token);
        try
        {
            using var request = Request();
            using var response = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, both.Token);
            // To its end: the trailers of gRPC stand there. A collector says nothing of interest in the body.
            await response.Content.CopyToAsync(Stream.Null, both.Token);
            if (!response.IsSuccessStatusCode)
            {
                var isFinal = response.StatusCode is not (HttpStatusCode.TooManyRequests or HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout);
                return ($"status {(int)response.StatusCode}", isFinal, response.Headers.RetryAfter?.Delta is { } wait && wait < TimeSpan.FromMinutes(1) ? wait : null);
            }
            if (_config.Protocol == OtlpProtocol.Http) return default;
            var status = response.TrailingHeaders.TryGetValues("grpc-status", out var values) || response.Headers.TryGetValues("grpc-status", out values) ? string.Concat(values) : "none";
            return status == "0" ? default : ($"gRPC status {status}", !_retryable.Contains(status), null);
        }
        catch (HttpRequestException e)
        {
            return (e.HttpRequestError.ToString(), false, null);
        }
        catch (IOException)
        {
            return ("the connection broke", false, null);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return ("it did not answer in time", false, null);
        }
    }

    private HttpRequestMessage Request()
    {
        var isGrpc = _config.Protocol == OtlpProtocol.Grpc;
        var body = _proto.Written;
        if (isGrpc)
        {
            // Not compressed, and its length: https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md
            var framed = new byte[body.Length + 5];
            System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(framed.AsSpan(1), body.Length);
            body.CopyTo(framed.AsMemory(5));
            body = framed;
        }
        var request = new HttpRequestMessage(HttpMethod.Post, _url) { Content = new ReadOnlyMemoryContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue(isGrpc ? "application/grpc" : "application/x-protobuf");
        if (isGrpc)
        {
            request.Version = HttpVersion.Version20;
            request.VersionPolicy = System.Net.Http.HttpVersionPolicy.RequestVersionExact;
            request.Headers.TE.Add(new TransferCodingWithQualityHeaderValue("trailers"));
        }
        request.Headers.TryAddWithoutValidation("user-agent", $"edgegateway/{GatewayVersion.Text}");
        foreach (var (name, value) in _config.Headers) request.Headers.TryAddWithoutValidation(name, value.Reveal());
        return request;
    }

    // Once for each change: a collector that is away for hours says nothing new every second.
    private void Report(string? problem)
    {
        if (problem is not null == _isFailing) return;
        _isFailing = problem is not null;
        if (problem is not null) _log.Warn(EventIds.TracesRefused, "The collector does not take traces.", ("host", _url.Host), ("reason", problem));
        else _log.Info(EventIds.TracesTaken, "The collector takes traces again.", ("host", _url.Host));
    }

    private static Uri UrlOf(Uri endpoint, OtlpProtocol protocol)
    {
        if (protocol == OtlpProtocol.Grpc) return new Uri(endpoint, GrpcPath);
        return endpoint.AbsolutePath == "/" ? new Uri(endpoint, "/v1/traces") : endpoint;
    }
}
