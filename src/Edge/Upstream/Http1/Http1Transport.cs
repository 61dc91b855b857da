using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Net.Security;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Threading.Tasks.Sources;

namespace Edge.Upstream.Http1;

/// <summary>
/// The bytes of one connection. One receive and one send at a time, in any combination. Never throws for what the network does:
/// expected failures are values, and an exception costs more than the whole exchange.
/// </summary>
internal abstract class Http1Transport
{
    /// <summary>One word about the last failure (a socket error, a TLS alert), for logs.</summary>
    public string? Error { get; protected set; }

    /// <summary>Bytes received; 0 at a clean end; -1 when the connection broke.</summary>
    public abstract ValueTask<int> ReceiveAsync(Memory<byte> buffer);

    /// <summary>Sends all of it; false when the connection broke.</summary>
    public abstract ValueTask<bool> SendAsync(ReadOnlyMemory<byte> data);

    /// <summary>Says that nothing more will be sent; receiving goes on. False when the connection broke.</summary>
    public abstract ValueTask<bool> EndSendAsync();

    /// <summary>Closes the socket at once; what is in flight ends with -1 or false. Any thread, idempotent.</summary>
    public abstract void Close();

    /// <summary>Frees what <see cref="Close"/> must not touch; called by the owner, once, when nothing is in flight.</summary>
    public abstract void Release();
}

/// <summary>Plain TCP: one operation object a direction, reused for the life of the connection.</summary>
/// <remarks>
/// Bare, because it was measured: over Pipelines.Sockets.Unofficial (2.2.16, inline schedulers, zero-length reads; AOT, 64 connections, 600-byte
/// answers) the same exchange took 18.1 instead of 14.4 us of CPU in the median, with one system call more, and 14 KB instead of 12 a waiting
/// stream; streamed events cost the same.
/// </remarks>
[SuppressMessage("Design", "CA1001", Justification = "Release disposes the operations, when none is in flight.")]
internal sealed class SocketTransport : Http1Transport
{
    private readonly Socket _socket;
    private readonly Operation _receive = new();
    private readonly Operation _send = new();

    public SocketTransport(Socket socket) => _socket = socket;

    public override ValueTask<int> ReceiveAsync(Memory<byte> buffer)
    {
        try
        {
            _receive.Arm(buffer);
            if (_socket.ReceiveAsync(_receive)) return new(_receive, 0);
            _receive.Forget();
            return new(_receive.Outcome);
        }
        catch (ObjectDisposedException)
        {
            return new(-1);
        }
    }

    public override ValueTask<bool> SendAsync(ReadOnlyMemory<byte> data)
    {
        try
        {
            // A send reads its buffer only; SocketAsyncEventArgs knows no read-only memory.
            _send.Arm(MemoryMarshal.AsMemory(data));
            if (_socket.SendAsync(_send)) return SendSlowAsync(data);
            _send.Forget();
            if (_send.Outcome == data.Length) return new(true);
            return _send.Outcome > 0 ? SendAsync(data[_send.Outcome..]) : new(Failed(_send));
        }
        catch (ObjectDisposedException)
        {
            return new(false);
        }
    }

    public override ValueTask<bool> EndSendAsync()
    {
        try
        {
            _socket.Shutdown(SocketShutdown.Send);
            return new(true);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            return new(false);
        }
    }

    public override void Close() => _socket.Dispose();

    public override void Release()
    {
        _receive.Dispose();
        _send.Dispose();
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> SendSlowAsync(ReadOnlyMemory<byte> data)
    {
        var sent = await new ValueTask<int>(_send, 0);
        if (sent == data.Length) return true;
        return sent > 0 ? await SendAsync(data[sent..]) : Failed(_send);
    }

    private bool Failed(Operation operation)
    {
        Error ??= operation.SocketError.ToString();
        return false;
    }

    /// <summary>A socket operation that is its own awaitable: no task, no exception, no captured context.</summary>
    private sealed class Operation : SocketAsyncEventArgs, IValueTaskSource<int>
    {
        private static readonly Action<object?> Done = static _ => throw new UnreachableException();
        private Action<object?>? _continuation;
        private object? _state;

        public Operation() : base(true)
        {
        }

        public int Outcome => SocketError == SocketError.Success ? BytesTransferred : -1;

        public void Arm(Memory<byte> buffer)
        {
            _continuation = null;
            SetBuffer(buffer);
        }

        /// <summary>Lets go of the buffer: at rest it would keep a prompt alive for as long as the connection.</summary>
        public void Forget() => SetBuffer(default);

        public int GetResult(short token) => Outcome;

        public ValueTaskSourceStatus GetStatus(short token) =>
            ReferenceEquals(Volatile.Read(ref _continuation), Done) ? ValueTaskSourceStatus.Succeeded : ValueTaskSourceStatus.Pending;

        public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
        {
            _state = state;
            // Lost the race against the completion: run it elsewhere, the stack here may be deep.
            if (Interlocked.CompareExchange(ref _continuation, continuation, null) is not null)
                ThreadPool.UnsafeQueueUserWorkItem(continuation, state, preferLocal: true);
        }

        protected override void OnCompleted(SocketAsyncEventArgs e)
        {
            // Before the awaiter is told: it may arm the next operation at once.
            Forget();
            var continuation = Interlocked.CompareExchange(ref _continuation, Done, null);
            if (continuation is null) return;
            var state = _state;
            _state = null;
            Volatile.Write(ref _continuation, Done);
            continuation(state);
        }
    }
}

/// <summary>TLS over the same socket.</summary>
[SuppressMessage("Design", "CA1031", Justification = "SslStream's exceptions are a list without an end: alerts, platform cryptography, certificates.")]
internal sealed class TlsTransport : Http1Transport
{
    private readonly Socket _socket;
    private readonly SslStream _tls;

    public TlsTransport(Socket socket, SslStream tls)
    {
        _socket = socket;
        _tls = tls;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<int> ReceiveAsync(Memory<byte> buffer)
    {
        try
        {
            // The empty read waits without the 16 KB record buffer that SslStream rents for a real one; a waiting stream must hold little.
            _ = await _tls.ReadAsync(Memory<byte>.Empty);
            return await _tls.ReadAsync(buffer);
        }
        catch (Exception e)
        {
            Error ??= Describe(e);
            return -1;
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<bool> SendAsync(ReadOnlyMemory<byte> data)
    {
        try
        {
            await _tls.WriteAsync(data);
            return true;
        }
        catch (Exception e)
        {
            Error ??= Describe(e);
            return false;
        }
    }

    public override async ValueTask<bool> EndSendAsync()
    {
        try
        {
            await _tls.ShutdownAsync();
            return true;
        }
        catch (Exception e)
        {
            Error ??= Describe(e);
            return false;
        }
    }

    // The socket alone: SslStream's own Dispose is not safe against a read in flight.
    public override void Close() => _socket.Dispose();

    public override void Release() => _tls.Dispose();

    private static string Describe(Exception e) => e.GetBaseException() is SocketException s ? s.SocketErrorCode.ToString() : e.GetBaseException().Message;
}
