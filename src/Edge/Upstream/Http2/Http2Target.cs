using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Text;
using Edge.Upstream.Http1;

namespace Edge.Upstream.Http2;

/// <summary>
/// An endpoint spoken to in HTTP/2 (or in whatever ALPN picks), by <see cref="SocketsHttpHandler"/>: multiplexing, flow control and HPACK are not worth
/// writing again for targets that are not the hot path. Failures and time-outs are told in the same words as over HTTP/1.1.
/// </summary>
internal sealed class Http2Target : UpstreamTarget
{
    private readonly UpstreamEndpoint _endpoint;
    private readonly UpstreamClock _clock;
    private readonly HttpMessageInvoker _invoker;
    private readonly string _origin;
    private readonly HashSet<Http2Response> _exchanges = [];
    private long _usedAt;
    private bool _isDisposed;

    public Http2Target(UpstreamEndpoint endpoint, UpstreamClock clock)
    {
        _endpoint = endpoint;
        _clock = clock;
        _usedAt = clock.Now;
        var host = endpoint.Host.Contains(':', StringComparison.Ordinal) ? $"[{endpoint.Host}]" : endpoint.Host;
        _origin = $"{(endpoint.UseTls ? "https" : "http")}://{host}:{endpoint.Port}";
        _invoker = new HttpMessageInvoker(CreateHandler(endpoint, clock.Time));
    }

    public override async ValueTask<UpstreamResponse> SendAsync(UpstreamRequest request, CancellationToken cancel)
    {
        HttpRequestMessage message;
        try
        {
            message = BuildMessage(request);
        }
        catch (FormatException e)
        {
            return new FailedResponse(UpstreamFailure.Protocol, e.Message);
        }
        var response = new Http2Response(this, _clock, request);
        lock (_exchanges)
        {
            if (_isDisposed) return new FailedResponse(UpstreamFailure.Cancelled, "the gateway is stopping");
            _exchanges.Add(response);
            _usedAt = _clock.Now;
        }
        await response.SendAsync(_invoker, message, cancel);
        if (response.Failure == UpstreamFailure.None) return response;
        response.Dispose();
        return new FailedResponse(response.Failure, response.FailureDetail);
    }

    public override void Sweep(long now)
    {
        Http2Response[] exchanges;
        lock (_exchanges)
        {
            exchanges = [.. _exchanges];
            if (exchanges.Length > 0) _usedAt = now;
        }
        foreach (var exchange in exchanges) exchange.Sweep(now);
    }

    public void Remove(Http2Response response)
    {
        lock (_exchanges) _exchanges.Remove(response);
    }

    // The handler closes idle connections by itself.
    public override bool IsUnusedSince(long since)
    {
        lock (_exchanges) return _exchanges.Count == 0 && _usedAt <= since;
    }

    public override void Dispose()
    {
        Http2Response[] exchanges;
        lock (_exchanges)
        {
            _isDisposed = true;
            exchanges = [.. _exchanges];
        }
        foreach (var exchange in exchanges) exchange.Abort();
        _invoker.Dispose();
    }

