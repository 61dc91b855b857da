using System.Collections.Concurrent;
using Edge.Cache.Semantic.Vectors;

namespace Edge.Cache.Semantic;

/// <summary>The vectors of all scopes, each scope by itself: no search crosses from one into another. Bounded; the oldest entries leave first. Safe for several threads.</summary>
internal sealed class SemanticIndex(int dimensions, int maxEntries)
{
    private readonly ConcurrentDictionary<UInt128, VectorIndex> _scopes = new();
    private readonly Dictionary<ulong, UInt128> _scopeOf = [];
    private readonly Queue<ulong> _order = new();
    private readonly Lock _lock = new();

    public int Count
    {
        get
        {
            lock (_lock) return _scopeOf.Count;
        }
    }

    public int Scopes => _scopes.Count;

    /// <summary>Bytes held by vectors.</summary>
    public long Size => _scopes.Values.Sum(s => s.Size);

    public void Add(UInt128 scope, ulong entry, ReadOnlySpan<float> vector, string text)
    {
        lock (_lock)
        {
            RemoveLocked(entry);
            while (_scopeOf.Count >= maxEntries && _order.TryDequeue(out var oldest)) RemoveLocked(oldest);
            _scopeOf[entry] = scope;
            _order.Enqueue(entry);
            // Ids of entries that left by themselves stay in the queue until it is twice as long as it needs to be.
            if (_order.Count > 2 * maxEntries) Compact();
        }
        while (true)
        {
            // Outside of the lock: a large index may take a second to sort itself into cells.
            var index = _scopes.GetOrAdd(scope, _ => new VectorIndex(dimensions));
            index.Add(entry, vector, text);
            lock (_lock)
            {
                var isWanted = _scopeOf.TryGetValue(entry, out var current) && current == scope;
                if (isWanted && _scopes.TryGetValue(scope, out var held) && held == index) return;
                // Removed meanwhile, or the scope was empty for a moment and its index dropped.
                index.Remove(entry);
                if (!isWanted) return;
            }
        }
    }

    public bool Remove(ulong entry)
    {
        lock (_lock) return RemoveLocked(entry);
    }

    public List<Neighbour>? Search(UInt128 scope, ReadOnlySpan<float> query, float atLeast, int most) => _scopes.TryGetValue(scope, out var index) ? index.Search(query, atLeast, most) : [];

    public void Clear()
    {
        lock (_lock)
        {
            _scopes.Clear();
            _scopeOf.Clear();
            _order.Clear();
        }
    }

    private bool RemoveLocked(ulong entry)
    {
        if (!_scopeOf.Remove(entry, out var scope) || !_scopes.TryGetValue(scope, out var index)) return false;
        index.Remove(entry);
        if (index.Count == 0) _scopes.TryRemove(scope, out _);
        return true;
    }

    private void Compact()
    {
        var live = _order.Where(_scopeOf.ContainsKey).Distinct().ToList();
        _order.Clear();
        foreach (var entry in live) _order.Enqueue(entry);
    }
}
