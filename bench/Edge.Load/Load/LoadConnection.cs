using Edge.Load.Http;
using Edge.Load.Net;

namespace Edge.Load.Load;

/// <summary>One keep-alive connection of the generator: at most one request at a time.</summary>
internal sealed class LoadConnection(EventLoop loop, LoadRun run, int port) : Connection(loop), IHttpSink
{
    private const int MaxConsecutiveFailures = 100;

    private readonly HttpReader _reader = new(readsResponses: true);
    private readonly SseCounter _sse = new();
    private bool _connecting;
    private bool _served;
    private long _intended;
    private long _sent;
    private long _lastEvent;
    private long _now;
    private int _status;
    private int _failures;
    private int _eventsInRead;
    private long _bodyBytes;
    private byte _firstByte;
    private byte _lastByte;
    private bool _close;
    private bool _isEventStream;

    /// <summary>A request is under way.</summary>
    public bool Busy { get; private set; }

    /// <summary>Its text has begun to arrive.</summary>
    public bool Streaming { get; private set; }

    public long Intended => _intended;

    public long Sent => _sent;

    /// <summary>Sends a request that was due at <paramref name="intended"/>, connecting first where needed.</summary>
    public void Start(long intended)
    {
        (Busy, Streaming, _intended, _sent) = (true, false, intended, EventLoop.Now);
        if (IsOpen)
        {
            SendRequest();
            return;
        }
        if (_served)
            run.CountReconnect();
        _reader.Reset();
        var fd = Sockets.BeginConnect(port);
        if (fd < 0)
            Fail($"connect_errno_{-fd}");
        else
        {
            _connecting = true;
            Attach(fd, connecting: true);
        }
    }

    public override void OnReady(bool readable, bool writable)
    {
        if (_connecting)
        {
            _connecting = false;
            if (Sockets.PendingError(Fd) is var error and not 0)
                Fail($"connect_errno_{error}");
            else if (Flush())
                SendRequest();
            return;
        }
        if (writable && !Flush())
        {
            Fail("reset_while_sending");
            return;
        }
        while (readable && IsOpen)
        {
            var data = Loop.Receive(Fd, out var closed, out var more);
            _now = EventLoop.Now;
            if (closed)
                PeerClosed();
            else if (!data.IsEmpty)
            {
                if (!Busy)
                    Fail("bytes_without_request");
                else if (!_reader.Feed(data, this))
                    Fail(_reader.Error);
                CountEvents();
            }
            if (!more)
                return;
        }
    }

    /// <summary>Gives the request up and counts it as an error of that kind.</summary>
    public void Fail(string kind)
    {
        _reader.Stop();
        Close();
        _connecting = false;
        _eventsInRead = 0;
        var wasBusy = Busy;
        EndRequest();
        run.CountError(kind);
        if (wasBusy)
            run.Failed(this, givesUp: ++_failures >= MaxConsecutiveFailures);
    }

    public override void OnTimer(int tag) => run.Released(this);

    public void OnHead(in HttpHead head)
    {
        _status = head.Status;
        _isEventStream = head.EventStream;
        _close = head.Close;
        _bodyBytes = 0;
        _sse.Reset();
    }

    public void OnBody(ReadOnlySpan<byte> bytes)
    {
        if (_bodyBytes == 0)
            _firstByte = bytes[0];
        _lastByte = bytes[^1];
        if (_status != 200)
            run.KeepFirstError(bytes);
        _bodyBytes += bytes.Length;
        if (!_isEventStream)
            return;
        var before = _sse.Tokens;
        _sse.Feed(bytes);
        _eventsInRead += _sse.Tokens - before;
    }

    public void OnEnd()
    {
        CountEvents();
        var error = Verdict();
        var (intended, sent) = (_intended, _sent);
        if (_close)
        {
            _reader.Stop();
            Close();
        }
        _served = true;
        _failures = 0;
        EndRequest();
        if (error is not null)
            run.CountError(error);
        run.Completed(this, intended, sent, _now, good: error is null);
    }

    // Per read from the socket and not per HTTP chunk: a proxy that passes chunks through as they are would otherwise never seem to send two at once.
    private void CountEvents()
    {
        if (_eventsInRead == 0)
            return;
        run.CountEvents(_eventsInRead, _now, first: !Streaming, Streaming ? _lastEvent : _intended);
        _lastEvent = _now;
        _eventsInRead = 0;
        if (!Streaming)
        {
            Streaming = true;
            run.CountStreaming(1);
        }
    }

    private string? Verdict()
    {
        var options = run.Options;
        if (_status != 200)
            return $"status_{_status}";
        if (!options.Stream)
            return _bodyBytes > 1 && _firstByte == '{' && (_lastByte is (byte)'}' or (byte)'\n') ? null : "not_json";
        return !_isEventStream ? "not_event_stream"
            : _sse.Failed ? "error_event"
            : !_sse.Done ? "no_done"
            : _sse.AfterDone ? "data_after_done"
            : options.ExpectEvents > 0 && _sse.Tokens != options.ExpectEvents ? "event_count"
            : null;
    }

    private void SendRequest()
    {
        _sent = EventLoop.Now;
        if (!Send(run.NextRequest()))
            Fail("reset_while_sending");
    }

    private void PeerClosed()
    {
        if (!Busy)
            Close();
        else if (_reader.AtBoundary)
            Fail("closed_without_answer");
        else if (_reader.FeedEnd(this))
            Close();
        else
            Fail("cut_off");
    }

    private void EndRequest()
    {
        if (Streaming)
            run.CountStreaming(-1);
        (Busy, Streaming) = (false, false);
    }
}
