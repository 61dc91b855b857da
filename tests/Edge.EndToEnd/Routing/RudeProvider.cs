using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Edge.EndToEnd.Routing;

/// <summary>A provider that does not get as far as HTTP.</summary>
internal sealed class RudeProvider : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentBag<Socket> _sockets = [];
    private readonly Func<Socket, Task> _serve;
    private readonly Task _accepting;

    public RudeProvider(Func<Socket, Task> serve)
    {
        _serve = serve;
        _listener.Start(1024);
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Answers a TLS hello in clear text.</summary>
    public static async Task NoTls(Socket socket)
    {
        await socket.ReceiveAsync(new byte[16 << 10]);
        await socket.SendAsync("HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n"u8.ToArray());
        socket.Shutdown(SocketShutdown.Send);
        while (await socket.ReceiveAsync(new byte[16 << 10]) > 0)
        {
        }
    }

    public static Task ResetAtOnce(Socket socket)
    {
        socket.LingerState = new LingerOption(true, 0);
        socket.Dispose();
        return Task.CompletedTask;
    }

    public static Task Silent(Socket socket) => Task.Delay(Timeout.Infinite, Kit.Stop);

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        foreach (var socket in _sockets) socket.Dispose();
        await _accepting;
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var socket = await _listener.AcceptSocketAsync();
                _sockets.Add(socket);
                _ = ServeAsync(socket);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or InvalidOperationException)
        {
            // Stopped, within an accept or between two.
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        try
        {
            await _serve(socket);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // The gateway hung up first.
        }
        finally
        {
            // A defect of the script's must not look like a provider that hangs.
            socket.Dispose();
        }
    }
}
