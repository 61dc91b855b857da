using Edge.Configuration;

namespace Edge.Routing.Health;

public enum BreakerState : byte
{
    Closed,
    Open,
    HalfOpen,
}

/// <summary>
/// Leaves a target alone that fails: opens on the share of failures or slow calls in a window, or on failures in a row where there is little traffic; after a time lets single probes through, and
/// closes when enough of them succeed. Any thread; the usual path (closed, success) takes no lock.
/// </summary>
public sealed class CircuitBreaker
{
    private const int Buckets = 10;

    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    private readonly Bucket[] _window = new Bucket[Buckets];
    private volatile BreakerConfig _config = new();
    private int _state;
    private long _openUntil;
    private int _inRow;
    private int _reopened;
    private int _probeSuccesses;
    private bool _isProbing;

    public CircuitBreaker(TimeProvider time) => _time = time;

    public BreakerState State => (BreakerState)Volatile.Read(ref _state);

    /// <summary>When a probe is due; 0 where it is closed.</summary>
    public long OpenUntil => Volatile.Read(ref _openUntil);

    public void Configure(BreakerConfig config) => _config = config;

    /// <summary>A call would be let through now.</summary>
    public bool IsAvailable(long now) => State switch
    {
        BreakerState.Closed => true,
        BreakerState.Open => now >= OpenUntil,
        _ => !Volatile.Read(ref _isProbing),
    };

    /// <summary>True = a call may begin. <see cref="Leave"/> follows, whether it may or is forced.</summary>
    public bool TryEnter(long now, out bool isProbe)
    {
        isProbe = false;
        if (State == BreakerState.Closed) return true;
        lock (_lock)
        {
            if (State == BreakerState.Open && now >= _openUntil)
            {
                Volatile.Write(ref _state, (int)BreakerState.HalfOpen);
                _probeSuccesses = 0;
            }
            if (State == BreakerState.Closed) return true;
            if (State == BreakerState.Open || _isProbing) return false;
            return isProbe = _isProbing = true;
        }
    }

    /// <summary>A call is over.</summary>
    /// <param name="result">How.</param>
    /// <param name="isProbe">As <see cref="TryEnter"/> said.</param>
    /// <param name="firstToken">Milliseconds; negative = none came.</param>
    /// <param name="now">A timestamp.</param>
    public void Leave(CallResult result, bool isProbe, double firstToken, long now)
    {
        var config = _config;
        if (!config.Enabled) return;
        var isSlow = config.SlowCall > TimeSpan.Zero && firstToken > config.SlowCall.TotalMilliseconds;
        lock (_lock)
        {
            if (isProbe) _isProbing = false;
            if (result is CallResult.Unknown or CallResult.Throttled) return;
            if (State != BreakerState.Closed)
            {
                // A success that was forced through an open breaker proves as much as a probe's.
                if (result == CallResult.Failed)
                {
                    if (State == BreakerState.HalfOpen) Open(now, config);
                }
                else if (++_probeSuccesses >= config.HalfOpenSuccesses)
                {
                    Close();
                }
                return;
            }
            Count(result == CallResult.Failed, isSlow, now, config);
        }
    }

    private void Count(bool failed, bool slow, long now, BreakerConfig config)
    {
        var width = Math.Max(1, (long)(config.Window.TotalSeconds * _time.TimestampFrequency / Buckets));
        var number = now / width;
        ref var bucket = ref _window[(int)(number % Buckets)];
        if (bucket.Number != number) bucket = new Bucket { Number = number };
        bucket.Total++;
        if (failed) bucket.Failed++;
        if (slow) bucket.Slow++;
        _inRow = failed ? _inRow + 1 : 0;
        if (!failed && !slow) return;
        int total = 0, failures = 0, slows = 0;
        foreach (var one in _window)
        {
            if (one.Number <= number - Buckets) continue;
            total += one.Total;
            failures += one.Failed;
            slows += one.Slow;
        }
        var isBad = total >= config.MinRequests
            ? failures >= config.ErrorRatio * total || (slows > 0 && slows >= config.SlowRatio * total)
            : _inRow >= config.MinRequests;
        if (isBad) Open(now, config);
    }

    private void Open(long now, BreakerConfig config)
    {
        var span = config.OpenFor * Math.Pow(2, Math.Min(_reopened, 20));
        if (span > config.MaxOpenFor) span = config.MaxOpenFor;
        _reopened++;
        Volatile.Write(ref _openUntil, now + (long)(span.TotalSeconds * _time.TimestampFrequency));
        Volatile.Write(ref _state, (int)BreakerState.Open);
        _probeSuccesses = 0;
    }

    private void Close()
    {
        _reopened = _inRow = 0;
        Array.Clear(_window);
        Volatile.Write(ref _openUntil, 0);
        Volatile.Write(ref _state, (int)BreakerState.Closed);
    }

    private struct Bucket
    {
        public long Number;
        public int Total, Failed, Slow;
    }
}
