using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace Edge.Upstream;

/// <summary>Why a tunnel ended.</summary>
public enum TunnelEnd
{
    /// <summary>The client closed or broke its connection first.</summary>
    Client,

    /// <summary>The provider did.</summary>
    Provider,

    /// <summary>No byte in either direction for longer than the idle time-out.</summary>
    Idle,

    /// <summary>The gateway is stopping.</summary>
    Stopped,
}

/// <param name="End">Why it ended.</param>
/// <param name="FromClient">Bytes passed on from the client, frames' heads included.</param>
/// <param name="FromProvider">Bytes passed on from the provider.</param>
/// <param name="IsClosed">A close frame of one of the two came by: it ended as WebSockets do, not by a broken connection.</param>
public readonly record struct TunnelResult(TunnelEnd End, long FromClient, long FromProvider, bool IsClosed);

/// <summary>
/// Two WebSockets tied together after both sides switched: bytes pass unchanged in both directions, each waiting for the other side to take them. Where the tunnel ends by
/// our doing (idle, stopping), both sides get a close frame with status 1001 between two frames, unless the peer's own close has passed already.
/// </summary>
public sealed class WebSocketTunnel
{
    private const int BufferSize = 16 * 1024;

    // Server to client: unmasked. RFC 6455 section 5.5.1: status 1001, "going away".
    private static readonly byte[] _closeForClient = [0x88, 2, 0x03, 0xE9];

    private readonly Direction _fromClient;
    private readonly Direction _fromProvider;
    private readonly UpgradedStream _provider;
    private readonly TimeProvider _time;
    private readonly TimeSpan _idle;
    private readonly TimeSpan _grace;
    private long _movedAt;

    private WebSocketTunnel(Stream client, UpgradedStream provider, TimeProvider time, TimeSpan idle, TimeSpan grace)
    {
        _provider = provider;
        _time = time;
        _idle = idle;
        _grace = grace;
        _movedAt = time.GetTimestamp();
        _fromClient = new Direction(this, client, provider, CloseForProvider());
        _fromProvider = new Direction(this, provider, client, _closeForClient);
    }

    /// <summary>
    /// Passes bytes until one side has closed and the other had <paramref name="grace"/> to finish, or until it is idle or the gateway stops. Never throws for what the
    /// network does. The caller closes both streams afterwards: the client's by ending the request, the provider's by disposing the response.
    /// </summary>
    /// <param name="client">The client's stream after the upgrade.</param>
    /// <param name="provider">The provider's: <see cref="UpstreamResponse.Upgraded"/>.</param>
    /// <param name="time">Measures the time-outs.</param>
    /// <param name="idle">No byte in either direction for this long ends it.</param>
    /// <param name="grace">How long one side may go on after the other has ended, and after a close frame of ours.</param>
    /// <param name="stopping">Fires when the gateway stops.</param>
    public static async Task<TunnelResult> RunAsync(
        Stream client, UpgradedStream provider, TimeProvider time, TimeSpan idle, TimeSpan grace, CancellationToken stopping)
    {
        var tunnel = new WebSocketTunnel(client, provider, time, idle, grace);
        var end = await tunnel.RunAsync(stopping);
        return new TunnelResult(end, tunnel._fromClient.Bytes, tunnel._fromProvider.Bytes, tunnel._fromClient.HasClosed || tunnel._fromProvider.HasClosed);
    }

    private async Task<TunnelEnd> RunAsync(CancellationToken stopping)
    {
        using var kill = new CancellationTokenSource();
        using var waiting = new CancellationTokenSource();
        var up = _fromClient.PumpAsync(kill.Token);
        var down = _fromProvider.PumpAsync(kill.Token);
        var idle = WatchIdleAsync(waiting.Token);
        var stop = Task.Delay(Timeout.InfiniteTimeSpan, stopping);

        var first = await Task.WhenAny(up, down, idle, stop);
        var end = first == up ? TunnelEnd.Client : first == down ? TunnelEnd.Provider : first == idle ? TunnelEnd.Idle : TunnelEnd.Stopped;
        var grace = Task.Delay(_grace, _time, waiting.Token);
        // Where the client ended its direction, the provider hears so and may still finish what it says.
        if (end == TunnelEnd.Client && await up) await EndProviderAsync();
        else if (end is TunnelEnd.Idle or TunnelEnd.Stopped) await Task.WhenAny(Task.WhenAll(_fromProvider.CloseAsync(kill.Token), _fromClient.CloseAsync(kill.Token)), grace);
        // A provider that is gone hears nothing more. The one thing to wait for is the client's answer to its close frame: to end before would reset the connection under it.
        if (end != TunnelEnd.Provider || (_fromProvider.HasClosed && !_fromClient.HasClosed)) await Task.WhenAny(Task.WhenAll(up, down), grace);

        await waiting.CancelAsync();
        await kill.CancelAsync();
        await Task.WhenAll(up, down);
        return end;
    }

