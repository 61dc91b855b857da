using System.Text;
using Edge.Configuration;
using Edge.Model;
using Edge.Providers;
using Edge.Routing.Health;
using Edge.Tests.Upstream;
using Edge.Upstream;
using Edge.Upstream.Credentials;
using ManualTime = Edge.Tests.Simulator.ManualTime;

namespace Edge.Tests.Routing.Health;

public sealed class ProbeWorkerTests : IAsyncDisposable
{
    private readonly ManualTime _time = new();
    private readonly UpstreamClient _client = new(TimeProvider.System);
    private readonly List<Target> _targets = [];
    private readonly ProbeWorker _worker;

    public ProbeWorkerTests() => _worker = new ProbeWorker(_client, () => _targets, _time);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _client.DisposeAsync();

    [Fact]
    public async Task Asks_the_path_with_the_credential_and_without_a_body()
    {
        var heads = new List<string>();
        await using var server = new FakeServer(async connection =>
        {
            while (await connection.ReadRequestAsync() is { } head)
            {
                heads.Add(head);
                await connection.SendAsync(Encoding.ASCII.GetBytes("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"));
            }
        });
        var keys = new Keys();
        var target = Target(server.Port, new UpstreamConfig { ProbeInterval = TimeSpan.FromSeconds(10), ProbePath = "a b?v={api-version}" }, keys);
        await RunAsync();
        await RunAsync(10);
        Assert.True(target.State.IsWell);
        Assert.Equal(2, heads.Count);
        Assert.StartsWith("GET /v1/a%20b?v=2026 HTTP/1.1\r\n", heads[0], StringComparison.Ordinal);
        Assert.Contains("\r\nauthorization: Bearer k1\r\n", heads[0], StringComparison.Ordinal);
        Assert.Contains("\r\nhost: example.test\r\n", heads[0], StringComparison.Ordinal);
        Assert.DoesNotContain("content-", heads[0], StringComparison.Ordinal);
        // The body was read: the connection served both.
        Assert.Equal(1, server.Accepted);
        Assert.Equal([(1, 200), (2, 200)], keys.Reports);
    }

    [Theory]
    [InlineData(200, true)]
    [InlineData(404, true)]
    [InlineData(429, true)]
    [InlineData(401, false)]
    [InlineData(403, false)]
    [InlineData(500, false)]
    [InlineData(503, false)]
    public async Task What_counts_as_well(int status, bool isWell)
    {
        await using var server = FakeServer.Answering($"HTTP/1.1 {status} X\r\ncontent-length: 0\r\n\r\n");
        var target = Target(server.Port);
        await RunAsync();
        Assert.True(target.State.IsWell);
        await RunAsync(10);
        Assert.Equal(isWell, target.State.IsWell);
    }

    [Fact]
    public async Task Two_in_a_row_make_it_unwell_and_one_makes_it_well()
    {
        var statuses = new Queue<int>([500, 200, 500, 500, 500, 200, 500]);
        await using var server = new FakeServer(async connection =>
        {
            while (await connection.ReadRequestAsync() is not null) await connection.SendAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 {statuses.Dequeue()} X\r\ncontent-length: 0\r\n\r\n"));
        });
        var target = Target(server.Port);
        var seen = new List<bool>();
        while (statuses.Count > 0)
        {
            await RunAsync(10);
            seen.Add(target.State.IsWell);
        }
        Assert.Equal([true, true, true, false, false, true, true], seen);
    }

