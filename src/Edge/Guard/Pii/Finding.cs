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
    /// Leaves of those below the confidence, and of those that overlap, only the best: the highest confidence, then the longest, then the first. Afterwards they are in order of
    /// the text, and none touches another.
    /// </summary>
    public void Resolve(byte minimum)
    {
        var all = _items[..Count];
        all.Sort(static (a, b) => a.Start != b.Start ? a.Start.CompareTo(b.Start) : b.Length.CompareTo(a.Length));
        var kept = 0;
        foreach (var finding in all)
        {
            if (finding.Confidence < minimum) continue;
            var better = true;
            // What is kept does not overlap: a finding can only push out the last ones.
            var over = kept;
            while (over > 0 && all[over - 1].End > finding.Start)
            {
                over--;
                if (Compare(all[over], finding) >= 0) better = false;
            }
            if (!better) continue;
            kept = over;
            all[kept++] = finding;
        }
        Count = kept;
    }

    public void Clear() => Count = 0;

    public void Dispose()
    {
        if (_rented is not null) ArrayPool<Finding>.Shared.Return(_rented);
        this = default;
    }

    private static int Compare(Finding a, Finding b) =>
        a.Confidence != b.Confidence ? a.Confidence.CompareTo(b.Confidence) : a.Length.CompareTo(b.Length);

    private void Grow()
    {
        var larger = ArrayPool<Finding>.Shared.Rent(Math.Max(64, _items.Length * 2));
        _items[..Count].CopyTo(larger);
        if (_rented is not null) ArrayPool<Finding>.Shared.Return(_rented);
        _rented = larger;
        _items = larger;
    }
}
