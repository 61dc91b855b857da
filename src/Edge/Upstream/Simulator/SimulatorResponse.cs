using System.Threading.Tasks.Sources;

namespace Edge.Upstream.Simulator;

/// <summary>
/// The simulator's answer in time: when the head and each piece are due, the request's time-outs, Abort. All times are measured from the request.
/// There is one timer, made when a read first has to wait and used again; an answer without delays never makes one.
/// </summary>
public sealed class SimulatorResponse : UpstreamResponse, IValueTaskSource<UpstreamRead>
{
    // A timer takes at most 49 days; a longer wait is simply armed again.
    private static readonly TimeSpan _longestWait = TimeSpan.FromHours(1);
    private static readonly TimeSpan _never = TimeSpan.MaxValue;

    private readonly Lock _lock = new();
    private readonly TimeProvider _time;
    private readonly long _start;
    private readonly SimulatorBody? _body;
    private readonly KeyValuePair<byte[], byte[]>[] _headers;
    private readonly TimeSpan _chunkDelay;
    private readonly TimeSpan _firstByteLimit;
    private readonly TimeSpan _idleTimeout;
    private readonly TimeSpan _totalLimit;

    private ManualResetValueTaskSourceCore<UpstreamRead> _source;
    private CancellationTokenRegistration _registration;
    private ITimer? _timer;
    private TimeSpan _due;
    private TimeSpan _waitingSince;
    private bool _waiting;
    private bool _waitingForHead;
    private bool _headArrived;
    private UpstreamRead? _outcome;

    private SimulatorResponse(UpstreamFailure failure, string detail)
    {
        Failure = failure;
        FailureDetail = detail;
        (_time, _headers, _outcome) = (TimeProvider.System, [], UpstreamRead.Failed(failure));
    }

    internal SimulatorResponse(TimeProvider time, int status, SimulatorBody body, KeyValuePair<byte[], byte[]>[] headers, UpstreamRequest request, SimulatorPace pace)
    {
        Status = status;
        ContentLength = body.Length;
        (_time, _start, _body, _headers) = (time, time.GetTimestamp(), body, headers);
        (_due, _chunkDelay) = (pace.Head ?? _never, pace.Chunk);
        _firstByteLimit = Limit(request.FirstByteTimeout);
        _idleTimeout = Limit(request.IdleTimeout);
        _totalLimit = Limit(request.TotalTimeout);
    }

    internal static SimulatorResponse Failed(UpstreamFailure failure, string detail) => new(failure, detail);

    public override int HeaderCount => _headers.Length;

    public override bool TryGetHeader(ReadOnlySpan<byte> lowerCaseName, out ReadOnlySpan<byte> value)
    {
        foreach (var (name, text) in _headers)
        {
            if (!lowerCaseName.SequenceEqual(name)) continue;
            value = text;
            return true;
        }
        value = default;
        return false;
    }

    public override void GetHeader(int index, out ReadOnlySpan<byte> lowerCaseName, out ReadOnlySpan<byte> value)
    {
        lowerCaseName = _headers[index].Key;
        value = _headers[index].Value;
    }

    public override bool TryRead(out UpstreamRead read)
    {
        lock (_lock) return TryAdvance(Elapsed, head: false, out read);
    }

    public override ValueTask<UpstreamRead> ReadAsync() => Wait(head: false);

    /// <summary>Completes when the head is there, or sets <see cref="UpstreamResponse.Failure"/>.</summary>
    internal ValueTask<UpstreamRead> WaitForHeadAsync() => Wait(head: true);

    /// <summary>Ties the exchange to a token until Dispose.</summary>
    internal void AbortOn(CancellationToken cancel)
    {
        // Registered outside the lock: a token that is already cancelled calls back at once.
        if (cancel.CanBeCanceled) _registration = cancel.UnsafeRegister(static state => ((SimulatorResponse)state!).Abort(), this);
    }

    public override void Abort()
    {
        bool wake;
        lock (_lock)
        {
            wake = _waiting;
            if (_outcome is null) Finish(UpstreamRead.Failed(UpstreamFailure.Cancelled), _waitingForHead);
            _waiting = false;
            // The reader goes on elsewhere: whoever aborts may hold locks or be a timer itself.
            _source.RunContinuationsAsynchronously = true;
        }
        if (wake) _source.SetResult(UpstreamRead.Failed(UpstreamFailure.Cancelled));
    }

    public override void Dispose()
    {
        // Unregister, not Dispose: the latter waits for a callback that may be waiting for our caller.
        _registration.Unregister();
        Abort();
    }

    private TimeSpan Elapsed => _time.GetElapsedTime(_start);

