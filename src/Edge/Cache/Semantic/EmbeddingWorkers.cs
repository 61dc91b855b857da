namespace Edge.Cache.Semantic;

/// <summary>
/// Threads of their own for what would block a request's thread: tokens, vectors, searches. Bounded: what does not fit is refused at once, what waited past its deadline is given back undone, before anything else
/// is begun; so a burst costs no request more than its deadline and one embedding.
/// </summary>
internal sealed class EmbeddingWorkers : IDisposable
{
    private readonly Queue<Job> _jobs = new();
    private readonly Lock _lock = new();
    private readonly SemaphoreSlim _ready = new(0);
    private readonly TimeProvider _time;
    private readonly int _capacity;
    private bool _stopped;

    /// <summary>Something to do.</summary>
    /// <param name="Run">On a worker.</param>
    /// <param name="Expire">In place of it, past the deadline or at the end. On any thread; must be short.</param>
    /// <param name="Deadline">A timestamp of the time provider.</param>
    private sealed record Job(Action Run, Action Expire, long Deadline);

    public EmbeddingWorkers(int threads, int capacity, TimeProvider time)
    {
        (_capacity, _time) = (capacity, time);
        for (var i = 0; i < threads; i++) new Thread(Loop) { IsBackground = true, Name = $"embedding {i}" }.Start();
    }

    /// <returns>False where too many wait: nothing will be called.</returns>
    public bool TryPost(Action run, Action expire, TimeSpan deadline)
    {
        var until = _time.GetTimestamp() + (long)(deadline.TotalSeconds * _time.TimestampFrequency);
        lock (_lock)
        {
            if (_stopped || _jobs.Count >= _capacity) return false;
            _jobs.Enqueue(new Job(run, expire, until));
        }
        _ready.Release();
        return true;
    }

    public void Dispose()
    {
        List<Job> left;
        lock (_lock)
        {
            _stopped = true;
            left = [.. _jobs];
            _jobs.Clear();
        }
        foreach (var job in left) job.Expire();
        // Wakes every worker: each finds nothing and ends. The semaphore is not disposed of, they may still be waiting at it.
        _ready.Release(64);
    }

    private void Loop()
    {
        while (true)
        {
            _ready.Wait();
            Job? job;
            List<Job>? expired = null;
            lock (_lock)
            {
                if (_stopped) return;
                var now = _time.GetTimestamp();
                for (var i = _jobs.Count; i > 0; i--)
                {
                    var next = _jobs.Dequeue();
                    if (next.Deadline < now) (expired ??= []).Add(next);
                    else _jobs.Enqueue(next);
                }
                _jobs.TryDequeue(out job);
            }
            foreach (var late in expired ?? []) late.Expire();
            try
            {
                job?.Run();
            }
            catch (Exception)
            {
                // A fault of the model's must end neither the worker nor the process: what it was for goes on without.
                job!.Expire();
            }
        }
    }
}
