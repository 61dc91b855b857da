using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Text;

namespace Edge.EndToEnd.Routing;

/// <summary>One request over HTTP/2, and the frames to answer it with.</summary>
internal sealed class Http2Exchange(Socket socket, int stream, string text)
{
    private const byte Data = 0, Headers = 1, RstStream = 3, GoAway = 7, EndStream = 1, EndHeaders = 4;

    public int Stream => stream;

    /// <summary>The request's body.</summary>
    public string Text => text;

    public bool IsStreamed { get; } = text.Contains("\"stream\":true", StringComparison.Ordinal);

    /// <summary>The head and a part of the answer.</summary>
    public Task BeginAsync() => AnswerAsync(IsStreamed ? OpenAiWire.Event(OpenAiWire.Text(Fault.Part)) : Fault.HalfBody, last: 0);

    /// <summary>A whole answer.</summary>
    public Task AnswerAsync() => AnswerAsync(IsStreamed ? OpenAiWire.Stream() : OpenAiWire.Completion(), EndStream);

    public Task ResetStreamAsync(int code) => SendAsync(socket, RstStream, 0, stream, Numbers(code));

    /// <summary>No stream above this one was or will be processed; the connection ends behind those that were.</summary>
    public Task GoAwayAsync(int last, int code) => SendAsync(socket, GoAway, 0, 0, Numbers(last, code));

    internal static Task SendAsync(Socket socket, byte type, byte flags, int stream, ReadOnlySpan<byte> payload)
    {
        var frame = new byte[9 + payload.Length];
        frame[0] = (byte)(payload.Length >> 16);
        frame[1] = (byte)(payload.Length >> 8);
        frame[2] = (byte)payload.Length;
        frame[3] = type;
        frame[4] = flags;
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(5), stream);
        payload.CopyTo(frame.AsSpan(9));
        return socket.SendAsync(frame);
    }

    private async Task AnswerAsync(string body, byte last)
    {
        // HPACK (RFC 7541): 8 of the static table is ":status: 200", 31 the name content-type, whose value follows as it is.
        var type = Encoding.ASCII.GetBytes(IsStreamed ? "text/event-stream" : "application/json");
        await SendAsync(socket, Headers, EndHeaders, stream, [0x88, 0x0f, 0x10, (byte)type.Length, .. type]);
        await SendAsync(socket, Data, last, stream, Encoding.UTF8.GetBytes(body));
    }

    private static byte[] Numbers(params int[] numbers)
    {
        var bytes = new byte[numbers.Length * 4];
        for (var i = 0; i < numbers.Length; i++) BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(i * 4), numbers[i]);
        return bytes;
    }
}

/// <summary>A provider that speaks HTTP/2 in clear text (RFC 9113), frame by frame as the script says. One request on a connection, then it closes.</summary>
internal sealed class Http2FakeProvider : IAsyncDisposable
{
    private const byte Data = 0, Headers = 1, Settings = 4, Ping = 6, Ack = 1, EndStream = 1;

    private readonly ConcurrentQueue<string> _requests = new();
    private readonly RudeProvider _provider;
    private readonly Func<Http2Exchange, Task> _script;

    public Http2FakeProvider(Func<Http2Exchange, Task> script)
    {
        _script = script;
        _provider = new RudeProvider(ServeAsync);
    }

    public int Port => _provider.Port;

    /// <summary>The bodies of everything that was asked so far.</summary>
    public IEnumerable<string> Requests => _requests;

    public ValueTask DisposeAsync() => _provider.DisposeAsync();

    private async Task ServeAsync(Socket socket)
    {
        socket.NoDelay = true;
        var preface = new byte[24];
        if (!await FillAsync(socket, preface)) return;
        await Http2Exchange.SendAsync(socket, Settings, 0, 0, []);
        var head = new byte[9];
        var bodies = new Dictionary<int, MemoryStream>();
        while (await FillAsync(socket, head))
        {
            var payload = new byte[(head[0] << 16) | (head[1] << 8) | head[2]];
            if (!await FillAsync(socket, payload)) return;
            var (type, flags, stream) = (head[3], head[4], BinaryPrimitives.ReadInt32BigEndian(head.AsSpan(5)));
            if (type is Settings or Ping && (flags & Ack) == 0) await Http2Exchange.SendAsync(socket, type, Ack, 0, type == Ping ? payload : []);
            if (type is not (Data or Headers)) continue;
            if (type == Headers) bodies[stream] = new MemoryStream();
            else bodies[stream].Write(payload);
            if ((flags & EndStream) == 0) continue;
            var text = Encoding.UTF8.GetString(bodies[stream].ToArray());
            _requests.Enqueue(text);
            await _script(new Http2Exchange(socket, stream, text));
            // What was sent arrives; what the gateway still sends is read, so that nothing turns into a reset.
            socket.Shutdown(SocketShutdown.Send);
        }
    }

    private static async Task<bool> FillAsync(Socket socket, byte[] buffer)
    {
        for (var filled = 0; filled < buffer.Length;)
        {
            var count = await socket.ReceiveAsync(buffer.AsMemory(filled));
            if (count == 0) return false;
            filled += count;
        }
        return true;
    }
}
