using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Text;
using Edge.Endpoints;
using Ended = Edge.Pipeline.Outcome;

namespace Edge.Tests.Upstream;

/// <summary>Realtime over real sockets: .NET's WebSocket, the gateway, a provider of raw bytes.</summary>
public class RealtimeTests
{
    private const string Handshake = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static string OpenAi(FakeServer server) => $"    type: openai\n    api_key: sk-provider\n    url: http://127.0.0.1:{server.Port}/v1\n";

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    [InlineData(70_000)]
    [InlineData(1 << 20)]
    public async Task Messages_pass_both_ways_whatever_their_size(int size)
    {
        await using var server = new FakeServer(EchoAsync);
        await using var kit = await GatewayKit.StartAsync(OpenAi(server));
        using var socket = await OpenAsync(kit);
        var message = new byte[size];
        Random.Shared.NextBytes(message);

        await socket.SendAsync(message, WebSocketMessageType.Binary, true, Token);
        Assert.Equal((WebSocketMessageType.Binary, Convert.ToHexString(message)), await ReceiveAsync(socket));
        // In two fragments.
        await socket.SendAsync(new byte[size], WebSocketMessageType.Text, false, Token);
        await socket.SendAsync("end"u8.ToArray(), WebSocketMessageType.Text, true, Token);
        Assert.Equal((WebSocketMessageType.Text, Convert.ToHexString([.. new byte[size], .. "end"u8])), await ReceiveAsync(socket));
        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, "bye", Token);

