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

    /// <summary>The client's connection broke while something was being written: nothing that is written now arrives.</summary>
    public bool IsGone { get; private set; }

    /// <summary>Bytes written since Begin, held ones included.</summary>
    public long Length { get; private set; }

    /// <summary>Bytes that the server has not been told to send yet.</summary>
    public long Unflushed => _writer is { CanGetUnflushedBytes: true } ? _writer.UnflushedBytes : Length > 0 ? 1 : 0;

    public void Begin()
    {
        _held.Clear();
        _writer = null;
        IsGone = false;
        Length = 0;
    }

    /// <summary>The head is written: what was held goes first.</summary>
    public void Start(PipeWriter writer)
    {
        _writer = writer;
        // Not by the library's Write, which throws where a connection that has just been aborted has no memory to give.
        for (var rest = _held.Span; !rest.IsEmpty;)
        {
            var span = writer.GetSpan();
            if (span.IsEmpty)
            {
                IsGone = true;
                break;
            }
            var count = Math.Min(span.Length, rest.Length);
            rest[..count].CopyTo(span);
            writer.Advance(count);
            rest = rest[count..];
        }
        _held.Clear();
    }

    public void Dispose() => _held.Dispose();

    public void Advance(int count)
    {
        Length += count;
        if (_writer is null) _held.Advance(count);
        // Into memory of our own that nobody reads.
        else if (!IsGone) _writer.Advance(count);
    }

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        if (_writer is null || IsGone) return _held.GetMemory(sizeHint);
        var memory = _writer.GetMemory(sizeHint);
        return memory.Length >= Math.Max(sizeHint, 1) ? memory : Gone(sizeHint);
    }

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        if (_writer is null || IsGone) return _held.GetSpan(sizeHint);
        var span = _writer.GetSpan(sizeHint);
        return span.Length >= Math.Max(sizeHint, 1) ? span : Gone(sizeHint).Span;
    }

    // The server's writer has no memory left to give once the connection is aborted, which may be in the midst of an event.
    private Memory<byte> Gone(int sizeHint)
    {
        IsGone = true;
        return _held.GetMemory(sizeHint);
    }
}
