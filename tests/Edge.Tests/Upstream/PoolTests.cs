using System.Text;
using Edge.Upstream;

namespace Edge.Tests.Upstream;

public class PoolTests
{
    private const string Hello = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_connection_closed_while_idle_is_noticed_before_it_is_used()
    {
        var close = new TaskCompletionSource();
        await using var server = new FakeServer(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.SendAsync(Hello);
            if (connection.Number > 1) await connection.WaitForCloseAsync();
            await close.Task;
        });
        var time = new ManualTime();
        await using var client = new UpstreamClient(time);
        await client.FetchAsync(server);
        var counters = Assert.Single(client.Counters);
        close.SetResult();
        // The sweep sees it without any request.
        await UpstreamKit.EventuallyAsync(() =>
        {
            client.Sweep(0);
            return counters.Open == 0;
        });
        Assert.Equal("hello", (await client.FetchAsync(server)).Body);
        Assert.Equal((2L, 0L, 0L), (counters.Created, counters.Reused, counters.Retried));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_request_that_dies_unanswered_on_a_reused_connection_is_sent_once_more(bool reset)
    {
        var requests = 0;
        await using var server = new FakeServer(async connection =>
        {
            await connection.ReadRequestAsync();
            Interlocked.Increment(ref requests);
            await connection.SendAsync(Hello);
            await connection.ReadRequestAsync();
            Interlocked.Increment(ref requests);
            if (reset) connection.Reset();
        });
        await using var client = new UpstreamClient(TimeProvider.System);
        Assert.Equal("hello", (await client.FetchAsync(server)).Body);
        Assert.Equal("hello", (await client.FetchAsync(server, UpstreamKit.Request(body: "again"))).Body);
        var counters = Assert.Single(client.Counters);
        Assert.Equal((3, 2L, 1L, 1L), (requests, counters.Created, counters.Reused, counters.Retried));
    }

    [Theory]
    [InlineData(0.9, true)]
    [InlineData(1.1, false)]
    public async Task It_is_not_sent_again_when_the_server_may_have_worked_on_it(double seconds, bool again)
    {
        var requests = 0;
        var arrived = new TaskCompletionSource();
        var crash = new TaskCompletionSource();
        await using var server = new FakeServer(async connection =>
        {
            while (await connection.ReadRequestAsync() is not null)
            {
                if (Interlocked.Increment(ref requests) == 2)
                {
                    arrived.SetResult();
                    await crash.Task;
                    connection.Reset();
                    return;
                }
                await connection.SendAsync(Hello);
            }
        });
        var time = new ManualTime();
        await using var client = new UpstreamClient(time);
        Assert.Equal("hello", (await client.FetchAsync(server)).Body);
        var sending = client.StartAsync(server);
        await arrived.Task.WaitAsync(UpstreamKit.Patience, Token);
        time.Advance(TimeSpan.FromSeconds(seconds), client);
        crash.SetResult();
        using var response = await sending;
        Assert.Equal((again ? UpstreamFailure.None : UpstreamFailure.Reset, again ? 3 : 2), (response.Failure, requests));
        Assert.Equal(again ? 1 : 0, Assert.Single(client.Counters).Retried);
    }

    [Fact]
    public async Task It_is_not_sent_again_after_one_byte_of_an_answer_nor_on_a_fresh_connection()
    {
        var requests = 0;
        await using var server = new FakeServer(async connection =>
        {
            await connection.ReadRequestAsync();
            if (Interlocked.Increment(ref requests) == 3) return;
            await connection.SendAsync(Hello);
            await connection.ReadRequestAsync();
            Interlocked.Increment(ref requests);
            await connection.SendAsync("H");
        });
        await using var client = new UpstreamClient(TimeProvider.System);
        await client.FetchAsync(server);
        Assert.Equal(UpstreamFailure.Reset, (await client.FetchAsync(server)).Failure);
        Assert.Equal(2, requests);
        Assert.Equal(UpstreamFailure.Reset, (await client.FetchAsync(server)).Failure);
        Assert.Equal(3, requests);
        Assert.Equal(0, Assert.Single(client.Counters).Retried);
    }

    [Fact]
    public async Task Bytes_after_a_response_cost_the_connection()
    {
        await using var server = new FakeServer(async connection =>
        {
            while (await connection.ReadRequestAsync() is not null) await connection.SendAsync(Hello + "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged");
        });
        await using var client = new UpstreamClient(TimeProvider.System);
        for (var i = 1; i <= 5; i++) Assert.Equal("hello", (await client.FetchAsync(server)).Body);
        Assert.Equal(0, Assert.Single(client.Counters).Reused);
    }

