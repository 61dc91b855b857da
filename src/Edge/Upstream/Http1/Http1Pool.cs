using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Edge.Upstream.Http1;

/// <summary>
/// The connections to one endpoint. The one used last is taken first, so that the rest can grow old and close; beyond the limit requests wait
/// in order of arrival. One short lock; nothing under it does I/O.
/// </summary>
internal sealed class Http1Pool : UpstreamTarget
{
    // An exhausted target with an endless queue would only move the failure into the memory limit.
    private const int MaxWaiting = 10_000;

    private readonly Lock _gate = new();
    private readonly UpstreamEndpoint _endpoint;
    private readonly UpstreamClock _clock;
    private readonly Http1Connector _connector;
    private readonly List<Http1Connection> _open = [];
    private readonly Queue<Acquisition> _waiting = new();
    private readonly List<Acquisition> _acquisitions = [];
    private readonly List<Http1Connection> _swept = [];
    private Http1Connection?[] _idle = new Http1Connection?[16];
    private int _idleCount;
    private int _slots;
    // Without a connection every request passes AcquireAsync; with one, every sweep sees it.
    private long _usedAt;
    private bool _isDisposed;

    public Http1Pool(UpstreamEndpoint endpoint, UpstreamClock clock)
    {
        _endpoint = endpoint;
        _clock = clock;
        _usedAt = clock.Now;
        _connector = new Http1Connector(endpoint, clock.Time);
        Forwarding = Forwarding.Of(endpoint);
        Counters = new UpstreamConnectionCounters { Endpoint = endpoint };
    }

    public override UpstreamConnectionCounters Counters { get; }

    /// <summary>Not null where whole requests go to a proxy.</summary>
    public Forwarding? Forwarding { get; }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<UpstreamResponse> SendAsync(UpstreamRequest request, CancellationToken cancel)
    {
        var start = _clock.Now;
        var connection = TakeIdle();
        var reused = connection is not null;
        for (var retried = false; ; retried = true)
        {
            if (connection is null)
            {
                var acquired = await AcquireAsync(request, start, retried, cancel);
                if (acquired.Connection is null) return new FailedResponse(acquired.Failure, acquired.Detail);
                connection = acquired.Connection;
                reused = acquired.IsReused;
            }
            var untouched = await connection.ExchangeAsync(request, start, cancel);
            if (connection.Failure == UpstreamFailure.None) return connection;
            if (!untouched || !reused || retried || request.IsBodyTaken) return new FailedResponse(connection.Failure, connection.FailureDetail);
            // The server closed it while the request was on its way. Once more, on a connection that cannot be old.
            Interlocked.Increment(ref Counters._retried);
            connection = null;
        }
    }

    /// <summary>Takes back a connection at rest.</summary>
    public void Return(Http1Connection connection)
    {
        connection.IdleSince = _clock.Now;
        lock (_gate)
        {
            if (!_isDisposed && connection.IdleSince < connection.OldAt)
            {
                while (_waiting.TryDequeue(out var waiter))
                {
                    if (waiter.TryGrant(connection)) return;
                }
                if (_idleCount == _idle.Length) Array.Resize(ref _idle, _idleCount * 2);
                _idle[_idleCount++] = connection;
                Counters._idle = _idleCount;
                return;
            }
        }
        connection.Close();
    }

    /// <summary>Forgets a connection that is closed, and lets the next in line open one.</summary>
    public void Remove(Http1Connection connection)
    {
        lock (_gate)
        {
            if (connection.Index < 0) return;
            var last = _open[^1];
            _open[connection.Index] = last;
            last.Index = connection.Index;
            _open.RemoveAt(_open.Count - 1);
            connection.Index = -1;
            FreeSlot();
        }
    }

