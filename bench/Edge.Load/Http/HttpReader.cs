using System.Buffers.Text;
using System.Text;

namespace Edge.Load.Http;

/// <summary>What a message's head says about its framing (RFC 9112, section 6).</summary>
internal readonly ref struct HttpHead(ReadOnlySpan<byte> startLine, long contentLength, bool chunked, bool close, bool expectContinue, bool eventStream)
{
    public ReadOnlySpan<byte> StartLine { get; } = startLine;

    /// <summary>-1 when absent.</summary>
    public long ContentLength { get; } = contentLength;

    public bool Chunked { get; } = chunked;

    public bool Close { get; } = close;

    public bool ExpectContinue { get; } = expectContinue;

    /// <summary>The content type is text/event-stream.</summary>
    public bool EventStream { get; } = eventStream;

    /// <summary>The status of a response, 0 when the start line is not that of one.</summary>
    public int Status => StartLine.Length >= 12 && StartLine.StartsWith("HTTP/1."u8)
        && Utf8Parser.TryParse(StartLine.Slice(9, 3), out int status, out var used) && used == 3 ? status : 0;
}

internal interface IHttpSink
{
    void OnHead(in HttpHead head);

    void OnBody(ReadOnlySpan<byte> bytes);

    void OnEnd();
}

/// <summary>An HTTP/1.1 message reader that may be fed in pieces of any size.</summary>
internal sealed class HttpReader(bool readsResponses)
{
    private const int MaxHead = 64 * 1024;

    private enum State
    {
        Head,
        Length,
        ChunkSize,
        ChunkExtension,
        ChunkSizeLf,
        ChunkData,
        ChunkCr,
        ChunkLf,
        Trailer,
        UntilClose,
    }

    private State _state;
    private byte[] _head = [];
    private int _headLength;
    private long _left;
    private int _digits;
    private int _lineLength;
    private bool _stop;

    /// <summary>Why <see cref="Feed{TSink}"/> returned false.</summary>
    public string Error { get; private set; } = "";

    /// <summary>True between messages: a close now cuts nothing off.</summary>
    public bool AtBoundary => _state == State.Head && _headLength == 0;

    /// <summary>Forgets a message begun; for a connection that starts afresh.</summary>
    public void Reset() => (_state, _headLength, _stop, Error) = (State.Head, 0, false, "");

    /// <summary>Makes a running <see cref="Feed{TSink}"/> return; for a sink that closed its connection.</summary>
    public void Stop() => _stop = true;

    /// <summary>The peer closed. A body that lasts until then is complete.</summary>
    /// <returns>False when a message was cut off.</returns>
    public bool FeedEnd<TSink>(TSink sink)
        where TSink : IHttpSink
    {
        if (_state != State.UntilClose)
            return AtBoundary;
        _state = State.Head;
        sink.OnEnd();
        return true;
    }

    /// <returns>False when the bytes are not HTTP/1.1; the connection is then of no further use.</returns>
    public bool Feed<TSink>(ReadOnlySpan<byte> data, TSink sink)
        where TSink : IHttpSink
    {
        _stop = false;
        while (!data.IsEmpty && !_stop)
        {
            switch (_state)
            {
                case State.Head:
                    if (!FeedHead(ref data, sink))
                        return false;
                    break;
                case State.Length or State.ChunkData:
                    var take = (int)Math.Min(_left, data.Length);
                    sink.OnBody(data[..take]);
                    data = data[take..];
                    _left -= take;
                    if (_left == 0)
                    {
                        if (_state == State.ChunkData)
                            _state = State.ChunkCr;
                        else
                            End(sink);
                    }
                    break;
                case State.UntilClose:
                    sink.OnBody(data);
                    return true;
                default:
                    if (!FeedFraming(data[0], sink))
                        return false;
                    data = data[1..];
                    break;
            }
        }
        return true;
    }

    private bool FeedHead<TSink>(ref ReadOnlySpan<byte> data, TSink sink)
        where TSink : IHttpSink
    {
        ReadOnlySpan<byte> head;
        if (_headLength == 0)
        {
            var end = data.IndexOf("\r\n\r\n"u8);
            if (end < 0)
                return Keep(ref data);
            head = data[..(end + 2)];
            data = data[(end + 4)..];
        }
        else
        {
            var before = _headLength;
            var all = data;
            if (!Keep(ref data))
                return false;
            var from = Math.Max(0, before - 3);
            var end = _head.AsSpan(from, _headLength - from).IndexOf("\r\n\r\n"u8);
            if (end < 0)
                return true;
            head = _head.AsSpan(0, from + end + 2);
            data = all[(from + end + 4 - before)..];
        }
        _headLength = 0;
        return Parse(head, sink);
    }

