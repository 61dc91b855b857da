using System.Globalization;
using System.IO.Pipelines;
using Edge.Upstream;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Edge.Tests.Upstream;

public class UploadTests
{
    private const string Hello = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(16 * 1024)]
    [InlineData(300_000)]
    public async Task A_body_of_known_length_is_passed_on_as_it_comes(int length)
    {
        var body = Bytes(length);
        await using var server = new FakeServer(async connection =>
        {
            while (await connection.ReadRequestAsync() is { } head)
            {
                Assert.DoesNotContain("expect", head, StringComparison.OrdinalIgnoreCase);
                Assert.DoesNotContain("transfer-encoding", head, StringComparison.Ordinal);
                await connection.SendAsync(connection.Body.AsSpan().SequenceEqual(body) ? Hello : "HTTP/1.1 500 X\r\nContent-Length: 0\r\n\r\n");
            }
        });
        await using var client = new UpstreamClient(TimeProvider.System);
        for (var i = 0; i < 2; i++)
        {
            var pipe = new Pipe();
            var filling = FillAsync(pipe.Writer, body, 7000);
            Assert.Equal(new Outcome(UpstreamFailure.None, 200, "hello"), await client.FetchAsync(server, Streamed(pipe, length)));
            await filling;
        }
        Assert.Equal(1, server.Accepted);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4096)]
    [InlineData(1 << 20)]
    public async Task A_body_of_unknown_length_is_chunked(int step)
    {
        var body = Bytes(40_000);
        var received = new TaskCompletionSource<byte[]>();
        await using var server = new FakeServer(async connection =>
        {
            var head = await connection.ReadRequestAsync();
            Assert.Contains("transfer-encoding: chunked\r\n", head, StringComparison.Ordinal);
            received.TrySetResult(await connection.ReadChunkedAsync());
            await connection.SendAsync(Hello);
            await connection.WaitForCloseAsync();
        });
        await using var client = new UpstreamClient(TimeProvider.System);
        var pipe = new Pipe();
        var filling = FillAsync(pipe.Writer, step == 1 ? body[..300] : body, step);
        Assert.Equal("hello", (await client.FetchAsync(server, Streamed(pipe, null))).Body);
        await filling;
        Assert.Equal(step == 1 ? body[..300] : body, await received.Task);
    }

    [Fact]
    public async Task Nothing_is_gathered_what_the_client_sends_is_on_its_way_at_once()
    {
        var first = new TaskCompletionSource();
        await using var server = new FakeServer(async connection =>
        {
            await connection.ReadUntilAsync("one");
            first.SetResult();
            await connection.ReadUntilAsync("two");
            await connection.SendAsync(Hello);
            await connection.WaitForCloseAsync();
        });
        await using var client = new UpstreamClient(TimeProvider.System);
        var pipe = new Pipe();
        var fetching = client.FetchAsync(server, Streamed(pipe, 6));
        await pipe.Writer.WriteAsync("one"u8.ToArray(), Token);
        await first.Task.WaitAsync(UpstreamKit.Patience, Token);
        await pipe.Writer.WriteAsync("two"u8.ToArray(), Token);
        await pipe.Writer.CompleteAsync();
        Assert.Equal("hello", (await fetching).Body);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_provider_that_refuses_early_ends_the_upload(bool clientIsSlow)
    {
        var over = new TaskCompletionSource();
        await using var server = new FakeServer(async connection =>
        {
            await connection.ReadUntilAsync("\r\n\r\n");
            await connection.SendAsync("HTTP/1.1 413 Too Large\r\nContent-Length: 9\r\n\r\ntoo large");
            await over.Task;
        });
        await using var client = new UpstreamClient(TimeProvider.System);
        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: 64 * 1024));
        // More than any socket buffer holds, to a server that does not read; or nothing at all from a client that is slow.
        var filling = clientIsSlow ? Task.CompletedTask : FillAsync(pipe.Writer, Bytes(64 << 20), 64 * 1024);
        Assert.Equal(new Outcome(UpstreamFailure.None, 413, "too large"), await client.FetchAsync(server, Streamed(pipe, 64 << 20)));
        // The pipe is the caller's again.
        await pipe.Reader.CompleteAsync();
        await pipe.Writer.CompleteAsync();
        await filling;
        await UpstreamKit.EventuallyAsync(() => client.Counters.Single().Open == 0);
        over.SetResult();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_client_that_breaks_off_or_ends_short_ends_the_exchange(bool breaks)
    {
        var closed = new TaskCompletionSource();
        await using var server = new FakeServer(async connection =>
        {
            await connection.WaitForCloseAsync();
            closed.SetResult();
        });
        await using var client = new UpstreamClient(TimeProvider.System);
        var pipe = new Pipe();
        await pipe.Writer.WriteAsync("some"u8.ToArray(), Token);
        await pipe.Writer.CompleteAsync(breaks ? new IOException("reset") : null);
        var sending = client.FetchAsync(server, Streamed(pipe, 100));
        Assert.Equal(UpstreamFailure.Cancelled, (await sending).Failure);
        await closed.Task.WaitAsync(UpstreamKit.Patience, Token);
    }

    [Fact]
    public async Task What_was_taken_from_the_stream_is_not_sent_again()
    {
        await using var server = new FakeServer(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.SendAsync(Hello);
            // The second request on this connection is cut when it has begun.
            await connection.ReadUntilAsync("some");
            connection.Reset();
        });
        await using var client = new UpstreamClient(TimeProvider.System);
        Assert.Equal("hello", (await client.FetchAsync(server)).Body);
        var pipe = new Pipe();
        await pipe.Writer.WriteAsync("some"u8.ToArray(), Token);
        var outcome = await client.FetchAsync(server, Streamed(pipe, 100));
        Assert.Equal((UpstreamFailure.Reset, 1, 0L), (outcome.Failure, server.Accepted, client.Counters.Single().Retried));
    }

    [Fact]
    public async Task A_slow_client_is_waited_for_and_a_provider_that_does_not_answer_is_not()
    {
        var time = new ManualTime();
        var all = new TaskCompletionSource();
        await using var server = new FakeServer(async connection =>
        {
            await connection.ReadUntilAsync("rest");
            all.SetResult();
            await connection.WaitForCloseAsync();
        });
        await using var client = new UpstreamClient(time);
        var pipe = new Pipe();
        var request = Streamed(pipe, 8);
        request.IdleTimeout = request.TotalTimeout = TimeSpan.FromDays(10);
        var fetching = client.FetchAsync(server, request);
        await pipe.Writer.WriteAsync("some"u8.ToArray(), Token);
        await UpstreamKit.EventuallyAsync(() => request.IsBodyTaken);
        // First-byte time-out: 60 s.
        time.Advance(TimeSpan.FromSeconds(90), client);
        Assert.False(fetching.IsCompleted);
        await pipe.Writer.WriteAsync("rest"u8.ToArray(), Token);
        await pipe.Writer.CompleteAsync();
        await all.Task.WaitAsync(UpstreamKit.Patience, Token);
        await UpstreamKit.EventuallyAsync(() =>
        {
            time.Advance(TimeSpan.FromSeconds(1), client);
            return fetching.IsCompleted;
        });
        Assert.Equal(UpstreamFailure.FirstByteTimeout, (await fetching).Failure);
    }

    [Theory]
    [InlineData(5)]
    [InlineData(300_000)]
    public async Task Over_http2_it_is_the_same(int length)
    {
        await using var server = await Http2Provider.StartAsync(false, HttpProtocols.Http2, async context =>
        {
            var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body);
            await context.Response.WriteAsync(string.Create(CultureInfo.InvariantCulture, $"{context.Request.ContentLength} {body.ToArray().AsSpan().SequenceEqual(Bytes(length))}"));
        });
        await using var client = new UpstreamClient(TimeProvider.System);
        foreach (var known in new[] { true, false })
        {
            var pipe = new Pipe();
            var filling = FillAsync(pipe.Writer, Bytes(length), 7000);
            Assert.Equal(known ? $"{length} True" : " True", (await client.FetchAsync(server.Endpoint, Streamed(pipe, known ? length : null))).Body);
            await filling;
        }
    }

    [Fact]
    public async Task Over_http2_a_refusal_ends_the_upload_and_its_body_is_read()
    {
        await using var server = await Http2Provider.StartAsync(false, HttpProtocols.Http2, async context =>
        {
            context.Response.StatusCode = 413;
            await context.Response.WriteAsync("too large");
        });
        await using var client = new UpstreamClient(TimeProvider.System);
        var pipe = new Pipe();
        Assert.Equal(new Outcome(UpstreamFailure.None, 413, "too large"), await client.FetchAsync(server.Endpoint, Streamed(pipe, 1000)));
        await pipe.Reader.CompleteAsync();
    }

    [Fact]
    public async Task Over_http2_a_client_that_breaks_off_resets_the_stream()
    {
        var gone = new TaskCompletionSource();
        await using var server = await Http2Provider.StartAsync(false, HttpProtocols.Http2, async context =>
        {
            context.RequestAborted.Register(gone.SetResult);
            await context.Request.Body.CopyToAsync(Stream.Null);
        });
        await using var client = new UpstreamClient(TimeProvider.System);
        var pipe = new Pipe();
        await pipe.Writer.WriteAsync("some"u8.ToArray(), Token);
        var fetching = client.FetchAsync(server.Endpoint, Streamed(pipe, 100));
        await UpstreamKit.EventuallyAsync(() => server.Connections == 1);
        await pipe.Writer.CompleteAsync(new IOException("reset"));
        Assert.Equal(UpstreamFailure.Cancelled, (await fetching).Failure);
    }

    private static UpstreamRequest Streamed(Pipe pipe, long? length)
    {
        var request = UpstreamKit.Request(body: "");
        request.BodyStream = pipe.Reader;
        request.BodyStreamLength = length;
        return request;
    }

    private static byte[] Bytes(int length)
    {
        var bytes = new byte[length];
        for (var i = 0; i < length; i++) bytes[i] = (byte)(i * 31 >> 3);
        return bytes;
    }

    private static async Task FillAsync(PipeWriter writer, byte[] body, int step)
    {
        for (var at = 0; at < body.Length; at += step)
        {
            if ((await writer.WriteAsync(body.AsMemory(at, Math.Min(step, body.Length - at)), Token)).IsCompleted) return;
        }
        await writer.CompleteAsync();
    }
}
