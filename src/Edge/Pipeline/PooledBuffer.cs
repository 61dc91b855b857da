using System.Buffers;

namespace Edge.Pipeline;

/// <summary>A growing buffer out of the shared pool. Holds nothing after <see cref="Clear"/>, so it may live on a pooled object.</summary>
public sealed class PooledBuffer : IBufferWriter<byte>, IDisposable
{
    private byte[] _bytes = [];

    public int Length { get; private set; }

    public ReadOnlyMemory<byte> Memory => _bytes.AsMemory(0, Length);

    public ReadOnlySpan<byte> Span => _bytes.AsSpan(0, Length);

    public void Append(ReadOnlySpan<byte> piece)
    {
        Ensure(piece.Length);
        piece.CopyTo(_bytes.AsSpan(Length));
        Length += piece.Length;
    }

    /// <summary>Puts a piece in the place of some of the content.</summary>
    public void Replace(int start, int count, ReadOnlySpan<byte> piece)
    {
        Ensure(Math.Max(0, piece.Length - count));
        _bytes.AsSpan((start + count)..Length).CopyTo(_bytes.AsSpan(start + piece.Length));
        piece.CopyTo(_bytes.AsSpan(start));
        Length += piece.Length - count;
    }

    /// <summary>Room for at least <paramref name="more"/> further bytes.</summary>
    public void Ensure(int more)
    {
        if (_bytes.Length - Length >= more) return;
        // Doubling keeps the copying linear, also where a body comes in many small pieces.
        var larger = ArrayPool<byte>.Shared.Rent((int)Math.Min(Math.Max((long)Length + more, _bytes.Length * 2L), Array.MaxLength));
        Span.CopyTo(larger);
        if (_bytes.Length > 0) ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = larger;
    }

    public void Advance(int count) => Length += count;

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Ensure(Math.Max(sizeHint, 256));
        return _bytes.AsMemory(Length);
    }

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Ensure(Math.Max(sizeHint, 256));
        return _bytes.AsSpan(Length);
    }

    /// <summary>Forgets the content and returns the memory.</summary>
    public void Clear()
    {
        Length = 0;
        if (_bytes.Length == 0) return;
        ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = [];
    }

    public void Dispose() => Clear();
}
