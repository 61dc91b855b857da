using System.Net;
using System.Net.Sockets;

namespace Edge.Upstream.Http1;

/// <summary>
/// RFC 8305 in small: the addresses in the resolver's order with the families alternating, the next one tried when the last has failed or has
/// been silent for 250 ms, the first that answers wins.
/// </summary>
internal static class HappyEyeballs
{
    private static readonly TimeSpan Stagger = TimeSpan.FromMilliseconds(250);

    /// <exception cref="SocketException">The name did not resolve (HostNotFound and its like), or no address accepted.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static async Task<Socket> ConnectAsync(string host, int port, TimeProvider time, CancellationToken cancel)
    {
        if (IPAddress.TryParse(host, out var literal)) return await ConnectOneAsync(new IPEndPoint(literal, port), cancel);
        var addresses = Alternate(await Dns.GetHostAddressesAsync(host, cancel));
        if (addresses.Count == 0) throw new SocketException((int)SocketError.HostNotFound);
        if (addresses.Count == 1) return await ConnectOneAsync(new IPEndPoint(addresses[0], port), cancel);

        using var losers = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var attempts = new List<Task<Socket>>();
        Exception? failure = null;
        for (var next = 0; next < addresses.Count || attempts.Count > 0;)
        {
            if (next < addresses.Count) attempts.Add(ConnectOneAsync(new IPEndPoint(addresses[next++], port), losers.Token));
            Task[] racing = next < addresses.Count ? [.. attempts, Task.Delay(Stagger, time, losers.Token)] : [.. attempts];
            var first = await Task.WhenAny(racing);
            if (first is not Task<Socket> attempt) continue;
            attempts.Remove(attempt);
            try
            {
                var socket = await attempt;
                await losers.CancelAsync();
                // One that connected in the same moment must not stay open.
                foreach (var other in attempts) _ = other.ContinueWith(static t => t.Result.Dispose(), TaskContinuationOptions.OnlyOnRanToCompletion);
                return socket;
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                failure = e;
            }
        }
        cancel.ThrowIfCancellationRequested();
        throw failure ?? new SocketException((int)SocketError.HostUnreachable);
    }

    private static async Task<Socket> ConnectOneAsync(IPEndPoint address, CancellationToken cancel)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(address, cancel);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static List<IPAddress> Alternate(IPAddress[] addresses)
    {
        var first = new Queue<IPAddress>(addresses.Where(a => a.AddressFamily == addresses[0].AddressFamily));
        var second = new Queue<IPAddress>(addresses.Where(a => a.AddressFamily != addresses[0].AddressFamily));
        var mixed = new List<IPAddress>(addresses.Length);
        while (first.Count + second.Count > 0)
        {
            if (first.TryDequeue(out var a)) mixed.Add(a);
            if (second.TryDequeue(out var b)) mixed.Add(b);
        }
        return mixed;
    }
}