    private bool Keep(ref ReadOnlySpan<byte> data)
    {
        if (_headLength + data.Length > _head.Length)
        {
            if (_headLength > MaxHead)
                return Fail("head_too_large");
            Array.Resize(ref _head, Math.Max(1024, (_headLength + data.Length) * 2));
        }
        data.CopyTo(_head.AsSpan(_headLength));
        _headLength += data.Length;
        data = default;
        return true;
    }

    private bool Parse<TSink>(ReadOnlySpan<byte> head, TSink sink)
        where TSink : IHttpSink
    {
        var lineEnd = head.IndexOf("\r\n"u8);
        var startLine = head[..lineEnd];
        head = head[(lineEnd + 2)..];
        long length = -1;
        bool chunked = false, close = startLine.EndsWith("HTTP/1.0"u8) || startLine.StartsWith("HTTP/1.0"u8), expect = false, eventStream = false;
        while (!head.IsEmpty)
        {
            lineEnd = head.IndexOf("\r\n"u8);
            var line = head[..lineEnd];
            head = head[(lineEnd + 2)..];
            // Four names of interest begin with c, t or e; the rest is skipped on one comparison.
            if (line.IsEmpty || (line[0] | 0x20) is not ('c' or 't' or 'e'))
                continue;
            var colon = line.IndexOf((byte)':');
            if (colon < 0)
                return Fail("bad_header");
            var name = line[..colon];
            var value = line[(colon + 1)..].Trim((byte)' ');
            if (Ascii.EqualsIgnoreCase(name, "content-length"u8))
            {
                if (!Utf8Parser.TryParse(value, out length, out var used) || used != value.Length || length < 0)
                    return Fail("bad_content_length");
            }
            else if (Ascii.EqualsIgnoreCase(name, "transfer-encoding"u8))
                chunked = Ascii.EqualsIgnoreCase(value, "chunked"u8);
            else if (Ascii.EqualsIgnoreCase(name, "connection"u8))
                close = Ascii.EqualsIgnoreCase(value, "close"u8) || (close && !Ascii.EqualsIgnoreCase(value, "keep-alive"u8));
            else if (Ascii.EqualsIgnoreCase(name, "expect"u8))
                expect = Ascii.EqualsIgnoreCase(value, "100-continue"u8);
            else if (Ascii.EqualsIgnoreCase(name, "content-type"u8))
                eventStream = value.StartsWith("text/event-stream"u8);
        }
        var message = new HttpHead(startLine, length, chunked, close, expect, eventStream);
        if (readsResponses)
        {
            var status = message.Status;
            if (status == 0)
                return Fail("not_http");
            if (status < 200)
                return true; // An interim answer; the final one follows.
        }
        sink.OnHead(message);
        if (_stop)
            return true;
        if (chunked)
            BeginChunk();
        else if (length > 0)
            (_state, _left) = (State.Length, length);
        else if (length < 0 && readsResponses)
            _state = State.UntilClose;
        else
            End(sink);
        return true;
    }

    private bool FeedFraming<TSink>(byte b, TSink sink)
        where TSink : IHttpSink
    {
        switch (_state)
        {
            case State.ChunkSize:
                if (HexValue(b) is var digit and >= 0 && _digits < 15)
                {
                    _left = (_left << 4) | (uint)digit;
                    _digits++;
                    return true;
                }
                if (_digits == 0 || b is not ((byte)'\r' or (byte)';' or (byte)' '))
                    return Fail("bad_chunk_size");
                _state = b == '\r' ? State.ChunkSizeLf : State.ChunkExtension;
                return true;
            case State.ChunkExtension:
                if (b == '\r')
                    _state = State.ChunkSizeLf;
                return true;
            case State.ChunkSizeLf:
                if (b != '\n')
                    return Fail("bad_chunk_size");
                _lineLength = 0;
                _state = _left == 0 ? State.Trailer : State.ChunkData;
                return true;
            case State.ChunkCr:
                _state = State.ChunkLf;
                return b == '\r' || Fail("bad_chunk_end");
            case State.ChunkLf:
                BeginChunk();
                return b == '\n' || Fail("bad_chunk_end");
            case State.Trailer:
                if (b != '\n')
                    _lineLength += b == '\r' ? 0 : 1;
                else if (_lineLength == 0)
                    End(sink);
                else
                    _lineLength = 0;
                return true;
            default:
                return Fail("bad_state");
        }
    }

    private void BeginChunk() => (_state, _left, _digits) = (State.ChunkSize, 0, 0);

    private void End<TSink>(TSink sink)
        where TSink : IHttpSink
    {
        _state = State.Head;
        sink.OnEnd();
    }

    private bool Fail(string error)
    {
        Error = error;
        return false;
    }

    private static int HexValue(byte b) => b switch
    {
        >= (byte)'0' and <= (byte)'9' => b - '0',
        >= (byte)'a' and <= (byte)'f' => b - 'a' + 10,
        >= (byte)'A' and <= (byte)'F' => b - 'A' + 10,
        _ => -1,
    };
}
