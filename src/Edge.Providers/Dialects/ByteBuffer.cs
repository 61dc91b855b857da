using System.Buffers;

namespace Edge.Providers.Dialects;

/// <summary>A growing buffer that keeps its memory when cleared, up to a limit, so that steady traffic allocates nothing and one huge answer is not held for ever.</summary>
internal sealed class ByteBuffer : IBufferWriter<byte>
{
    private const int Keep = 64 * 1024;
    private byte[] _bytes = [];

    public int Length { get; private set; }

    public ReadOnlySpan<byte> Span => _bytes.AsSpan(0, Length);

    public void Advance(int count) => Length += count;

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _bytes.AsMemory(Length);
    }

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _bytes.AsSpan(Length);
    }

    public void Append(ReadOnlySpan<byte> bytes)
    {
        Reserve(bytes.Length);
        bytes.CopyTo(_bytes.AsSpan(Length));
        Length += bytes.Length;
    }

    /// <summary>Forgets what stands behind the first <paramref name="length"/> bytes.</summary>
    public void Truncate(int length) => Length = Math.Min(length, Length);

    public void Clear()
    {
        Length = 0;
        if (_bytes.Length > Keep) _bytes = [];
    }

    private void Reserve(int more)
    {
        var needed = Length + Math.Max(more, 1);
        if (needed > _bytes.Length) Array.Resize(ref _bytes, Math.Max(needed, Math.Max(256, _bytes.Length * 2)));
    }
}
