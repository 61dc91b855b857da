namespace Edge.Providers.Wire;

/// <summary>
/// What must change in a request body on its way to the provider: replacements over the client's own bytes, kept in order of their offset and never overlapping.
/// Pooled with its request context.
/// </summary>
public sealed class EditList
{
    // A body of hundreds of thousands of edits is an attack or an accident; what it took is not kept for the next one.
    private const int Keep = 1024;

    private Edit[] _edits = new Edit[8];
    private int _count;

    /// <param name="Offset">First byte that is replaced.</param>
    /// <param name="Length">Bytes that are replaced; 0 = insertion.</param>
    /// <param name="Replacement">What stands there instead; empty = deletion.</param>
    public readonly record struct Edit(int Offset, int Length, ReadOnlyMemory<byte> Replacement);

    public ReadOnlySpan<Edit> Edits => _edits.AsSpan(0, _count);

    public int Count => _count;

    /// <summary>
    /// Adds an edit at its place. Two insertions at one offset keep the order in which they were added; an insertion stands before the replacement of what
    /// follows it, whichever was added first.
    /// </summary>
    /// <exception cref="InvalidOperationException">It overlaps another edit: two stages want to change the same bytes, which is a defect of the gateway.</exception>
    public void Add(int offset, int length, ReadOnlyMemory<byte> replacement)
    {
        if (_count == _edits.Length) Array.Resize(ref _edits, _count * 2);
        var at = _count;
        while (at > 0 && (_edits[at - 1].Offset > offset || (length == 0 && _edits[at - 1].Offset == offset && _edits[at - 1].Length > 0))) at--;
        var overlaps = (at > 0 && _edits[at - 1].Offset + _edits[at - 1].Length > offset) || (at < _count && offset + length > _edits[at].Offset);
        if (overlaps) ThrowOverlap(offset, length);
        Array.Copy(_edits, at, _edits, at + 1, _count - at);
        _edits[at] = new Edit(offset, length, replacement);
        _count++;
    }

    /// <summary>Writes the body with its edits applied, as slices; nothing is copied.</summary>
    public void Splice(ReadOnlyMemory<byte> body, BodySegments output)
    {
        var at = 0;
        foreach (ref readonly var edit in Edits)
        {
            output.Add(body[at..edit.Offset]);
            output.Add(edit.Replacement);
            at = edit.Offset + edit.Length;
        }
        output.Add(body[at..]);
    }

    public void Clear()
    {
        if (_edits.Length > Keep) _edits = new Edit[8];
        else _edits.AsSpan(0, _count).Clear();
        _count = 0;
    }

    private static void ThrowOverlap(int offset, int length) =>
        throw new InvalidOperationException($"The edit of {length} bytes at offset {offset} overlaps an earlier edit.");
}
