using System.Text;
using Edge.Upstream;
using Edge.Upstream.Simulator;

namespace Edge.Tests.Simulator;

public class SimulatorTimeTests
{
    private static readonly string _stream = SimulatorBench.Chat("one two three", "\"stream\":true", "echo");
    private static readonly string _whole = SimulatorBench.Chat("one two three", "", "echo");

    private readonly SimulatorBench _bench = new();

    [Fact]
    public async Task The_head_comes_after_its_delay()
    {
        var bench = new SimulatorBench(new() { AllowRequestControl = true, FirstByteDelay = TimeSpan.FromMilliseconds(300) });
        foreach (var (control, due) in new[] { ("", 300), ("delay=200ms", 200), ("delay=1.5s", 1500) })
        {
            var sent = bench.SendAsync(_whole, control);
            bench.Time.Advance(due - 1);
            Assert.False(sent.IsCompleted);
            bench.Time.Advance(1);
            Assert.True(sent.IsCompleted);
            using var response = await sent;
            Assert.Equal(UpstreamFailure.None, response.Failure);
            Assert.Equal(UpstreamReadKind.End, SimulatorBench.Drain(response).Last.Kind);
        }
        Assert.True(bench.SendAsync(_whole, "delay=0ms").IsCompleted);
        Assert.Equal(0, bench.Time.Alive);
    }

    [Fact]
    public async Task Send_returns_the_head_and_the_first_read_waits()
    {
        using var response = _bench.Send(_whole, "delay=200ms");
        Assert.Equal(200, response.Status);
        Assert.False(response.TryRead(out _));
        var read = response.ReadAsync();
        _bench.Time.Advance(199);
        Assert.False(read.IsCompleted);
        _bench.Time.Advance(1);
        Assert.True(read.IsCompleted);
        Assert.Equal(UpstreamReadKind.Data, (await read).Kind);
    }

    [Fact]
    public async Task Chunks_come_at_the_pace_and_the_rest_at_once()
    {
        using var response = await _bench.SendAsync(_stream, "chunk_delay=20ms");
        var arrivals = new List<(long, string)>();
        var start = _bench.Time.GetTimestamp();
        while (true)
        {
            var pending = response.ReadAsync();
            while (!pending.IsCompleted) _bench.Time.Advance(1);
            var read = await pending;
            if (read.Kind != UpstreamReadKind.Data) break;
            var text = Encoding.UTF8.GetString(read.Data.Span);
            arrivals.Add(((_bench.Time.GetTimestamp() - start) / TimeSpan.TicksPerMillisecond,
                text.Contains("\"role\"") ? "role" : text.Contains("\"content\"") ? "text" : text.Contains("DONE") ? "done" : "finish"));
        }
        Assert.Equal([(0, "role"), (0, "text"), (20, "text"), (40, "text"), (40, "finish"), (40, "done")], arrivals);
        Assert.Equal(1, _bench.Time.Created);
        Assert.Equal(0, _bench.Time.Alive);
    }

    [Fact]
    public async Task A_slow_reader_finds_the_chunks_that_came_meanwhile()
    {
        using var response = await _bench.SendAsync(_stream, "chunk_delay=20ms");
        _bench.Time.Advance(40);
        Assert.Equal(UpstreamReadKind.End, SimulatorBench.Drain(response).Last.Kind);
        Assert.Equal(0, _bench.Time.Created);
    }

    [Fact]
    public async Task Dripping_pauses_between_pieces_of_any_body()
    {
        using var response = await _bench.SendAsync(_whole, "drip=100,chunk_delay=10ms");
        var count = 0;
        while (true)
        {
            Assert.True(response.TryRead(out var read));
            if (read.Kind == UpstreamReadKind.End) break;
            count++;
            if (count * 100 >= _bench.Text(_whole).Length) continue;
            Assert.False(response.TryRead(out _));
            _bench.Time.Advance(10);
        }
        Assert.Equal((_bench.Text(_whole).Length + 99) / 100, count);
    }

    [Fact]
    public async Task A_whole_answer_does_not_wait_for_the_chunk_delay()
    {
        using var response = await _bench.SendAsync(_whole, "chunk_delay=10s");
        Assert.Equal(UpstreamReadKind.End, SimulatorBench.Drain(response).Last.Kind);
    }

