using System.Text;
using Edge.Load.Http;
using Edge.Load.Net;

namespace Edge.Load.Mock;

/// <summary>One connection of the mock: a request, its answer, the next request. Requests are not pipelined by any client that this bench drives.</summary>
internal sealed class MockConnection : Connection, IHttpSink
{
    private static readonly byte[] StreamName = "\"stream\""u8.ToArray();
    private static readonly byte[] UsageName = "\"include_usage\""u8.ToArray();

    private enum Route
    {
        NotFound,
        Health,
        Control,
        OpenAi,
        Anthropic,
    }

    private readonly MockServer _server;
    private readonly HttpReader _reader = new(readsResponses: false);
    private FlagMatcher _stream = new(StreamName);
    private FlagMatcher _usage = new(UsageName);
    private Route _route;
    private string _control = "";
    private bool _closeAfter;
    private bool _answering;

    private StreamFrames? _frames;
    private int _sent;
    private int _events;
    private long _interval;
    private long _next;

    // Timers of an answer that was cut off are told apart by this.
    private int _answer;

    public MockConnection(EventLoop loop, MockServer server, int fd)
        : base(loop)
    {
        _server = server;
        Attach(fd, connecting: false);
    }

    public override void OnReady(bool readable, bool writable)
    {
        if (writable && (!Flush() || (_closeAfter && !_answering && !HasPending)))
            Drop();
        while (readable && IsOpen)
        {
            var data = Loop.Receive(Fd, out var closed, out var more);
            if (closed)
                Drop();
            else if (!data.IsEmpty && !_reader.Feed(data, this))
            {
                _server.Counts.BadRequests++;
                Drop();
            }
            if (!more)
                return;
        }
    }

    public void OnHead(in HttpHead head)
    {
        if (_answering)
        {
            // Pipelined into an answer that is still running.
            _server.Counts.BadRequests++;
            Drop();
            return;
        }
        _stream.Reset();
        _usage.Reset();
        _closeAfter = head.Close;
        var target = Target(head.StartLine);
        var query = target.IndexOf((byte)'?');
        var path = query < 0 ? target : target[..query];
        _route = path.EndsWith("/chat/completions"u8) ? Route.OpenAi
            : path.EndsWith("/v1/messages"u8) ? Route.Anthropic
            : path.SequenceEqual("/health"u8) ? Route.Health
            : path.SequenceEqual("/mock"u8) ? Route.Control
            : Route.NotFound;
        if (_route == Route.Control)
            _control = query < 0 ? "" : Encoding.ASCII.GetString(target[(query + 1)..]);
        if (head.ExpectContinue && !Send("HTTP/1.1 100 Continue\r\n\r\n"u8))
            Drop();
    }

    public void OnBody(ReadOnlySpan<byte> bytes)
    {
        _server.Counts.BodyBytes += bytes.Length;
        _stream.Feed(bytes);
        if (_route == Route.OpenAi)
            _usage.Feed(bytes);
    }

    public void OnEnd()
    {
        var settings = _server.Settings;
        _answering = true;
        _answer++;
        if (_route is Route.OpenAi or Route.Anthropic)
        {
            if (++_server.Counts.Requests == settings.StallAt)
                Thread.Sleep((int)settings.StallMs);
            if (settings.DelayMs > 0)
            {
                _sent = -1;
                Loop.Schedule(this, EventLoop.Now + EventLoop.Nanoseconds(settings.DelayMs), _answer);
                return;
            }
        }
        Answer();
    }

    public override void OnTimer(int tag)
    {
        if (!IsOpen || tag != _answer)
            return;
        if (_sent < 0)
            Answer();
        else
            NextEvent();
    }

    private void Answer()
    {
        var answers = _server.Answers;
        if (_stream.Found && _route is (Route.OpenAi or Route.Anthropic))
        {
            BeginStream(_route == Route.Anthropic ? answers.AnthropicStream
                : _usage.Found ? answers.OpenAiStreamWithUsage : answers.OpenAiStream);
            return;
        }
        Finish(Send(_route switch
        {
            Route.OpenAi => answers.OpenAiJson,
            Route.Anthropic => answers.AnthropicJson,
            Route.Health => answers.Health,
            Route.Control => Control(),
            _ => answers.NotFound,
        }));
    }

    private void BeginStream(StreamFrames frames)
    {
        var settings = _server.Settings;
        _server.Counts.Streams++;
        if (settings.IntervalMs == 0)
        {
            _server.Counts.Events += settings.Events;
            Finish(Send(frames.Whole(settings.Events)));
            return;
        }
        (_frames, _sent, _events) = (frames, 0, settings.Events);
        _interval = EventLoop.Nanoseconds(settings.IntervalMs);
        _next = EventLoop.Now;
        if (!Send(frames.Opening))
            Drop();
        else
            NextEvent();
    }

    // The last text and the closing events leave in one piece, as providers send them: a stream is as many writes as it has texts.
    private void NextEvent()
    {
        var frames = _frames!;
        var frame = frames.Texts[_sent % frames.Texts.Length];
        _sent++;
        _server.Counts.Events++;
        if (_sent == _events)
        {
            Span<byte> last = stackalloc byte[frame.Length + frames.Closing.Length];
            frame.CopyTo(last);
            frames.Closing.CopyTo(last[frame.Length..]);
            _frames = null;
            Finish(Send(last));
        }
        else if (!Send(frame))
            Drop();
        else
        {
            _next += _interval;
            Loop.Schedule(this, _next, _answer);
        }
    }

    private void Finish(bool sent)
    {
        _answering = false;
        if (!sent || (_closeAfter && !HasPending))
            Drop();
    }

    private void Drop()
    {
        if (!IsOpen)
            return;
        if (_frames is not null)
            _server.Counts.CancelledStreams++;
        _frames = null;
        _server.Counts.Open--;
        _answer++;
        _reader.Stop();
        Close();
    }

    private byte[] Control()
    {
        try
        {
            var settings = _server.Settings;
            foreach (var pair in _control.Split('&', StringSplitOptions.RemoveEmptyEntries))
            {
                var equals = pair.IndexOf('=', StringComparison.Ordinal);
                settings = settings.With(equals < 0 ? pair : pair[..equals], equals < 0 ? "" : pair[(equals + 1)..]);
            }
            _server.Settings = settings;
            return MockAnswers.Json(_server.Counts.ToJson());
        }
        catch (ArgumentException error)
        {
            return MockAnswers.Answer("400 Bad Request", $$$"""{"error":{"message":"{{{error.Message}}}"}}""");
        }
    }

    private static ReadOnlySpan<byte> Target(ReadOnlySpan<byte> startLine)
    {
        var from = startLine.IndexOf((byte)' ') + 1;
        var to = startLine.LastIndexOf((byte)' ');
        return to > from ? startLine[from..to] : default;
    }
}
