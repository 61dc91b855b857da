using System.Collections.Concurrent;
using System.Text;
using Edge.Upstream;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Edge.Tests.Upstream;

public class Http2Tests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_exchange_over_http2_looks_like_one_over_http1(bool tls)
    {
        var seen = new ConcurrentQueue<string>();
        await using var server = await Http2Provider.StartAsync(tls, HttpProtocols.Http2, async context =>
        {
            using var reader = new StreamReader(context.Request.Body);
            var headers = context.Request.Headers;
            seen.Enqueue($"{context.Request.Protocol} {context.Request.Method} {context.Request.Host} {context.Request.Path}{context.Request.QueryString} "
                + $"{headers.ContentType} {headers["x-request-id"]} {headers.ContentLength} {headers.TraceParent} {await reader.ReadToEndAsync()}");
            context.Response.Headers["X-Twice"] = new(["one", "two"]);
            context.Response.StatusCode = 429;
            await context.Response.WriteAsync("hel");
            await context.Response.Body.FlushAsync();
            await context.Response.WriteAsync("lo");
        });
        await using var client = new UpstreamClient(TimeProvider.System);
        var request = UpstreamKit.Request(body: "{}");
        request.Path = "/v1/x%2Fy?z=%20"u8.ToArray();
        for (var i = 0; i < 3; i++)
        {
            using var response = await client.SendAsync(server.Endpoint, request, Token);
            Assert.Equal((UpstreamFailure.None, null), (response.Failure, response.FailureDetail));
            Assert.Equal((429, "one"), (response.Status, response.Header("x-twice")));
            Assert.Equal(new Outcome(UpstreamFailure.None, 429, "hello"), await response.DrainAsync());
            Assert.True(response.TryRead(out var end));
            Assert.Equal(UpstreamReadKind.End, end.Kind);
        }
        Assert.Equal(3, seen.Count);
        Assert.All(seen, line => Assert.Equal("HTTP/2 POST example.test /v1/x%2Fy?z=%20 application/json 7 2  {}", line));
        Assert.Equal(1, server.Connections);
    }

    [Theory]
    [InlineData(HttpProtocols.Http1AndHttp2, "HTTP/2")]
    [InlineData(HttpProtocols.Http1, "HTTP/1.1")]
    public async Task Auto_takes_what_alpn_picks(HttpProtocols offered, string expected)
    {
        await using var server = await Http2Provider.StartAsync(true, offered, context => context.Response.WriteAsync(context.Request.Protocol));
        await using var client = new UpstreamClient(TimeProvider.System);
        Assert.Equal(expected, (await client.FetchAsync(server.Endpoint with { HttpVersion = UpstreamHttpVersion.Auto })).Body);
        // Exactly 2 was asked for: 1.1 will not do.
        var exact = await client.FetchAsync(server.Endpoint);
        Assert.Equal(offered == HttpProtocols.Http1, exact.Failure != UpstreamFailure.None);
    }

    [Fact]
    public async Task Auto_in_clear_text_is_http1()
    {
        await using var server = FakeServer.Answering("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
        await using var client = new UpstreamClient(TimeProvider.System);
        Assert.Equal("hello", (await client.FetchAsync(UpstreamKit.Endpoint(server.Port) with { HttpVersion = UpstreamHttpVersion.Auto })).Body);
    }

    [Fact]
    public async Task A_stream_that_is_reset_is_cut_and_before_the_head_a_reset()
    {
        // What arrives together with a reset may be dropped, by the server or by the handler: cut once it has been read.
        var read = new TaskCompletionSource();
        await using var server = await Http2Provider.StartAsync(false, HttpProtocols.Http2, async context =>
        {
            if (context.Request.Headers["x-request-id"] == "7")
            {
                await context.Response.WriteAsync("hel");
                await context.Response.Body.FlushAsync();
                await read.Task;
            }
            context.Abort();
        });
        await using var client = new UpstreamClient(TimeProvider.System);
        using (var response = await client.SendAsync(server.Endpoint, UpstreamKit.Request(), Token))
        {
            Assert.Equal("hel", Encoding.ASCII.GetString((await response.ReadAsync()).Data.Span));
            read.SetResult();
            Assert.Equal(new Outcome(UpstreamFailure.Cut, 200, ""), await response.DrainAsync());
        }
        var early = UpstreamKit.Request();
        early.RequestHeaders = default;
        Assert.Equal(UpstreamFailure.Reset, (await client.FetchAsync(server.Endpoint, early)).Failure);
    }

    [Theory]
    [InlineData(1, 2)]
    [InlineData(int.MaxValue, 2)]
    public async Task A_request_that_is_turned_away_goes_out_once_more_and_then_it_is_the_callers(int refusals, int asked)
    {
        var count = 0;
        await using var server = await Http2Provider.StartAsync(false, HttpProtocols.Http2, async context =>
        {
            await context.Request.Body.CopyToAsync(Stream.Null, Token);
            // REFUSED_STREAM (RFC 9113 section 8.7): it was not looked at, and may be sent again.
            if (Interlocked.Increment(ref count) <= refusals) context.Features.Get<IHttpResetFeature>()!.Reset(7);
            else await context.Response.WriteAsync("hello");
        });
        await using var client = new UpstreamClient(TimeProvider.System);
        var outcome = await client.FetchAsync(server.Endpoint);
        Assert.Equal(refusals == 1 ? new Outcome(UpstreamFailure.None, 200, "hello") : new Outcome(UpstreamFailure.Reset, 0, "", outcome.Detail), outcome);
        Assert.Equal(asked, Volatile.Read(ref count));
    }

    [Fact]
    public async Task Time_outs_and_aborts_reset_the_stream()
    {
        var time = new ManualTime();
        var started = new SemaphoreSlim(0);
        var gone = new SemaphoreSlim(0);
        await using var server = await Http2Provider.StartAsync(false, HttpProtocols.Http2, async context =>
        {
            if (context.Request.Headers["x-request-id"] == "7")
            {
                await context.Response.WriteAsync("hel");
                await context.Response.Body.FlushAsync();
            }
            started.Release();
            await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => gone.Release(), TaskScheduler.Default);
        });
        await using var client = new UpstreamClient(time);
        var silent = UpstreamKit.Request();
        silent.RequestHeaders = default;
        var sending = client.SendAsync(server.Endpoint, silent, Token).AsTask();
        Assert.True(await started.WaitAsync(UpstreamKit.Patience, Token));
        time.Advance(TimeSpan.FromSeconds(59), client);
        Assert.False(sending.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(2), client);
        Assert.Equal(UpstreamFailure.FirstByteTimeout, (await sending.WaitAsync(UpstreamKit.Patience, Token)).Failure);
        Assert.True(await gone.WaitAsync(UpstreamKit.Patience, Token));

        using (var idle = await client.SendAsync(server.Endpoint, UpstreamKit.Request(), Token))
        {
            Assert.Equal("hel", Encoding.ASCII.GetString((await idle.ReadAsync()).Data.Span));
            var reading = idle.ReadAsync().AsTask();
            time.Advance(TimeSpan.FromSeconds(121), client);
            Assert.Equal(UpstreamFailure.IdleTimeout, (await reading.WaitAsync(UpstreamKit.Patience, Token)).Failure);
            Assert.True(await gone.WaitAsync(UpstreamKit.Patience, Token));
        }
        using (var aborted = await client.SendAsync(server.Endpoint, UpstreamKit.Request(), Token))
        {
            var draining = aborted.DrainAsync();
            aborted.Abort();
            Assert.Equal(UpstreamFailure.Cancelled, (await draining).Failure);
            Assert.True(await gone.WaitAsync(UpstreamKit.Patience, Token));
        }
        var left = await client.SendAsync(server.Endpoint, UpstreamKit.Request(), Token);
        left.Dispose();
        Assert.True(await gone.WaitAsync(UpstreamKit.Patience, Token));
    }

    [Fact]
    public async Task Failures_to_connect_have_the_same_names()
    {
        await using var server = await Http2Provider.StartAsync(true, HttpProtocols.Http2, context => context.Response.WriteAsync("x"));
        await using var plain = FakeServer.SendingOnce("HTTP/1.1 400 Bad Request\r\n\r\n"u8.ToArray());
        await using var client = new UpstreamClient(TimeProvider.System);
        Assert.Equal(UpstreamFailure.Tls, (await client.FetchAsync(server.Endpoint with { ExtraRoots = null })).Failure);
        Assert.Equal(UpstreamFailure.Tls, (await client.FetchAsync(server.Endpoint with { TlsServerName = "other.test" })).Failure);
        Assert.Equal(UpstreamFailure.Dns, (await client.FetchAsync(server.Endpoint with { Host = new string('x', 70) + ".invalid" })).Failure);
        var port = plain.Port;
        await plain.DisposeAsync();
        Assert.Equal(UpstreamFailure.Connect, (await client.FetchAsync(server.Endpoint with { Port = port })).Failure);
    }
}