    [Theory]
    [InlineData(100, 200, 0, 100, UpstreamFailure.FirstByteTimeout)]
    [InlineData(200, 100, 0, 100, UpstreamFailure.TotalTimeout)]
    [InlineData(0, 100, 0, 100, UpstreamFailure.TotalTimeout)]
    [InlineData(100, 0, 0, 100, UpstreamFailure.FirstByteTimeout)]
    [InlineData(100, 100, 5, 100, UpstreamFailure.FirstByteTimeout)]
    public async Task A_head_that_hangs_or_is_late_times_out(int firstByte, int total, int idle, int due, UpstreamFailure failure)
    {
        foreach (var control in new[] { "hang", "delay=600s" })
        {
            var sent = _bench.SendAsync(Timeouts(_whole, firstByte, idle, total), control);
            _bench.Time.Advance(due - 1);
            Assert.False(sent.IsCompleted);
            _bench.Time.Advance(1);
            Assert.True(sent.IsCompleted);
            using var response = await sent;
            Assert.Equal(failure, response.Failure);

            using var sync = _bench.Send(Timeouts(_whole, firstByte, idle, total), control);
            var read = sync.ReadAsync();
            _bench.Time.Advance(due - 1);
            Assert.False(read.IsCompleted);
            _bench.Time.Advance(1);
            Assert.Equal(UpstreamRead.Failed(failure), await read);
        }
        Assert.Equal(0, _bench.Time.Alive);
    }

    [Fact]
    public async Task A_head_within_its_timeout_counts_even_if_read_late()
    {
        using var inTime = _bench.Send(Timeouts(_whole, 100, 0, 0), "delay=50ms");
        using var late = _bench.Send(Timeouts(_whole, 100, 0, 0), "delay=150ms");
        _bench.Time.Advance(500);
        Assert.Equal(UpstreamReadKind.Data, (await inTime.ReadAsync()).Kind);
        Assert.Equal(UpstreamRead.Failed(UpstreamFailure.FirstByteTimeout), await late.ReadAsync());
    }

    [Fact]
    public async Task Silence_within_the_body_is_an_idle_timeout_at_every_byte()
    {
        var complete = Encoding.UTF8.GetBytes(_bench.Text(_stream));
        for (var at = 0; at <= complete.Length; at += 17)
        {
            using var response = await _bench.SendAsync(Timeouts(_stream, 10, 100, 1000), $"hang_after={at}");
            var bytes = new List<byte>();
            while (response.TryRead(out var read)) bytes.AddRange(read.Data.Span);
            Assert.Equal(complete[..at], bytes);
            _bench.Time.Advance(50);
            var waiting = response.ReadAsync();
            _bench.Time.Advance(99);
            Assert.False(waiting.IsCompleted);
            _bench.Time.Advance(1);
            Assert.Equal(UpstreamRead.Failed(UpstreamFailure.IdleTimeout), await waiting);
            Assert.Equal(UpstreamRead.Failed(UpstreamFailure.IdleTimeout), await response.ReadAsync());
        }
        Assert.Equal(0, _bench.Time.Alive);
    }

    [Fact]
    public async Task A_pace_slower_than_the_idle_timeout_is_one_too()
    {
        using var response = await _bench.SendAsync(Timeouts(_stream, 0, 100, 0), "chunk_delay=150ms");
        while (response.TryRead(out _))
        {
        }
        var waiting = response.ReadAsync();
        _bench.Time.Advance(100);
        Assert.Equal(UpstreamRead.Failed(UpstreamFailure.IdleTimeout), await waiting);
    }

    [Fact]
    public async Task The_total_timeout_ends_a_body_that_keeps_coming()
    {
        using var response = await _bench.SendAsync(Timeouts(_stream, 10, 100, 30), "chunk_delay=20ms");
        while (response.TryRead(out _))
        {
        }
        var second = response.ReadAsync();
        _bench.Time.Advance(20);
        Assert.Equal(UpstreamReadKind.Data, (await second).Kind);
        var third = response.ReadAsync();
        _bench.Time.Advance(10);
        Assert.Equal(UpstreamRead.Failed(UpstreamFailure.TotalTimeout), await third);
    }

    [Fact]
    public async Task Without_limits_a_hang_waits_until_it_is_aborted()
    {
        var response = _bench.Send(Timeouts(_whole, 0, 0, 0), "hang");
        var waiting = response.ReadAsync();
        _bench.Time.Advance(TimeSpan.FromDays(1000));
        Assert.False(waiting.IsCompleted);
        Assert.Equal(0, _bench.Time.Created);
        response.Abort();
        Assert.Equal(UpstreamRead.Failed(UpstreamFailure.Cancelled), await waiting);
    }

    [Fact]
    public async Task A_wait_longer_than_a_timer_takes_is_kept()
    {
        var sent = _bench.SendAsync(Timeouts(_whole, 0, 0, int.MaxValue), "hang");
        _bench.Time.Advance(TimeSpan.FromMilliseconds(int.MaxValue - 1));
        Assert.False(sent.IsCompleted);
        _bench.Time.Advance(1);
        Assert.Equal(UpstreamFailure.TotalTimeout, (await sent).Failure);
    }

