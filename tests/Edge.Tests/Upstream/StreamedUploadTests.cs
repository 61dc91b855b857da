using System.Net.Sockets;
using System.Text;
using Ended = Edge.Pipeline.Outcome;

namespace Edge.Tests.Upstream;

/// <summary>Uploads through the whole gateway over real sockets: nothing is gathered on the way.</summary>
public class StreamedUploadTests
{
    private const int Piece = 1 << 20;
    private const string Form = "--x\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\nbatch\r\n--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\n";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Fifty_megabytes_are_never_held(bool chunked)
    {
        const int Pieces = 50;
        const long Length = (long)Pieces * Piece;
        long received = 0;
        await using var server = new FakeServer(async connection =>
        {
            await connection.ReadUntilAsync("\r\n\r\n");
            // Chunk heads count too: they are less than the slack below.
            while (Volatile.Read(ref received) < Length)
            {
                var piece = await connection.ReadExactlyAsync((int)Math.Min(16 * 1024, Length - received));
                Interlocked.Add(ref received, piece.Length);
            }
            if (chunked) await connection.ReadUntilAsync("\r\n0\r\n\r\n");
            await connection.SendAsync("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 13\r\n\r\n{\"id\":\"file\"}");
        });
        await using var kit = await GatewayKit.StartAsync(OpenAi(server));
        using var client = await StartAsync(kit, chunked ? null : Length);
        var piece = new byte[Piece];
        Encoding.ASCII.GetBytes(Form).CopyTo(piece, 0);
        for (var i = 1; i <= Pieces; i++)
        {
            await SendAsync(client, piece, chunked);
            piece.AsSpan(0, Form.Length).Clear();
            // In step: whatever the gateway and the sockets hold is less than 256 KiB of what was sent, at any time.
            var least = (long)i * Piece - 256 * 1024;
            await UpstreamKit.EventuallyAsync(() => Volatile.Read(ref received) >= least);
        }
        if (chunked) await client.SendAsync("0\r\n\r\n"u8.ToArray(), Token);

        Assert.EndsWith("\r\n\r\n{\"id\":\"file\"}", await GatewayKit.ReadToEndAsync(client), StringComparison.Ordinal);
        var record = await kit.RecordAsync();
        Assert.Equal((200, Ended.Completed), (record.Status, record.Outcome));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_provider_that_refuses_early_is_heard(bool chunked)
    {
        var closed = new TaskCompletionSource();
        await using var server = new FakeServer(async connection =>
        {
            await connection.ReadUntilAsync("\r\n\r\n");
            await connection.SendAsync("HTTP/1.1 413 Too Large\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{\"no\":41}");
            await connection.WaitForCloseAsync();
            closed.SetResult();
        });
        await using var kit = await GatewayKit.StartAsync(OpenAi(server));
        using var client = await StartAsync(kit, chunked ? null : 50L * Piece);
        await SendAsync(client, new byte[Piece], chunked);

        using var answer = new FakeConnection(client, new NetworkStream(client), 1);
        var head = await answer.ReadRequestAsync();
        Assert.StartsWith("HTTP/1.1 413 ", head, StringComparison.Ordinal);
        Assert.Equal("{\"no\":41}", Encoding.ASCII.GetString(answer.Body));
        await closed.Task.WaitAsync(UpstreamKit.Patience, Token);
        client.Dispose();
        Assert.Equal(Ended.ProviderError, (await kit.RecordAsync()).Outcome);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_client_that_leaves_ends_the_providers_connection(bool resets)
    {
        var (begun, closed) = (new TaskCompletionSource(), new TaskCompletionSource());
        await using var server = new FakeServer(async connection =>
        {
            await connection.ReadUntilAsync("\r\n\r\n");
            begun.SetResult();
            await connection.WaitForCloseAsync();
            closed.SetResult();
        });
        await using var kit = await GatewayKit.StartAsync(OpenAi(server));
        using var client = await StartAsync(kit, 50L * Piece);
        await SendAsync(client, new byte[Piece], chunked: false);
        await begun.Task.WaitAsync(UpstreamKit.Patience, Token);
        if (resets) client.LingerState = new LingerOption(true, 0);
        client.Dispose();

        await closed.Task.WaitAsync(UpstreamKit.Patience, Token);
        Assert.Equal(Ended.ClientGone, (await kit.RecordAsync()).Outcome);
    }

    [Fact]
    public async Task An_upload_that_announces_too_much_reaches_nobody()
    {
        await using var server = FakeServer.Answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        await using var kit = await GatewayKit.StartAsync(OpenAi(server), "server:\n  max_upload_size: 1MiB\n");
        using var client = await StartAsync(kit, Piece + 1);
        using var answer = new FakeConnection(client, new NetworkStream(client), 1);
        Assert.StartsWith("HTTP/1.1 413 ", await answer.ReadRequestAsync(), StringComparison.Ordinal);
        Assert.Contains("\"code\":\"REQUEST_TOO_LARGE\"", Encoding.UTF8.GetString(answer.Body), StringComparison.Ordinal);
        Assert.Equal(0, server.Accepted);
    }

    [Theory]
    [InlineData("1", 413, "REQUEST_TOO_LARGE")]
    [InlineData("zz", 400, "INVALID_REQUEST")]
    public async Task An_upload_that_turns_out_too_large_or_malformed_is_cut_at_the_provider(string next, int status, string code)
    {
        var (begun, closed) = (new TaskCompletionSource(), new TaskCompletionSource<bool>());
        await using var server = new FakeServer(async connection =>
        {
            try
            {
                await connection.ReadUntilAsync("\r\n\r\n");
                begun.SetResult();
                await connection.ReadChunkedAsync();
                closed.SetResult(false);
            }
            catch (IOException)
            {
                closed.SetResult(true);
            }
        });
        await using var kit = await GatewayKit.StartAsync(OpenAi(server), "server:\n  max_upload_size: 1MiB\n");
        using var client = await StartAsync(kit, null);
        // The server counts the chunks' heads too.
        await SendAsync(client, new byte[Piece / 2], chunked: true);
        // Else the gateway may refuse the upload before it has begun to pass it on.
        await begun.Task.WaitAsync(UpstreamKit.Patience, Token);
        if (status == 413) await SendAsync(client, new byte[Piece / 2], chunked: true);
        await client.SendAsync(Encoding.ASCII.GetBytes(next + "\r\nx\r\n0\r\n\r\n"), Token);

        using var answer = new FakeConnection(client, new NetworkStream(client), 1);
        Assert.StartsWith($"HTTP/1.1 {status} ", await answer.ReadRequestAsync(), StringComparison.Ordinal);
        Assert.Contains($"\"code\":\"{code}\"", Encoding.UTF8.GetString(answer.Body), StringComparison.Ordinal);
        Assert.True(await closed.Task.WaitAsync(UpstreamKit.Patience, Token), "The provider took half an upload for a whole one.");
        Assert.Equal(Ended.Rejected, (await kit.RecordAsync()).Outcome);
    }

    private static string OpenAi(FakeServer server) => $"    type: openai\n    api_key: sk-provider\n    url: http://127.0.0.1:{server.Port}/v1\n";

    private static async Task<Socket> StartAsync(GatewayKit kit, long? length)
    {
        var socket = await kit.ConnectAsync();
        var framing = length is null ? "Transfer-Encoding: chunked" : $"Content-Length: {length}";
        await socket.SendAsync(Encoding.ASCII.GetBytes($"POST /v1/files HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: multipart/form-data; boundary=x\r\n{framing}\r\n\r\n"), Token);
        return socket;
    }

    private static async Task SendAsync(Socket socket, byte[] piece, bool chunked)
    {
        if (chunked) await socket.SendAsync(Encoding.ASCII.GetBytes($"{piece.Length:x}\r\n"), Token);
        // A send may take a part of it.
        for (var sent = 0; sent < piece.Length;) sent += await socket.SendAsync(piece.AsMemory(sent), Token);
        if (chunked) await socket.SendAsync("\r\n"u8.ToArray(), Token);
    }
}
