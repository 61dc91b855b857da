using System.Buffers;
using System.Diagnostics.CodeAnalysis;

namespace Edge.Upstream.Http1;

/// <summary>
/// One connection to a provider, and the response of whichever exchange it carries: the object lives as long as the connection and serves one
/// exchange after the other, so that a request in steady state allocates nothing. Http1Connection.Send.cs writes the request and reads the head,
/// Http1Connection.Read.cs reads the body, this file is its life.
/// </summary>
/// <remarks>
/// Who may end an exchange: its owner (Dispose), any thread (Abort), the cancellation token, the sweeper. All of them swing one word,
/// <c>generation &lt;&lt; 8 | phase</c>, by compare-and-swap; whoever comes late finds another generation and does nothing. A dead connection is
/// never used again, so closing its socket after the swap can hit nobody else.
/// </remarks>
internal sealed partial class Http1Connection : UpstreamResponse
{
    private const int Idle = 0;
    private const int Active = 1;
    private const int Dead = 2;

    /// <summary>What an open stream holds: head and receive space together. One page, twice what heads and events usually need.</summary>
    private const int BlockSize = 4096;

    private readonly Http1Pool _pool;
    private readonly Http1Transport _transport;
    private readonly UpstreamClock _clock;
    private readonly int _maxHead;
    private long _state;
    private long _deadline = UpstreamClock.Never << 4;
    private long _totalDeadline = UpstreamClock.Never;
    private CancellationTokenRegistration _cancel;

    // Always a receive in flight while idle: a peer that hangs up is noticed, and the answer's first bytes cost no extra system call.
    private ValueTask<int> _pending;
    private bool _isPending;

    public Http1Connection(Http1Pool pool, Http1Transport transport, UpstreamClock clock, int maxHead)
    {
        _pool = pool;
        _transport = transport;
        _clock = clock;
        _maxHead = maxHead;
        _block = ArrayPool<byte>.Shared.Rent(BlockSize);
        StartIdleReceive();
    }

    /// <summary>Place in the pool's list of open connections; the pool's.</summary>
    public int Index { get; set; } = -1;

    /// <summary>When it came to rest; the pool's.</summary>
    public long IdleSince { get; set; }

    /// <summary>From when on it takes no further request; the pool's.</summary>
    public long OldAt { get; set; } = UpstreamClock.Never;

    /// <summary>At rest, something arrived all the same: the peer closed it, or sends what nobody asked for.</summary>
    public bool IsStale => _pending.IsCompleted;

    public override long Generation => Volatile.Read(ref _state) >> 8;

    private UpstreamFailure Death
    {
        get
        {
            var phase = (int)(Volatile.Read(ref _state) & 0xFF);
            return phase >= Dead ? (UpstreamFailure)(phase - Dead) : UpstreamFailure.None;
        }
    }

    public override void Abort() => Abort(Generation);

    public override void Abort(long generation) => TryKill(generation, UpstreamFailure.Cancelled);

    /// <summary>Ends the exchange if one of its deadlines has passed.</summary>
    public void Sweep(long now)
    {
        // The state is read first: a deadline read after it belongs to this exchange or to a later one, and then the swap fails.
        var state = Volatile.Read(ref _state);
        if ((state & 0xFF) != Active) return;
        var deadline = Volatile.Read(ref _deadline);
        if (now >= Volatile.Read(ref _totalDeadline)) TryKill(state >> 8, UpstreamFailure.TotalTimeout);
        else if (now >= deadline >> 4) TryKill(state >> 8, (UpstreamFailure)(deadline & 0xF));
    }

    public override void Dispose()
    {
        _cancel.Dispose(); // Waits for a callback that is running: it must not outlive the exchange.
        _cancel = default;
        while (!_isOver && TryRead(out _))
        {
            // What has arrived is read over: an unread error body should not cost a connection.
        }
        var generation = Generation;
        var reusable = !_isReading && _isOver && _last.Kind == UpstreamReadKind.End && _keepsAlive && _position == _filled;
        if (reusable && Swing(generation, Active, Idle))
        {
            ReturnBodyBuffer();
            StartIdleReceive();
            _pool.Return(this);
            return;
        }
        TryKill(generation, UpstreamFailure.Cancelled);
        Close();
    }

    /// <summary>Closes for good and leaves the pool. By the owner: who took it from the idle stack, or whose exchange it carries.</summary>
    public void Close()
    {
        _transport.Close();
        _pool.Remove(this);
        _ = ReleaseAsync();
    }

    // A buffer that the kernel may still write into must not reach the pool: it goes back when the last receive has ended, and
    // is left to the collector where a reader is still in it.
    private async Task ReleaseAsync()
    {
        if (_isReading) return;
        // What it sends is its own; but the transport must outlive it.
        if (_upload is { } upload) await upload;
        if (_isPending) await _pending;
        _isPending = false;
        _transport.Release();
        ReturnBodyBuffer();
        if (_block.Length > 0) ArrayPool<byte>.Shared.Return(_block);
        _block = [];
        _filled = _position = 0;
    }

    [SuppressMessage("Reliability", "CA2012", Justification = "Awaited once, by the next exchange or by the close.")]
    private void StartIdleReceive()
    {
        if (_block.Length > 2 * BlockSize)
        {
            // Grown for one large head.
            ArrayPool<byte>.Shared.Return(_block);
            _block = ArrayPool<byte>.Shared.Rent(BlockSize);
        }
        _filled = _position = 0;
        _pending = _transport.ReceiveAsync(_block);
        _isPending = true;
    }

    private void Begin(UpstreamRequest request, long start)
    {
        Failure = UpstreamFailure.None;
        FailureDetail = null;
        Status = 0;
        ContentLength = null;
        IsCloseDelimited = false;
        _isOver = false;
        _last = default;
        _chunks = default;
        _remaining = 0;
        _idleTimeout = request.IdleTimeout;
        _upload = null;
        _upgraded = null;
        _wantsUpgrade = request.Upgrade is not null;
        _head.Reset();
        Volatile.Write(ref _totalDeadline, _clock.After(start, request.TotalTimeout));
        Arm(request.FirstByteTimeout, UpstreamFailure.FirstByteTimeout);
        Interlocked.Exchange(ref _state, ((_state >> 8) + 1) << 8 | Active);
    }

    private void Arm(TimeSpan span, UpstreamFailure reason) => Volatile.Write(ref _deadline, _clock.After(_clock.Now, span) << 4 | (long)reason);

    private void Disarm() => Volatile.Write(ref _deadline, UpstreamClock.Never << 4);

    private bool Swing(long generation, int from, int to) =>
        Interlocked.CompareExchange(ref _state, generation << 8 | (long)to, generation << 8 | (long)from) == (generation << 8 | (long)from);

    private bool TryKill(long generation, UpstreamFailure why)
    {
        if (!Swing(generation, Active, Dead + (int)why)) return false;
        _transport.Close();
        return true;
    }
}