    private static SocketsHttpHandler CreateHandler(UpstreamEndpoint endpoint, TimeProvider time)
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            ActivityHeadersPropagator = null, // The gateway writes its own traceparent, or none.
            UseCookies = false,
            UseProxy = false,
            EnableMultipleHttp2Connections = true,
            ConnectTimeout = endpoint.ConnectTimeout,
            PooledConnectionIdleTimeout = endpoint.IdleConnectionTimeout,
            PooledConnectionLifetime = endpoint.ConnectionLifetime > TimeSpan.Zero ? endpoint.ConnectionLifetime : Timeout.InfiniteTimeSpan,
            MaxConnectionsPerServer = endpoint.MaxConnections,
            MaxResponseHeadersLength = Math.Max(1, endpoint.MaxResponseHeaderSize / 1024),
            RequestHeaderEncodingSelector = static (_, _) => Encoding.Latin1,
            ResponseHeaderEncodingSelector = static (_, _) => Encoding.Latin1,
        };
        // TLS as well: left to itself the handler takes the name to verify from the Host header, whatever its options say.
        SslApplicationProtocol[] protocols = endpoint.HttpVersion == UpstreamHttpVersion.Http2
            ? [SslApplicationProtocol.Http2]
            : [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11];
        // The proxy as well: the handler would verify that same name through the tunnel.
        var dialer = new UpstreamDialer(endpoint, time, tunnels: true, protocols);
        handler.ConnectCallback = (_, cancel) => ConnectAsync(dialer, cancel);
        return handler;
    }

    private static async ValueTask<Stream> ConnectAsync(UpstreamDialer dialer, CancellationToken cancel)
    {
        var dialed = await dialer.ConnectAsync(cancel);
        if (dialed.Failure == UpstreamFailure.None) return dialed.Tls ?? (Stream)new NetworkStream(dialed.Socket!, ownsSocket: true);
        cancel.ThrowIfCancellationRequested();
        throw new DialException(dialed.Failure, dialed.Detail);
    }

    private HttpRequestMessage BuildMessage(UpstreamRequest request)
    {
        // The target is taken as it is written: Uri must neither decode nor fold dots.
        var target = new Uri(_origin + Encoding.ASCII.GetString(request.Path.Span), new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
        var message = new HttpRequestMessage(new HttpMethod(request.Method), target)
        {
            Version = HttpVersion.Version20,
            VersionPolicy = _endpoint.HttpVersion == UpstreamHttpVersion.Http2 ? HttpVersionPolicy.RequestVersionExact : HttpVersionPolicy.RequestVersionOrLower,
        };
        if (request.BodyStream is { } stream) message.Content = new PipeContent(request, stream);
        else if (request.Body.Length > 0 || request.Method is "POST" or "PUT" or "PATCH") message.Content = new DetachableContent(request.Body);
        AddHeaders(message, request.TargetHeaders.Span);
        AddHeaders(message, request.RequestHeaders.Span);
        AddHeaders(message, request.CredentialHeaders.Span);
        return message;
    }

    private static void AddHeaders(HttpRequestMessage message, ReadOnlySpan<byte> lines)
    {
        while (lines.IndexOf("\r\n"u8) is var end && end >= 0)
        {
            var line = lines[..end];
            lines = lines[(end + 2)..];
            var colon = line.IndexOf((byte)':');
            if (colon <= 0) continue;
            var name = Encoding.Latin1.GetString(line[..colon]);
            var value = Encoding.Latin1.GetString(line[(colon + 1)..].Trim(" \t"u8));
            if (!message.Headers.TryAddWithoutValidation(name, value)) message.Content?.Headers.TryAddWithoutValidation(name, value);
        }
    }

    /// <summary>Name and text of what went wrong before there was a response.</summary>
    public static (UpstreamFailure Failure, string Detail) Explain(Exception e)
    {
        var failure = e switch
        {
            OperationCanceledException { InnerException: TimeoutException } => UpstreamFailure.ConnectTimeout,
            OperationCanceledException => UpstreamFailure.Cancelled,
            HttpRequestException { InnerException: DialException dial } => dial.Failure,
            HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError } => UpstreamFailure.Dns,
            HttpRequestException { InnerException: SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain } } =>
                UpstreamFailure.Dns,
            HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError } or HttpRequestException { InnerException: AuthenticationException or CryptographicException } =>
                UpstreamFailure.Tls,
            HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError } => UpstreamFailure.Connect,
            HttpRequestException
            {
                HttpRequestError: HttpRequestError.VersionNegotiationError or HttpRequestError.InvalidResponse or HttpRequestError.ConfigurationLimitExceeded
            } => UpstreamFailure.Protocol,
            HttpRequestException or IOException or ObjectDisposedException => UpstreamFailure.Reset,
            _ => UpstreamFailure.Protocol,
        };
        return (failure, (e.InnerException ?? e).Message);
    }

    /// <summary>The dialer's failure on its way through the handler.</summary>
    private sealed class DialException(UpstreamFailure failure, string? detail) : IOException(detail)
    {
        public UpstreamFailure Failure => failure;
    }
}
