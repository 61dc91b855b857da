using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using Edge.Upstream.Http1;

namespace Edge.Upstream.Http2;

/// <summary>One exchange over <see cref="SocketsHttpHandler"/>: its answers and exceptions in the words of <see cref="UpstreamResponse"/>.</summary>
[SuppressMessage("Design", "CA1031", Justification = "Whatever the handler throws ends as a value.")]
internal sealed class Http2Response : UpstreamResponse
{
    private const int BufferSize = 8 * 1024;

    private readonly Http2Target _target;
    private readonly UpstreamClock _clock;
    private readonly CancellationTokenSource _stop = new();
    private readonly TimeSpan _firstByteTimeout;
    private TimeSpan _idleTimeout;
    private readonly long _totalDeadline;
    private long _deadline;
    private int _death;
    private CancellationTokenRegistration _cancel;
    private RequestContent? _body;
    private HttpResponseMessage? _message;
    private Stream? _stream;
    private byte[]? _buffer;
    private List<(byte[] Name, byte[] Value)>? _headers;
    private ValueTask<int> _pending;
    private bool _isPending;
    private bool _isOver;
    private long _received;
    private UpstreamRead _last;

    public Http2Response(Http2Target target, UpstreamClock clock, UpstreamRequest request)
    {
        _target = target;
        _clock = clock;
        _firstByteTimeout = request.FirstByteTimeout;
        _idleTimeout = request.IdleTimeout;
        _totalDeadline = clock.After(clock.Now, request.TotalTimeout);
        Arm(_firstByteTimeout, UpstreamFailure.FirstByteTimeout);
    }

    public override TimeSpan IdleTimeout
    {
        set => _idleTimeout = value;
    }

    public override int HeaderCount => Headers.Count;

    private UpstreamFailure Death => (UpstreamFailure)Volatile.Read(ref _death);

    private List<(byte[] Name, byte[] Value)> Headers => _headers ??= ReadHeaders();

    public async ValueTask SendAsync(HttpMessageInvoker invoker, HttpRequestMessage request, CancellationToken cancel)
    {
        _cancel = cancel.UnsafeRegister(static me => ((Http2Response)me!).Abort(), this);
        _body = request.Content as RequestContent;
        var upload = _body as PipeContent;
        if (upload is not null) Follow(upload);
        try
        {
            _message = await invoker.SendAsync(request, _stop.Token);
            // A refusal ends the upload; a success that comes early does not.
            if (upload is not null && (int)_message.StatusCode < 300) await upload.Written;
            _stream = await _message.Content.ReadAsStreamAsync(_stop.Token);
            Disarm();
            Status = (int)_message.StatusCode;
            var bodiless = request.Method == HttpMethod.Head || Status is 204 or 304;
            ContentLength = bodiless ? 0 : _message.Content.Headers.ContentLength;
            IsCloseDelimited = _message.Version.Major == 1 && !bodiless && ContentLength is null && _message.Headers.TransferEncodingChunked != true;
            if (Death is var death && death != UpstreamFailure.None) Fail(death, "");
            else if (Status is < 200 or > 599) Fail(UpstreamFailure.Protocol, "the status is out of range");
        }
        catch (Exception e)
        {
            var (failure, detail) = Http2Target.Explain(e);
            Fail(failure, detail);
        }
        finally
        {
            if (upload is not null) await upload.LeaveAsync();
            // The request's buffers are the caller's again when this returns, whatever the handler is still doing.
            if (Failure == UpstreamFailure.None && _message is not null) _body?.Detach();
            else _body?.Close();
        }
    }

    public override bool TryGetHeader(ReadOnlySpan<byte> lowerCaseName, out ReadOnlySpan<byte> value)
    {
        foreach (var header in Headers)
        {
            if (!lowerCaseName.SequenceEqual(header.Name)) continue;
            value = header.Value;
            return true;
        }
        value = default;
        return false;
    }

    public override void GetHeader(int index, out ReadOnlySpan<byte> lowerCaseName, out ReadOnlySpan<byte> value)
    {
        var header = Headers[index];
        lowerCaseName = header.Name;
        value = header.Value;
    }

