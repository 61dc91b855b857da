using System.Buffers;

namespace Edge.Upstream;

/// <summary>A response body in one pooled buffer.</summary>
public sealed class BufferedBody : IDisposable
{
    private byte[] _buffer;
    private int _length;

    private BufferedBody(int size) => _buffer = ArrayPool<byte>.Shared.Rent(size);

    public ReadOnlyMemory<byte> Memory => _buffer.AsMemory(0, _length);

    /// <summary>None = the body is whole.</summary>
    public UpstreamFailure Failure { get; private set; }

    /// <summary>The body is longer than allowed; the rest was not read.</summary>
    public bool IsTooLarge { get; private set; }

    /// <summary>Reads a body to its end.</summary>
    /// <param name="response">Whose head is there.</param>
    /// <param name="limit">Bytes at most.</param>
    public static async ValueTask<BufferedBody> ReadAsync(UpstreamResponse response, long limit)
    {
        var announced = response.ContentLength ?? 4096;
        var body = new BufferedBody((int)Math.Clamp(announced, 1024, 1 << 20));
        if (response.ContentLength > limit)
        {
            body.IsTooLarge = true;
            return body;
        }
        while (true)
        {
            if (!response.TryRead(out var read)) read = await response.ReadAsync();
            if (read.Kind != UpstreamReadKind.Data)
            {
                body.Failure = read.Failure;
                return body;
            }
            if (body._length + read.Data.Length > limit)
            {
                body.IsTooLarge = true;
                return body;
            }
            body.Append(read.Data.Span);
        }
    }

    public void Dispose()
    {
        if (_buffer.Length > 0) ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
        _length = 0;
    }

    private void Append(ReadOnlySpan<byte> piece)
    {
        if (_buffer.Length - _length < piece.Length)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(_length + piece.Length, _buffer.Length * 2));
            Memory.Span.CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = larger;
        }
        piece.CopyTo(_buffer.AsSpan(_length));
        _length += piece.Length;
    }
}
