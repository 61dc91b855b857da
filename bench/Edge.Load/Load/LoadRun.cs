using System.Text;
using Edge.Load.Net;
using HdrHistogram;

namespace Edge.Load.Load;

/// <summary>
/// One run: arrivals (open loop) or turns (closed loop), the window, the drain. In the open loop a request is due at its time whether or not a connection
/// is free; it waits in a queue, and its latency counts from the time it was due (no coordinated omission).
/// </summary>
internal sealed class LoadRun : LoopHandler, IDisposable
{
    private const int MaxMicroseconds = 60_000_000;
    private const int TimerArrival = 1;
    private const int TimerRamp = 2;
    private const int TimerWindowStart = 3;
    private const int TimerWindowEnd = 4;
    private const int TimerDeadline = 5;
    private const int TimerSweep = 6;
    private const int TimerRss = 7;

    private readonly EventLoop _loop = new();
    private readonly RequestTemplate _request;
    private readonly Watch? _watch;
    private readonly LoadConnection[] _connections;
    private readonly Queue<LoadConnection> _idle = new();
    private readonly Queue<long> _due = new();
    private readonly Random _random;
    private readonly Dictionary<string, long> _errors = [];
    private readonly LongHistogram _latency = Histogram();
    private readonly LongHistogram _service = Histogram();
    private readonly LongHistogram _first = Histogram();
    private readonly LongHistogram _gap = Histogram();
    private readonly long _begin;
    private readonly long _windowStart;
    private readonly long _windowEnd;
    private double _nextArrival;
    private int _ramped;
    private int _busy;
    private int _streaming;
    private int _peakStreaming;
    private bool _measuring;
    private bool _ended;
    private long _completed;
    private long _answers;
    private long _events;
    private long _eventReads;
    private long _reconnects;
    private long _measuredFrom;
    private long _measuredTo;
    private string? _firstError;

    private LoadRun(LoadOptions options, Watch? watch)
    {
        Options = options;
        _watch = watch;
        _request = new RequestTemplate(options);
        _random = new Random(options.Seed);
        _connections = [.. Enumerable.Range(0, options.Connections).Select(_ => new LoadConnection(_loop, this, options.Port))];
        _begin = EventLoop.Now + EventLoop.Nanoseconds(5);
        _windowStart = _begin + Ticks(options.Warmup);
        _windowEnd = _windowStart + Ticks(options.Duration);
        _nextArrival = _begin;
    }

    public LoadOptions Options { get; }

    private bool Open => Options.Rate > 0;

    /// <summary>Runs to the end on the calling thread; bounded by warm-up + duration + drain.</summary>
    public static LoadResult Run(LoadOptions options, Watch? watch = null)
    {
        using var run = new LoadRun(options, watch);
        return run.Go();
    }

    public ReadOnlySpan<byte> NextRequest() => _request.Next();

    public void CountReconnect() => _reconnects++;

    public void CountError(string kind) => _errors[kind] = _errors.GetValueOrDefault(kind) + 1;

    /// <summary>The beginning of the first answer with another status than 200, to tell what went wrong.</summary>
    public void KeepFirstError(ReadOnlySpan<byte> body) => _firstError ??= Encoding.UTF8.GetString(body[..Math.Min(body.Length, 400)]);

    public void CountStreaming(int change)
    {
        _streaming += change;
        _peakStreaming = Math.Max(_peakStreaming, _streaming);
    }

    public void CountEvents(int events, long now, bool first, long since)
    {
        if (!_measuring)
            return;
        _events += events;
        _eventReads++;
        Record(first ? _first : _gap, now - since);
    }

    /// <summary>A complete answer, good or bad; the connection takes the next request.</summary>
    public void Completed(LoadConnection connection, long intended, long sent, long now, bool good)
    {
        _busy--;
        _answers++;
        if (_measuring)
            _completed++;
        // Open loop: what was due in the window, however late the answer. Closed loop: what was answered in it.
        if (good && (Open ? intended >= _windowStart && intended < _windowEnd : _measuring))
        {
            Record(_latency, now - intended);
            Record(_service, now - sent);
        }
        Released(connection);
    }

    /// <summary>A request that failed; its connection rests a moment, so that a server that is not there is not asked as fast as the loop turns.</summary>
    public void Failed(LoadConnection connection, bool givesUp)
    {
        _busy--;
        if (_ended && _due.Count == 0)
            FinishIfDrained();
        else if (!givesUp)
            _loop.Schedule(connection, EventLoop.Now + EventLoop.Nanoseconds(20));
    }

    /// <summary>The connection is free for the next request.</summary>
    public void Released(LoadConnection connection)
    {
        if (Open)
        {
            if (_due.TryDequeue(out var due))
                Start(connection, due);
            else
                _idle.Enqueue(connection);
        }
        else if (!_ended)
            Start(connection, EventLoop.Now);
        FinishIfDrained();
    }

    public override void OnReady(bool readable, bool writable)
    {
    }

