using System.IO.Pipelines;
using System.Text;
using Edge.Upstream;

namespace Edge.Tests.Upstream;

public class WebSocketTests
{
    private const string Switching = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: WebSocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: abc\r\n\r\n";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_provider_switches_and_what_came_with_its_head_is_not_lost(bool tls)
    {
        await using var server = new FakeServer(async connection =>
        {
            var head = await connection.ReadRequestAsync();
            Assert.StartsWith("GET /v1/chat/completions HTTP/1.1\r\n", head, StringComparison.Ordinal);
            Assert.Contains("connection: upgrade\r\nupgrade: websocket\r\n", head, StringComparison.Ordinal);
            await connection.SendAsync(Switching + "early");
            await connection.ReadUntilAsync("ping");
            await connection.SendAsync("pong");
            await connection.FinishAsync();
        }, tls ? Laboratory.Instance.Server : null);
        await using var client = new UpstreamClient(TimeProvider.System);
        var endpoint = tls ? Laboratory.Instance.Endpoint(server.Port) with { HttpVersion = UpstreamHttpVersion.Http2 } : UpstreamKit.Endpoint(server.Port);
        using var response = await client.ConnectWebSocketAsync(endpoint, UpstreamKit.Request(body: ""), Token);
        Assert.Equal((UpstreamFailure.None, 101, "abc"), (response.Failure, response.Status, response.Header("sec-websocket-accept")));
        var stream = response.Upgraded!;
        Assert.Equal("early", await ReadAsync(stream, 5));
        await stream.WriteAsync("ping"u8.ToArray(), Token);
        Assert.Equal("pong", await ReadAsync(stream, 4));
        Assert.Equal(0, await stream.ReadAsync(new byte[1], Token));
    }

    [Fact]
    public async Task A_refusal_is_an_answer_with_a_body_and_its_connection_is_kept()
    {
        await using var server = FakeServer.Answering("HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\n\r\nno");
        await using var client = new UpstreamClient(TimeProvider.System);
        for (var i = 0; i < 2; i++)
        {
            using var response = await client.ConnectWebSocketAsync(UpstreamKit.Endpoint(server.Port), UpstreamKit.Request(body: ""), Token);
            Assert.Null(response.Upgraded);
            Assert.Equal(new Outcome(UpstreamFailure.None, 401, "no"), await response.DrainAsync());
        }
        Assert.Equal(1, server.Accepted);
    }

    [Theory]
    [InlineData("HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n")]
    [InlineData("HTTP/1.1 101 Switching Protocols\r\n\r\n")]
    public async Task A_switch_to_something_else_is_refused(string answer)
    {
        await using var server = FakeServer.SendingOnce(Encoding.ASCII.GetBytes(answer));
        await using var client = new UpstreamClient(TimeProvider.System);
        using var response = await client.ConnectWebSocketAsync(UpstreamKit.Endpoint(server.Port), UpstreamKit.Request(body: ""), Token);
        Assert.Equal(UpstreamFailure.Protocol, response.Failure);
    }

    [Fact]
    public async Task Frames_end_where_they_end_however_they_are_cut()
    {
        await Task.CompletedTask;
        byte[] small = [0x82, 0x83, 1, 2, 3, 4, 9, 9, 9];
        byte[] middle = [0x81, 126, 1, 0, .. new byte[256]];
        byte[] large = [0x81, 127, 0, 0, 0, 0, 0, 1, 0, 0, .. new byte[65536]];
        byte[] empty = [0x89, 0];
        byte[] close = [0x88, 2, 3, 0xE8];
        byte[] all = [.. small, .. middle, .. large, .. empty, .. close];
        var ends = new[] { small.Length, small.Length + middle.Length, all.Length - 6, all.Length - 4, all.Length };
        foreach (var step in new[] { 1, 2, 3, 7, 1000, all.Length })
        {
            var frames = new WebSocketFrames();
            var found = new List<int>();
            for (var at = 0; at < all.Length;)
            {
                var end = Math.Min(all.Length, (at / step + 1) * step);
                if (frames.IsAtBoundary) at += frames.Advance(all.AsSpan(at, 1), false);
                else at += frames.Advance(all.AsSpan(at..Math.Max(end, at + 1)), true);
                if (frames.IsAtBoundary) found.Add(at);
                Assert.Equal(at > all.Length - 4, frames.HasClosed);
            }
            Assert.Equal(ends, found);
        }
    }

