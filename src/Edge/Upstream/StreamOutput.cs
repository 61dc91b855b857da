using System.Buffers;
using System.IO.Pipelines;
using Edge.Pipeline;

namespace Edge.Upstream;

/// <summary>
/// Where a stream's events are written. Until the head is sent they are held: a provider whose first event is an error gets its honest status that way, and the
/// server's writer has no memory to give before the head.
/// </summary>
public sealed class StreamOutput : IBufferWriter<byte>, IDisposable
{
    private readonly PooledBuffer _held = new();
    private PipeWriter? _writer;

    public bool IsStarted => _writer is not null;

    /// <summary>Bytes written since Begin, held ones included.</summary>
    public long Length { get; private set; }

    /// <summary>Bytes that the server has not been told to send yet.</summary>
    public long Unflushed => _writer is { CanGetUnflushedBytes: true } ? _writer.UnflushedBytes : Length > 0 ? 1 : 0;

    public void Begin()
    {
        _held.Clear();
        _writer = null;
        Length = 0;
    }

    /// <summary>The head is written: what was held goes first.</summary>
    public void Start(PipeWriter writer)
    {
        _writer = writer;
        writer.Write(_held.Span);
        _held.Clear();
    }

    public void Dispose() => _held.Dispose();

    public void Advance(int count)
    {
        Length += count;
        if (_writer is null) _held.Advance(count);
        else _writer.Advance(count);
    }

    public Memory<byte> GetMemory(int sizeHint = 0) => _writer is null ? _held.GetMemory(sizeHint) : _writer.GetMemory(sizeHint);

    public Span<byte> GetSpan(int sizeHint = 0) => _writer is null ? _held.GetSpan(sizeHint) : _writer.GetSpan(sizeHint);
}
