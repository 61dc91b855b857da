using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Edge.Load.Net;

/// <summary>Non-blocking IPv4 loopback sockets. Nothing here can reach another machine: only ports are arguments.</summary>
internal static unsafe class Sockets
{
    // Linux cuts the backlog to net.core.somaxconn; 5,000 streams that open within a second need more than the customary 128.
    private const int Backlog = 8192;

    /// <summary>Opens a listener on 127.0.0.1.</summary>
    /// <param name="port">1-65535, or 0 for one that the kernel chooses.</param>
    /// <returns>The descriptor and the port that was bound.</returns>
    public static (int Fd, int Port) Listen(int port)
    {
        var fd = Open();
        Set(fd, Libc.SolSocket, Libc.SoReuseAddr, 1);
        var address = Loopback(port);
        if (Libc.Bind(fd, &address, sizeof(Libc.SockAddrIn)) != 0)
            throw new IOException($"cannot bind 127.0.0.1:{port}: errno {Marshal.GetLastPInvokeError()}");
        if (Libc.Listen(fd, Backlog) != 0)
            throw new IOException($"cannot listen on 127.0.0.1:{port}: errno {Marshal.GetLastPInvokeError()}");
        var length = sizeof(Libc.SockAddrIn);
        _ = Libc.GetSockName(fd, &address, &length);
        return (fd, BinaryPrimitives.ReverseEndianness(address.Port));
    }

    /// <summary>Begins to connect to 127.0.0.1; the descriptor becomes writable when that is done or has failed.</summary>
    public static int BeginConnect(int port)
    {
        var fd = Open();
        Set(fd, Libc.IpProtoTcp, Libc.TcpNoDelay, 1);
        var address = Loopback(port);
        if (Libc.Connect(fd, &address, sizeof(Libc.SockAddrIn)) == 0 || Marshal.GetLastPInvokeError() == Libc.EInProgress)
            return fd;
        var error = Marshal.GetLastPInvokeError();
        _ = Libc.Close(fd);
        return -error;
    }

    /// <summary>Takes the next waiting connection, or -1.</summary>
    public static int Accept(int listener)
    {
        var fd = Libc.Accept4(listener, null, null, Libc.SockNonBlock | Libc.SockCloExec);
        if (fd >= 0)
            Set(fd, Libc.IpProtoTcp, Libc.TcpNoDelay, 1);
        return fd;
    }

    /// <summary>SO_ERROR: 0 once connected, else the errno of the failure.</summary>
    public static int PendingError(int fd)
    {
        int error = 0, length = sizeof(int);
        return Libc.GetSockOpt(fd, Libc.SolSocket, Libc.SoError, &error, &length) == 0 ? error : Marshal.GetLastPInvokeError();
    }

    /// <summary>A port that was free a moment ago, for a child process that cannot report the one it chose.</summary>
    public static int FreePort()
    {
        var (fd, port) = Listen(0);
        _ = Libc.Close(fd);
        return port;
    }

    /// <summary>Raises the soft limit of open files to the hard one; 5,000 proxied streams need 10,000 descriptors in the proxy.</summary>
    /// <returns>The limit now in force.</returns>
    public static long RaiseFileLimit()
    {
        Libc.Rlimit limit;
        if (Libc.GetRlimit(Libc.RlimitNoFile, &limit) != 0)
            return 1024;
        if (limit.Soft < limit.Hard)
        {
            var raised = new Libc.Rlimit { Soft = limit.Hard, Hard = limit.Hard };
            if (Libc.SetRlimit(Libc.RlimitNoFile, &raised) == 0)
                limit = raised;
        }
        return (long)Math.Min(limit.Soft, long.MaxValue);
    }

    private static int Open()
    {
        var fd = Libc.Socket(Libc.AfInet, Libc.SockStream | Libc.SockNonBlock | Libc.SockCloExec, 0);
        return fd >= 0 ? fd : throw new IOException($"no socket to be had: errno {Marshal.GetLastPInvokeError()} (24: raise `ulimit -n`)");
    }

    private static void Set(int fd, int level, int name, int value) => _ = Libc.SetSockOpt(fd, level, name, &value, sizeof(int));

    private static Libc.SockAddrIn Loopback(int port) => new()
    {
        Family = Libc.AfInet,
        Port = BinaryPrimitives.ReverseEndianness((ushort)port),
        Address = BinaryPrimitives.ReverseEndianness(0x7F000001u),
    };
}