    [Fact]
    public async Task Nobody_there_is_unwell_and_so_is_one_without_credentials()
    {
        int port;
        await using (var server = FakeServer.Answering("")) port = server.Port;
        var gone = Target(port);
        await using var healthy = FakeServer.Answering("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
        var keyless = Target(healthy.Port, credential: new Keys { Problem = "none" });
        var broken = Target(healthy.Port, credential: new Keys { Throws = true });
        await RunAsync(10);
        await RunAsync(10);
        Assert.False(gone.State.IsWell);
        Assert.False(keyless.State.IsWell);
        Assert.False(broken.State.IsWell);
        Assert.Equal(0, healthy.Accepted);
    }

    [Fact]
    public async Task Only_when_due_and_never_twice_at_once()
    {
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var asked = 0;
        await using var server = new FakeServer(async connection =>
        {
            while (await connection.ReadRequestAsync() is not null)
            {
                Interlocked.Increment(ref asked);
                await release.Task;
                await connection.SendAsync(Encoding.ASCII.GetBytes("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"));
            }
        });
        Target(server.Port);
        var first = _worker.RunOnceAsync(_time.GetTimestamp(), Cancel);
        await UpstreamKit.EventuallyAsync(() => Volatile.Read(ref asked) == 1);
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.True(_worker.RunOnceAsync(_time.GetTimestamp(), Cancel).IsCompleted);
        release.SetResult();
        await first.WaitAsync(UpstreamKit.Patience, Cancel);
        await RunAsync();
        Assert.Equal(2, asked);
        await RunAsync(9);
        Assert.Equal(2, asked);
        await RunAsync(1);
        Assert.Equal(3, asked);
    }

    [Fact]
    public async Task A_body_without_end_is_not_read_to_its_end()
    {
        await using var server = new FakeServer(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.SendAsync(Encoding.ASCII.GetBytes("HTTP/1.1 200 OK\r\n\r\n"));
            while (true) await connection.SendAsync(new byte[64 * 1024]);
        });
        var target = Target(server.Port);
        await RunAsync();
        Assert.True(target.State.IsWell);
    }

    [Fact]
    public async Task What_is_no_longer_probed_is_well_and_what_is_not_asked_for_is_not_probed()
    {
        await using var server = FakeServer.Answering("HTTP/1.1 500 X\r\ncontent-length: 0\r\n\r\n");
        var target = Target(server.Port);
        var never = Target(server.Port, new UpstreamConfig());
        await RunAsync(10);
        await RunAsync(10);
        Assert.False(target.State.IsWell);
        Assert.True(never.State.IsWell);
        _targets.Remove(target);
        await RunAsync(10);
        Assert.True(target.State.IsWell);
    }

    [Fact]
    public async Task Stops_when_told_with_a_probe_under_way()
    {
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = new FakeServer(async connection =>
        {
            await connection.ReadRequestAsync();
            asked.SetResult();
            await connection.ReadRequestAsync();
        });
        var target = Target(server.Port);
        using var stop = new CancellationTokenSource();
        var running = _worker.RunAsync(stop.Token);
        await asked.Task.WaitAsync(UpstreamKit.Patience, Cancel);
        await stop.CancelAsync();
        await running.WaitAsync(UpstreamKit.Patience, Cancel);
        Assert.True(target.State.IsWell);
    }

    private Task RunAsync(int seconds = 0)
    {
        _time.Advance(TimeSpan.FromSeconds(seconds));
        return _worker.RunOnceAsync(_time.GetTimestamp(), Cancel).WaitAsync(UpstreamKit.Patience, Cancel);
    }

    private Target Target(int port, UpstreamConfig? limits = null, ICredential? credential = null)
    {
        var target = new Target
        {
            Name = "p",
            NameHeader = "p",
            Sheet = ProviderCatalog.Find("openai")!,
            Endpoint = UpstreamKit.Endpoint(port),
            RootPath = "/v1",
            ApiVersion = "2026",
            Headers = "host: example.test\r\ncontent-type: application/json\r\n"u8.ToArray(),
            Credential = credential,
            KnownState = new ProviderState($"p{_targets.Count}", _time),
            Limits = limits ?? new UpstreamConfig { ProbeInterval = TimeSpan.FromSeconds(10) },
        };
        _targets.Add(target);
        return target;
    }

    private sealed class Keys : ICredential
    {
        private int _used;

        public string? Problem { get; init; }

        public bool Throws { get; init; }

        public List<(int Key, int Status)> Reports { get; } = [];

        public ValueTask<Authorization> AuthorizeAsync(UpstreamRequest request, CancellationToken cancel)
        {
            if (Throws) throw new InvalidOperationException();
            if (Problem is not null) return new(Authorization.None(Problem));
            var key = ++_used;
            return new(new Authorization(Encoding.ASCII.GetBytes($"authorization: Bearer k{key}\r\n"), key, null));
        }

        public void Report(int used, int status, TimeSpan? retryAfter) => Reports.Add((used, status));
    }
}
