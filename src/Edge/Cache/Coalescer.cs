namespace Edge.Cache;

/// <summary>The calls in flight, by what they ask: identical requests share one.</summary>
internal sealed class Coalescer
{
    private readonly Lock _lock = new();
    private readonly Dictionary<(CacheKey Key, bool IsStream), Flight> _flights = [];

    /// <summary>Calls that others may join now.</summary>
    public int Count
    {
        get
        {
            lock (_lock) return _flights.Count;
        }
    }

    /// <summary>
    /// Joins a call in flight, or begins one. Whoever wants a stream joins a stream alone: behind a whole answer its first word would come with the last.
    /// </summary>
    /// <param name="key">What is asked.</param>
    /// <param name="isStream">As a stream.</param>
    /// <param name="limit">Bytes of the answer that are kept for those who join.</param>
    /// <param name="reader">Whoever joins reads with it.</param>
    /// <param name="leads">It was begun: the caller makes the call.</param>
    public Flight JoinOrLead(in CacheKey key, bool isStream, long limit, AnswerReader reader, out bool leads)
    {
        lock (_lock)
        {
            leads = false;
            if (_flights.TryGetValue((key, true), out var flight) && flight.TryJoin(reader)) return flight;
            if (!isStream && _flights.TryGetValue((key, false), out flight) && flight.TryJoin(reader)) return flight;
            leads = true;
            return _flights[(key, isStream)] = new Flight(key, isStream, isShared: true, limit);
        }
    }

    /// <summary>It is called for that already.</summary>
    public bool IsInFlight(in CacheKey key)
    {
        lock (_lock) return _flights.ContainsKey((key, true)) || _flights.ContainsKey((key, false));
    }

    /// <summary>Nobody joins it any more.</summary>
    public void Remove(Flight flight)
    {
        lock (_lock)
        {
            // Another one may have taken the place of one that could not be joined.
            if (_flights.TryGetValue((flight.Key, flight.IsStream), out var known) && known == flight) _flights.Remove((flight.Key, flight.IsStream));
        }
    }
}
