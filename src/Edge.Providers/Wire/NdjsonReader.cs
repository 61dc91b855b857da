using System.Buffers;
using System.Diagnostics.CodeAnalysis;

namespace Edge.Providers.Wire;

/// <summary>
/// Cuts a byte stream into lines of JSON (https://github.com/ndjson/ndjson-spec: one value a line, ended by LF or CR LF; blank lines say nothing), however the stream is
/// cut into pieces. A line within one piece is handed out as a slice of it; only what straddles two pieces is copied, into a pooled buffer.
/// </summary>
/// <remarks>
/// A last line without its line end stays <see cref="Partial"/>: nobody can tell it from a line that was cut off, and whoever writes such streams ends every line,
/// the last one too (Ollama does). The <see cref="WireEvent.Raw"/> of all lines one after another, and <see cref="Partial"/> behind them, are the stream's exact bytes.
/// </remarks>
public sealed class NdjsonReader : IWireReader
{
    private const int FirstCarrySize = 1024;

    private readonly int _maxLineSize;
    private ReadOnlyMemory<byte> _piece;
    private byte[] _carry = [];
    private int _carried;

    /// <param name="maxLineSize">Bytes of one line at most, its LF not counted; a longer one sets <see cref="Overflowed"/>.</param>
    public NdjsonReader(int maxLineSize)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxLineSize, 1);
        _maxLineSize = maxLineSize;
    }

    /// <inheritdoc/>
    public bool Overflowed { get; private set; }

    /// <summary>Never: what a line holds is the decoder's business.</summary>
    public string? Broken => null;

    /// <inheritdoc/>
    public int PartialBytes => _carried + _piece.Length;

    /// <summary>Those bytes, once TryRead has returned false; valid until the next piece is fed.</summary>
    public ReadOnlySpan<byte> Partial => _carry.AsSpan(0, _carried);

    /// <summary>Bytes of pooled memory that are held; 0 between two lines.</summary>
    internal int HeldBytes => _carry.Length;

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">The piece before it was not read to its end.</exception>
    public void Feed(ReadOnlyMemory<byte> piece)
    {
        if (Overflowed) return;
        if (!_piece.IsEmpty) ThrowNotDrained(_piece.Length);
        _piece = piece;
    }

    /// <inheritdoc/>
    public bool TryRead(out WireEvent wire)
    {
        wire = default;
        if (_piece.IsEmpty)
        {
            if (_carried == 0) Release();
            return false;
        }
        var rest = _piece.Span;
        var end = rest.IndexOf((byte)'\n');
        if ((end < 0 ? rest.Length : end) > _maxLineSize - _carried)
        {
            Overflowed = true;
            (_piece, _carried) = (default, 0);
            Release();
            return false;
        }
        if (end < 0)
        {
            Carry(rest);
            _piece = default;
            return false;
        }
        _piece = _piece[(end + 1)..];
        var raw = rest[..(end + 1)];
        if (_carried > 0)
        {
            Carry(raw);
            raw = _carry.AsSpan(0, _carried);
            _carried = 0;
        }
        var data = raw[..^1];
        if (data is [.., (byte)'\r']) data = data[..^1];
        var hasData = data.IndexOfAnyExcept((byte)' ', (byte)'\t') >= 0;
        wire = new WireEvent { Raw = raw, Data = hasData ? data : default, HasData = hasData };
        return true;
    }

    /// <inheritdoc/>
    public void Reset()
    {
        (_piece, _carried, Overflowed) = (default, 0, false);
        Release();
    }

    /// <inheritdoc/>
    public void Dispose() => Reset();

    private void Carry(ReadOnlySpan<byte> bytes)
    {
        if (_carry.Length - _carried < bytes.Length)
        {
            // Doubling keeps the copying linear in the line's size, however small the pieces are.
            var size = (int)Math.Min(Math.Max(Math.Max(FirstCarrySize, (long)_carried + bytes.Length), _carry.Length * 2L), Array.MaxLength);
            var larger = ArrayPool<byte>.Shared.Rent(size);
            _carry.AsSpan(0, _carried).CopyTo(larger);
            Release();
            _carry = larger;
        }
        bytes.CopyTo(_carry.AsSpan(_carried));
        _carried += bytes.Length;
    }

    private void Release()
    {
        if (_carry.Length == 0) return;
        ArrayPool<byte>.Shared.Return(_carry);
        _carry = [];
    }

    [DoesNotReturn]
    private static void ThrowNotDrained(int left) =>
        throw new InvalidOperationException($"{left} bytes of the piece before have not been read: call TryRead until it returns false.");
}