    [Fact]
    public async Task Abort_ends_a_waiting_read_and_every_later_one()
    {
        var response = await _bench.SendAsync(_stream, "hang_after=100");
        while (response.TryRead(out _))
        {
        }
        var waiting = response.ReadAsync();
        Assert.Equal(1, _bench.Time.Alive);
        await Task.Run(response.Abort, TestContext.Current.CancellationToken);
        Assert.Equal(UpstreamRead.Failed(UpstreamFailure.Cancelled), await waiting);
        response.Abort();
        Assert.Equal(UpstreamRead.Failed(UpstreamFailure.Cancelled), await response.ReadAsync());
        Assert.True(response.TryRead(out var read));
        Assert.Equal(UpstreamFailure.Cancelled, read.Failure);
        Assert.Equal(0, _bench.Time.Alive);
        response.Dispose();
        response.Abort();
    }

    [Fact]
    public void Abort_between_reads_and_after_the_end()
    {
        using var response = _bench.Send(_stream);
        Assert.True(response.TryRead(out _));
        response.Abort();
        Assert.True(response.TryRead(out var read));
        Assert.Equal(UpstreamRead.Failed(UpstreamFailure.Cancelled), read);

        using var complete = _bench.Send(_stream);
        SimulatorBench.Drain(complete);
        complete.Abort();
        Assert.True(complete.TryRead(out read));
        Assert.Equal(UpstreamRead.End, read);
    }

    [Fact]
    public async Task Dispose_ends_what_waits()
    {
        var response = _bench.Send(_whole, "hang");
        var waiting = response.ReadAsync();
        response.Dispose();
        Assert.Equal(UpstreamFailure.Cancelled, (await waiting).Failure);
        Assert.Equal(0, _bench.Time.Alive);
    }

    [Fact]
    public async Task A_token_cancels_the_head_and_the_body()
    {
        using var before = new CancellationTokenSource();
        await before.CancelAsync();
        using var never = await _bench.SendCancellable(SimulatorBench.Request(_whole), "", before.Token);
        Assert.Equal(UpstreamFailure.Cancelled, never.Failure);

        using var head = new CancellationTokenSource();
        var sent = _bench.SendCancellable(SimulatorBench.Request(_whole), "hang", head.Token);
        Assert.False(sent.IsCompleted);
        await head.CancelAsync();
        Assert.Equal(UpstreamFailure.Cancelled, (await sent).Failure);

        using var body = new CancellationTokenSource();
        using var response = await _bench.SendCancellable(SimulatorBench.Request(_whole), "hang_after=0", body.Token);
        var waiting = response.ReadAsync();
        await body.CancelAsync();
        Assert.Equal(UpstreamFailure.Cancelled, (await waiting).Failure);
        Assert.Equal(0, _bench.Time.Alive);
    }

    [Fact]
    public async Task A_second_read_while_one_waits_is_a_defect_of_the_caller()
    {
        using var response = _bench.Send(_whole, "hang");
        var waiting = response.ReadAsync();
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await response.ReadAsync());
        response.Abort();
        Assert.Equal(UpstreamFailure.Cancelled, (await waiting).Failure);
    }

    [Fact]
    public async Task Abort_races_with_timers_without_losing_a_read()
    {
        var bench = new SimulatorClient(TimeProvider.System, new() { AllowRequestControl = true });
        for (var i = 0; i < 200; i++)
        {
            using var response = bench.Send(SimulatorBench.Request(_stream), "delay=1ms,chunk_delay=1ms"u8, TestContext.Current.CancellationToken);
            var aborted = Task.Run(response.Abort, TestContext.Current.CancellationToken);
            UpstreamRead read;
            do
            {
                read = await response.ReadAsync();
            }
            while (read.Kind == UpstreamReadKind.Data);
            await aborted;
            Assert.True(read.Kind == UpstreamReadKind.End || read.Failure == UpstreamFailure.Cancelled);
        }
    }

    [Theory]
    [InlineData(0, 0, 0)]
    [InlineData(10_001, 0, 0)]
    [InlineData(1, -1, 0)]
    [InlineData(1, 0, -1)]
    [InlineData(1, 86_400_001, 0)]
    public void Settings_out_of_range_are_refused(int chunk, int first, int delay)
    {
        var settings = new SimulatorSettings { ChunkTokens = chunk, FirstByteDelay = TimeSpan.FromMilliseconds(first), ChunkDelay = TimeSpan.FromMilliseconds(delay) };
        Assert.Throws<ArgumentOutOfRangeException>(() => new SimulatorClient(TimeProvider.System, settings));
    }

    private static UpstreamRequest Timeouts(string body, int firstByte, int idle, int total)
    {
        var request = SimulatorBench.Request(body);
        request.FirstByteTimeout = TimeSpan.FromMilliseconds(firstByte);
        request.IdleTimeout = TimeSpan.FromMilliseconds(idle);
        request.TotalTimeout = TimeSpan.FromMilliseconds(total);
        return request;
    }
}
