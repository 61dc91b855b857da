using System.Globalization;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace Edge.TestSupport;

/// <summary>One request that the fake provider received, and the means to answer it.</summary>
public sealed class FakeExchange
{
    private readonly Socket _socket;
    private readonly Stream _stream;

    internal FakeExchange(Socket socket, Stream stream, string head, byte[] body, int connection, Task closed)
    {
        _socket = socket;
        _stream = stream;
        Head = head;
        Body = body;
        Connection = connection;
        ClosedByGateway = closed;
    }

    /// <summary>Request line and headers, Latin-1, as they came.</summary>
    public string Head { get; }

    public byte[] Body { get; }

    public string Text => Encoding.UTF8.GetString(Body);

    public JsonElement Json => JsonDocument.Parse(Body).RootElement;

    /// <summary>1 for the first connection that was accepted.</summary>
    public int Connection { get; }

    public string RequestLine => Head.Split("\r\n")[0];

    /// <summary>The path and query that were asked for.</summary>
    public string Target => RequestLine.Split(' ')[1];

    /// <summary>Completes when the gateway closes or resets the connection.</summary>
    public Task ClosedByGateway { get; }

    /// <summary>The script has ended the connection.</summary>
    internal bool IsOver { get; private set; }

    /// <summary>The header's value, or null. Fails where it stands twice.</summary>
    public string? Header(string name)
    {
        var found = Head.Split("\r\n").Skip(1).Where(line => line.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase)).ToList();
        if (found.Count > 1) throw new InvalidDataException($"'{name}' stands {found.Count} times:\n{Head}");
        return found.Count == 0 ? null : found[0][(name.Length + 1)..].Trim();
    }

    public async Task SendAsync(ReadOnlyMemory<byte> bytes)
    {
        await _stream.WriteAsync(bytes);
        await _stream.FlushAsync();
    }

    public Task SendAsync(string utf8) => SendAsync(Encoding.UTF8.GetBytes(utf8));

    /// <summary>A whole JSON answer; the connection stays open.</summary>
    /// <param name="body">The answer.</param>
    /// <param name="status">HTTP status.</param>
    /// <param name="headers">Further header lines, each with its CRLF.</param>
    public Task JsonAsync(string body, int status = 200, string headers = "") => SendAsync(Whole(body, status, headers));

    /// <summary>The bytes of a whole JSON answer.</summary>
    public static byte[] Whole(string body, int status = 200, string headers = "")
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        var head = string.Create(CultureInfo.InvariantCulture,
            $"HTTP/1.1 {status} Status\r\ncontent-type: application/json\r\n{headers}content-length: {bytes.Length}\r\n\r\n");
        return [.. Encoding.ASCII.GetBytes(head), .. bytes];
    }

    /// <summary>The head of an event stream.</summary>
    public Task StartStreamAsync(string headers = "") => SendAsync(StreamHead(headers));

    public static string StreamHead(string headers = "") =>
        $"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\n{headers}transfer-encoding: chunked\r\n\r\n";

    /// <summary>Text as one chunk.</summary>
    public Task ChunkAsync(string text) => SendAsync(Chunk(text));

    public static byte[] Chunk(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        return [.. Encoding.ASCII.GetBytes(bytes.Length.ToString("x", CultureInfo.InvariantCulture) + "\r\n"), .. bytes, .. "\r\n"u8];
    }

    /// <summary>One event, as a chunk of its own.</summary>
    public Task EventAsync(string data, string? name = null) => ChunkAsync((name is null ? "" : $"event: {name}\n") + $"data: {data}\n\n");

    /// <summary>The last chunk; the connection stays open.</summary>
    public Task EndStreamAsync() => SendAsync("0\r\n\r\n");

    /// <summary>Ends the connection in order: everything sent arrives, then FIN.</summary>
    public async Task CloseAsync()
    {
        IsOver = true;
        if (_stream is SslStream tls) await tls.ShutdownAsync();
        _socket.Shutdown(SocketShutdown.Send);
        // Until the gateway has closed too: a socket that is closed with unread bytes resets, and the reset overtakes what was sent.
        await Patience.For(ClosedByGateway, "the gateway's close after the provider's");
    }

    /// <summary>Ends the connection with RST.</summary>
    public void Reset()
    {
        IsOver = true;
        _socket.LingerState = new LingerOption(true, 0);
        _socket.Dispose();
    }

    /// <summary>Says nothing more until the gateway gives up.</summary>
    public async Task HangAsync()
    {
        IsOver = true;
        await ClosedByGateway;
    }
}
