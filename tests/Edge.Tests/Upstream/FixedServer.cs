using System.Net;
using System.Net.Sockets;

namespace Edge.Tests.Upstream;

/// <summary>One connection, one answer, one thread with blocking calls: it allocates nothing, so that a count of the process is a count of the client.</summary>
internal sealed class FixedServer : IDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly byte[] _answer;
    private readonly Thread _thread;
    private Socket? _socket;

    public FixedServer(byte[] answer)
    {
        _answer = answer;
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
        _thread = new Thread(Serve) { IsBackground = true };
        _thread.Start();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndPoint!).Port;

    public void Dispose()
    {
        _socket?.Dispose();
        _listener.Dispose();
        _thread.Join();
    }

    // A request ends with the 1200 x of its body; what the client sends in one piece may still arrive in two.
    private void Serve()
    {
        var buffer = new byte[8192];
        try
        {
            _socket = _listener.Accept();
            _socket.NoDelay = true;
            var filled = 0;
            while (_socket.Receive(buffer, filled, buffer.Length - filled, SocketFlags.None) is var count && count > 0)
            {
                filled += count;
                var end = buffer.AsSpan(0, filled).IndexOf("\r\n\r\n"u8);
                if (end < 0 || filled < end + 4 + 1200) continue;
                _socket.Send(_answer);
                filled = 0;
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }
}
