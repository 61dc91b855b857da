using System.Buffers;
using System.Runtime.CompilerServices;

namespace Edge.Upstream.Http1;

internal sealed partial class Http1Connection
{
    // Below this the rest of the block after the head is not worth a receive.
    private const int LeastSpace = 1024;

    // For bodies that come faster than they are read; given back at the first receive that does not fill it.
    private const int BulkSize = 32 * 1024;

    private readonly ResponseHead _head = new();

    // The head stays at the start of the block until Dispose: header lookups are slices of it.
    private byte[] _block;

    // Where body bytes are: the block behind the head, or a rented buffer.
    private byte[]? _bulk;
    private bool _isFast;
    private bool _bulkIsSlow;
    private byte[] _body = [];
    private int _position;
    private int _filled;

    private Framing _framing;
    private ChunkedDecoder _chunks;
    private long _remaining;
    private long _received;
    private bool _keepsAlive;
    private bool _isReading;
    private TimeSpan _idleTimeout;
    private bool _isOver;
    private UpstreamRead _last;

    private enum Framing : byte
    {
        Length,
        Chunked,
        UntilClose,
    }

    public override TimeSpan IdleTimeout
    {
        set => _idleTimeout = value;
    }

    public override int HeaderCount => _head.Count;

    public override bool TryGetHeader(ReadOnlySpan<byte> lowerCaseName, out ReadOnlySpan<byte> value) => _head.TryGet(_block, lowerCaseName, out value);

    public override void GetHeader(int index, out ReadOnlySpan<byte> lowerCaseName, out ReadOnlySpan<byte> value) =>
        _head.Get(_block, index, out lowerCaseName, out value);

    public override bool TryRead(out UpstreamRead read)
    {
        if (_isOver)
        {
            read = _last;
            return true;
        }
        if (Death is var death && death != UpstreamFailure.None) return Finish(UpstreamRead.Failed(death), out read);
        switch (_framing)
        {
            case Framing.Length:
                if (_remaining == 0) return Finish(UpstreamRead.End, out read);
                var length = (int)Math.Min(_remaining, _filled - _position);
                _remaining -= length;
                return Take(_position, length, out read);

            case Framing.Chunked:
                var step = _chunks.Next(_body.AsSpan(0, _filled), ref _position, out var at, out length);
                if (step == ChunkStep.Data)
                {
                    read = UpstreamRead.Of(_body.AsMemory(at, length));
                    return true;
                }
                read = default;
                return step switch
                {
                    ChunkStep.End => Finish(UpstreamRead.End, out read),
                    ChunkStep.Malformed => Finish(UpstreamRead.Failed(UpstreamFailure.Protocol), out read),
                    _ => false,
                };

            default:
                return Take(_position, _filled - _position, out read);
        }
    }

    public override ValueTask<UpstreamRead> ReadAsync() => TryRead(out var read) ? new(read) : ReceiveBodyAsync();

    private bool Take(int at, int length, out UpstreamRead read)
    {
        read = UpstreamRead.Of(_body.AsMemory(at, length));
        _position = at + length;
        return length > 0;
    }

    private bool Finish(UpstreamRead last, out UpstreamRead read)
    {
        _isOver = true;
        if (last.Kind == UpstreamReadKind.Failed)
        {
            // Whoever killed it first named the reason.
            TryKill(Generation, last.Failure);
            var death = Death;
            if (death != UpstreamFailure.None) last = UpstreamRead.Failed(death);
        }
        _last = read = last;
        return true;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<UpstreamRead> ReceiveBodyAsync()
    {
        _isReading = true;
        UpstreamRead read;
        do
        {
            var into = ChooseSpace();
            Arm(_idleTimeout, UpstreamFailure.IdleTimeout);
            var count = await _transport.ReceiveAsync(into);
            Disarm();
            if (count > 0)
            {
                _filled += count;
                if (_bulk is not null && count < into.Length) _bulkIsSlow = true;
                else if (count == into.Length) _isFast = true;
            }
            else
            {
                // A clean end is an end only where nothing else marks it.
                if (count == 0 && _framing == Framing.UntilClose) Finish(UpstreamRead.End, out read);
                else Finish(UpstreamRead.Failed(UpstreamFailure.Cut), out read);
            }
        }
        while (!TryRead(out read));
        _isReading = false;
        return read;
    }

    // Everything received has been consumed when this is called, whatever the framing: the space is free from its start.
    private Memory<byte> ChooseSpace()
    {
        var head = _head.Length;
        if (_bulk is not null && _bulkIsSlow) ReturnBodyBuffer();
        if (_bulk is null && (_isFast || _block.Length - head < LeastSpace))
        {
            _bulk = ArrayPool<byte>.Shared.Rent(_isFast ? BulkSize : BlockSize);
        }
        _isFast = _bulkIsSlow = false;
        if (_bulk is not null)
        {
            _body = _bulk;
            _position = _filled = 0;
            return _bulk;
        }
        _body = _block;
        _position = _filled = head;
        return _block.AsMemory(head);
    }

    private void ReturnBodyBuffer()
    {
        if (_bulk is not null) ArrayPool<byte>.Shared.Return(_bulk);
        _bulk = null;
        _body = [];
    }

    // RFC 9112 section 6.3; what contradicts itself was refused with the head.
    private void Frame(string method)
    {
        Status = _head.Status;
        _body = _block;
        _position = _head.Length;
        _keepsAlive = _head.KeepsAlive;
        if (Status == 101)
        {
            // No body and no end: the connection is another protocol's from here on, and its time-outs are others'.
            _framing = Framing.UntilClose;
            _keepsAlive = false;
            Volatile.Write(ref _totalDeadline, UpstreamClock.Never);
            _upgraded = new UpgradedStream(this);
        }
        else if (method == "HEAD" || Status is 204 or 304)
        {
            _framing = Framing.Length;
            ContentLength = _remaining = 0;
        }
        else if (_head.IsChunked)
        {
            _framing = Framing.Chunked;
        }
        else if (_head.ContentLength >= 0)
        {
            _framing = Framing.Length;
            ContentLength = _remaining = _head.ContentLength;
        }
        else
        {
            _framing = Framing.UntilClose;
            IsCloseDelimited = true;
            _keepsAlive = false;
        }
    }
}
