using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Edge.TestSupport;

/// <summary>A response as it came off the wire.</summary>
/// <param name="Status">Of the status line.</param>
/// <param name="Head">Status line and headers, Latin-1.</param>
/// <param name="Body">Without its framing.</param>
/// <param name="IsComplete">The framing says that the body is whole.</param>
public sealed record RawResponse(int Status, string Head, byte[] Body, bool IsComplete)
{
    public string Text => Encoding.UTF8.GetString(Body);

    /// <summary>The header's value, or null.</summary>
    public string? Header(string name)
    {
        foreach (var line in Head.Split("\r\n").Skip(1))
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon > 0 && line.AsSpan(0, colon).Equals(name, StringComparison.OrdinalIgnoreCase)) return line[(colon + 1)..].Trim();
        }
        return null;
    }
}

/// <summary>A client's connection without a client: what is sent is exactly what the test says.</summary>
public sealed class RawConnection : IDisposable
{
    private readonly Socket _socket;
    private readonly Stream _stream;
    private readonly byte[] _one = new byte[16 * 1024];
    private int _start;
    private int _end;

    public RawConnection(Socket socket, Stream stream)
    {
        _socket = socket;
        _stream = stream;
    }

    public Task SendAsync(string latin1) => SendAsync(Encoding.Latin1.GetBytes(latin1));

    public async Task SendAsync(ReadOnlyMemory<byte> bytes) => await _stream.WriteAsync(bytes);

    /// <summary>Sends and tells whether the other side took it: false where it closed before.</summary>
    public async Task<bool> TrySendAsync(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            await _stream.WriteAsync(bytes);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    /// <summary>No more will be sent.</summary>
    public void FinishSending() => _socket.Shutdown(SocketShutdown.Send);

    /// <summary>Closes with RST.</summary>
    public void Reset()
    {
        _socket.LingerState = new LingerOption(true, 0);
        Dispose();
    }

    /// <summary>The next response, interim ones (1xx) passed over unless asked for; null where the connection ended before one began.</summary>
    public async Task<RawResponse?> ReceiveAsync(bool interim = false, string method = "POST")
    {
        while (true)
        {
            var head = await ReadHeadAsync();
            if (head is null) return null;
            var status = int.Parse(head.AsSpan(9, 3), CultureInfo.InvariantCulture);
            if (status is >= 100 and < 200)
            {
                if (interim) return new RawResponse(status, head, [], true);
                continue;
            }
            var response = new RawResponse(status, head, [], false);
            var body = new MemoryStream();
            bool complete;
            if (method == "HEAD" || status is 204 or 304) complete = true;
            else if (response.Header("transfer-encoding") is not null) complete = await ReadChunksAsync(body);
            else if (response.Header("content-length") is { } length) complete = await ReadBodyAsync(body, int.Parse(length, CultureInfo.InvariantCulture));
            else complete = await ReadToEndAsync(body);
            return response with { Body = body.ToArray(), IsComplete = complete };
        }
    }

    /// <summary>Whether the other side has ended the connection with nothing more to say.</summary>
    public async Task<bool> IsClosedAsync() => await PeekAsync() < 0;

    /// <summary>Status line and headers of a response whose body is read piece by piece.</summary>
    public async Task<string?> ReadHeadAsync()
    {
        var head = new StringBuilder();
        while (true)
        {
            var b = await NextAsync();
            if (b < 0) return null;
            head.Append((char)b);
            if (b == '\n' && head.Length >= 4 && head.ToString(head.Length - 4, 4) == "\r\n\r\n") return head.ToString(0, head.Length - 4);
        }
    }

    /// <summary>Reads until this text has come, framing and all, and returns everything up to it; what came instead where the connection ended.</summary>
    public async Task<string> ReadUntilAsync(string mark)
    {
        var text = new StringBuilder();
        while (true)
        {
            var b = await NextAsync();
            if (b < 0) return text.ToString();
            text.Append((char)b);
            if (b == mark[^1] && text.Length >= mark.Length && text.ToString(text.Length - mark.Length, mark.Length) == mark) return text.ToString();
        }
    }

    public void Dispose()
    {
        _stream.Dispose();
        _socket.Dispose();
    }

    private async Task<bool> ReadChunksAsync(MemoryStream body)
    {
        while (true)
        {
            var size = await ReadLineAsync();
            if (size is null) return false;
            var length = int.Parse(size.Split(';')[0], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            if (length > 0 && !await ReadBodyAsync(body, length)) return false;
            // After the last chunk: trailers, then the empty line. After any other: the line's end.
            string? line;
            while ((line = await ReadLineAsync()) is { Length: > 0 })
            {
            }
            if (line is null) return false;
            if (length == 0) return true;
        }
    }

    private async Task<string?> ReadLineAsync()
    {
        var line = new StringBuilder();
        while (true)
        {
            var b = await NextAsync();
            if (b < 0) return null;
            if (b == '\n') return line.ToString().TrimEnd('\r');
            line.Append((char)b);
        }
    }

    private async Task<bool> ReadBodyAsync(MemoryStream body, int length)
    {
        for (var i = 0; i < length; i++)
        {
            var b = await NextAsync();
            if (b < 0) return false;
            body.WriteByte((byte)b);
        }
        return true;
    }

    private async Task<bool> ReadToEndAsync(MemoryStream body)
    {
        int b;
        while ((b = await NextAsync()) >= 0) body.WriteByte((byte)b);
        return true;
    }

    private async ValueTask<int> NextAsync()
    {
        var b = await PeekAsync();
        if (b >= 0) _start++;
        return b;
    }

    // The next byte, not taken; -1 at the end, which a reset is as well.
    private async ValueTask<int> PeekAsync()
    {
        if (_start < _end) return _one[_start];
        try
        {
            _start = 0;
            _end = await Patience.For(_stream.ReadAsync(_one).AsTask(), "more bytes, or the end of the connection");
            return _end > 0 ? _one[0] : -1;
        }
        catch (IOException)
        {
            _end = 0;
            return -1;
        }
    }
}
