using Edge.Upstream;

namespace Edge.Tests.Upstream;

public class SweeperTests
{
    private const string Hello = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_target_that_throws_costs_the_others_nothing()
    {
        var targets = new List<FakeTarget>();
        await using var client = new UpstreamClient(new ManualTime(), _ =>
        {
            targets.Add(new FakeTarget());
            return targets[^1];
        });
        for (var port = 1; port <= 4; port++) (await client.SendAsync(UpstreamKit.Endpoint(port), UpstreamKit.Request(), Token)).Dispose();
        targets[0].Throws = targets[2].Throws = true;
        client.Sweep(1);
        client.Sweep(2);
        Assert.Equal([2, 2, 2, 2], targets.Select(target => target.Sweeps));
        Assert.Equal(4, client.SweepFailures);
    }

    [Fact]
    public async Task A_pool_that_nobody_uses_goes_away_and_comes_back_when_asked_for()
    {
        await using var server = FakeServer.Answering(Hello);
        var time = new ManualTime();
        await using var client = new UpstreamClient(time);
        var endpoint = UpstreamKit.Endpoint(server.Port);
        Assert.Equal("hello", (await client.FetchAsync(endpoint)).Body);
        time.Advance(TimeSpan.FromSeconds(91), client); // The connection is idle too long ...
        Assert.Equal(0, Assert.Single(client.Counters).Open);
        time.Advance(TimeSpan.FromSeconds(89), client);
        Assert.Single(client.Counters);
        time.Advance(TimeSpan.FromSeconds(2), client); // ... and then the pool.
        Assert.Empty(client.Counters);

        Assert.Equal("hello", (await client.FetchAsync(endpoint)).Body);
        Assert.Equal(1, Assert.Single(client.Counters).Created);
    }

    [Fact]
    public async Task A_pool_with_an_exchange_or_a_connection_stays()
    {
        await using var server = new FakeServer(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhe");
            await connection.WaitForCloseAsync();
        });
        var time = new ManualTime();
        await using var client = new UpstreamClient(time);
        var request = UpstreamKit.Request();
        request.TotalTimeout = TimeSpan.FromHours(1);
        using var response = await client.StartAsync(server, request);
        for (var i = 0; i < 10; i++) time.Advance(TimeSpan.FromMinutes(2), client);
        Assert.Equal(1, Assert.Single(client.Counters).Open);
    }

    [Fact]
    public async Task A_target_on_its_way_out_is_swept_until_it_is_disposed()
    {
        var targets = new List<FakeTarget>();
        var time = new ManualTime();
        await using var client = new UpstreamClient(time, _ =>
        {
            targets.Add(new FakeTarget());
            return targets[^1];
        });
        var endpoint = UpstreamKit.Endpoint(1) with { IdleConnectionTimeout = TimeSpan.FromSeconds(10) };
        async Task SendAsync() => (await client.SendAsync(endpoint, UpstreamKit.Request(), Token)).Dispose();
        await SendAsync();
        var first = targets.Single();
        time.Advance(TimeSpan.FromSeconds(11), client); // Out of the table.
        await SendAsync();
        Assert.Equal(2, targets.Count);

        // The request that had looked it up before comes late: its exchange has its time-outs, and the time begins anew.
        first.UsedAt = time.GetTimestamp();
        var sweeps = first.Sweeps;
        time.Advance(TimeSpan.FromSeconds(60), client);
        Assert.Equal((sweeps + 1, false), (first.Sweeps, first.IsDisposed));
        time.Advance(TimeSpan.FromSeconds(11), client);
        Assert.True(first.IsDisposed);
    }

    [Fact]
    public async Task A_reload_with_the_same_roots_keeps_the_pool()
    {
        await using var server = FakeServer.Answering(Hello, Laboratory.Instance.Server);
        await using var client = new UpstreamClient(TimeProvider.System);
        for (var i = 0; i < 3; i++) await client.FetchAsync(Laboratory.Instance.Endpoint(server.Port) with { ExtraRoots = [Laboratory.Instance.Root] });
        Assert.Equal((1L, 2L), (Assert.Single(client.Counters).Created, client.Counters.Single().Reused));
    }

    private sealed class FakeTarget : UpstreamTarget
    {
        public bool Throws { get; set; }

        public int Sweeps { get; private set; }

        public long UsedAt { get; set; } = 1_000_000_000;

        public bool IsDisposed { get; private set; }

        public override ValueTask<UpstreamResponse> SendAsync(UpstreamRequest request, CancellationToken cancel) =>
            new(new Edge.Upstream.Http1.FailedResponse(UpstreamFailure.Connect, null));

        public override void Sweep(long now)
        {
            Sweeps++;
            if (Throws) throw new InvalidOperationException();
        }

        public override bool IsUnusedSince(long since) => UsedAt <= since;

        public override void Dispose() => IsDisposed = true;
    }
}
