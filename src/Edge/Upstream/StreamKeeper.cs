using Edge.Telemetry;

namespace Edge.Upstream;

/// <summary>
/// Writes an SSE comment into streams whose provider has been silent for a while, so that proxies on the way to the client do not take them for dead. One pass a second over all streams instead of a
/// timer each.
/// </summary>
public sealed class StreamKeeper
{
    private static readonly TimeSpan _period = TimeSpan.FromSeconds(1);

    private readonly TimeProvider _time;
    private readonly Log _log;
    private readonly Lock _lock = new();
    private readonly List<StreamOutput> _due = [];
    private StreamOutput? _first;

    public StreamKeeper(TimeProvider time, Log log)
    {
        _time = time;
        _log = log;
    }

    /// <summary>A client that takes nothing of its stream for so long is cut off; zero = none is.</summary>
    public TimeSpan SlowClientTimeout { get; set; }

    /// <summary>Streams that are looked after.</summary>
    public int Count { get; private set; }

    public void Add(StreamOutput stream)
    {
        lock (_lock)
        {
            stream.Next = _first;
            if (_first is not null) _first.Previous = stream;
            _first = stream;
            Count++;
        }
    }

    public void Remove(StreamOutput stream)
    {
        lock (_lock)
        {
            if (stream.Previous is { } previous) previous.Next = stream.Next;
            else _first = stream.Next;
            if (stream.Next is { } next) next.Previous = stream.Previous;
            stream.Next = stream.Previous = null;
            Count--;
        }
    }

    /// <summary>Writes to every stream that has been silent for its time.</summary>
    public void Run(long now)
    {
        lock (_lock)
        {
            for (var stream = _first; stream is not null; stream = stream.Next)
            {
                if (stream.IsSilentSince(now)) _due.Add(stream);
                stream.Drop(now, (long)(SlowClientTimeout.TotalSeconds * _time.TimestampFrequency));
            }
        }
        // Outside the lock: a client that reads slowly must not hold up the streams that begin and end.
        foreach (var stream in _due) stream.KeepAlive(now);
        _due.Clear();
    }

    /// <summary>Until cancelled; returns then without throwing.</summary>
    public async Task RunAsync(CancellationToken cancel)
    {
        using var timer = new PeriodicTimer(_period, _time);
        try
        {
            while (await timer.WaitForNextTickAsync(cancel))
            {
                try
                {
                    Run(_time.GetTimestamp());
                }
                catch (Exception e) when (e is InvalidOperationException or ObjectDisposedException)
                {
                    // A connection that was being torn down: the others' comments come with the next pass.
                    _log.Warn(EventIds.WorkerFailed, "A pass over silent streams ended early.", ("exception", e.GetType().FullName));
                    _due.Clear();
                }
            }
        }
        catch (OperationCanceledException)
        {
        }
    }
}
