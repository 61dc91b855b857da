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
/// <remarks>
/// Without a lock a success may be counted in the bucket after its own, or into a window that was emptied meanwhile: one success more or less. Every failure, every change of state and of the
/// configuration goes through the lock.
/// </remarks>
public sealed class CircuitBreaker
{
    private const int Buckets = 10;

    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    private readonly Bucket[] _window = new Bucket[Buckets];
    private volatile Settings _settings;
    private int _state;
    private long _openUntil;
    // The calls that began before it do not know the target as it is now.
    private long _closedAt = long.MinValue;
    private long _bucketEnd;
    private int _current;
    private int _inRow;
    private int _reopened;
    private int _successes;
    private int _deciding;
    private long _probeUntil;
    private long _openings;

    public CircuitBreaker(TimeProvider time)
    {
        _time = time;
        _settings = new Settings(new BreakerConfig(), time);
    }

    public BreakerState State => (BreakerState)Volatile.Read(ref _state);

    /// <summary>When a probe is due; 0 where it is closed.</summary>
    public long OpenUntil => Volatile.Read(ref _openUntil);

    /// <summary>How often it has opened, half open ones that opened again included.</summary>
    public long Openings => Interlocked.Read(ref _openings);

    /// <summary>What was counted begins anew where the window's length changes; switched off, it closes.</summary>
    public void Configure(BreakerConfig config)
    {
        lock (_lock)
        {
            var old = _settings;
            _settings = new Settings(config, _time);
            if (!config.Enabled && State != BreakerState.Closed) Close(_time.GetTimestamp());
            if (old.Width != _settings.Width || !config.Enabled) Empty();
        }
    }

    /// <summary>A call would be let through now.</summary>
    public bool IsAvailable(long now) => State switch
    {
        BreakerState.Closed => true,
        BreakerState.Open => now >= OpenUntil,
        _ => !IsProbing(now),
    };

    /// <summary>True = a call may begin. <see cref="Leave"/> follows.</summary>
    /// <param name="now">A timestamp.</param>
    /// <param name="isProbe">The call decides about the breaker.</param>
    public bool TryEnter(long now, out bool isProbe)
    {
        isProbe = false;
        if (State == BreakerState.Closed) return true;
        lock (_lock)
        {
            if (State == BreakerState.Closed) return true;
            if (State == BreakerState.Open)
            {
                if (now < _openUntil) return false;
                Volatile.Write(ref _state, (int)BreakerState.HalfOpen);
                _successes = 0;
            }
            else if (IsProbing(now))
            {
                return false;
            }
            isProbe = true;
            Decides(now);
            return true;
        }
    }

    /// <summary>A call begins in any case. <see cref="Leave"/> follows.</summary>
    /// <returns>The call decides about the breaker: what is forced through an open one proves as much as a probe.</returns>
    public bool EnterForced(long now)
    {
        if (State == BreakerState.Closed) return false;
        lock (_lock)
        {
            if (State == BreakerState.Closed) return false;
            Decides(now);
            return true;
        }
    }

    /// <summary>A call is over.</summary>
    /// <param name="result">How.</param>
    /// <param name="isProbe">As <see cref="TryEnter"/> or <see cref="EnterForced"/> said.</param>
    /// <param name="firstToken">Milliseconds; negative = none came.</param>
    /// <param name="now">A timestamp.</param>
    /// <param name="began">When the call began: what began before the breaker closed is of another time, and not counted. The default counts.</param>
    public void Leave(CallResult result, bool isProbe, double firstToken, long now, long began = long.MaxValue)
    {
        var settings = _settings;
        var isSlow = firstToken > settings.Slow;
        if (result == CallResult.Ok && !isProbe && !isSlow && State == BreakerState.Closed && now < Volatile.Read(ref _bucketEnd))
        {
            if (Volatile.Read(ref _inRow) != 0) Volatile.Write(ref _inRow, 0);
            Interlocked.Increment(ref _window[Volatile.Read(ref _current)].Total);
            return;
        }
        lock (_lock)
        {
            settings = _settings;
            if (isProbe) _deciding--;
            if (!settings.Config.Enabled || result is CallResult.Unknown or CallResult.Throttled) return;
            if (State == BreakerState.Closed)
            {
                if (began >= _closedAt) Count(result == CallResult.Failed, isSlow, now, settings);
            }
            else if (isProbe)
            {
                Decide(result == CallResult.Failed || isSlow, now, settings);
            }
        }
    }

