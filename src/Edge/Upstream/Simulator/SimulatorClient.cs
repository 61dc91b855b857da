using System.Buffers;
using System.Globalization;
using System.Text;
using Edge.Providers.Json;
using Edge.Simd.Json;

namespace Edge.Upstream.Simulator;

/// <summary>
/// The built-in provider that needs no key and no network: it answers OpenAI chat completions by itself, the same bytes for the same request, with delays and
/// faults on demand. For first steps, load tests and the tests of clients. Any number of requests at a time.
/// </summary>
public sealed class SimulatorClient
{
    private const int MaxDepth = 512;
    private const int MaxTokens = 4_000_000;
    private static readonly TimeSpan _maxDelay = TimeSpan.FromDays(1);

    private readonly TimeProvider _time;
    private readonly SimulatorSettings _defaults;
    private readonly byte[] _reply;
    private long _requests;

    /// <exception cref="ArgumentOutOfRangeException">A setting is outside its range.</exception>
    public SimulatorClient(TimeProvider time, SimulatorSettings defaults)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(defaults.ChunkTokens, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(defaults.ChunkTokens, 10_000);
        ArgumentOutOfRangeException.ThrowIfLessThan(defaults.FirstByteDelay, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(defaults.FirstByteDelay, _maxDelay);
        ArgumentOutOfRangeException.ThrowIfLessThan(defaults.ChunkDelay, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(defaults.ChunkDelay, _maxDelay);
        _time = time;
        _defaults = defaults;
        _reply = EscapedText.From(Encoding.UTF8.GetBytes(defaults.Reply ?? ""));
    }

    /// <summary>
    /// Answers as a connection does: completes when the response head is due, with <see cref="UpstreamResponse.Failure"/> set where it does not come
    /// (refused, first-byte or total time-out, cancelled). Without a delay it completes at once. Never throws for what is in the request.
    /// </summary>
    /// <param name="request">Read before this method returns, not after.</param>
    /// <param name="control">The client's <c>x-edge-simulate</c> header; empty where there is none.</param>
    /// <param name="cancel">Aborts the exchange, until the response is disposed.</param>
    public ValueTask<UpstreamResponse> SendAsync(UpstreamRequest request, ReadOnlySpan<byte> control, CancellationToken cancel)
    {
        var response = Start(request, control, cancel);
        if (response.Failure != UpstreamFailure.None) return new(response);
        var head = response.WaitForHeadAsync();
        return head.IsCompletedSuccessfully ? new(Head(head, response)) : Awaited(head, response);

        static UpstreamResponse Head(ValueTask<UpstreamRead> head, SimulatorResponse response)
        {
            _ = head.Result;
            return response;
        }

        static async ValueTask<UpstreamResponse> Awaited(ValueTask<UpstreamRead> head, SimulatorResponse response)
        {
            await head;
            return response;
        }
    }

    /// <summary>As <see cref="SendAsync"/>, but returns the head at once: a delay of the head, and its failure, is met by the first read.</summary>
    public UpstreamResponse Send(UpstreamRequest request, ReadOnlySpan<byte> control, CancellationToken cancel) => Start(request, control, cancel);

    private SimulatorResponse Start(UpstreamRequest request, ReadOnlySpan<byte> directives, CancellationToken cancel)
    {
        var number = Interlocked.Increment(ref _requests);
        var control = _defaults.Faults;
        SimulatorError? error = null;
        if (_defaults.AllowRequestControl && !SimulatorControlParser.TryParse(directives, _defaults.Faults, out control, out var problem))
        {
            error = SimulatorError.Invalid($"x-edge-simulate: {problem}.", "x-edge-simulate", "invalid_directive");
            // A wrong directive is answered plainly, not in the pace and with the faults of the defaults.
            control = SimulatorControl.None;
        }
        control = control.Decide((ulong)(control.Seed ?? _defaults.Seed), number);
        if (control.Refuse) return SimulatorResponse.Failed(UpstreamFailure.Connect, "simulated: connection refused");
        if (error is null && control.Status is { } status) error = SimulatorError.Simulated(status);
        error ??= Unknown(request);

        SimulatorBody body;
        var type = "application/json"u8;
        if (error is not null) body = SimulatorBody.Of(error, control);
        else if (Answer(request, control, out var stream, out error) is not { } answer) body = SimulatorBody.Of(error!, control);
        else if (!stream) body = SimulatorBody.Whole(answer, control);
        else
        {
            body = SimulatorBody.Stream(answer, _defaults.ChunkTokens, control);
            type = "text/event-stream; charset=utf-8"u8;
        }
        var pace = new SimulatorPace(control.Hang ? null : control.Delay ?? _defaults.FirstByteDelay, control.ChunkDelay ?? _defaults.ChunkDelay);
        var response = new SimulatorResponse(_time, error?.Status ?? 200, body, Headers(type, control, number), request, pace);
        response.AbortOn(cancel);
        return response;
    }

    private static KeyValuePair<byte[], byte[]>[] Headers(ReadOnlySpan<byte> type, SimulatorControl control, long number)
    {
        KeyValuePair<byte[], byte[]> contentType = new("content-type"u8.ToArray(), type.ToArray());
        KeyValuePair<byte[], byte[]> id = new("x-request-id"u8.ToArray(), Encoding.ASCII.GetBytes("sim-" + number.ToString(CultureInfo.InvariantCulture)));
        if (control.RetryAfter is not { } seconds) return [contentType, id];
        return [contentType, id, new("retry-after"u8.ToArray(), Encoding.ASCII.GetBytes(seconds.ToString(CultureInfo.InvariantCulture)))];
    }

    private static SimulatorError? Unknown(UpstreamRequest request)
    {
        var path = request.Path.Span;
        var query = path.IndexOf((byte)'?');
        if (query >= 0) path = path[..query];
        if (!path.EndsWith("/chat/completions"u8))
        {
            // Latin-1 takes any byte, should the path be less clean than it ought to be.
            var shown = Encoding.Latin1.GetString(path[..Math.Min(path.Length, 100)]);
            return new(404, $"Unknown request URL: {request.Method} {shown}. The simulator answers POST .../chat/completions.", "invalid_request_error", "unknown_url");
        }
        return request.Method == "POST" ? null
            : new(405, $"Not allowed: {request.Method}. The simulator answers POST .../chat/completions.", "invalid_request_error", "method_not_supported");
    }

    private SimulatorAnswer? Answer(UpstreamRequest request, SimulatorControl control, out bool stream, out SimulatorError? error)
    {
        var segments = request.Body.Segments;
        if (segments.Length == 1) return Answer(segments[0].Span, control, out stream, out error);
        var rented = ArrayPool<byte>.Shared.Rent((int)request.Body.Length);
        var at = 0;
        foreach (var segment in segments)
        {
            segment.Span.CopyTo(rented.AsSpan(at));
            at += segment.Length;
        }
        var answer = Answer(rented.AsSpan(0, at), control, out stream, out error);
        ArrayPool<byte>.Shared.Return(rented);
        return answer;
    }

    private SimulatorAnswer? Answer(ReadOnlySpan<byte> json, SimulatorControl control, out bool stream, out SimulatorError? error)
    {
        stream = false;
        error = null;
        using var index = new JsonIndex();
        if (!index.TryBuild(json, MaxDepth, MaxTokens, out var wrong))
        {
            error = SimulatorError.Invalid($"The body is not valid JSON: {wrong.Kind} at byte {wrong.Offset}.", null);
            return null;
        }
        var chat = SimulatorRequest.Read(new JsonValue(json, index.Tokens));
        stream = chat.Stream;
        error = chat.Error;
        if (error is not null) return null;
        var seed = SimulatorHash.Mix((ulong)(control.Seed ?? chat.Seed ?? _defaults.Seed));
        return new SimulatorComposer(chat, control, _reply, seed).Compose(SimulatorHash.Of(json, seed));
    }
}