    public override void OnTimer(int tag)
    {
        switch (tag)
        {
            case TimerArrival:
                Arrive();
                break;
            case TimerRamp:
                Ramp();
                break;
            case TimerWindowStart:
                _watch?.Start();
                (_measuring, _measuredFrom) = (true, EventLoop.Now);
                break;
            case TimerWindowEnd:
                (_measuring, _ended, _measuredTo) = (false, true, EventLoop.Now);
                _watch?.End();
                _loop.Schedule(this, EventLoop.Now + Ticks(Options.Drain), TimerDeadline);
                FinishIfDrained();
                break;
            case TimerDeadline:
                GiveUp();
                _loop.Stop();
                break;
            case TimerSweep:
                Sweep();
                break;
            case TimerRss:
                _watch?.SampleRss();
                _loop.Schedule(this, EventLoop.Now + EventLoop.Nanoseconds(100), TimerRss);
                break;
        }
    }

    public void Dispose()
    {
        foreach (var connection in _connections)
            connection.Close();
        _loop.Dispose();
    }

    private LoadResult Go()
    {
        _loop.Schedule(this, _windowStart, TimerWindowStart);
        _loop.Schedule(this, _windowEnd, TimerWindowEnd);
        _loop.Schedule(this, _begin + EventLoop.Nanoseconds(250), TimerSweep);
        if (_watch is { HasTarget: true })
            _loop.Schedule(this, _begin, TimerRss);
        if (Open)
        {
            foreach (var connection in _connections)
                _idle.Enqueue(connection);
            _loop.Schedule(this, _begin, TimerArrival);
        }
        else
            _loop.Schedule(this, _begin, TimerRamp);
        _loop.Run();

        var seconds = (_measuredTo - _measuredFrom) / 1e9;
        return new LoadResult
        {
            WindowSeconds = seconds,
            Completed = _completed,
            Events = _events,
            EventReads = _eventReads,
            Answers = _answers,
            Errors = _errors,
            FirstError = _firstError,
            Reconnects = _reconnects,
            PeakStreams = _peakStreaming,
            Latency = Percentiles.Of(_latency),
            Service = Percentiles.Of(_service),
            FirstEvent = Options.Stream ? Percentiles.Of(_first) : null,
            Gap = Options.Stream ? Percentiles.Of(_gap) : null,
            Target = _watch?.Target(seconds),
            Mock = _watch?.Mock(seconds),
            Generator = _watch?.Generator(seconds),
            HighestRssMb = _watch is { HighestRss: > 0 } ? _watch.HighestRss / (1024.0 * 1024) : null,
        };
    }

    private void Arrive()
    {
        var now = EventLoop.Now;
        while (_nextArrival <= now && _nextArrival < _windowEnd)
        {
            var due = (long)_nextArrival;
            if (_idle.TryDequeue(out var connection))
                Start(connection, due);
            else
                _due.Enqueue(due);
            var gap = 1e9 / Options.Rate;
            _nextArrival += Options.Poisson ? -Math.Log(1 - _random.NextDouble()) * gap : gap;
        }
        if (_nextArrival < _windowEnd)
            _loop.Schedule(this, (long)_nextArrival, TimerArrival);
    }

    private void Ramp()
    {
        var ramp = Ticks(Options.Ramp);
        var now = EventLoop.Now;
        while (_ramped < _connections.Length)
        {
            var due = _begin + (long)((double)ramp * _ramped / _connections.Length);
            if (due > now)
            {
                _loop.Schedule(this, due, TimerRamp);
                return;
            }
            Start(_connections[_ramped++], now);
        }
    }

    private void Start(LoadConnection connection, long due)
    {
        _busy++;
        connection.Start(due);
    }

    private void Sweep()
    {
        var oldest = EventLoop.Now - Ticks(Options.Timeout);
        foreach (var connection in _connections)
            if (connection.Busy && connection.Sent < oldest)
                Abandon(connection, "timeout");
        _loop.Schedule(this, EventLoop.Now + EventLoop.Nanoseconds(250), TimerSweep);
    }

    // What never got an answer counts with the time it has waited so far: left out, the worst would vanish from the percentiles.
    private void GiveUp()
    {
        foreach (var connection in _connections)
            if (connection.Busy)
                Abandon(connection, "unanswered");
        while (_due.TryDequeue(out var due))
        {
            CountError("never_sent");
            Record(_latency, EventLoop.Now - due);
        }
    }

    private void Abandon(LoadConnection connection, string kind)
    {
        Record(_latency, EventLoop.Now - connection.Intended);
        connection.Fail(kind);
    }

    private void FinishIfDrained()
    {
        if (_ended && _busy == 0 && _due.Count == 0)
            _loop.Stop();
    }

    private static void Record(LongHistogram histogram, long nanoseconds) =>
        histogram.RecordValue(Math.Clamp(nanoseconds / 1000, 1, MaxMicroseconds));

    private static long Ticks(TimeSpan time) => EventLoop.Nanoseconds(time.TotalMilliseconds);

    // Three digits: a value is known to a thousandth of itself, from 1 us to a minute.
    private static LongHistogram Histogram() => new(1, MaxMicroseconds, 3);
}