    [Fact]
    public async Task Bytes_pass_both_ways_and_the_end_of_one_side_ends_the_other()
    {
        await using var server = new FakeServer(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.SendAsync(Switching);
            await connection.ReadUntilAsync("question");
            await connection.SendAsync("answer");
            await connection.FinishAsync();
        });
        await using var kit = await Kit.StartAsync(server);
        var running = kit.RunAsync(TimeSpan.FromMinutes(1), CancellationToken.None);
        await kit.Client.Output.WriteAsync("question"u8.ToArray(), Token);
        Assert.Equal("answer", await kit.ReadAsync(6));
        await kit.Client.Output.CompleteAsync();
        var result = await running.WaitAsync(UpstreamKit.Patience, Token);
        Assert.Equal((8L, 6L), (result.FromClient, result.FromProvider));
    }

    [Fact]
    public async Task A_gateway_that_stops_closes_both_sides_between_two_frames()
    {
        var closing = new TaskCompletionSource<byte[]>();
        await using var server = new FakeServer(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.SendAsync(Switching);
            // A frame of four bytes, of which half are there when the gateway stops.
            await connection.SendAsync(new byte[] { 0x82, 4, 1, 2 });
            closing.SetResult(await connection.ReadExactlyAsync(8));
            await connection.SendAsync(new byte[] { 3, 4, 0x82, 1, 7 });
            await connection.FinishAsync();
        });
        await using var kit = await Kit.StartAsync(server);
        using var stopping = new CancellationTokenSource();
        var running = kit.RunAsync(TimeSpan.FromMinutes(1), stopping.Token);
        Assert.Equal("\u0082\u0004\u0001\u0002", await kit.ReadAsync(4));
        await stopping.CancelAsync();
        // The frame under way is finished, the one after it no longer passes.
        Assert.Equal("\u0003\u0004\u0088\u0002\u0003\u00E9", await kit.ReadAsync(6));
        var frame = await closing.Task.WaitAsync(UpstreamKit.Patience, Token);
        Assert.Equal([0x88, 0x82, 0x03, 0xE9], [frame[0], frame[1], (byte)(frame[6] ^ frame[2]), (byte)(frame[7] ^ frame[3])]);
        await kit.Client.Output.CompleteAsync();
        Assert.Equal(TunnelEnd.Stopped, (await running.WaitAsync(UpstreamKit.Patience, Token)).End);
    }

    [Fact]
    public async Task A_client_that_breaks_ends_the_providers_side_too()
    {
        var closed = new TaskCompletionSource();
        await using var server = new FakeServer(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.SendAsync(Switching);
            await connection.WaitForCloseAsync();
            closed.SetResult();
        });
        await using var kit = await Kit.StartAsync(server);
        var running = kit.RunAsync(TimeSpan.FromMinutes(1), CancellationToken.None, TimeSpan.FromMilliseconds(1));
        await kit.Client.Output.CompleteAsync(new IOException("reset"));
        Assert.Equal(TunnelEnd.Client, (await running.WaitAsync(UpstreamKit.Patience, Token)).End);
        kit.Response.Dispose();
        await closed.Task.WaitAsync(UpstreamKit.Patience, Token);
    }

    [Fact]
    public async Task Silence_ends_it_with_a_close_frame()
    {
        await using var server = new FakeServer(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.SendAsync(Switching);
            await connection.WaitForCloseAsync();
        });
        await using var kit = await Kit.StartAsync(server);
        var running = kit.RunAsync(TimeSpan.FromMilliseconds(1), CancellationToken.None, TimeSpan.FromMilliseconds(100));
        Assert.Equal("\u0088\u0002\u0003\u00E9", await kit.ReadAsync(4));
        Assert.Equal(TunnelEnd.Idle, (await running.WaitAsync(UpstreamKit.Patience, Token)).End);
    }

    private static async Task<string> ReadAsync(Stream stream, int count)
    {
        var bytes = new byte[count];
        await stream.ReadExactlyAsync(bytes, Token).AsTask().WaitAsync(UpstreamKit.Patience, Token);
        return Encoding.Latin1.GetString(bytes);
    }

    /// <summary>A tunnel whose client is a pair of pipes.</summary>
    private sealed class Kit : IAsyncDisposable
    {
        private readonly UpstreamClient _upstream = new(TimeProvider.System);
        private readonly Pipe _toGateway = new();
        private readonly Pipe _toClient = new();

        public UpstreamResponse Response { get; private set; } = null!;

        public (PipeReader Input, PipeWriter Output) Client => (_toClient.Reader, _toGateway.Writer);

        public static async Task<Kit> StartAsync(FakeServer server)
        {
            var kit = new Kit();
            kit.Response = await kit._upstream.ConnectWebSocketAsync(UpstreamKit.Endpoint(server.Port), UpstreamKit.Request(body: ""), Token);
            Assert.NotNull(kit.Response.Upgraded);
            return kit;
        }

        public Task<TunnelResult> RunAsync(TimeSpan idle, CancellationToken stopping, TimeSpan? grace = null) =>
            WebSocketTunnel.RunAsync(new Duplex(_toGateway.Reader.AsStream(), _toClient.Writer.AsStream()), Response.Upgraded!, TimeProvider.System, idle, grace ?? UpstreamKit.Patience, stopping);

        public async Task<string> ReadAsync(int count)
        {
            var read = await _toClient.Reader.ReadAtLeastAsync(count, Token).AsTask().WaitAsync(UpstreamKit.Patience, Token);
            var text = Encoding.Latin1.GetString(read.Buffer.Slice(0, count));
            _toClient.Reader.AdvanceTo(read.Buffer.GetPosition(count));
            return text;
        }

        public async ValueTask DisposeAsync()
        {
            Response.Dispose();
            await _upstream.DisposeAsync();
        }
    }

    private sealed class Duplex(Stream input, Stream output) : Stream
    {
        public override bool CanRead => true;

        public override bool CanWrite => true;

        public override bool CanSeek => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => input.ReadAsync(buffer, cancellationToken);

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => output.WriteAsync(buffer, cancellationToken);

        public override Task FlushAsync(CancellationToken cancellationToken) => output.FlushAsync(cancellationToken);

        public override void Flush() => throw new NotSupportedException();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
