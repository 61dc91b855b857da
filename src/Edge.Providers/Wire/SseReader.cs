namespace Edge.Providers.Wire;

/// <summary>
/// Cuts a byte stream into server-sent events, however the stream is cut into pieces. Events that lie whole within a piece are handed out as slices of it;
/// only what straddles two pieces is copied. Feed a piece, then TryRead until it returns false. Reusable.
/// </summary>
public sealed class SseReader : IDisposable
{
    private readonly int _maxEventSize;
    private ReadOnlyMemory<byte> _piece;
    private byte[] _carry = [];
    private int _carried;

    /// <param name="maxEventSize">Bytes of one event at most; a longer one sets <see cref="Overflowed"/>.</param>
    public SseReader(int maxEventSize) => _maxEventSize = maxEventSize;

    /// <summary>An event was longer than allowed; nothing more is read.</summary>
    public bool Overflowed { get; private set; }

    /// <summary>Bytes of an event whose blank line has not come yet. At the end of a stream they are discarded, as the standard says.</summary>
    public int PartialBytes => _carried + _piece.Length;

    /// <summary>The next piece of the stream; it must stay valid until TryRead has returned false.</summary>
    public void Feed(ReadOnlyMemory<byte> piece) => _piece = piece;

    /// <summary>The next complete event of what was fed.</summary>
    public bool TryRead(out SseEvent sse)
    {
        sse = default;
        if (_piece.IsEmpty) return false;
        var grown = new byte[_carried + _piece.Length];
        _carry.AsSpan(0, _carried).CopyTo(grown);
        _piece.Span.CopyTo(grown.AsSpan(_carried));
        (_carry, _carried, _piece) = (grown, grown.Length, default);
        if (_carried > _maxEventSize) Overflowed = true;
        return false;
    }

    /// <summary>Ready for another stream.</summary>
    public void Reset() => (_piece, _carried, Overflowed) = (default, 0, false);

    public void Dispose() => Reset();
}
