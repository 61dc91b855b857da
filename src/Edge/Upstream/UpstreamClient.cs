using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Edge.Upstream.Http1;
using Edge.Upstream.Http2;

namespace Edge.Upstream;

/// <summary>
/// Speaks to providers: HTTP/1.1 over connections of our own, HTTP/2 by <see cref="System.Net.Http.SocketsHttpHandler"/>. One per gateway, used from any thread.
/// Time-outs have no timer each: <see cref="Sweep"/> must be called about every 100 ms, by <see cref="RunAsync"/> or by a test.
/// </summary>
public sealed class UpstreamClient : IAsyncDisposable
{
    private static readonly TimeSpan SweepPeriod = TimeSpan.FromMilliseconds(100);

    // A target that was taken out of the table is still swept for this long at least, for the request that had just looked it up.
    private static readonly TimeSpan LeastGrace = TimeSpan.FromMinutes(1);

    // Endpoints come from an immutable snapshot, so that the same object comes again and again: found by reference, without hashing a record of nine members.
    private readonly ConditionalWeakTable<UpstreamEndpoint, UpstreamTarget> _known = [];
    private readonly ConcurrentDictionary<UpstreamEndpoint, UpstreamTarget> _targets = new();
    // Out of the table, not yet disposed; the sweeper's.
    private readonly List<(UpstreamEndpoint Endpoint, UpstreamTarget Target)> _leaving = [];
    private readonly Func<UpstreamEndpoint, UpstreamTarget> _create;
    private readonly UpstreamClock _clock;
    private readonly Lock _sweeping = new();
    // Keeps _known and _targets in step; not taken by a request whose endpoint is known.
    private readonly Lock _finding = new();
    private long _sweepFailures;
    private volatile bool _isDisposed;

    public UpstreamClient(TimeProvider time) : this(time, null)
    {
    }

    /// <summary>For tests: targets of another make.</summary>
    internal UpstreamClient(TimeProvider time, Func<UpstreamEndpoint, UpstreamTarget>? create)
    {
        _clock = new UpstreamClock(time);
        _create = create ?? Create;
    }

    /// <summary>The connection counts of each endpoint spoken to in HTTP/1.1, for metrics. Two endpoints may share host and port for a while after a reload.</summary>
    public IEnumerable<UpstreamConnectionCounters> Counters =>
        _targets.Values.Select(static target => target.Counters).OfType<UpstreamConnectionCounters>();

    /// <summary>Sweeps of a single target that threw; each is tried again with the next sweep.</summary>
    public long SweepFailures => Interlocked.Read(ref _sweepFailures);

    /// <summary>
    /// Sends a request and waits for the response head. Never throws for what the network does: a response with
    /// <see cref="UpstreamResponse.Failure"/> set comes back instead. The caller disposes the response in either case.
    /// </summary>
    /// <param name="endpoint">Where to.</param>
    /// <param name="request">Read until this completes, not after.</param>
    /// <param name="cancel">Ends the exchange at once, its body included, until the response is disposed.</param>
    /// <exception cref="ArgumentException">The request target does not begin with a slash, or holds a space or a control character.</exception>
    public ValueTask<UpstreamResponse> SendAsync(UpstreamEndpoint endpoint, UpstreamRequest request, CancellationToken cancel)
    {
        // Model names reach some providers' paths: whoever forgot to encode one must not split the request.
        if (request.Path.IsEmpty || request.Path.Span[0] != '/' || request.Path.Span.ContainsAnyInRange((byte)0, (byte)' ')) ThrowPath();
        if (!_known.TryGetValue(endpoint, out var target)) target = Find(endpoint);
        return target.SendAsync(request, cancel);
    }

    /// <summary>
    /// Asks a provider for a WebSocket (RFC 6455 section 4.1), over HTTP/1.1 whatever the endpoint's version. The caller gives path and headers, the client's
    /// <c>sec-websocket-*</c> lines among them, and passes <c>sec-websocket-accept</c>, <c>-protocol</c> and <c>-extensions</c> of the answer back; connection and upgrade are added here.
    /// </summary>
    /// <returns>
    /// A response with <see cref="UpstreamResponse.Upgraded"/> set: the connection is the caller's until Dispose. Or the provider's refusal, with a body to read.
    /// Or a failure. Disposed in each case.
    /// </returns>
    /// <inheritdoc cref="SendAsync"/>
    public ValueTask<UpstreamResponse> ConnectWebSocketAsync(UpstreamEndpoint endpoint, UpstreamRequest request, CancellationToken cancel)
    {
        request.Method = "GET";
        request.Upgrade = "websocket";
        return SendAsync(endpoint.HttpVersion == UpstreamHttpVersion.Http11 ? endpoint : endpoint with { HttpVersion = UpstreamHttpVersion.Http11 }, request, cancel);
    }