    private async Task WatchIdleAsync(CancellationToken cancel)
    {
        while (_time.GetElapsedTime(Volatile.Read(ref _movedAt)) is var silent && silent < _idle)
        {
            await Task.Delay(_idle - silent, _time, cancel);
        }
    }

    private async Task EndProviderAsync() => await _provider.CompleteWritesAsync();

    // Client to server: masked, by a mask that is not to be foreseen (RFC 6455 section 5.3).
    private static byte[] CloseForProvider()
    {
        var frame = new byte[8];
        frame[0] = 0x88;
        frame[1] = 0x82;
        RandomNumberGenerator.Fill(frame.AsSpan(2, 4));
        frame[6] = (byte)(0x03 ^ frame[2]);
        frame[7] = (byte)(0xE9 ^ frame[3]);
        return frame;
    }

    [SuppressMessage("Design", "CA1001", Justification = "A semaphore whose handle was never asked for holds nothing.")]
    private sealed class Direction(WebSocketTunnel tunnel, Stream from, Stream to, byte[] closeFrame)
    {
        // One writer at a time: the pump, or whoever puts the close frame in.
        private readonly SemaphoreSlim _writing = new(1, 1);
        private WebSocketFrames _frames;
        private volatile bool _isClosing;
        private bool _isClosed;
        private long _bytes;

        public long Bytes => Interlocked.Read(ref _bytes);

        /// <summary>The sender's close frame has come by.</summary>
        public bool HasClosed => _frames.HasClosed;

        /// <summary>True where the sender ended in peace, false where either side broke or it was killed.</summary>
        [SuppressMessage("Design", "CA1031", Justification = "Whatever a stream throws, this direction is over.")]
        public async Task<bool> PumpAsync(CancellationToken kill)
        {
            var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
            try
            {
                while (true)
                {
                    var count = await from.ReadAsync(buffer.AsMemory(0, BufferSize), kill);
                    if (count == 0) break;
                    Volatile.Write(ref tunnel._movedAt, tunnel._time.GetTimestamp());
                    await PassAsync(buffer.AsMemory(0, count), kill);
                }
                ArrayPool<byte>.Shared.Return(buffer);
                return true;
            }
            catch (Exception)
            {
                // The buffer is left to the collector: a read that was cancelled may still be writing into it.
                return false;
            }
        }

        /// <summary>Puts a close frame in at the next boundary; after it nothing of the sender passes.</summary>
        [SuppressMessage("Design", "CA1031", Justification = "As above.")]
        public async Task CloseAsync(CancellationToken kill)
        {
            try
            {
                _isClosing = true;
                await _writing.WaitAsync(kill);
                try
                {
                    await CloseAtBoundaryAsync(kill);
                }
                finally
                {
                    _writing.Release();
                }
            }
            catch (Exception)
            {
                // That side is gone already.
            }
        }

        private async ValueTask PassAsync(ReadOnlyMemory<byte> data, CancellationToken kill)
        {
            await _writing.WaitAsync(kill);
            try
            {
                if (_isClosed) return;
                var passed = _frames.Advance(data.Span, _isClosing);
                // Before it is written: a peer that ends the tunnel upon these bytes may be faster than this thread.
                Interlocked.Add(ref _bytes, passed);
                await to.WriteAsync(data[..passed], kill);
                await to.FlushAsync(kill);
                Volatile.Write(ref tunnel._movedAt, tunnel._time.GetTimestamp());
                await CloseAtBoundaryAsync(kill);
            }
            finally
            {
                _writing.Release();
            }
        }

        private async ValueTask CloseAtBoundaryAsync(CancellationToken kill)
        {
            if (!_isClosing || _isClosed || !_frames.IsAtBoundary) return;
            _isClosed = true;
            if (_frames.HasClosed) return;
            await to.WriteAsync(closeFrame, kill);
            await to.FlushAsync(kill);
        }
    }
}