    /// <summary>Ends what is late, closes what is stale or idle too long. One caller at a time.</summary>
    public override void Sweep(long now)
    {
        _swept.Clear();
        lock (_gate) _swept.AddRange(_open);
        foreach (var connection in _swept) connection.Sweep(now);

        _swept.Clear();
        lock (_gate)
        {
            foreach (var acquisition in _acquisitions) acquisition.Sweep(now);
            if (_waiting.Count > 0) DropSettledWaiters();
            if (_slots > 0) _usedAt = now;

            // Oldest at the bottom; stale ones anywhere.
            var kept = 0;
            for (var i = 0; i < _idleCount; i++)
            {
                var connection = _idle[i]!;
                if (connection.IsStale || now >= connection.OldAt || now >= _clock.After(connection.IdleSince, _endpoint.IdleConnectionTimeout)) _swept.Add(connection);
                else _idle[kept++] = connection;
            }
            Array.Clear(_idle, kept, _idleCount - kept);
            _idleCount = Counters._idle = kept;
        }
        foreach (var connection in _swept) connection.Close();
        _swept.Clear();
    }

    public override bool IsUnusedSince(long since)
    {
        lock (_gate) return _slots == 0 && _acquisitions.Count == 0 && _usedAt <= since;
    }

    public override void Dispose()
    {
        Http1Connection[] open;
        lock (_gate)
        {
            _isDisposed = true;
            open = [.. _open];
            foreach (var acquisition in _acquisitions) acquisition.TryFail(UpstreamFailure.Cancelled);
        }
        foreach (var connection in open) connection.Abort();
        while (TakeIdle() is { } connection) connection.Close();
    }

    private Http1Connection? TakeIdle()
    {
        while (true)
        {
            Http1Connection? connection;
            lock (_gate) connection = PopIdle();
            if (connection is null) return null;
            if (!connection.IsStale)
            {
                Interlocked.Increment(ref Counters._reused);
                return connection;
            }
            connection.Close();
        }
    }

    private Http1Connection? PopIdle()
    {
        if (_idleCount == 0) return null;
        var connection = _idle[--_idleCount];
        _idle[_idleCount] = null;
        Counters._idle = _idleCount;
        return connection;
    }

    private async ValueTask<Acquired> AcquireAsync(UpstreamRequest request, long start, bool fresh, CancellationToken cancel)
    {
        var now = _clock.Now;
        var acquisition = new Acquisition(_clock.After(now, _endpoint.ConnectTimeout), _clock.After(start, request.TotalTimeout));
        lock (_gate)
        {
            if (_isDisposed) return Stopping;
            _usedAt = now;
            _acquisitions.Add(acquisition);
            // Checked again: one may have come to rest since, and a waiter beside it would wait for nothing.
            if (_slots >= _endpoint.MaxConnections && PopIdle() is { } rested) acquisition.TryGrant(rested);
            else if (_slots < _endpoint.MaxConnections) TakeSlot(acquisition);
            else if (_waiting.Count >= MaxWaiting) acquisition.TryFail(UpstreamFailure.PoolExhausted);
            else _waiting.Enqueue(acquisition);
            Counters._waiting = _waiting.Count;
        }
        using var registration = cancel.UnsafeRegister(static me => ((Acquisition)me!).TryFail(UpstreamFailure.Cancelled), acquisition);
        try
        {
            var (granted, failure) = await acquisition.Granted;
            if (failure != UpstreamFailure.None) return new(null, false, failure, null);
            if (granted is not null)
            {
                if (!granted.IsStale && !fresh)
                {
                    Interlocked.Increment(ref Counters._reused);
                    return new(granted, true, UpstreamFailure.None, null);
                }
                // Closing it would give its slot to the next in line; it is ours.
                lock (_gate) _slots++;
                granted.Close();
            }
            return await OpenAsync(acquisition);
        }
        finally
        {
            lock (_gate) _acquisitions.Remove(acquisition);
        }
    }