    [SuppressMessage("Reliability", "CA2012", Justification = "Awaited once, by ReadAsync.")]
    public override bool TryRead(out UpstreamRead read)
    {
        read = default;
        if (!_isOver && Death is var death && death != UpstreamFailure.None) _last = Over(UpstreamRead.Failed(death));
        if (_isOver)
        {
            read = _last;
            return true;
        }
        if (!_isPending)
        {
            _buffer ??= ArrayPool<byte>.Shared.Rent(BufferSize);
            _pending = ReceiveAsync(_buffer);
            _isPending = true;
        }
        if (!_pending.IsCompleted) return false;
        _isPending = false;
        read = Take(_pending.Result);
        return true;
    }

    public override ValueTask<UpstreamRead> ReadAsync() => TryRead(out var read) ? new(read) : AwaitAsync();

    public void Sweep(long now)
    {
        var deadline = Volatile.Read(ref _deadline);
        if (now >= _totalDeadline) TryKill(UpstreamFailure.TotalTimeout);
        else if (now >= deadline >> 4) TryKill((UpstreamFailure)(deadline & 0xF));
    }

    public override void Abort() => TryKill(UpstreamFailure.Cancelled);

    public override void Dispose()
    {
        _cancel.Dispose();
        _target.Remove(this);
        if (!_isOver) TryKill(UpstreamFailure.Cancelled);
        _message?.Dispose();
        _body?.Close();
        // A read in flight still owns the buffer; then the collector takes it.
        if (_buffer is not null && !_isPending) ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = null;
    }

    private async ValueTask<UpstreamRead> AwaitAsync()
    {
        var count = await _pending;
        _isPending = false;
        return Take(count);
    }

    // Bytes, 0 at the end, -1 when the stream was cut.
    private async ValueTask<int> ReceiveAsync(byte[] buffer)
    {
        Arm(_idleTimeout, UpstreamFailure.IdleTimeout);
        try
        {
            return await _stream!.ReadAsync(buffer, _stop.Token);
        }
        catch (Exception)
        {
            return -1;
        }
        finally
        {
            Disarm();
        }
    }

    private UpstreamRead Take(int count)
    {
        if (count > 0 && Death == UpstreamFailure.None)
        {
            _received += count;
            return UpstreamRead.Of(_buffer.AsMemory(0, count));
        }
        // The handler does not compare the bytes of a stream with its content-length.
        var complete = count == 0 && Death == UpstreamFailure.None && (ContentLength is not { } length || length == _received);
        if (complete) return Over(UpstreamRead.End);
        TryKill(UpstreamFailure.Cut);
        return Over(UpstreamRead.Failed(Death));
    }

    private UpstreamRead Over(UpstreamRead last)
    {
        _isOver = true;
        return _last = last;
    }

    private void Fail(UpstreamFailure failure, string detail)
    {
        TryKill(failure);
        Failure = Death;
        FailureDetail = Failure == failure ? detail : null;
    }

    private void TryKill(UpstreamFailure why)
    {
        if (Interlocked.CompareExchange(ref _death, (int)why, (int)UpstreamFailure.None) == (int)UpstreamFailure.None) _ = StopAsync();
    }

    // The token ends a waiting send or read; only disposing the response resets the stream behind it.
    private async Task StopAsync()
    {
        await _stop.CancelAsync();
        _message?.Dispose();
    }

    // While the client is slow nobody but the total time-out is late; a provider that takes nothing is, and after the last byte one that does not answer.
    private void Follow(PipeContent upload)
    {
        Disarm();
        upload.Sending = begins =>
        {
            if (begins) Arm(_idleTimeout, UpstreamFailure.IdleTimeout);
            else Disarm();
        };
        upload.Sent = () => Arm(_firstByteTimeout, UpstreamFailure.FirstByteTimeout);
        upload.Broken = () => TryKill(UpstreamFailure.Cancelled);
    }

    private void Arm(TimeSpan span, UpstreamFailure reason) => Volatile.Write(ref _deadline, _clock.After(_clock.Now, span) << 4 | (long)reason);

    private void Disarm() => Volatile.Write(ref _deadline, UpstreamClock.Never << 4);

    [SuppressMessage("Globalization", "CA1308", Justification = "Header names are lower case by contract.")]
    private List<(byte[] Name, byte[] Value)> ReadHeaders()
    {
        var headers = new List<(byte[], byte[])>();
        if (_message is null) return headers;
        foreach (var (name, values) in _message.Headers.NonValidated.Concat(_message.Content.Headers.NonValidated))
        {
            var bytes = Encoding.Latin1.GetBytes(name.ToLowerInvariant());
            foreach (var value in values) headers.Add((bytes, Encoding.Latin1.GetBytes(value)));
        }
        return headers;
    }
}