    /// <summary>Ends what is late and closes what has been idle too long.</summary>
    /// <param name="now">A timestamp of the client's TimeProvider.</param>
    public void Sweep(long now)
    {
        lock (_sweeping)
        {
            foreach (var (endpoint, target) in _targets)
            {
                SweepOne(target, now);
                if (IsUnused(endpoint, target, now, TimeSpan.Zero)) Forget(endpoint, target);
            }
            for (var i = _leaving.Count - 1; i >= 0; i--)
            {
                var (endpoint, target) = _leaving[i];
                SweepOne(target, now);
                // Twice the time: once to leave the table, once more here.
                if (!IsUnused(endpoint, target, now, Grace(endpoint))) continue;
                _leaving.RemoveAt(i);
                target.Dispose();
            }
        }
    }

    /// <summary>Sweeps every 100 ms until cancelled. For a background worker.</summary>
    public async Task RunAsync(CancellationToken cancel)
    {
        using var timer = new PeriodicTimer(SweepPeriod, _clock.Time);
        try
        {
            while (await timer.WaitForNextTickAsync(cancel)) Sweep(_clock.Now);
        }
        catch (OperationCanceledException)
        {
            // The gateway is stopping.
        }
    }

    /// <summary>Ends every exchange with <see cref="UpstreamFailure.Cancelled"/> and closes every connection.</summary>
    public ValueTask DisposeAsync()
    {
        _isDisposed = true;
        foreach (var target in _targets.Values) target.Dispose();
        lock (_sweeping)
        {
            foreach (var (_, target) in _leaving) target.Dispose();
        }
        return ValueTask.CompletedTask;
    }

    private UpstreamTarget Find(UpstreamEndpoint endpoint)
    {
        UpstreamTarget target;
        lock (_finding)
        {
            target = _targets.GetOrAdd(endpoint, _create);
            _known.AddOrUpdate(endpoint, target);
        }
        if (_isDisposed) target.Dispose();
        return target;
    }

    private UpstreamTarget Create(UpstreamEndpoint endpoint) =>
        endpoint.HttpVersion == UpstreamHttpVersion.Http11 || (endpoint.HttpVersion == UpstreamHttpVersion.Auto && !endpoint.UseTls)
            ? new Http1Pool(endpoint, _clock)
            : new Http2Target(endpoint, _clock);

    // One target that throws must not cost the others their time-outs, nor itself the next sweep.
    [SuppressMessage("Design", "CA1031", Justification = "See above.")]
    private void SweepOne(UpstreamTarget target, long now)
    {
        try
        {
            target.Sweep(now);
        }
        catch (Exception)
        {
            Interlocked.Increment(ref _sweepFailures);
        }
    }

    private bool IsUnused(UpstreamEndpoint endpoint, UpstreamTarget target, long now, TimeSpan grace)
    {
        // An infinite idle time-out: nothing grows old.
        if (endpoint.IdleConnectionTimeout <= TimeSpan.Zero) return false;
        var age = _clock.After(0, endpoint.IdleConnectionTimeout + grace);
        return target.IsUnusedSince(now - age);
    }

    private static TimeSpan Grace(UpstreamEndpoint endpoint) => endpoint.IdleConnectionTimeout > LeastGrace ? endpoint.IdleConnectionTimeout : LeastGrace;

    // A reload left it behind, or nobody asks for it: the next request makes it anew.
    private void Forget(UpstreamEndpoint endpoint, UpstreamTarget target)
    {
        lock (_finding)
        {
            _targets.TryRemove(endpoint, out _);
            foreach (var (known, value) in _known.ToArray())
            {
                if (ReferenceEquals(value, target)) _known.Remove(known);
            }
        }
        _leaving.Add((endpoint, target));
    }

    [DoesNotReturn]
    private static void ThrowPath() =>
        throw new ArgumentException("The request target must begin with a slash, and spaces and control characters in it must be percent-encoded.");
}

/// <summary>Connections of one endpoint. Plain fields, read by metrics without a lock: a count may be one behind.</summary>
public sealed class UpstreamConnectionCounters
{
    public required UpstreamEndpoint Endpoint { get; init; }

    /// <summary>Open or being opened.</summary>
    public int Open => _open;

    /// <summary>Open and at rest.</summary>
    public int Idle => _idle;

    /// <summary>Requests waiting for a connection because the limit is reached.</summary>
    public int Waiting => _waiting;

    /// <summary>Connections opened since the start.</summary>
    public long Created => _created;

    /// <summary>Requests that found a connection open.</summary>
    public long Reused => _reused;

    /// <summary>Requests sent again because the connection they found open turned out closed.</summary>
    public long Retried => _retried;

    internal int _open;
    internal int _idle;
    internal int _waiting;
    internal long _created;
    internal long _reused;
    internal long _retried;
}
