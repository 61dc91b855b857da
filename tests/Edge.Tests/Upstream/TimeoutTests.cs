using System.Net;
using System.Net.Sockets;
using Edge.Upstream;

namespace Edge.Tests.Upstream;

public class TimeoutTests
{
    private const string Hello = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static UpstreamRequest Request() => new()
    {
        Path = "/"u8.ToArray(),
        FirstByteTimeout = TimeSpan.FromSeconds(10),
        IdleTimeout = TimeSpan.FromSeconds(20),
        TotalTimeout = TimeSpan.FromSeconds(100),
    };

    [Fact]
    public async Task A_silent_server_runs_into_the_first_byte_time_out_and_not_before()
    {
        var time = new ManualTime();
        var received = new TaskCompletionSource();
        await using var server = new FakeServer(async connection =>
        {
            await connection.ReadRequestAsync();
            received.SetResult();
            await connection.WaitForCloseAsync();
        });
        await using var client = new UpstreamClient(time);
        var sending = client.StartAsync(server, Request());
        await received.Task;

        time.Advance(TimeSpan.FromSeconds(9.9), client);
        Assert.False(sending.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(0.2), client);
        using var response = await sending;
        Assert.Equal(UpstreamFailure.FirstByteTimeout, response.Failure);
        Assert.Equal(0, Assert.Single(client.Counters).Open);
    }

