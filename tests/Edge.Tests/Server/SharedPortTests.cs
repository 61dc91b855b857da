using System.Net;
using System.Net.Sockets;
using Edge.Server;

namespace Edge.Tests.Server;

/// <summary>Two listeners on one port, of which one leaves.</summary>
public class SharedPortTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Who_connects_while_a_listener_drains_reaches_the_other_one()
    {
        const int Clients = 40;
        var leaving = new SharedPort();
        var first = leaving.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        first.Listen(Clients);
        using var second = new SharedPort().Bind(first.LocalEndPoint!);
        second.Listen(Clients);

        var draining = leaving.DrainAsync(TimeProvider.System);
        // The kernel gives each its half of them: those that the first one got are not answered, and ask again when it is gone.
        var connecting = Enumerable.Range(0, Clients).Select(_ => ConnectAsync(second.LocalEndPoint!)).ToList();
        await draining;
        Assert.False(first.Poll(0, SelectMode.SelectRead), "A connection waits at the listener that leaves.");
        first.Dispose();

        foreach (var client in connecting)
        {
            using var accepted = await second.AcceptAsync(Token);
            (await client.WaitAsync(TimeSpan.FromSeconds(60), Token)).Dispose();
        }
    }

    [Fact]
    public async Task What_had_connected_before_is_waited_for()
    {
        var port = new SharedPort();
        using var listener = port.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(10);
        using var early = await ConnectAsync(listener.LocalEndPoint!);
        port.BeginSilence();

        var draining = port.DrainAsync(TimeProvider.System);
        using var accepted = await listener.AcceptAsync(Token);
        // It goes on as if nothing had been: the filter that turns others away is not for it.
        await early.SendAsync("hello"u8.ToArray());
        Assert.Equal(5, await accepted.ReceiveAsync(new byte[16]));
        port.EndSilence();
        await draining;
        await accepted.SendAsync("bye"u8.ToArray());
        Assert.Equal(3, await early.ReceiveAsync(new byte[16]));
    }

    [Fact]
    public void A_port_that_is_not_shared_is_refused()
    {
        using var owner = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        owner.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        owner.Listen();
        var refused = Assert.Throws<SocketException>(() => new SharedPort().Bind(owner.LocalEndPoint!));
        Assert.Equal(SocketError.AddressAlreadyInUse, refused.SocketErrorCode);
    }

    private static async Task<Socket> ConnectAsync(EndPoint to)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(to, Token);
        return socket;
    }
}