    private static TimeSpan Limit(TimeSpan timeout) => timeout <= TimeSpan.Zero ? _never : timeout;

    private static TimeSpan Add(TimeSpan a, TimeSpan b) => b > _never - a ? _never : a + b;

    private ValueTask<UpstreamRead> Wait(bool head)
    {
        lock (_lock)
        {
            if (_waiting) throw new InvalidOperationException("A read is already waiting; a response has one reader at a time.");
            var now = Elapsed;
            if (TryAdvance(now, head, out var read)) return new(read);
            _waiting = true;
            _waitingForHead = head;
            _waitingSince = now;
            _source.Reset();
            if (Arm(now)) return new(this, _source.Version);
            return new(Expired(now, head));
        }
    }

    /// <summary>What a read gets at this moment; false = it has to wait.</summary>
    private bool TryAdvance(TimeSpan now, bool head, out UpstreamRead read)
    {
        if (_outcome is { } outcome)
        {
            read = head ? Finish(outcome, head) : outcome;
            return true;
        }
        read = default;
        // A head that was due after its time-out came too late, even where nobody looked in between.
        if (!_headArrived && now >= _firstByteLimit && _due > _firstByteLimit && _firstByteLimit <= _totalLimit)
        {
            read = Finish(UpstreamRead.Failed(UpstreamFailure.FirstByteTimeout), head);
        }
        else if (now >= _totalLimit) read = Finish(UpstreamRead.Failed(UpstreamFailure.TotalTimeout), head);
        else if (now < _due) return false;
        else
        {
            _headArrived = true;
            return head || TryNext(out read);
        }
        return true;
    }

    private bool TryNext(out UpstreamRead read)
    {
        switch (_body!.Next(out var data, out var pause))
        {
            case SimulatorPiece.Data:
                if (pause) _due = Add(_due, _chunkDelay);
                read = UpstreamRead.Of(data);
                return true;
            case SimulatorPiece.Hang:
                _due = _never;
                read = default;
                return false;
            case SimulatorPiece.Cut:
                read = Finish(UpstreamRead.Failed(UpstreamFailure.Cut), head: false);
                return true;
            default:
                read = Finish(UpstreamRead.End, head: false);
                return true;
        }
    }

    private UpstreamRead Finish(UpstreamRead outcome, bool head)
    {
        _outcome = outcome;
        _timer?.Dispose();
        _timer = null;
        if (!head) return outcome;
        Failure = outcome.Failure;
        FailureDetail = "simulated";
        return outcome;
    }

    private TimeSpan IdleLimit => _headArrived ? Add(_waitingSince, _idleTimeout) : _firstByteLimit;

    /// <summary>Sets the timer for whatever comes first; false where that is now.</summary>
    private bool Arm(TimeSpan now)
    {
        var next = _due < IdleLimit ? _due : IdleLimit;
        if (_totalLimit < next) next = _totalLimit;
        if (next <= now) return false;
        // Without any limit only Abort can end this wait.
        if (next == _never) return true;
        // Timers count milliseconds and would drop a fraction: rounded up, a wait does not end in a row of timers that fire a little early.
        var wait = TimeSpan.FromMilliseconds(Math.Ceiling((next - now).TotalMilliseconds));
        if (wait > _longestWait) wait = _longestWait;
        _timer ??= _time.CreateTimer(static state => ((SimulatorResponse)state!).OnTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _timer.Change(wait, Timeout.InfiniteTimeSpan);
        return true;
    }

    private void OnTimer()
    {
        UpstreamRead read;
        lock (_lock)
        {
            if (!_waiting) return;
            var now = Elapsed;
            if (!TryAdvance(now, _waitingForHead, out read))
            {
                if (Arm(now)) return;
                read = Expired(now, _waitingForHead);
            }
            _waiting = false;
        }
        _source.SetResult(read);
    }

    private UpstreamRead Expired(TimeSpan now, bool head)
    {
        _waiting = false;
        var failure = now >= _totalLimit ? UpstreamFailure.TotalTimeout : _headArrived ? UpstreamFailure.IdleTimeout : UpstreamFailure.FirstByteTimeout;
        return Finish(UpstreamRead.Failed(failure), head);
    }

    UpstreamRead IValueTaskSource<UpstreamRead>.GetResult(short token) => _source.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<UpstreamRead>.GetStatus(short token) => _source.GetStatus(token);

    void IValueTaskSource<UpstreamRead>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _source.OnCompleted(continuation, state, token, flags);
}

/// <param name="Head">From the request to the head; null = it never comes.</param>
/// <param name="Chunk">Between two chunks.</param>
internal readonly record struct SimulatorPace(TimeSpan? Head, TimeSpan Chunk);
