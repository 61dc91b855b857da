using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Text;

namespace Edge.Upstream.Http1;

internal sealed partial class Http1Connection
{
    // Head and a small body leave in one send; a copy of 16 KB costs less than a second system call. Also what is sent in one piece
    // when a body consists of many small segments.
    private const int StagingSize = 16 * 1024;

    // A server that closed an idle connection while the request was on its way says so within a round trip. One that breaks it later may have worked
    // on the request, and sending it again would pay for it twice.
    private static readonly TimeSpan StaleWindow = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Sends the request and reads the response head. Where it fails, <see cref="UpstreamResponse.Failure"/> says why and the connection is closed.
    /// </summary>
    /// <returns>
    /// True when the server closed the connection without having read the request, as far as can be told: the send failed, or the connection broke at
    /// once and without a byte of an answer. On a reused connection worth a second try.
    /// </returns>
    [SuppressMessage("Design", "CA1031", Justification = "What ends here as a value cannot leak a connection.")]
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<bool> ExchangeAsync(UpstreamRequest request, long start, CancellationToken cancel)
    {
        Begin(request, start);
        try
        {
            if (cancel.CanBeCanceled) _cancel = cancel.UnsafeRegister(static me => ((Http1Connection)me!).Abort(), this);

            bool sent;
            long sentAt;
            UpstreamFailure failure;
            string? detail;
            if (request.BodyStream is null)
            {
                sent = await SendRequestAsync(request);
                sentAt = _clock.Now;
                if (sent) Arm(request.FirstByteTimeout, UpstreamFailure.FirstByteTimeout);
                // Also after a broken send: a server that refuses a large body early answers and then closes.
                (failure, detail) = await ReadHeadAsync();
            }
            else
            {
                // The same type of result as above: another would make this method's state larger for every request.
                (failure, detail) = await UploadAsync(request);
                sent = _hasUploaded;
                sentAt = _clock.Now;
            }
            if (failure == UpstreamFailure.None)
            {
                Frame(request.Method);
                // Not the provider's word: whoever reads it as one would take the provider's key for wrong.
                if (_head.Status == 407 && _pool.Forwarding is not null)
                {
                    Fail(UpstreamFailure.Proxy, "the proxy wants a user and a password, or others (status 407)");
                    return false;
                }
                if (!sent) _keepsAlive = false;
                Disarm();
                return false;
            }
            var unread = failure == UpstreamFailure.Reset && _received == 0 && (!sent || _clock.Now < _clock.After(sentAt, StaleWindow));
            Fail(failure, detail);
            return unread;
        }
        catch (Exception e)
        {
            // Nothing is known to throw here; if something does, the exchange still ends as a value and the connection leaves the pool.
            Fail(UpstreamFailure.Protocol, e.Message);
            return false;
        }
    }

