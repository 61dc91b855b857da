using Edge.Configuration;

namespace Edge.Routing.Health;

/// <summary>
/// Requests at once to one provider: a limit that may follow what the provider carries, and a bounded queue, first come, first served. Any thread; without a limit (the default) it costs one
/// interlocked addition.
/// </summary>
public sealed class ConcurrencyGate
{
    /// <summary>An adaptive limit does not fall below: with fewer the provider's recovery would hardly be seen.</summary>
    public const int LeastLimit = 4;

    // Throttled: a quarter less. Failed: a tenth, since it may have other reasons than load.
    private const double OnThrottled = 0.75;
    private const double OnFailed = 0.9;

    // With each round of answers (as many as the limit) a tenth more, at least one.
    private const double Growth = 0.1;

    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    private readonly LinkedList<Waiter> _queue = new();
    private volatile UpstreamConfig _config = new();
    private int _running;
    private int _queued;
    private int _limit;
    private double _adapted;
    private int _deaf;

    public ConcurrencyGate(TimeProvider time) => _time = time;

    /// <summary>A place is free now.</summary>
    public bool HasPlace => Limit == 0 || Running < Limit;

    public int Running => Volatile.Read(ref _running);

    public int Queued => Volatile.Read(ref _queued);

    /// <summary>As it stands now; 0 = none.</summary>
    public int Limit => Volatile.Read(ref _limit);

    /// <summary>A new limit holds at once; those within stay.</summary>
    public void Configure(UpstreamConfig config)
    {
        lock (_lock)
        {
            // What was learnt outlives a reload that leaves the limit as it is.
            if (config.MaxConcurrent != _config.MaxConcurrent || !config.AdaptiveConcurrency) SetLimit(config.MaxConcurrent);
            _config = config;
            Admit();
        }
    }

    /// <summary>Takes a place without waiting, and before nobody who waits. Each true is followed by one <see cref="Leave"/>.</summary>
    public bool TryEnter() => Queued == 0 && TryTake();

    /// <summary>Takes a place, waiting for it: first come, first served. False = the queue is full, the time is over or the wait was cancelled.</summary>
    public ValueTask<bool> EnterAsync(CancellationToken cancel)
    {
        if (TryEnter()) return new(true);
        var config = _config;
        if (cancel.IsCancellationRequested) return new(false);
        var waiter = new Waiter(this);
        lock (_lock)
        {
            if (_queued >= config.MaxQueued || config.QueueTimeout <= TimeSpan.Zero) return new(TryEnter());
            waiter.Node = _queue.AddLast(waiter);
            // Before the look at who is running: one who leaves looks in the other order, so that one of the two sees the other.
            Interlocked.Increment(ref _queued);
            Admit();
        }
        return waiter.IsDone ? new(waiter.Task) : WaitAsync(waiter, config.QueueTimeout, cancel);
    }

    /// <summary>Gives the place back.</summary>
    /// <param name="result">How the call ended, for a limit that adapts.</param>
    public void Leave(CallResult result)
    {
        var config = _config;
        if (config is { MaxConcurrent: > 0, AdaptiveConcurrency: true })
        {
            lock (_lock)
            {
                Adapt(result, Running >= _limit || _queued > 0);
                Interlocked.Decrement(ref _running);
                Admit();
            }
            return;
        }
        Interlocked.Decrement(ref _running);
        if (Queued == 0) return;
        lock (_lock) Admit();
    }

    private bool TryTake()
    {
        while (true)
        {
            var limit = Limit;
            if (limit == 0)
            {
                Interlocked.Increment(ref _running);
                return true;
            }
            var running = Running;
            if (running >= limit) return false;
            if (Interlocked.CompareExchange(ref _running, running + 1, running) == running) return true;
        }
    }

    private async ValueTask<bool> WaitAsync(Waiter waiter, TimeSpan timeout, CancellationToken cancel)
    {
        // Either may fire at once: what they do to a waiter that is done is nothing.
        await using var timer = _time.CreateTimer(static state => ((Waiter)state!).GiveUp(), waiter, timeout, Timeout.InfiniteTimeSpan);
        using var registration = cancel.UnsafeRegister(static state => ((Waiter)state!).GiveUp(), waiter);
        return await waiter.Task;
    }

    // Within the lock. The continuations run on other threads, see Waiter.
    private void Admit()
    {
        while (_queue.First is { } first && TryTake())
        {
            _queue.RemoveFirst();
            Interlocked.Decrement(ref _queued);
            first.Value.Done(true);
        }
    }

    private void GiveUp(Waiter waiter)
    {
        lock (_lock)
        {
            if (waiter.IsDone) return;
            _queue.Remove(waiter.Node!);
            Interlocked.Decrement(ref _queued);
            waiter.Done(false);
        }
    }

    // Additive increase, multiplicative decrease, once for all the calls that were under way when the trouble showed.
    private void Adapt(CallResult result, bool isBusy)
    {
        var isDeaf = _deaf > 0;
        if (isDeaf) _deaf--;
        if (isDeaf || result == CallResult.Unknown) return;
        if (result == CallResult.Ok)
        {
            if (isBusy) SetAdapted(_adapted + (Math.Max(1, _adapted * Growth) / _adapted));
            return;
        }
        SetAdapted(_adapted * (result == CallResult.Throttled ? OnThrottled : OnFailed));
        _deaf = Running - 1;
    }

    private void SetAdapted(double limit)
    {
        var most = _config.MaxConcurrent;
        _adapted = Math.Clamp(limit, Math.Min(LeastLimit, most), most);
        Volatile.Write(ref _limit, (int)_adapted);
    }

    private void SetLimit(int limit)
    {
        _adapted = limit;
        _deaf = 0;
        Volatile.Write(ref _limit, limit);
    }

    // Its continuation on the pool: whoever leaves would otherwise serve the next request to its end, and that one the one after it, on one stack.
    private sealed class Waiter(ConcurrencyGate gate) : TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        public LinkedListNode<Waiter>? Node { get; set; }

        public bool IsDone => Task.IsCompleted;

        public void Done(bool hasPlace) => SetResult(hasPlace);

        public void GiveUp() => gate.GiveUp(this);
    }
}
