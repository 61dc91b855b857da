using System.Buffers;
using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.IO.Pipelines;

namespace Edge.Upstream.Http1;

/// <summary>A body that is sent while it comes: sending and waiting for the answer run side by side, so that a provider that refuses early is heard.</summary>
internal sealed partial class Http1Connection
{
    // Room before a piece for its length in hexadecimal and CR LF, behind it for CR LF (RFC 9112 section 7.1).
    private const int ChunkHead = 10;
    private const int ChunkTail = 2;

    // Who may touch the caller's pipe: the uploader while it reads, nobody once it was stopped. What is sent is a copy, so that a send to a provider
    // that reads no further need not be waited for.
    private const int PipeInUse = 0;
    private const int PipeAtRest = 1;
    private const int PipeLeft = 2;

    private int _pipe;
    private bool _hasUploaded;
    private Task<bool>? _upload;

    private async ValueTask<(UpstreamFailure Failure, string? Detail)> UploadAsync(UpstreamRequest request)
    {
        var body = request.BodyStream!;
        var generation = Generation;
        // While the client is slow, nobody but the total time-out is late.
        Disarm();
        _pipe = PipeAtRest;
        var sending = _upload = SendStreamAsync(request, body, generation);
        var reading = ReadHeadAsync().AsTask();
        var early = await Task.WhenAny(sending, reading) == reading;
        var (failure, detail) = (UpstreamFailure.None, default(string));
        if (early)
        {
            (failure, detail) = await reading;
            // A success that comes early is no refusal: some answer before they have read all, and need the rest all the same.
            if (failure == UpstreamFailure.None && _head.Status < 300) early = false;
        }
        if (early && !sending.IsCompleted)
        {
            if (Interlocked.Exchange(ref _pipe, PipeLeft) == PipeInUse)
            {
                body.CancelPendingRead();
                await sending;
            }
            _hasUploaded = false;
            return (failure, detail);
        }
        _hasUploaded = await sending;
        if (!reading.IsCompleted) Arm(request.FirstByteTimeout, UpstreamFailure.FirstByteTimeout);
        return await reading;
    }

    // True = all of it left.
    [SuppressMessage("Design", "CA1031", Justification = "Whatever the pipe throws, the client's body is at its end.")]
    private async Task<bool> SendStreamAsync(UpstreamRequest request, PipeReader body, long generation)
    {
        var isChunked = request.BodyStreamLength is null;
        var left = request.BodyStreamLength ?? long.MaxValue;
        var idle = request.IdleTimeout;
        var staging = ArrayPool<byte>.Shared.Rent(Math.Max(HeadLength(request), StagingSize));
        try
        {
            var head = WriteHead(request, staging);
            if (!await SendPieceAsync(staging.AsMemory(0, head), idle)) return false;
            while (left > 0)
            {
                if (Interlocked.CompareExchange(ref _pipe, PipeInUse, PipeAtRest) != PipeAtRest) return false;
                var result = await body.ReadAsync();
                if (result.IsCanceled)
                {
                    body.AdvanceTo(result.Buffer.Start);
                    if (Volatile.Read(ref _pipe) == PipeLeft) return false;
                    // The caller's own cancel: as good as a client that left.
                    TryKill(generation, UpstreamFailure.Cancelled);
                    return false;
                }
                var taken = (int)Math.Min(result.Buffer.Length, staging.Length - ChunkHead - ChunkTail);
                var isLast = result.IsCompleted && taken == result.Buffer.Length;
                result.Buffer.Slice(0, taken).CopyTo(staging.AsSpan(ChunkHead));
                request.IsBodyTaken |= taken > 0;
                body.AdvanceTo(result.Buffer.GetPosition(taken));
                if (Interlocked.CompareExchange(ref _pipe, PipeAtRest, PipeInUse) != PipeInUse) return false;

                if (!isChunked && (taken > left || (isLast && taken < left)))
                {
                    // Shorter or longer than was announced: whatever were sent now, the provider would take it for something else.
                    TryKill(generation, UpstreamFailure.Cancelled);
                    return false;
                }
                if (!isChunked) left -= taken;
                var piece = staging.AsMemory(ChunkHead, taken);
                if (isChunked) piece = Chunk(staging, taken);
                if (taken > 0 && !await SendPieceAsync(piece, idle)) return false;
                if (isLast) break;
            }
            return !isChunked || await SendPieceAsync("0\r\n\r\n"u8.ToArray(), idle);
        }
        catch (Exception)
        {
            // The client's connection broke, or its body is malformed.
            TryKill(generation, UpstreamFailure.Cancelled);
            return false;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(staging);
        }
    }

    // A provider that takes nothing for the idle time-out is late.
    private async ValueTask<bool> SendPieceAsync(ReadOnlyMemory<byte> piece, TimeSpan idle)
    {
        Arm(idle, UpstreamFailure.IdleTimeout);
        var sent = await _transport.SendAsync(piece);
        // Once it was stopped, the deadline is the answer's.
        if (Volatile.Read(ref _pipe) != PipeLeft) Disarm();
        return sent;
    }

    private static Memory<byte> Chunk(byte[] staging, int length)
    {
        Span<byte> digits = stackalloc byte[8];
        Utf8Formatter.TryFormat(length, digits, out var count, 'x');
        var at = ChunkHead - 2 - count;
        digits[..count].CopyTo(staging.AsSpan(at));
        "\r\n"u8.CopyTo(staging.AsSpan(ChunkHead - 2));
        "\r\n"u8.CopyTo(staging.AsSpan(ChunkHead + length));
        return staging.AsMemory(at, ChunkHead + length + ChunkTail - at);
    }
}
