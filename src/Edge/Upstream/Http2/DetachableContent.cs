using System.Buffers;
using System.Net;
using Edge.Providers.Wire;

namespace Edge.Upstream.Http2;

/// <summary>
/// A request body that lets go of the caller's buffers when it is told to. <see cref="SocketsHttpHandler"/> takes every content that is not its own for
/// duplex and may return the response head while the body is still being written, or give up without waiting for the writer; the caller then reuses its
/// buffers, and another request's bytes would go out in their place. So nothing but copies of 16 KB (a DATA frame) is ever handed to the handler, and
/// <see cref="Detach"/> copies what is still to be sent: waiting for the writer instead would lose the refusal of a server that reads no further.
/// </summary>
internal sealed class DetachableContent : RequestContent
{
    private const int SliceSize = 16 * 1024;

    // The handler sends a request again by itself, three times, where the provider says that it has not looked at it (REFUSED_STREAM, GOAWAY): right for a connection that was going away when we
    // chose it, which is over with the first. Further ones are the caller's to make, who waits, counts them and may ask somebody else.
    private const int MaxRuns = 2;

    private readonly Lock _gate = new();
    private readonly long _length;
    private BodySegments? _body;
    private byte[]? _rest;
    private int _run;
    private bool _isWriting;
    private int _segment;
    private int _offset;

    public DetachableContent(BodySegments body)
    {
        _body = body;
        _length = body.Length;
    }

    /// <summary>After this the caller's buffers are not read again; a writer under way goes on from a copy.</summary>
    public override void Detach()
    {
        lock (_gate)
        {
            if (_body is null) return;
            if (_isWriting) _rest = CopyRest(_body);
            _body = null;
            _segment = _offset = 0;
        }
    }

    /// <summary>As <see cref="Detach"/>, but a writer under way fails at its next piece.</summary>
    public override void Close()
    {
        lock (_gate)
        {
            _body = null;
            _rest = null;
            _run++;
        }
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        var run = Start();
        // Back to the pool only from a writer that came to its end: after an exception somebody may still be reading.
        var slice = ArrayPool<byte>.Shared.Rent((int)Math.Min(SliceSize, _length));
        while (Take(run, slice) is var count && count > 0) await stream.WriteAsync(slice.AsMemory(0, count), cancellationToken);
        ArrayPool<byte>.Shared.Return(slice);
    }

    protected override bool TryComputeLength(out long length)
    {
        length = _length;
        return true;
    }

    protected override void Dispose(bool disposing)
    {
        Close();
        base.Dispose(disposing);
    }

    // The handler may begin again on another connection; the writer before it has no say then.
    private int Start()
    {
        lock (_gate)
        {
            if (_body is null) throw new IOException("the request is over");
            if (_run == MaxRuns) throw new IOException("the provider turned the request away on each connection");
            _isWriting = true;
            _segment = _offset = 0;
            return ++_run;
        }
    }

    // The next bytes, as many as the slice holds; 0 at the end.
    private int Take(int run, Span<byte> slice)
    {
        lock (_gate)
        {
            if (run != _run) throw new IOException("the request is over");
            var taken = 0;
            if (_rest is { } rest)
            {
                taken = Math.Min(slice.Length, rest.Length - _offset);
                rest.AsSpan(_offset, taken).CopyTo(slice);
                _offset += taken;
            }
            else if (_body is { } body)
            {
                while (taken < slice.Length && _segment < body.Segments.Length)
                {
                    var piece = body.Segments[_segment].Span[_offset..];
                    var count = Math.Min(piece.Length, slice.Length - taken);
                    piece[..count].CopyTo(slice[taken..]);
                    taken += count;
                    _offset += count;
                    if (count < piece.Length) continue;
                    _segment++;
                    _offset = 0;
                }
            }
            if (taken > 0) return taken;
            _isWriting = false;
            _rest = null;
            return 0;
        }
    }

    private byte[]? CopyRest(BodySegments body)
    {
        var length = -(long)_offset;
        foreach (var segment in body.Segments[_segment..]) length += segment.Length;
        if (length <= 0) return null;
        var rest = new byte[length];
        var at = 0;
        for (var i = _segment; i < body.Segments.Length; i++)
        {
            var piece = body.Segments[i].Span;
            if (i == _segment) piece = piece[_offset..];
            piece.CopyTo(rest.AsSpan(at));
            at += piece.Length;
        }
        return rest;
    }
}
