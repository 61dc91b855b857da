using System.Diagnostics.CodeAnalysis;

namespace Edge.Providers.Wire;

/// <summary>
/// A request body as the pieces to send, in order: slices of the client's buffer with the replacements spliced between them.
/// Reused from request to request; holds references only, the owner of each buffer keeps it alive until the body is sent.
/// </summary>
[SuppressMessage("Naming", "CA1711", Justification = "It is a list of segments, not a collection type.")]
public sealed class BodySegments
{
    // As in EditList: two pieces for each edit.
    private const int Keep = 2048;

    private ReadOnlyMemory<byte>[] _segments = new ReadOnlyMemory<byte>[8];
    private int _count;

    /// <summary>Bytes of the whole body.</summary>
    public long Length { get; private set; }

    /// <summary>The pieces, in the order in which they are sent; none is empty.</summary>
    public ReadOnlySpan<ReadOnlyMemory<byte>> Segments => _segments.AsSpan(0, _count);

    public void Add(ReadOnlyMemory<byte> segment)
    {
        if (segment.IsEmpty) return;
        if (_count == _segments.Length) Array.Resize(ref _segments, _count * 2);
        _segments[_count++] = segment;
        Length += segment.Length;
    }

    /// <summary>Forgets every piece, so that no buffer stays reachable from a pooled context.</summary>
    public void Clear()
    {
        if (_segments.Length > Keep) _segments = new ReadOnlyMemory<byte>[8];
        else _segments.AsSpan(0, _count).Clear();
        _count = 0;
        Length = 0;
    }

    /// <summary>The whole body in one array. For tests and cold paths.</summary>
    public byte[] ToArray()
    {
        var all = new byte[Length];
        var at = 0;
        foreach (var segment in Segments)
        {
            segment.Span.CopyTo(all.AsSpan(at));
            at += segment.Length;
        }
        return all;
    }
}
