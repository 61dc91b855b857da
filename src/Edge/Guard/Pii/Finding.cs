using System.Buffers;

namespace Edge.Guard.Pii;

/// <summary>A place in a text that looks like personal data or a secret.</summary>
/// <param name="Start">First byte.</param>
/// <param name="Length">Bytes.</param>
/// <param name="Entity">What it is.</param>
/// <param name="Confidence">1..100: how sure, see <see cref="Confidence"/>.</param>
internal readonly record struct Finding(int Start, int Length, PiiEntity Entity, byte Confidence)
{
    public int End => Start + Length;
}

/// <summary>The steps of confidence. A policy acts at <see cref="Default"/> and above unless it says otherwise.</summary>
internal static class Confidence
{
    /// <summary>Only the shape fits, and much else has this shape.</summary>
    public const byte Weak = 10;

    /// <summary>A rare shape without a check, or a common one whose check digit one number in ten or eleven passes.</summary>
    public const byte Possible = 35;

    /// <summary>What is reported where nothing else is configured.</summary>
    public const byte Default = 50;

    /// <summary>A shape that little else has.</summary>
    public const byte Likely = 60;

    /// <summary>A context word stands near a shape that fits.</summary>
    public const byte InContext = 85;

    /// <summary>The format proves itself: a strong check digit, or a prefix that nothing else has.</summary>
    public const byte Certain = 100;
}

/// <summary>Findings of one text, in memory of the caller first and rented memory when that is full. Dispose gives it back.</summary>
internal ref struct FindingList
{
    private Span<Finding> _items;
    private Finding[]? _rented;

    /// <param name="initial">Room of the caller; may be empty.</param>
    public FindingList(Span<Finding> initial) => _items = initial;

    public int Count { get; private set; }

    public readonly ReadOnlySpan<Finding> Items => _items[..Count];

    public void Add(Finding finding)
    {
        if (Count == _items.Length) Grow();
        _items[Count++] = finding;
    }

    /// <summary>
    /// Leaves of those below the confidence none, and of those that overlap the best: the highest confidence, then the longest, then the first, then the one that <see cref="PiiEntity"/> names first. Whatever is dropped overlaps something that
    /// stays. Afterwards they are in order of the text.
    /// </summary>
    public void Resolve(byte minimum)
    {
        var all = _items[..Count];
        var count = 0;
        foreach (var finding in all)
        {
            if (finding.Confidence >= minimum) all[count++] = finding;
        }
        all = all[..count];
        all.Sort(static (a, b) => a.Start.CompareTo(b.Start));
        var kept = 0;
        for (var from = 0; from < all.Length;)
        {
            // A chain of findings that overlap is decided as one: the best may be the last, and what it pushes out must not have pushed out the first.
            // The chain is bounded, or a hostile text would make this quadratic.
            var to = from + 1;
            for (var reach = all[from].End; to < all.Length && to - from < MaxChain && all[to].Start < reach; to++) reach = Math.Max(reach, all[to].End);
            kept = KeepBest(all, from, to, kept);
            from = to;
        }
        Count = kept;
    }

    private const int MaxChain = 128;

    private static int KeepBest(Span<Finding> all, int from, int to, int kept)
    {
        var floor = kept == 0 ? 0 : all[kept - 1].End;
        if (to - from > 1) all[from..to].Sort(static (a, b) => a.Confidence != b.Confidence ? b.Confidence.CompareTo(a.Confidence) : a.Length != b.Length ? b.Length.CompareTo(a.Length) : a.Start != b.Start ? a.Start.CompareTo(b.Start) : a.Entity.CompareTo(b.Entity));
        var first = kept;
        foreach (var finding in all[from..to])
        {
            var free = finding.Start >= floor;
            for (var i = first; free && i < kept; i++) free = finding.End <= all[i].Start || finding.Start >= all[i].End;
            if (free) all[kept++] = finding;
        }
        all[first..kept].Sort(static (a, b) => a.Start.CompareTo(b.Start));
        return kept;
    }

    /// <summary>Leaves out findings of some entities.</summary>
    /// <param name="entities">By entity: true = out.</param>
    public void Drop(ReadOnlySpan<bool> entities)
    {
        var count = 0;
        for (var i = 0; i < Count; i++)
        {
            if (!entities[(int)_items[i].Entity]) _items[count++] = _items[i];
        }
        Count = count;
    }

    public void Clear() => Count = 0;

    public void Dispose()
    {
        if (_rented is not null) ArrayPool<Finding>.Shared.Return(_rented);
        this = default;
    }

    private void Grow()
    {
        var larger = ArrayPool<Finding>.Shared.Rent(Math.Max(64, _items.Length * 2));
        _items[..Count].CopyTo(larger);
        if (_rented is not null) ArrayPool<Finding>.Shared.Return(_rented);
        _rented = larger;
        _items = larger;
    }
}
