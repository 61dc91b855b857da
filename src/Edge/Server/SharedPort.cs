using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace Edge.Server;

/// <summary>
/// Listening sockets that another process of the same user may listen beside (<c>SO_REUSEPORT</c>, socket(7)), and the way to close them without losing a connection: the kernel gives
/// each of the sockets its own queue, and resets what stands in the queue of one that closes. Linux only.
/// </summary>
public sealed class SharedPort
{
    private const int SolSocket = 1, SoReusePort = 15, SoAttachFilter = 26, SolTcp = 6, TcpInfo = 11;

    // tcpi_unacked of struct tcp_info (linux/tcp.h): of a listening socket, the connections that wait to be accepted.
    private const int QueuedOffset = 24, TcpInfoLength = 104;

    // Handshakes under way when new ones are turned away need a round trip to end. Below the second after which a client repeats the SYN that went unanswered: that one shall find the
    // other listener alone.
    private static readonly TimeSpan _settling = TimeSpan.FromMilliseconds(500);

    // A client that connects writes at once; one that only keeps a connection ready must not hold up the stop.
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan _step = TimeSpan.FromMilliseconds(10);

    private readonly List<Socket> _sockets = [];
    private int _silent;

    /// <summary>Binds a socket for a listener. Sockets of the file system are not shared: a path has one owner.</summary>
    /// <exception cref="SocketException">The address is in use by a process that does not share it.</exception>
    public Socket Bind(EndPoint endpoint)
    {
        if (endpoint is not IPEndPoint ip) return SocketTransportOptions.CreateDefaultBoundListenSocket(endpoint);
        var socket = new Socket(ip.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            // As Kestrel does by itself: [::] takes both families.
            if (ip.Address.Equals(IPAddress.IPv6Any)) socket.DualMode = true;
            Span<byte> on = stackalloc byte[sizeof(int)];
            BinaryPrimitives.WriteInt32LittleEndian(on, 1);
            socket.SetRawSocketOption(SolSocket, SoReusePort, on);
            socket.Bind(ip);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
        _sockets.Add(socket);
        return socket;
    }

    /// <summary>A connection has been accepted and nothing has come on it yet.</summary>
    public void BeginSilence() => Interlocked.Increment(ref _silent);

    public void EndSilence() => Interlocked.Decrement(ref _silent);

    /// <summary>
    /// Turns new connections away, so that they go to the other listener, and returns when those that had begun are accepted and have sent something. The server's accept loop must be running.
    /// </summary>
    public async Task DrainAsync(TimeProvider time)
    {
        foreach (var socket in _sockets) IgnoreNew(socket);
        await Task.Delay(_settling, time);
        var since = time.GetTimestamp();
        while ((Volatile.Read(ref _silent) > 0 || _sockets.Exists(static socket => Queued(socket) > 0)) && time.GetElapsedTime(since) < _patience) await Task.Delay(_step, time);
    }

    /// <summary>
    /// A filter that drops segments with SYN and without ACK. The client hears nothing, repeats its SYN a second later (RFC 6298 section 2) and reaches who listens then. Any answer would be worse: a
    /// reset is an error that it sees. Connections inherit the filter, and need no SYN any more.
    /// </summary>
    private static unsafe void IgnoreNew(Socket socket)
    {
        // https://docs.kernel.org/networking/filter.html; the packet begins with TCP's header, whose byte 13 holds the flags: SYN = 2, ACK = 16.
        var code = stackalloc Instruction[]
        {
            new(0x30, 0, 0, 13), // load byte 13
            new(0x54, 0, 0, 0x12), // and 0x12
            new(0x15, 0, 1, 0x02), // equal 0x02: the next, else the one behind it
            new(0x06, 0, 0, 0), // drop
            new(0x06, 0, 0, uint.MaxValue), // keep all of it
        };
        var program = new Program(5, code);
        try
        {
            socket.SetRawSocketOption(SolSocket, SoAttachFilter, new ReadOnlySpan<byte>(&program, sizeof(Program)));
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // A sandbox whose network does not filter: the window is narrower than without any waiting, and no smaller.
        }
    }

    private static int Queued(Socket socket)
    {
        Span<byte> info = stackalloc byte[TcpInfoLength];
        try
        {
            return socket.GetRawSocketOption(SolTcp, TcpInfo, info) < QueuedOffset + sizeof(int) ? 0 : BinaryPrimitives.ReadInt32LittleEndian(info[QueuedOffset..]);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            return 0;
        }
    }

    // struct sock_filter
    [StructLayout(LayoutKind.Sequential)]
    private readonly struct Instruction(ushort code, byte yes, byte no, uint value)
    {
        public readonly ushort Code = code;
        public readonly byte Yes = yes, No = no;
        public readonly uint Value = value;
    }

    // struct sock_fprog
    [StructLayout(LayoutKind.Sequential)]
    private readonly unsafe struct Program(ushort length, Instruction* code)
    {
        public readonly ushort Length = length;
        public readonly Instruction* Code = code;
    }
}
