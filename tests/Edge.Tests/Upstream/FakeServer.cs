using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Edge.Tests.Upstream;

/// <summary>A provider made of raw bytes: each accepted connection runs the script, which says what is read, sent, held back and cut.</summary>
internal sealed class FakeServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Func<FakeConnection, Task> _script;
    private readonly X509Certificate2? _certificate;
    private readonly RemoteCertificateValidationCallback? _clients;
    private readonly ConcurrentBag<FakeConnection> _connections = [];
    private readonly Task _accepting;
    private int _accepted;

    /// <param name="script">Runs for each connection.</param>
    /// <param name="certificate">For TLS; null = plain text.</param>
    /// <param name="clients">Judges the client's certificate, which is demanded then.</param>
    public FakeServer(Func<FakeConnection, Task> script, X509Certificate2? certificate = null, RemoteCertificateValidationCallback? clients = null)
    {
        _clients = clients;
        _script = script;
        _certificate = certificate;
        _listener.Start(512);
        _accepting = AcceptAsync();
    }

    /// <summary>Answers every request on every connection with the same bytes.</summary>
    public static FakeServer Answering(byte[] response, X509Certificate2? certificate = null) => new(async connection =>
    {
        while (await connection.ReadRequestAsync() is not null) await connection.SendAsync(response);
    }, certificate);

    public static FakeServer Answering(string response, X509Certificate2? certificate = null) => Answering(Encoding.Latin1.GetBytes(response), certificate);

    /// <summary>Reads one request, sends these bytes, closes in peace.</summary>
    public static FakeServer SendingOnce(byte[] response) => new(async connection =>
    {
        await connection.ReadRequestAsync();
        await connection.SendAsync(response);
        await connection.FinishAsync();
    });

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Connections accepted so far.</summary>
    public int Accepted => Volatile.Read(ref _accepted);

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        foreach (var connection in _connections) connection.Dispose();
        await _accepting;
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var socket = await _listener.AcceptSocketAsync();
                socket.NoDelay = true;
                var number = Interlocked.Increment(ref _accepted);
                _ = ServeAsync(socket, number);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or InvalidOperationException)
        {
            // Stopped, within an accept or between two.
        }
    }

    private async Task ServeAsync(Socket socket, int number)
    {
        Stream stream = new NetworkStream(socket, ownsSocket: true);
        try
        {
            if (_certificate is not null)
            {
                var tls = new SslStream(stream);
                stream = tls;
                await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions
                {
                    // Offline: the server must not fetch the issuers that a test wants missing.
                    ServerCertificateContext = SslStreamCertificateContext.Create(_certificate, null, offline: true),
                    ApplicationProtocols = [SslApplicationProtocol.Http11],
                    ClientCertificateRequired = _clients is not null,
                    RemoteCertificateValidationCallback = _clients,
                });
            }
            using var connection = new FakeConnection(socket, stream, number);
            _connections.Add(connection);
            await _script(connection);
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or System.Security.Authentication.AuthenticationException)
        {
            // The client hung up; the test looks at the client.
            socket.Dispose();
        }
    }
}

/// <summary>The server's end of one connection.</summary>
internal sealed class FakeConnection : IDisposable
{
    private readonly Socket _socket;
    private readonly Stream _stream;
    private readonly byte[] _buffer = new byte[64 * 1024];
    private int _filled;

    public FakeConnection(Socket socket, Stream stream, int number)
    {
        _socket = socket;
        _stream = stream;
        Number = number;
    }

    /// <summary>1 for the first connection that the server accepted.</summary>
    public int Number { get; }

    /// <summary>Body of the request read last.</summary>
    public byte[] Body { get; private set; } = [];