    // One that does not report until the breaker would be open again (a long stream, a provider that never answers) does not hold up the next.
    private bool IsProbing(long now) => Volatile.Read(ref _deciding) > 0 && now < Volatile.Read(ref _probeUntil);

    private void Decides(long now)
    {
        Volatile.Write(ref _deciding, _deciding + 1);
        Volatile.Write(ref _probeUntil, now + _settings.OpenTicks(_reopened - 1));
    }

    private void Decide(bool isBad, long now, Settings settings)
    {
        if (!isBad)
        {
            if (++_successes >= settings.Config.HalfOpenSuccesses) Close(now);
            return;
        }
        _successes = 0;
        // What was forced and fails while it is open anyhow is no news: else an outage of every target would double the times with each request.
        if (State == BreakerState.HalfOpen) Open(now, settings);
    }

    private void Count(bool failed, bool slow, long now, Settings settings)
    {
        if (now >= _bucketEnd) Turn(now, settings.Width);
        ref var bucket = ref _window[_current];
        Interlocked.Increment(ref bucket.Total);
        if (failed) bucket.Failed++;
        if (slow) bucket.Slow++;
        Volatile.Write(ref _inRow, failed ? _inRow + 1 : 0);
        if (!failed && !slow) return;
        long total = 0, failures = 0, slows = 0;
        foreach (ref readonly var one in _window.AsSpan())
        {
            total += Volatile.Read(in one.Total);
            failures += one.Failed;
            slows += one.Slow;
        }
        var config = settings.Config;
        var isBad = total >= config.MinRequests
            ? failures >= config.ErrorRatio * total || (slows > 0 && slows >= config.SlowRatio * total)
            : _inRow >= config.MinRequests;
        if (isBad) Open(now, settings);
    }

    // The window's buckets are a ring in order of time: what the ring passes is too old.
    private void Turn(long now, long width)
    {
        var end = _bucketEnd == 0 || now - _bucketEnd >= width * Buckets ? now - (now % width) : _bucketEnd;
        if (end != _bucketEnd) Array.Clear(_window);
        while (end <= now)
        {
            var next = (_current + 1) % Buckets;
            _window[next] = default;
            Volatile.Write(ref _current, next);
            end += width;
        }
        Volatile.Write(ref _bucketEnd, end);
    }

    private void Empty()
    {
        Array.Clear(_window);
        Volatile.Write(ref _bucketEnd, 0);
        Volatile.Write(ref _inRow, 0);
    }

    private void Open(long now, Settings settings)
    {
        Volatile.Write(ref _openUntil, now + settings.OpenTicks(_reopened));
        _reopened++;
        _successes = 0;
        Interlocked.Increment(ref _openings);
        Volatile.Write(ref _state, (int)BreakerState.Open);
    }

    private void Close(long now)
    {
        _reopened = 0;
        _closedAt = now;
        Empty();
        Volatile.Write(ref _openUntil, 0);
        Volatile.Write(ref _state, (int)BreakerState.Closed);
    }

    private struct Bucket
    {
        public int Total, Failed, Slow;
    }

    private sealed class Settings(BreakerConfig config, TimeProvider time)
    {
        public BreakerConfig Config { get; } = config;

        /// <summary>Ticks of a bucket.</summary>
        public long Width { get; } = Math.Max(1, (long)(config.Window.TotalSeconds * time.TimestampFrequency / Buckets));

        /// <summary>Milliseconds above which a call is slow.</summary>
        public double Slow { get; } = config.Enabled && config.SlowCall > TimeSpan.Zero ? config.SlowCall.TotalMilliseconds : double.PositiveInfinity;

        public long OpenTicks(int reopened)
        {
            var seconds = Math.Min(Config.OpenFor.TotalSeconds * Math.Pow(2, Math.Clamp(reopened, 0, 40)), Math.Max(Config.MaxOpenFor.TotalSeconds, Config.OpenFor.TotalSeconds));
            return (long)(seconds * time.TimestampFrequency);
        }
    }
}
