namespace Edge.Pipeline;

/// <summary>
/// Hands records from the request path to the workers: a bounded ring that the worker empties at its own pace. A channel would wake a thread for every
/// request; this costs an uncontended lock and a copy. Full = the newest is shed and counted; what may never be lost does not rely on it.
/// </summary>
public sealed class CompletedRequestQueue
{
    private readonly Lock _lock = new();
    private readonly CompletedRequest[] _ring;
    private int _head;
    private int _count;
    private long _shed;

    /// <param name="capacity">Records at most. 1..1,000,000.</param>
    public CompletedRequestQueue(int capacity) => _ring = new CompletedRequest[capacity];

    /// <summary>Records that were lost because the ring was full.</summary>
    public long Shed => Volatile.Read(ref _shed);

    public int Depth
    {
        get
        {
            lock (_lock) return _count;
        }
    }

    public bool Post(in CompletedRequest record)
    {
        lock (_lock)
        {
            if (_count == _ring.Length)
            {
                _shed++;
                return false;
            }
            var at = _head + _count;
            _ring[at < _ring.Length ? at : at - _ring.Length] = record;
            _count++;
            return true;
        }
    }

    /// <summary>Moves up to <paramref name="batch"/>.Length records out, oldest first. Returns how many.</summary>
    public int Take(Span<CompletedRequest> batch)
    {
        lock (_lock)
        {
            var taken = Math.Min(batch.Length, _count);
            for (var i = 0; i < taken; i++)
            {
                batch[i] = _ring[_head];
                _ring[_head] = default;
                if (++_head == _ring.Length) _head = 0;
            }
            _count -= taken;
            return taken;
        }
    }
}
