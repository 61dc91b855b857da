namespace Edge.Cache.Stores;

/// <summary>
/// Answers in the process's memory, bounded by bytes. What is dropped is chosen by S3-FIFO (Yang et al., SOSP 2023, https://doi.org/10.1145/3600006.3613147): an entry comes into a small queue, and only one that
/// was asked for again before it reached that queue's end gets into the main one; so the many that nobody asks for twice do not push out those that are asked for all the time, and a hit moves nothing.
/// </summary>
/// <remarks>Divided by key into parts with a lock each; a look-up holds one for the time of a look into a table.</remarks>
public sealed class MemoryCache
{
    private const int MaxParts = 16;

    // A part that is too small drops what another still has room for.
    private const long LeastPart = 4 << 20;

    private readonly Part[] _parts;

    /// <param name="capacity">Bytes, of entries with what they need around them.</param>
    public MemoryCache(long capacity)
    {
        var count = 1;
        while (count < MaxParts && capacity / (count * 2) >= LeastPart) count *= 2;
        Capacity = capacity;
        _parts = new Part[count];
        for (var i = 0; i < count; i++) _parts[i] = new Part(this, capacity / count);
    }

    public long Capacity { get; }

    /// <summary>Bytes that the entries occupy.</summary>
    public long Bytes => Sum(static part => part.Bytes);

    public int Count => (int)Sum(static part => part.Count);

    /// <summary>Entries that were dropped for lack of room.</summary>
    public long Evictions => Sum(static part => part.Evictions);

    /// <summary>Hears of every entry that leaves, for whatever reason, under a lock: it must be short and come back here with nothing.</summary>
    internal Action<CacheEntry>? Dropped { get; set; }

    /// <summary>Null = there is none. It may be stale.</summary>
    public CacheEntry? Find(in CacheKey key) => PartOf(key).Find(key);

    /// <summary>Keeps an entry, in the place of one with the same key. False = it is larger than may be.</summary>
    public bool Set(CacheEntry entry) => PartOf(entry.Key).Set(entry);

    /// <summary>Drops an entry. False = there is none.</summary>
    public bool Remove(in CacheKey key) => PartOf(key).Remove(key);

    /// <summary>Drops every entry that fits. Looks at all of them.</summary>
    /// <returns>How many there were.</returns>
    public int RemoveWhere(Predicate<CacheEntry> fits)
    {
        var removed = 0;
        foreach (var part in _parts) removed += part.RemoveWhere(fits);
        return removed;
    }

    private Part PartOf(in CacheKey key) => _parts[key.Shard & (_parts.Length - 1)];

    private long Sum(Func<Part, long> of)
    {
        long sum = 0;
        foreach (var part in _parts) sum += of(part);
        return sum;
    }

    private sealed class Part(MemoryCache cache, long capacity)
    {
        private const int MostHits = 3;

        private readonly Lock _lock = new();
        private readonly Dictionary<CacheKey, CacheEntry> _entries = [];
        private readonly EntryQueue _small = new(), _main = new();

        // Keys that the small queue has dropped lately: whoever comes back goes straight to the main one.
        private readonly HashSet<CacheKey> _ghosts = [];
        private readonly Queue<CacheKey> _ghostOrder = [];

        public long Bytes => Volatile.Read(ref _small.Bytes) + Volatile.Read(ref _main.Bytes);

        public long Count
        {
            get
            {
                lock (_lock) return _entries.Count;
            }
        }

        public long Evictions { get; private set; }

        public CacheEntry? Find(in CacheKey key)
        {
            lock (_lock)
            {
                if (!_entries.TryGetValue(key, out var entry)) return null;
                if (entry.Hits < MostHits) entry.Hits++;
                return entry;
            }
        }

        public bool Set(CacheEntry entry)
        {
            if (entry.Bytes > capacity) return false;
            lock (_lock)
            {
                if (_entries.TryGetValue(entry.Key, out var old)) Drop(old);
                // A newer version of what is asked for is asked for.
                entry.Hits = old?.Hits ?? 0;
                entry.IsInMain = old?.IsInMain ?? _ghosts.Contains(entry.Key);
                _entries.Add(entry.Key, entry);
                QueueOf(entry).Add(entry);
                while (_small.Bytes + _main.Bytes > capacity) Evict(entry);
                return true;
            }
        }

        public bool Remove(in CacheKey key)
        {
            lock (_lock)
            {
                if (!_entries.TryGetValue(key, out var entry)) return false;
                Drop(entry);
                return true;
            }
        }

        public int RemoveWhere(Predicate<CacheEntry> fits)
        {
            lock (_lock)
            {
                var count = _entries.Count;
                foreach (var (_, entry) in _entries)
                {
                    if (fits(entry)) Drop(entry);
                }
                return count - _entries.Count;
            }
        }

        // The newcomer stays, however large it is: else what is larger than the small queue would never come in.
        private void Evict(CacheEntry newest)
        {
            if (_small.Oldest is { } young && young != newest && (_small.Bytes > capacity / 10 || _main.Oldest is null))
            {
                if (young.Hits > 0)
                {
                    _small.Remove(young);
                    young.Hits = 0;
                    young.IsInMain = true;
                    _main.Add(young);
                    return;
                }
                Drop(young);
                Evictions++;
                if (_ghosts.Add(young.Key)) _ghostOrder.Enqueue(young.Key);
                while (_ghostOrder.Count > Math.Max(16, _entries.Count)) _ghosts.Remove(_ghostOrder.Dequeue());
                return;
            }
            var old = _main.Oldest!;
            if (old.Hits > 0 || old == newest)
            {
                if (old.Hits > 0) old.Hits--;
                _main.Remove(old);
                _main.Add(old);
                return;
            }
            Drop(old);
            Evictions++;
        }

        private void Drop(CacheEntry entry)
        {
            _entries.Remove(entry.Key);
            QueueOf(entry).Remove(entry);
            cache.Dropped?.Invoke(entry);
        }

        private EntryQueue QueueOf(CacheEntry entry) => entry.IsInMain ? _main : _small;
    }

    // First in, first out, through the entries themselves.
    private sealed class EntryQueue
    {
        public long Bytes;
        private CacheEntry? _newest;

        public CacheEntry? Oldest { get; private set; }

        public void Add(CacheEntry entry)
        {
            entry.Older = _newest;
            entry.Newer = null;
            if (_newest is not null) _newest.Newer = entry;
            else Oldest = entry;
            _newest = entry;
            Bytes += entry.Bytes;
        }

        public void Remove(CacheEntry entry)
        {
            if (entry.Newer is { } newer) newer.Older = entry.Older;
            else _newest = entry.Older;
            if (entry.Older is { } older) older.Newer = entry.Newer;
            else Oldest = entry.Newer;
            entry.Older = entry.Newer = null;
            Bytes -= entry.Bytes;
        }
    }
}
