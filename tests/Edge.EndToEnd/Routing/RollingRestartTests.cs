using System.Collections.Concurrent;
using System.Net.Sockets;

namespace Edge.EndToEnd.Routing;

/// <summary>One instance takes another's place under load, on the same port.</summary>
public sealed class RollingRestartTests
{
    private const int Clients = 60;
    private const int LongStreams = 10;
    private const string Long = "long";

    [Fact]
    public async Task A_second_instance_on_the_same_port_takes_over_and_no_request_is_lost()
    {
        using var gate = new SemaphoreSlim(0);
        await using var upstream = new FakeUpstream(exchange => ServeAsync(exchange, gate));
        var first = await StartAsync(upstream, "127.0.0.1:0");
        var port = first.Port;
        var reused = 0;
        using var connections = new Connections(port, () => Interlocked.Increment(ref reused));
        var crowd = new Crowd(Clients, "gpt-4o-mini", connections.AskAsync);
        await crowd.AnsweredAsync(2 * Clients);

        for (var generation = 0; generation < 2; generation++)
        {
            // Begun on the first, held open until it has been told to stop.
            var streams = new List<RawConnection>();
            for (var i = 0; i < LongStreams; i++) streams.Add(await BeginLongAsync(port));
            var second = await StartAsync(upstream, $"127.0.0.1:{port}");
            await crowd.AnsweredAsync(Clients);
            first.Signal(EdgeProcess.SigTerm);
            await first.Log.EventAsync("stopping");
            await crowd.AnsweredAsync(Clients);
            // The ones that the second instance got are among them: the kernel shares new connections out.
            gate.Release(LongStreams);
            foreach (var stream in streams)
            {
                Assert.EndsWith(OpenAiWire.Done, await stream.ReadUntilAsync(OpenAiWire.Done));
                stream.Dispose();
            }
            Assert.Equal(0, await first.ExitAsync());
            Assert.Equal(0, first.Log.Count("request_failed") + first.Log.Count("streams_ended"));
            await first.DisposeAsync();
            await crowd.AnsweredAsync(2 * Clients);
            first = second;
        }
        await crowd.StopAsync();
        await first.DisposeAsync();

        Assert.True(crowd.Complaints.Count == 0, $"{crowd.Complaints.Count} of {crowd.Answered} went wrong:\n" + string.Join('\n', crowd.Complaints.Take(10)));
        Assert.Equal(0, crowd.Broken);
        Assert.Empty(upstream.Faults);
        TestContext.Current.TestOutputHelper?.WriteLine($"{crowd.Answered} answers, {reused} asked again because a kept connection was closed");
    }

    [Fact]
    public async Task Without_reuse_port_a_second_instance_is_refused()
    {
        await using var edge = await EdgeProcess.StartAsync(Kit.Simulator);
        var folder = EdgeProcess.NewFolder();
        var path = Path.Combine(folder, "edge.yaml");
        await File.WriteAllTextAsync(path, EdgeProcess.Configuration(Kit.Simulator + $"\nserver:\n  listen: 127.0.0.1:{edge.Port}\n  reuse_port: true\n"), Kit.Stop);
        var second = await EdgeBinary.RunAsync("--config", path);
        Assert.NotEqual(0, second.ExitCode);
        Assert.Contains("in use", second.Output + second.Errors);
        Directory.Delete(folder, recursive: true);
    }

    private static Task<EdgeProcess> StartAsync(FakeUpstream upstream, string listen) =>
        EdgeProcess.StartAsync(Kit.OpenAi(upstream) + $"\nserver:\n  listen: {listen}\n  reuse_port: true\n  shutdown_timeout: 60s\n");

    private static async Task<RawConnection> BeginLongAsync(int port)
    {
        var connection = await ConnectAsync(port);
        await connection.SendAsync(Kit.Post(Seen.Request("gpt-4o-mini", Long, stream: true)));
        Assert.Contains($"\"{Long}\"", await connection.ReadUntilAsync("\n\n"));
        return connection;
    }

    private static async Task<RawConnection> ConnectAsync(int port)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync("127.0.0.1", port);
        return new RawConnection(socket, new NetworkStream(socket, ownsSocket: true));
    }

    private static async Task ServeAsync(FakeExchange exchange, SemaphoreSlim gate)
    {
        var word = Fault.PromptOf(exchange.Text);
        // A model takes its time, so that requests are under way whenever the instance goes.
        if (word != Long) await Task.Delay(20 + (word.Sum(letter => letter * 97) % 200));
        if (!exchange.Text.Contains("\"stream\":true", StringComparison.Ordinal))
        {
            await exchange.JsonAsync(OpenAiWire.Completion(word + word));
            return;
        }
        await exchange.StartStreamAsync();
        var pieces = Errand.Pieces(word);
        await exchange.ChunkAsync(pieces[0]);
        if (word == Long) await gate.WaitAsync(Patience.Limit);
        foreach (var piece in pieces.Skip(1)) await exchange.ChunkAsync(piece);
        await exchange.EndStreamAsync();
    }

    /// <summary>Half of the clients open a connection for each request, half keep theirs while the server does.</summary>
    private sealed class Connections(int port, Action reused) : IDisposable
    {
        private readonly ConcurrentDictionary<int, RawConnection> _kept = new();

        public async Task<(int Status, string Body)> AskAsync(int client, Errand errand)
        {
            var keeps = client % 2 == 0;
            var request = Kit.Post(errand.Body, keeps ? "" : "connection: close\r\n", errand.Path);
            if (_kept.TryRemove(client, out var kept))
            {
                if (await TryAsync(kept, request) is { } known) return Take(client, kept, known, keeps);
                // A server may close a connection at rest at any time, also while a request is on its way to it (RFC 9112 section 9.3.1 and 9.5): clients ask again on a new one.
                kept.Dispose();
                reused();
            }
            var connection = await ConnectAsync(port);
            var response = await TryAsync(connection, request) ?? throw new IOException("a new connection was closed without an answer");
            return Take(client, connection, response, keeps);
        }

        public void Dispose()
        {
            foreach (var connection in _kept.Values) connection.Dispose();
        }

        private static async Task<RawResponse?> TryAsync(RawConnection connection, string request)
        {
            try
            {
                await connection.SendAsync(request);
                return await connection.ReceiveAsync();
            }
            catch (IOException)
            {
                return null;
            }
        }

        private (int Status, string Body) Take(int client, RawConnection connection, RawResponse response, bool keeps)
        {
            if (keeps && response.IsComplete && response.Header("connection") != "close") _kept[client] = connection;
            else connection.Dispose();
            if (!response.IsComplete) throw new IOException("the answer was cut: " + response.Text);
            return (response.Status, response.Text);
        }
    }
}