    [Fact]
    public async Task A_body_that_is_not_read_to_its_end_costs_the_connection_unless_it_has_arrived()
    {
        await using var server = FakeServer.Answering(Hello);
        await using var slow = new FakeServer(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe");
            await connection.WaitForCloseAsync();
        });
        await using var client = new UpstreamClient(TimeProvider.System);
        (await client.StartAsync(server)).Dispose();
        Assert.Equal((1, 1), (client.Counters.Single().Open, client.Counters.Single().Idle));
        (await client.StartAsync(slow)).Dispose();
        Assert.Equal(0, client.Counters.Single(c => c.Endpoint.Port == slow.Port).Open);
    }

    [Fact]
    public async Task Beyond_the_limit_requests_wait_in_order_and_give_up_in_time()
    {
        var time = new ManualTime();
        await using var server = FakeServer.Answering(Hello);
        var endpoint = UpstreamKit.Endpoint(server.Port) with { MaxConnections = 2 };
        await using var client = new UpstreamClient(time);
        Task<UpstreamResponse> Send() => client.SendAsync(endpoint, UpstreamKit.Request(), Token).AsTask();

        var first = await Send();
        var second = await Send();
        var counters = client.Counters.Single();
        var third = Send();
        time.Advance(TimeSpan.FromSeconds(3), client);
        var fourth = Send();
        var fifth = Send();
        await UpstreamKit.EventuallyAsync(() => counters.Waiting == 3);

        first.Dispose();
        var got = await third.WaitAsync(UpstreamKit.Patience, Token);
        Assert.Equal((UpstreamFailure.None, false, false), (got.Failure, fourth.IsCompleted, fifth.IsCompleted));

        // An aborted one gives its place away, and the next opens a new connection in it.
        second.Abort();
        second.Dispose();
        using var next = await fourth.WaitAsync(UpstreamKit.Patience, Token);
        Assert.Equal((UpstreamFailure.None, 2, 3L), (next.Failure, counters.Open, counters.Created));

        time.Advance(TimeSpan.FromSeconds(4.9), client);
        Assert.False(fifth.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(0.2), client);
        Assert.Equal(UpstreamFailure.PoolExhausted, (await fifth.WaitAsync(UpstreamKit.Patience, Token)).Failure);
        Assert.Equal(0, counters.Waiting);
        got.Dispose();
    }

    [Fact]
    public async Task A_waiter_that_is_cancelled_leaves_the_line()
    {
        await using var server = FakeServer.Answering(Hello);
        var endpoint = UpstreamKit.Endpoint(server.Port) with { MaxConnections = 1 };
        await using var client = new UpstreamClient(TimeProvider.System);
        using var cancel = new CancellationTokenSource();
        var first = await client.SendAsync(endpoint, UpstreamKit.Request(), Token);
        var waiting = client.SendAsync(endpoint, UpstreamKit.Request(), cancel.Token).AsTask();
        var behind = client.SendAsync(endpoint, UpstreamKit.Request(), Token).AsTask();
        await cancel.CancelAsync();
        Assert.Equal(UpstreamFailure.Cancelled, (await waiting).Failure);
        first.Dispose();
        using var response = await behind.WaitAsync(UpstreamKit.Patience, Token);
        Assert.Equal(UpstreamFailure.None, response.Failure);
    }

    [Fact]
    public async Task Cancelling_closes_the_connection_before_and_after_the_head()
    {
        foreach (var sent in new[] { "", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhe" })
        {
            var closed = new TaskCompletionSource();
            var ready = new TaskCompletionSource();
            await using var server = new FakeServer(async connection =>
            {
                await connection.ReadRequestAsync();
                await connection.SendAsync(sent);
                ready.SetResult();
                await connection.WaitForCloseAsync();
                closed.SetResult();
            });
            await using var client = new UpstreamClient(TimeProvider.System);
            using var cancel = new CancellationTokenSource();
            var sending = client.SendAsync(UpstreamKit.Endpoint(server.Port), UpstreamKit.Request(), cancel.Token).AsTask();
            await ready.Task;
            Task<Outcome>? draining = null;
            if (sent.Length > 20) draining = (await sending).DrainAsync();
            await cancel.CancelAsync();
            var response = await sending.WaitAsync(UpstreamKit.Patience, Token);
            Assert.Equal(UpstreamFailure.Cancelled, draining is null ? response.Failure : (await draining).Failure);
            await closed.Task.WaitAsync(UpstreamKit.Patience, Token);
            response.Dispose();
            Assert.Equal(0, client.Counters.Single().Open);
        }
    }

    [Fact]
    public async Task Disposing_the_client_ends_every_exchange()
    {
        await using var server = new FakeServer(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhe");
            await connection.WaitForCloseAsync();
        });
        var client = new UpstreamClient(TimeProvider.System);
        using var response = await client.StartAsync(server);
        var draining = response.DrainAsync();
        await client.DisposeAsync();
        Assert.Equal(new Outcome(UpstreamFailure.Cancelled, 200, "he"), await draining);
        Assert.Equal(UpstreamFailure.Cancelled, (await client.FetchAsync(server)).Failure);
    }

    [Fact]
    public async Task A_refusal_sent_while_a_large_body_is_still_on_its_way_is_read()
    {
        await using var server = new FakeServer(async connection =>
        {
            await connection.SendAsync("HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\nConnection: close\r\n\r\nbig");
            connection.Dispose();
        });
        await using var client = new UpstreamClient(TimeProvider.System);
        var request = UpstreamKit.Request(body: "");
        request.Body.Add(new byte[16 * 1024 * 1024]);
        Assert.Equal(new Outcome(UpstreamFailure.None, 413, "big"), await client.FetchAsync(server, request));
    }

    [Fact]
    public async Task A_late_abort_never_hits_the_next_exchange()
    {
        await using var server = FakeServer.Answering(Hello);
        await using var client = new UpstreamClient(TimeProvider.System);
        for (var i = 0; i < 3000; i++)
        {
            var response = await client.StartAsync(server);
            Assert.Equal(UpstreamFailure.None, response.Failure);
            var generation = response.Generation;
            var late = Task.Run(() => response.Abort(generation), Token);
            if (i % 3 == 0) await late;
            response.Dispose();

            var outcome = await client.FetchAsync(server);
            Assert.Equal(new Outcome(UpstreamFailure.None, 200, "hello"), outcome);
            await late;
        }
        Assert.InRange(client.Counters.Single().Open, 0, 1);
    }

    [Fact]
    public async Task Abort_sweep_cancel_and_dispose_may_come_at_once()
    {
        await using var server = FakeServer.Answering("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n");
        var time = new ManualTime();
        await using var client = new UpstreamClient(time);
        var ended = 0;
        var sweeping = true;
        var sweeper = Task.Run(() =>
        {
            // Every sweep finds deadlines that have passed.
            while (Volatile.Read(ref sweeping)) time.Advance(TimeSpan.FromSeconds(30), client);
        }, Token);
        await Parallel.ForEachAsync(Enumerable.Range(0, 3000), new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = Token }, async (i, token) =>
        {
            using var cancel = new CancellationTokenSource();
            var body = new StringBuilder();
            var response = await client.SendAsync(UpstreamKit.Endpoint(server.Port), UpstreamKit.Request(), cancel.Token).AsTask().WaitAsync(UpstreamKit.Patience, token);
            if (response.Failure == UpstreamFailure.None)
            {
                var generation = response.Generation;
                var abort = i % 2 == 0 ? Task.Run(() => response.Abort(generation), token) : cancel.CancelAsync();
                var outcome = await response.DrainAsync();
                // Whatever won, an end is a whole body.
                if (outcome.Failure == UpstreamFailure.None)
                {
                    Assert.Equal("hello", outcome.Body);
                    Interlocked.Increment(ref ended);
                }
                response.Dispose();
                await abort;
            }
            else
            {
                response.Dispose();
            }
        });
        Volatile.Write(ref sweeping, false);
        await sweeper;
        // First, because the sweeps may have let the pool go.
        Assert.Equal("hello", (await client.FetchAsync(server)).Body);
        var counters = client.Counters.Single();
        Assert.Equal(counters.Idle, counters.Open);
    }
}