    [Fact]
    public async Task Half_a_head_is_not_a_first_byte()
    {
        var time = new ManualTime();
        var sent = new TaskCompletionSource();
        await using var server = new FakeServer(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.SendAsync("HTTP/1.1 200 OK\r\nContent-");
            sent.SetResult();
            await connection.WaitForCloseAsync();
        });
        await using var client = new UpstreamClient(time);
        var sending = client.StartAsync(server, Request());
        await sent.Task;
        time.Advance(TimeSpan.FromSeconds(11), client);
        using var response = await sending;
        Assert.Equal(UpstreamFailure.FirstByteTimeout, response.Failure);
    }

    [Fact]
    public async Task A_body_that_stops_runs_into_the_idle_time_out_counted_from_the_wait()
    {
        var time = new ManualTime();
        var more = new TaskCompletionSource();
        await using var server = new FakeServer(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe");
            await more.Task;
            await connection.SendAsync("l");
            await connection.WaitForCloseAsync();
        });
        await using var client = new UpstreamClient(time);
        using var response = await client.StartAsync(server, Request());
        Assert.Equal(2, (await ReadSomeAsync(response, 2)).Length);

        // A slow reader is not a slow provider: without a read waiting no idle time passes.
        time.Advance(TimeSpan.FromSeconds(30), client);
        var reading = response.ReadAsync().AsTask();
        time.Advance(TimeSpan.FromSeconds(15), client);
        more.SetResult();
        Assert.Equal("l"u8.ToArray(), (await reading).Data.ToArray());

        // One byte starts the count again.
        var last = response.ReadAsync().AsTask();
        time.Advance(TimeSpan.FromSeconds(19), client);
        Assert.False(last.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(2), client);
        Assert.Equal(UpstreamRead.Failed(UpstreamFailure.IdleTimeout), await last);
        Assert.Equal(UpstreamRead.Failed(UpstreamFailure.IdleTimeout), await response.ReadAsync());
    }

    [Fact]
    public async Task The_total_time_out_ends_a_body_however_lively()
    {
        var time = new ManualTime();
        await using var server = new FakeServer(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhe");
            await connection.WaitForCloseAsync();
        });
        await using var client = new UpstreamClient(time);
        using var response = await client.StartAsync(server, Request());
        await ReadSomeAsync(response, 2);
        time.Advance(TimeSpan.FromSeconds(99), client);
        Assert.False(response.TryRead(out _));
        time.Advance(TimeSpan.FromSeconds(1.1), client);
        Assert.Equal(UpstreamRead.Failed(UpstreamFailure.TotalTimeout), await response.ReadAsync());
    }

    [Fact]
    public async Task A_server_that_accepts_nothing_runs_into_the_connect_time_out()
    {
        // A full backlog: the kernel answers no further SYN, which is what a black hole looks like on loopback.
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(0);
        var port = ((IPEndPoint)listener.LocalEndPoint!).Port;
        var fillers = new List<Socket>();
        while (!IsFull(port))
        {
            Assert.True(fillers.Count < 100, "The backlog does not fill.");
            var filler = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            fillers.Add(filler);
            await filler.ConnectAsync(IPAddress.Loopback, port, Token);
        }

        var time = new ManualTime();
        await using var client = new UpstreamClient(time);
        var sending = client.SendAsync(UpstreamKit.Endpoint(port), Request(), Token).AsTask();
        time.Advance(TimeSpan.FromSeconds(4.9), client);
        Assert.False(sending.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(0.2), client);
        using var response = await sending.WaitAsync(UpstreamKit.Patience, Token);
        Assert.Equal(UpstreamFailure.ConnectTimeout, response.Failure);
        await client.DisposeAsync();
        fillers.ForEach(filler => filler.Dispose());
    }

    // The kernel's own word: of a socket that listens, the two queues are what waits to be accepted and how much of it may. https://www.kernel.org/doc/html/latest/networking/proc_net_tcp.html
    private static bool IsFull(int port)
    {
        foreach (var line in File.ReadLines("/proc/net/tcp").Skip(1))
        {
            var columns = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (columns[3] != "0A" || !columns[1].EndsWith($":{port:X4}", StringComparison.Ordinal)) continue;
            var queues = columns[4].Split(':');
            return Convert.ToInt64(queues[1], 16) > Convert.ToInt64(queues[0], 16);
        }
        throw new InvalidOperationException("The kernel knows of no such listener.");
    }

    [Fact]
    public async Task A_tls_handshake_that_hangs_runs_into_the_connect_time_out()
    {
        var time = new ManualTime();
        var accepted = new TaskCompletionSource();
        await using var server = new FakeServer(async connection =>
        {
            accepted.SetResult();
            await connection.WaitForCloseAsync();
        });
        await using var client = new UpstreamClient(time);
        var sending = client.SendAsync(UpstreamKit.Endpoint(server.Port) with { UseTls = true }, Request(), Token).AsTask();
        await accepted.Task;
        time.Advance(TimeSpan.FromSeconds(5.1), client);
        using var response = await sending.WaitAsync(UpstreamKit.Patience, Token);
        Assert.Equal(UpstreamFailure.ConnectTimeout, response.Failure);
    }

    [Fact]
    public async Task Nobody_listening_is_a_connect_failure()
    {
        var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();
        await using var client = new UpstreamClient(TimeProvider.System);
        using var response = await client.SendAsync(UpstreamKit.Endpoint(port), Request(), Token);
        Assert.Equal((UpstreamFailure.Connect, "ConnectionRefused"), (response.Failure, response.FailureDetail));
    }

    [Fact]
    public async Task A_name_that_does_not_exist_is_a_dns_failure()
    {
        await using var client = new UpstreamClient(TimeProvider.System);
        // A label of more than 63 bytes: refused by the resolver without asking anyone.
        using var response = await client.SendAsync(new() { Host = new string('x', 70) + ".invalid", Port = 1 }, Request(), Token);
        Assert.Equal(UpstreamFailure.Dns, response.Failure);
    }

    [Fact]
    public async Task A_reset_before_the_head_is_a_reset_and_within_the_body_a_cut()
    {
        foreach (var (sent, expected) in new[] { ("", UpstreamFailure.Reset), ("HTTP/1.1 200 OK\r\n", UpstreamFailure.Reset), ("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhe", UpstreamFailure.Cut) })
        {
            var read = new TaskCompletionSource();
            await using var server = new FakeServer(async connection =>
            {
                await connection.ReadRequestAsync();
                await connection.SendAsync(sent);
                if (sent.Contains("\r\n\r\n", StringComparison.Ordinal)) await read.Task;
                connection.Reset();
            });
            await using var client = new UpstreamClient(TimeProvider.System);
            using var response = await client.StartAsync(server, Request());
            if (response.Failure == UpstreamFailure.None)
            {
                await ReadSomeAsync(response, 2);
                read.SetResult();
            }
            Assert.Equal(expected, response.Failure == UpstreamFailure.None ? (await response.DrainAsync()).Failure : response.Failure);
        }
    }

    [Fact]
    public async Task An_idle_connection_is_closed_when_its_time_has_come()
    {
        var time = new ManualTime();
        var closed = new TaskCompletionSource();
        await using var server = new FakeServer(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.SendAsync(Hello);
            await connection.WaitForCloseAsync();
            closed.SetResult();
        });
        await using var client = new UpstreamClient(time);
        await client.FetchAsync(server, Request());
        var counters = Assert.Single(client.Counters);
        time.Advance(TimeSpan.FromSeconds(89), client);
        Assert.Equal((1, 1), (counters.Open, counters.Idle));
        time.Advance(TimeSpan.FromSeconds(2), client);
        Assert.Equal((0, 0), (counters.Open, counters.Idle));
        await closed.Task.WaitAsync(UpstreamKit.Patience, Token);
    }

    private static async Task<byte[]> ReadSomeAsync(UpstreamResponse response, int count)
    {
        var bytes = new List<byte>();
        while (bytes.Count < count) bytes.AddRange((await response.ReadAsync()).Data.ToArray());
        return [.. bytes];
    }
}
