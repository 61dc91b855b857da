using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.IO.Pipelines;
using System.Net;

namespace Edge.Upstream.Http2;

/// <summary>
/// A body that is sent while it comes. Pieces are copied before they are written, so that the pipe is not in use while the provider's flow control holds the writer
/// back; a writer that was left behind waits for the end of the exchange, because to fail would reset the stream and cut the answer.
/// </summary>
internal sealed class PipeContent : RequestContent
{
    private const int SliceSize = 16 * 1024;
    private const int PipeAtRest = 0;
    private const int PipeInUse = 1;
    private const int PipeLeft = 2;

    private readonly UpstreamRequest _request;
    private readonly PipeReader _body;
    private readonly long? _length;
    private readonly TaskCompletionSource _over = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _written = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _pipe;
    private int _starts;

    public PipeContent(UpstreamRequest request, PipeReader body)
    {
        _request = request;
        _body = body;
        _length = request.BodyStreamLength;
    }

    /// <summary>Told when a piece begins to leave (true), and when it has left (false).</summary>
    public Action<bool> Sending { get; set; } = static _ => { };

    /// <summary>Told when all has left.</summary>
    public Action Sent { get; set; } = static () => { };

    /// <summary>Told when the client's body broke off, or is not as long as was announced.</summary>
    public Action Broken { get; set; } = static () => { };

    /// <summary>Completes when the writer is done, one way or the other.</summary>
    public Task Written => _written.Task;

    public override void Detach()
    {
        if (Interlocked.Exchange(ref _pipe, PipeLeft) == PipeInUse) _body.CancelPendingRead();
    }

    /// <summary>Waits until the pipe is the caller's again.</summary>
    public Task LeaveAsync()
    {
        var before = Interlocked.Exchange(ref _pipe, PipeLeft);
        if (before != PipeInUse) return Task.CompletedTask;
        _body.CancelPendingRead();
        return Written;
    }

    public override void Close()
    {
        Detach();
        _over.TrySetResult();
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        // The handler may want to begin again on another connection; what was read from the pipe is gone.
        if (Interlocked.Increment(ref _starts) > 1) throw new IOException("the request's body was taken already");
        try
        {
            // The handler holds the head back until something is written, and a provider could not refuse what it does not know of.
            await stream.FlushAsync(cancellationToken);
            if (await WriteAsync(stream, cancellationToken)) return;
        }
        finally
        {
            _written.TrySetResult();
        }
        await _over.Task.WaitAsync(cancellationToken);
        throw new IOException("the request is over");
    }

    protected override bool TryComputeLength(out long length)
    {
        length = _length ?? 0;
        return _length is not null;
    }

    protected override void Dispose(bool disposing)
    {
        Close();
        base.Dispose(disposing);
    }

    // False = left behind.
    private async Task<bool> WriteAsync(Stream stream, CancellationToken cancel)
    {
        var left = _length ?? long.MaxValue;
        var slice = ArrayPool<byte>.Shared.Rent(SliceSize);
        while (left > 0)
        {
            if (Interlocked.CompareExchange(ref _pipe, PipeInUse, PipeAtRest) != PipeAtRest) return false;
            var (taken, isLast) = await TakeAsync(slice, cancel);
            if (Interlocked.CompareExchange(ref _pipe, PipeAtRest, PipeInUse) != PipeInUse) return false;
            if (_length is not null && (taken > left || (isLast && taken < left))) Break("the body is not as long as was announced");
            if (_length is not null) left -= taken;
            if (taken > 0)
            {
                Sending(true);
                await stream.WriteAsync(slice.AsMemory(0, taken), cancel);
                await stream.FlushAsync(cancel);
                Sending(false);
            }
            if (isLast) break;
        }
        // Back to the pool only from a writer that came to its end: after an exception somebody may still be reading.
        ArrayPool<byte>.Shared.Return(slice);
        Sent();
        return true;
    }

    [SuppressMessage("Design", "CA1031", Justification = "Whatever the pipe throws, the client's body is at its end.")]
    private async ValueTask<(int Taken, bool IsLast)> TakeAsync(byte[] slice, CancellationToken cancel)
    {
        try
        {
            var result = await _body.ReadAsync(cancel);
            var taken = (int)Math.Min(result.Buffer.Length, SliceSize);
            if (result.IsCanceled) taken = 0;
            result.Buffer.Slice(0, taken).CopyTo(slice);
            _request.IsBodyTaken |= taken > 0;
            var isLast = result.IsCompleted && taken == result.Buffer.Length;
            _body.AdvanceTo(result.Buffer.GetPosition(taken));
            if (result.IsCanceled && Volatile.Read(ref _pipe) != PipeLeft) Break("the body was cancelled");
            return (taken, isLast && !result.IsCanceled);
        }
        catch (Exception)
        {
            // The handler cancels when the provider has answered and wants no more: not the client's doing.
            if (!cancel.IsCancellationRequested) Broken();
            throw;
        }
    }

    [DoesNotReturn]
    private void Break(string why)
    {
        Broken();
        throw new IOException(why);
    }
}