public class ConnectionLifetimeTests
{
    [Fact]
    public async Task A_connection_past_its_lifetime_takes_no_further_request()
    {
        var time = new ManualTime();
        await using var server = FakeServer.Answering("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
        await using var client = new UpstreamClient(time);
        var endpoint = UpstreamKit.Endpoint(server.Port) with { ConnectionLifetime = TimeSpan.FromMinutes(10), IdleConnectionTimeout = TimeSpan.FromHours(1) };
        for (var minute = 0; minute < 9; minute++)
        {
            Assert.Equal("hello", (await client.FetchAsync(endpoint)).Body);
            time.Advance(TimeSpan.FromMinutes(1), client);
        }
        Assert.Equal(1, server.Accepted);
        // Too old while it rests: the sweep closes it.
        time.Advance(TimeSpan.FromMinutes(1), client);
        Assert.Equal(0, client.Counters.Single().Open);
        // Too old when its exchange ends: it does not come to rest.
        using (await client.SendAsync(endpoint, UpstreamKit.Request(), TestContext.Current.CancellationToken))
        {
            time.Advance(TimeSpan.FromMinutes(5), client);
            time.Advance(TimeSpan.FromMinutes(4.99), client);
            Assert.Equal(1, client.Counters.Single().Open);
        }
        Assert.Equal((2, 0), (server.Accepted, client.Counters.Single().Idle));
        Assert.Equal("hello", (await client.FetchAsync(endpoint)).Body);
        Assert.Equal(3, server.Accepted);
    }
}