    private void Fail(UpstreamFailure failure, string? detail)
    {
        _cancel.Dispose();
        _cancel = default;
        TryKill(Generation, failure);
        Failure = Death == UpstreamFailure.None ? failure : Death;
        FailureDetail = Failure == failure ? detail : null;
        _isOver = true;
        _last = UpstreamRead.Failed(Failure);
        Close();
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> SendRequestAsync(UpstreamRequest request)
    {
        var body = request.Body;
        var head = HeadLength(request);
        var staging = ArrayPool<byte>.Shared.Rent((int)Math.Max(head, Math.Min(StagingSize, head + body.Length)));
        try
        {
            var used = WriteHead(request, staging);
            for (var i = 0; i < body.Segments.Length; i++)
            {
                var segment = body.Segments[i];
                if (used > 0 || segment.Length < StagingSize)
                {
                    var copied = Math.Min(segment.Length, staging.Length - used);
                    segment.Span[..copied].CopyTo(staging.AsSpan(used));
                    used += copied;
                    segment = segment[copied..];
                    if (segment.IsEmpty) continue;
                    // The staging buffer is full.
                    if (!await _transport.SendAsync(staging.AsMemory(0, used))) return false;
                    used = 0;
                }
                if (segment.Length >= StagingSize)
                {
                    if (!await _transport.SendAsync(segment)) return false;
                }
                else
                {
                    segment.Span.CopyTo(staging);
                    used = segment.Length;
                }
            }
            return used == 0 || await _transport.SendAsync(staging.AsMemory(0, used));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(staging);
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<(UpstreamFailure Failure, string? Detail)> ReadHeadAsync()
    {
        _received = 0;
        var interim = 0;
        while (true)
        {
            var count = await ReceiveIntoBlockAsync();
            if (Death is var death && death != UpstreamFailure.None) return (death, null);
            if (count <= 0) return (UpstreamFailure.Reset, count == 0 ? "the connection was closed before a response head" : _transport.Error);
            _received += count;
            _filled += count;

            var progress = _head.Parse(_block.AsSpan(0, _filled));
            while (progress == HeadProgress.Complete && _head.Status < 200)
            {
                // 100 Continue, 102, 103 Early Hints: read over. 101 would change the protocol, which nobody asked for.
                interim += _head.Length;
                if (_head.Status == 101 && _wantsUpgrade) break;
                if (_head.Status == 101 || interim > _maxHead) return (UpstreamFailure.Protocol, "an interim response that nobody asked for");
                _block.AsSpan(_head.Length, _filled - _head.Length).CopyTo(_block);
                _filled -= _head.Length;
                _head.Reset();
                progress = _head.Parse(_block.AsSpan(0, _filled));
            }
            if (progress == HeadProgress.Malformed) return (UpstreamFailure.Protocol, _head.Problem);
            if (progress == HeadProgress.Complete && _head.Status == 101 && !IsExpectedUpgrade()) return (UpstreamFailure.Protocol, "a change to a protocol that nobody asked for");
            if (progress == HeadProgress.Complete && _head.Length <= _maxHead) return (UpstreamFailure.None, null);
            if (progress == HeadProgress.Complete || _filled >= _maxHead) return (UpstreamFailure.Protocol, "the response head is larger than allowed");
        }
    }

    private ValueTask<int> ReceiveIntoBlockAsync()
    {
        if (_isPending)
        {
            _isPending = false;
            return _pending;
        }
        if (_filled == _block.Length)
        {
            var larger = ArrayPool<byte>.Shared.Rent(_block.Length * 2);
            _block.AsSpan(0, _filled).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_block);
            _block = larger;
        }
        return _transport.ReceiveAsync(_block.AsMemory(_filled));
    }

    private bool IsExpectedUpgrade() =>
        _head.TryGet(_block, "upgrade"u8, out var protocol) && Ascii.EqualsIgnoreCase(protocol, "websocket"u8);

    private static bool SendsLength(UpstreamRequest request) => request.Body.Length > 0 || request.Method is "POST" or "PUT" or "PATCH";

    // method SP request-target SP HTTP/1.1 CR LF (the target in absolute form for a proxy, RFC 9112 section 3.2.2), the header lines, content-length, an empty line.
    private int HeadLength(UpstreamRequest request) =>
        (_pool.Forwarding?.Length ?? 0) + request.Method.Length + 1 + request.Path.Length + " HTTP/1.1\r\n".Length + request.TargetHeaders.Length + request.RequestHeaders.Length + request.CredentialHeaders.Length
        + (SendsLength(request) ? "content-length: \r\n".Length + 20 : 0)
        + (request.BodyStream is null ? 0 : "transfer-encoding: chunked\r\n".Length + 20)
        + (request.Upgrade is { } upgrade ? "connection: upgrade\r\nupgrade: \r\n".Length + upgrade.Length : 0) + 2;

    private int WriteHead(UpstreamRequest request, Span<byte> into)
    {
        var at = Encoding.ASCII.GetBytes(request.Method, into);
        into[at++] = (byte)' ';
        if (_pool.Forwarding is { } proxy) at = Append(into, at, proxy.Origin);
        at = Append(into, at, request.Path.Span);
        at = Append(into, at, " HTTP/1.1\r\n"u8);
        if (_pool.Forwarding is { } forwarding) at = Append(into, at, forwarding.Lines);
        at = Append(into, at, request.TargetHeaders.Span);
        at = Append(into, at, request.RequestHeaders.Span);
        at = Append(into, at, request.CredentialHeaders.Span);
        if (request.Upgrade is { } upgrade)
        {
            at = Append(into, at, "connection: upgrade\r\nupgrade: "u8);
            at += Encoding.ASCII.GetBytes(upgrade, into[at..]);
            at = Append(into, at, "\r\n"u8);
        }
        if (request is { BodyStream: not null, BodyStreamLength: null })
        {
            at = Append(into, at, "transfer-encoding: chunked\r\n"u8);
        }
        else if (request.BodyStream is not null || SendsLength(request))
        {
            at = Append(into, at, "content-length: "u8);
            (request.BodyStreamLength ?? request.Body.Length).TryFormat(into[at..], out var digits);
            at = Append(into, at + digits, "\r\n"u8);
        }
        return Append(into, at, "\r\n"u8);
    }

    private static int Append(Span<byte> into, int at, ReadOnlySpan<byte> piece)
    {
        piece.CopyTo(into[at..]);
        return at + piece.Length;
    }
}