    [SuppressMessage("Design", "CA1031", Justification = "What ends here as a value cannot leak a slot.")]
    private async ValueTask<Acquired> OpenAsync(Acquisition acquisition)
    {
        acquisition.IsConnecting = true;
        Http1Connection? connection = null;
        var failure = UpstreamFailure.None;
        string? detail = null;
        try
        {
            (var transport, failure, detail) = await _connector.ConnectAsync(acquisition.Cancel);
            if (transport is not null) connection = new Http1Connection(this, transport, _clock, _endpoint.MaxResponseHeaderSize);
        }
        catch (Exception e)
        {
            // Nothing is known to throw here; if something does, a slot that is not given back is lost for as long as the process lives.
            (failure, detail) = (UpstreamFailure.Protocol, e.Message);
        }
        lock (_gate)
        {
            if (connection is not null && acquisition.Reason == UpstreamFailure.None && !_isDisposed)
            {
                // Up to a tenth less than its time: those that a burst opened must not all be opened again in one moment.
                connection.OldAt = _clock.After(_clock.Now, _endpoint.ConnectionLifetime * (1 - Counters._created % 16 / 160.0));
                connection.Index = _open.Count;
                _open.Add(connection);
                Counters._created++;
                return new(connection, false, UpstreamFailure.None, null);
            }
            FreeSlot();
        }
        connection?.Close();
        if (acquisition.Reason != UpstreamFailure.None) return new(null, false, acquisition.Reason, null);
        return failure == UpstreamFailure.None ? Stopping : new(null, false, failure, detail);
    }

    private void TakeSlot(Acquisition acquisition)
    {
        Counters._open = ++_slots;
        acquisition.TryGrant(null);
    }

    private void FreeSlot()
    {
        Counters._open = --_slots;
        while (!_isDisposed && _slots < _endpoint.MaxConnections && _waiting.TryDequeue(out var waiter))
        {
            if (waiter.TryGrant(null)) Counters._open = ++_slots;
        }
        Counters._waiting = _waiting.Count;
    }

    private void DropSettledWaiters()
    {
        for (var i = _waiting.Count; i > 0; i--)
        {
            var waiter = _waiting.Dequeue();
            if (!waiter.IsSettled) _waiting.Enqueue(waiter);
        }
        Counters._waiting = _waiting.Count;
    }

    private static Acquired Stopping => new(null, false, UpstreamFailure.Cancelled, "the gateway is stopping");

    private readonly record struct Acquired(Http1Connection? Connection, bool IsReused, UpstreamFailure Failure, string? Detail);

    /// <summary>One request on its way to a connection: waiting in line, then connecting. Cold, so it may allocate.</summary>
    [SuppressMessage("Design", "CA1001", Justification = "A source without a timer holds nothing, and disposing it would race with the cancel.")]
    private sealed class Acquisition
    {
        private readonly TaskCompletionSource<(Http1Connection? Connection, UpstreamFailure Failure)> _granted =
            new(TaskCreationOptions.RunContinuationsAsynchronously);

        private readonly CancellationTokenSource _cancel = new();
        private readonly long _deadline;
        private readonly long _totalDeadline;
        private int _reason;

        public Acquisition(long deadline, long totalDeadline)
        {
            _deadline = deadline;
            _totalDeadline = totalDeadline;
        }

        public Task<(Http1Connection? Connection, UpstreamFailure Failure)> Granted => _granted.Task;

        public CancellationToken Cancel => _cancel.Token;

        public UpstreamFailure Reason => (UpstreamFailure)Volatile.Read(ref _reason);

        public bool IsConnecting { get; set; }

        public bool IsSettled => _granted.Task.IsCompleted;

        /// <summary>A connection, or null for the right to open one. False when it gave up before.</summary>
        public bool TryGrant(Http1Connection? connection) => _granted.TrySetResult((connection, UpstreamFailure.None));

        public void TryFail(UpstreamFailure why)
        {
            if (Interlocked.CompareExchange(ref _reason, (int)why, (int)UpstreamFailure.None) != (int)UpstreamFailure.None) return;
            if (!_granted.TrySetResult((null, why))) _ = _cancel.CancelAsync();
        }

        public void Sweep(long now)
        {
            if (now >= _totalDeadline) TryFail(UpstreamFailure.TotalTimeout);
            else if (now >= _deadline) TryFail(IsConnecting || IsSettled ? UpstreamFailure.ConnectTimeout : UpstreamFailure.PoolExhausted);
        }
    }
}