    /// <summary>The next request's head; null when the client has closed.</summary>
    public async Task<string?> ReadRequestAsync()
    {
        int end;
        while ((end = _buffer.AsSpan(0, _filled).IndexOf("\r\n\r\n"u8)) < 0)
        {
            if (!await FillAsync()) return null;
        }
        var head = Encoding.Latin1.GetString(_buffer, 0, end + 4);
        Shift(end + 4);
        var at = head.IndexOf("content-length: ", StringComparison.OrdinalIgnoreCase);
        var length = at < 0 ? 0 : int.Parse(head.AsSpan(at + 16, head.IndexOf('\r', at) - at - 16), System.Globalization.CultureInfo.InvariantCulture);
        var body = new byte[length];
        for (var read = 0; read < length;)
        {
            if (_filled == 0 && !await FillAsync()) return null;
            var count = Math.Min(_filled, length - read);
            _buffer.AsSpan(0, count).CopyTo(body.AsSpan(read));
            Shift(count);
            read += count;
        }
        Body = body;
        return head;
    }

    public async Task SendAsync(ReadOnlyMemory<byte> bytes) => await _stream.WriteAsync(bytes);

    public Task SendAsync(string latin1) => SendAsync(Encoding.Latin1.GetBytes(latin1));

    /// <summary>Sends FIN and waits until the client has closed too, so that no reset overtakes what was sent.</summary>
    public async Task FinishAsync()
    {
        if (_stream is SslStream tls) await tls.ShutdownAsync();
        _socket.Shutdown(SocketShutdown.Send);
        while (await _stream.ReadAsync(_buffer) > 0)
        {
        }
    }

    /// <summary>Waits until the client has closed or reset the connection.</summary>
    public async Task WaitForCloseAsync()
    {
        try
        {
            while (await _stream.ReadAsync(_buffer) > 0)
            {
            }
        }
        catch (IOException)
        {
            // A reset is a close as well.
        }
    }

    /// <summary>Reads until what has come since the last call ends with that text, or holds it.</summary>
    public async Task ReadUntilAsync(string latin1)
    {
        var mark = Encoding.Latin1.GetBytes(latin1);
        int at;
        while ((at = _buffer.AsSpan(0, _filled).IndexOf(mark)) < 0)
        {
            if (!await FillAsync()) throw new IOException("closed");
        }
        Shift(at + mark.Length);
    }

    public async Task<byte[]> ReadExactlyAsync(int count)
    {
        while (_filled < count)
        {
            if (!await FillAsync()) throw new IOException("closed");
        }
        var bytes = _buffer[..count];
        Shift(count);
        return bytes;
    }

    /// <summary>A body in the chunked coding, without extensions and trailers.</summary>
    public async Task<byte[]> ReadChunkedAsync()
    {
        var body = new MemoryStream();
        while (true)
        {
            int feed;
            while ((feed = _buffer.AsSpan(0, _filled).IndexOf("\r\n"u8)) < 0) await FillOrThrowAsync();
            var size = int.Parse(Encoding.ASCII.GetString(_buffer, 0, feed), System.Globalization.NumberStyles.HexNumber, System.Globalization.CultureInfo.InvariantCulture);
            Shift(feed + 2);
            body.Write(await ReadExactlyAsync(size));
            if (!(await ReadExactlyAsync(2)).AsSpan().SequenceEqual("\r\n"u8)) throw new FormatException("no CR LF behind a chunk");
            if (size == 0) return body.ToArray();
        }
    }

    private async Task FillOrThrowAsync()
    {
        if (!await FillAsync()) throw new IOException("closed");
    }

    /// <summary>Closes with RST.</summary>
    public void Reset()
    {
        _socket.LingerState = new LingerOption(true, 0);
        _socket.Dispose();
    }

    public void Dispose() => _socket.Dispose();

    private async Task<bool> FillAsync()
    {
        var count = await _stream.ReadAsync(_buffer.AsMemory(_filled));
        _filled += count;
        return count > 0;
    }

    private void Shift(int count)
    {
        _buffer.AsSpan(count, _filled - count).CopyTo(_buffer);
        _filled -= count;
    }
}