        Assert.Equal((WebSocketCloseStatus.NormalClosure, "bye"), (socket.CloseStatus, socket.CloseStatusDescription));
        var record = await kit.RecordAsync();
        Assert.Equal((Operation.Realtime, "fake", 101, Ended.Completed), (record.Operation, record.Provider, record.Status, record.Outcome));
        await UpstreamKit.EventuallyAsync(() => kit.Upstream.Single().Open == 0);
    }

    [Fact]
    public async Task A_ping_is_answered_by_the_provider_and_a_session_counts_as_in_flight()
    {
        await using var server = new FakeServer(EchoAsync);
        await using var kit = await GatewayKit.StartAsync(OpenAi(server));
        using var socket = await kit.ConnectAsync();
        await socket.SendAsync(Encoding.ASCII.GetBytes($"GET /v1/realtime?model=fake/m HTTP/1.1\r\nHost: x\r\n{Handshake}\r\n"), Token);
        using var connection = new FakeConnection(socket, new System.Net.Sockets.NetworkStream(socket), 1);
        await connection.ReadUntilAsync("\r\n\r\n");
        Assert.Equal(1, kit.Pipeline.InFlight);
        // A masked ping of two bytes.
        await connection.SendAsync(new byte[] { 0x89, 0x82, 1, 2, 3, 4, (byte)'h' ^ 1, (byte)'i' ^ 2 });
        Assert.Equal([0x8A, 2, (byte)'h', (byte)'i'], await connection.ReadExactlyAsync(4));
    }

    [Theory]
    [InlineData("type: openai", "?model=fake/gpt-realtime", "/v1/realtime?model=gpt-realtime")]
    [InlineData("type: openai", "?model=voice&intent=x%20y", "/v1/realtime?model=gpt-realtime-mini&intent=x%20y")]
    [InlineData("type: openai", "?a=1&model=fake/b%26c&provider=fake&model=other", "/v1/realtime?model=b%26c&a=1")]
    [InlineData("type: openai", "?intent=transcription&provider=fake", "/v1/realtime?intent=transcription")]
    [InlineData("type: openai", "?model=m&api-key=secret&Authorization=Bearer%20s", "/v1/realtime?model=m")]
    [InlineData("type: azure_openai", "?model=fake/voice-deployment", "/openai/v1/realtime?model=voice-deployment")]
    [InlineData("type: azure_openai\n    api: deployments\n    api_version: 2025-04-01-preview", "?model=fake/d&api-version=1&deployment=x&b=2", "/openai/realtime?api-version=2025-04-01-preview&deployment=d&b=2")]
    public async Task The_query_names_the_providers_model_and_what_else_the_client_asks(string type, string query, string expected)
    {
        var seen = new TaskCompletionSource<string>();
        await using var server = new FakeServer(async connection => seen.TrySetResult((await connection.ReadRequestAsync())!));
        await using var kit = await GatewayKit.StartAsync(
            $"    {type}\n    api_key: k\n    url: http://127.0.0.1:{server.Port}{(type.Contains("azure", StringComparison.Ordinal) ? "" : "/v1")}\n",
            "models:\n  aliases:\n    voice: fake/gpt-realtime-mini\n");

        await kit.SendRawAsync($"GET /v1/realtime{query} HTTP/1.1\r\nHost: x\r\n{Handshake}\r\n");

        Assert.StartsWith($"GET {expected} HTTP/1.1\r\n", await seen.Task, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_browsers_key_opens_the_gateway_and_stays_there()
    {
        string? head = null;
        await using var server = new FakeServer(async connection =>
        {
            head = await connection.ReadRequestAsync();
            await SwitchAsync(connection, head!, "Sec-WebSocket-Protocol: realtime\r\nx-request-id: req_1\r\nset-cookie: a=b\r\n");
            await EchoFramesAsync(connection);
        });
        await using var kit = await GatewayKit.StartAsync(OpenAi(server), "auth:\n  api_keys: [sk-gateway-of-mine]\n");
        using var socket = new ClientWebSocket();
        foreach (var protocol in new[] { "realtime", "openai-insecure-api-key.sk-gateway-of-mine", "openai-project.proj_1", "openai-beta.realtime-v1" }) socket.Options.AddSubProtocol(protocol);
        socket.Options.SetRequestHeader("OpenAI-Beta", "realtime=v1");
        socket.Options.SetRequestHeader("Origin", "https://app.example");
        socket.Options.SetRequestHeader("Cookie", "a=b");
        socket.Options.CollectHttpResponseDetails = true;
        await socket.ConnectAsync(new Uri($"ws://127.0.0.1:{kit.Port}/v1/realtime?model=m"), Token);

        Assert.Equal("realtime", socket.SubProtocol);
        Assert.Equal(["req_1"], socket.HttpResponseHeaders!["x-request-id"]);
        Assert.Equal(["fake"], socket.HttpResponseHeaders["x-edge-provider"]);
        Assert.False(socket.HttpResponseHeaders.ContainsKey("set-cookie"));
        Assert.DoesNotContain("gateway-of-mine", head, StringComparison.Ordinal);
        Assert.DoesNotContain("cookie", head, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("origin", head, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("authorization: Bearer sk-provider\r\n", head, StringComparison.Ordinal);
        Assert.Contains("sec-websocket-protocol: realtime, openai-beta.realtime-v1\r\n", head, StringComparison.Ordinal);
        Assert.Contains("sec-websocket-version: 13\r\n", head, StringComparison.Ordinal);
        Assert.Contains("openai-beta: realtime=v1\r\n", head, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", 401, "MISSING_API_KEY")]
    [InlineData("Authorization: Bearer wrong-key-of-a-stranger\r\n", 401, "INVALID_API_KEY")]
    [InlineData("Sec-WebSocket-Protocol: realtime, openai-insecure-api-key.wrong-key\r\n", 401, "INVALID_API_KEY")]
    public async Task A_stranger_gets_an_error_in_JSON(string header, int status, string code)
    {
        await using var server = new FakeServer(EchoAsync);
        await using var kit = await GatewayKit.StartAsync(OpenAi(server), "auth:\n  api_keys: [sk-gateway-of-mine]\n");
        var answer = await kit.SendRawAsync($"GET /v1/realtime?model=m HTTP/1.1\r\nHost: x\r\n{Handshake}{header}\r\n");
        Assert.StartsWith($"HTTP/1.1 {status} ", answer, StringComparison.Ordinal);
        Assert.Contains($"\"code\":\"{code}\"", answer, StringComparison.Ordinal);
        Assert.Equal(0, server.Accepted);
    }

    [Theory]
    [InlineData("GET /v1/realtime?model=m HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 400, "The path is a WebSocket")]
    [InlineData("GET /v1/realtime?model=m HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n", 400, "The path is a WebSocket")]
    [InlineData("GET /v1/realtime?model=m HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n", 400, "The path is a WebSocket")]
    [InlineData("POST /v1/realtime?model=m HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", 405, "METHOD_NOT_ALLOWED")]
    [InlineData("GET /v1/realtime?model= HTTP/1.1\r\nHost: x\r\n" + Handshake + "\r\n", 400, "\"param\":\"model\"")]
    [InlineData("GET /v1/realtime?provider=nobody HTTP/1.1\r\nHost: x\r\n" + Handshake + "\r\n", 400, "there is no provider of that name")]
    public async Task What_is_no_handshake_gets_an_error_in_JSON(string request, int status, string text)
    {
        await using var server = new FakeServer(EchoAsync);
        await using var kit = await GatewayKit.StartAsync(OpenAi(server));
        var answer = await kit.SendRawAsync(request);
        Assert.StartsWith($"HTTP/1.1 {status} ", answer, StringComparison.Ordinal);
        Assert.Contains("{\"error\":{", answer, StringComparison.Ordinal);
        Assert.Contains(text, answer, StringComparison.Ordinal);
        Assert.Equal(0, server.Accepted);
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("CONNECT")]
    public async Task HTTP2_gets_a_clear_error(string method)
    {
        await using var server = new FakeServer(EchoAsync);
        await using var kit = await GatewayKit.StartAsync(OpenAi(server));
        using var handler = new SocketsHttpHandler();
        using var client = new HttpClient(handler) { DefaultRequestVersion = System.Net.HttpVersion.Version20, DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact };
        using var request = new HttpRequestMessage(new HttpMethod(method), $"http://127.0.0.1:{kit.Port}/v1/realtime?model=m") { Version = System.Net.HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        if (method == "CONNECT") request.Headers.Protocol = "websocket";
        using var response = await client.SendAsync(request, Token);
        Assert.Equal(400, (int)response.StatusCode);
        Assert.Contains("over HTTP/1.1", await response.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_provider_without_realtime_is_said_so()
    {
        await using var kit = await GatewayKit.StartAsync("    type: groq\n    api_key: k\n");
        var answer = await kit.SendRawAsync($"GET /v1/realtime?model=fake/m HTTP/1.1\r\nHost: x\r\n{Handshake}\r\n");
        Assert.StartsWith("HTTP/1.1 404 ", answer, StringComparison.Ordinal);
        Assert.Contains("does not serve /v1/realtime", answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(401, """{"error":{"message":"Incorrect API key provided","type":"invalid_request_error","param":null,"code":"invalid_api_key"}}""")]
    [InlineData(404, "no such thing")]
    public async Task A_providers_refusal_passes_with_its_body(int status, string body)
    {
        await using var server = FakeServer.Answering($"HTTP/1.1 {status} No\r\nContent-Type: {(body[0] == '{' ? "application/json" : "text/plain")}\r\nContent-Length: {body.Length}\r\n\r\n{body}");
        await using var kit = await GatewayKit.StartAsync(OpenAi(server));
        var answer = await kit.SendRawAsync($"GET /v1/realtime?model=m HTTP/1.1\r\nHost: x\r\n{Handshake}\r\n");
        Assert.StartsWith($"HTTP/1.1 {status} ", answer, StringComparison.Ordinal);
        Assert.EndsWith("\r\n\r\n" + body, answer, StringComparison.Ordinal);
        var record = await kit.RecordAsync();
        Assert.Equal((status, Ended.ProviderError), (record.Status, record.Outcome));
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", 502)]
    [InlineData("HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n", 502)]
    [InlineData("", 502)]
    public async Task A_provider_that_does_not_switch_is_a_bad_gateway(string answer, int status)
    {
        await using var server = FakeServer.SendingOnce(Encoding.ASCII.GetBytes(answer));
        await using var kit = await GatewayKit.StartAsync(OpenAi(server));
        Assert.StartsWith($"HTTP/1.1 {status} ", await kit.SendRawAsync($"GET /v1/realtime?model=m HTTP/1.1\r\nHost: x\r\n{Handshake}\r\n"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_provider_may_close_first()
    {
        await using var server = new FakeServer(async connection =>
        {
            await SwitchAsync(connection, (await connection.ReadRequestAsync())!);
            await connection.SendAsync(new byte[] { 0x81, 2, (byte)'h', (byte)'i', 0x88, 5, 0x0F, 0xA0, (byte)'e', (byte)'n', (byte)'d' });
            await connection.WaitForCloseAsync();
        });
        await using var kit = await GatewayKit.StartAsync(OpenAi(server));
        using var socket = await OpenAsync(kit);
        Assert.Equal((WebSocketMessageType.Text, Convert.ToHexString("hi"u8)), await ReceiveAsync(socket));
        Assert.Equal(WebSocketMessageType.Close, (await ReceiveAsync(socket)).Type);
        Assert.Equal((4000, "end"), ((int?)socket.CloseStatus, socket.CloseStatusDescription));
        await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, Token);
        socket.Dispose();
        Assert.Equal(Ended.Completed, (await kit.RecordAsync()).Outcome);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_provider_that_drops_breaks_the_clients_connection(bool resets)
    {
        await using var server = new FakeServer(async connection =>
        {
            await SwitchAsync(connection, (await connection.ReadRequestAsync())!);
            // Half a frame.
            await connection.SendAsync(new byte[] { 0x81, 4, (byte)'h' });
            if (resets) connection.Reset();
            else await connection.FinishAsync();
        });
        await using var kit = await GatewayKit.StartAsync(OpenAi(server));
        using var socket = await OpenAsync(kit);
        var broken = await Assert.ThrowsAsync<WebSocketException>(() => ReceiveAsync(socket));
        Assert.Equal(WebSocketError.ConnectionClosedPrematurely, broken.WebSocketErrorCode);
        Assert.Equal(Ended.UpstreamFailed, (await kit.RecordAsync()).Outcome);
    }

    [Fact]
    public async Task A_client_that_drops_ends_the_providers_connection()
    {
        var closed = new TaskCompletionSource();
        await using var server = new FakeServer(async connection =>
        {
            await SwitchAsync(connection, (await connection.ReadRequestAsync())!);
            await connection.WaitForCloseAsync();
            closed.SetResult();
        });
        await using var kit = await GatewayKit.StartAsync(OpenAi(server));
        using var socket = await OpenAsync(kit);
        socket.Abort();
        await closed.Task.WaitAsync(UpstreamKit.Patience, Token);
        Assert.Equal(Ended.ClientGone, (await kit.RecordAsync()).Outcome);
    }

    [Fact]
    public async Task A_gateway_that_stops_says_so_to_both()
    {
        var frame = new TaskCompletionSource<byte[]>();
        await using var server = new FakeServer(async connection =>
        {
            await SwitchAsync(connection, (await connection.ReadRequestAsync())!);
            frame.SetResult(await connection.ReadExactlyAsync(8));
            await connection.FinishAsync();
        });
        await using var kit = await GatewayKit.StartAsync(OpenAi(server));
        using var socket = await OpenAsync(kit);
        await kit.Lifetime.EndRequestsAsync();
        Assert.Equal(WebSocketMessageType.Close, (await ReceiveAsync(socket)).Type);
        Assert.Equal(WebSocketCloseStatus.EndpointUnavailable, socket.CloseStatus);
        var close = await frame.Task.WaitAsync(UpstreamKit.Patience, Token);
        Assert.Equal([0x88, 0x82, 0x03, 0xE9], [close[0], close[1], (byte)(close[6] ^ close[2]), (byte)(close[7] ^ close[3])]);
        socket.Abort();
        Assert.Equal(Ended.Stopped, (await kit.RecordAsync()).Outcome);
    }

    [Fact]
    public async Task Silence_is_bounded_by_the_configuration()
    {
        await using var server = new FakeServer(async connection =>
        {
            await SwitchAsync(connection, (await connection.ReadRequestAsync())!);
            await connection.WaitForCloseAsync();
        });
        await using var kit = await GatewayKit.StartAsync(OpenAi(server) + "    stream_idle_timeout: 5ms\n");
        using var socket = await OpenAsync(kit);
        Assert.Equal(WebSocketMessageType.Close, (await ReceiveAsync(socket)).Type);
        Assert.Equal(WebSocketCloseStatus.EndpointUnavailable, socket.CloseStatus);
    }

    private static async Task<ClientWebSocket> OpenAsync(GatewayKit kit)
    {
        var socket = new ClientWebSocket();
        socket.Options.KeepAliveInterval = TimeSpan.Zero;
        await socket.ConnectAsync(new Uri($"ws://127.0.0.1:{kit.Port}/v1/realtime?model=fake/gpt-realtime"), Token).WaitAsync(UpstreamKit.Patience, Token);
        return socket;
    }

    private static async Task<(WebSocketMessageType Type, string Hex)> ReceiveAsync(ClientWebSocket socket)
    {
        var message = new MemoryStream();
        var buffer = new byte[32 * 1024];
        while (true)
        {
            var read = await socket.ReceiveAsync(buffer.AsMemory(), Token).AsTask().WaitAsync(UpstreamKit.Patience, Token);
            message.Write(buffer, 0, read.Count);
            if (read.EndOfMessage) return (read.MessageType, Convert.ToHexString(message.ToArray()));
        }
    }

    private static async Task EchoAsync(FakeConnection connection)
    {
        await SwitchAsync(connection, (await connection.ReadRequestAsync())!);
        await EchoFramesAsync(connection);
    }

    [SuppressMessage("Security", "CA5350", Justification = "RFC 6455 demands SHA-1.")]
    private static Task SwitchAsync(FakeConnection connection, string head, string more = "")
    {
        const string Name = "sec-websocket-key: ";
        var at = head.IndexOf(Name, StringComparison.Ordinal) + Name.Length;
        var key = head[at..head.IndexOf('\r', at)];
        // RFC 6455 section 4.2.2.
        var accept = Convert.ToBase64String(SHA1.HashData(Encoding.ASCII.GetBytes(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11")));
        return connection.SendAsync($"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n{more}\r\n");
    }

    // Sends every frame back unmasked, with its own fragmentation; a ping as a pong; ends after a close.
    private static async Task EchoFramesAsync(FakeConnection connection)
    {
        while (true)
        {
            var head = await connection.ReadExactlyAsync(2);
            Assert.NotEqual(0, head[1] & 0x80);
            byte[] extra = (head[1] & 0x7F) switch { 126 => await connection.ReadExactlyAsync(2), 127 => await connection.ReadExactlyAsync(8), _ => [] };
            var length = extra.Length == 2 ? BinaryPrimitives.ReadUInt16BigEndian(extra) : extra.Length == 8 ? (int)BinaryPrimitives.ReadInt64BigEndian(extra) : head[1] & 0x7F;
            var mask = await connection.ReadExactlyAsync(4);
            var opcode = head[0] & 0xF;
            await connection.SendAsync((byte[])[(byte)(opcode == 9 ? 0x8A : head[0]), (byte)(head[1] & 0x7F), .. extra]);
            for (var at = 0; at < length;)
            {
                // A multiple of the mask, so that each piece begins with its first byte.
                var piece = await connection.ReadExactlyAsync(Math.Min(length - at, 32 * 1024));
                for (var i = 0; i < piece.Length; i++) piece[i] ^= mask[i & 3];
                await connection.SendAsync(piece);
                at += piece.Length;
            }
            if (opcode == 8) break;
        }
        await connection.FinishAsync();
    }
}
