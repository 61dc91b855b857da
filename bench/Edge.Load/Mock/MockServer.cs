using Edge.Load.Net;

namespace Edge.Load.Mock;

/// <summary>What the mock has seen; read it with <c>GET /mock</c>.</summary>
internal sealed class MockCounts
{
    public long Connections;
    public long Open;
    public long Requests;
    public long BodyBytes;
    public long Streams;
    public long Events;

    /// <summary>Streams whose reader went away before the end.</summary>
    public long CancelledStreams;

    public long BadRequests;

    public string ToJson() => $$"""
        {"connections":{{Connections}},"open":{{Open}},"requests":{{Requests}},"body_bytes":{{BodyBytes}},"streams":{{Streams}},"events":{{Events}},"cancelled_streams":{{CancelledStreams}},"bad_requests":{{BadRequests}}}
        """;
}

/// <summary>An LLM provider that costs a few microseconds a request: the OpenAI and the Anthropic chat shapes, streamed or not.</summary>
internal sealed class MockServer : LoopHandler, IDisposable
{
    // See EventLoop.TimerQuantum: twelve events a wake-up at 50,000 events a second.
    private const long TickNanoseconds = 250_000;

    private readonly EventLoop _loop = new() { TimerQuantum = TickNanoseconds };
    private readonly int _listener;
    private MockSettings _settings;

    public MockServer(int port, MockSettings settings)
    {
        (_listener, Port) = Sockets.Listen(port);
        _settings = settings;
        Answers = new MockAnswers(settings);
        _loop.Add(this, _listener);
    }

    public int Port { get; }

    public MockCounts Counts { get; } = new();

    public MockAnswers Answers { get; private set; }

    /// <summary>Takes effect for requests that arrive from now on.</summary>
    public MockSettings Settings
    {
        get => _settings;
        set => (_settings, Answers) = (value, new MockAnswers(value));
    }

    public void Run() => _loop.Run();

    public void Stop() => _loop.Stop();

    /// <summary>Ends <see cref="Run"/> at that time, so that a mock that was forgotten goes away by itself.</summary>
    public void StopAfter(TimeSpan lifetime, int parent) => _loop.Schedule(new Watchdog(_loop, lifetime, parent), EventLoop.Now);

    public override void OnReady(bool readable, bool writable)
    {
        int fd;
        while ((fd = Sockets.Accept(_listener)) >= 0)
        {
            Counts.Connections++;
            Counts.Open++;
            _ = new MockConnection(_loop, this, fd);
        }
    }

    public void Dispose()
    {
        _loop.Close(this, _listener);
        _loop.Dispose();
    }

    private sealed class Watchdog(EventLoop loop, TimeSpan lifetime, int parent) : LoopHandler
    {
        private readonly long _end = EventLoop.Now + EventLoop.Nanoseconds(lifetime.TotalMilliseconds);

        public override void OnReady(bool readable, bool writable)
        {
        }

        public override void OnTimer(int tag)
        {
            if (EventLoop.Now >= _end || (parent > 0 && !Directory.Exists($"/proc/{parent}")))
                loop.Stop();
            else
                loop.Schedule(this, EventLoop.Now + EventLoop.Nanoseconds(500));
        }
    }
}
