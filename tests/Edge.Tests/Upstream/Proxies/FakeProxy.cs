using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Edge.Upstream.Proxies;

namespace Edge.Tests.Upstream.Proxies;

/// <summary>
/// A forward proxy after RFC 9110: tunnels for CONNECT, requests in absolute form passed on in origin form. Whatever it is asked for, it goes to one place, so that
/// names need not resolve.
/// </summary>
internal sealed class FakeProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly List<IDisposable> _open = [];
    private readonly int _target;
    private readonly X509Certificate2? _certificate;
    private readonly Task _accepting;

    public FakeProxy(int target, X509Certificate2? certificate = null)
    {
        _target = target;
        _certificate = certificate;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public List<string> Heads { get; } = [];

    /// <summary>Sent instead of whatever a proxy would do; empty = silence.</summary>
    public string? Answer { get; init; }

    public ProxyAddress Address
    {
        get
        {
            Assert.Null(ProxyAddress.TryParse($"{(_certificate is null ? "http" : "https")}://user:pass@127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}", out var address));
            // The certificate is for this name; it is the address that is dialled.
            return address!;
        }
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        lock (_open) _open.ForEach(socket => socket.Dispose());
        await _accepting;
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true) _ = ServeAsync(await _listener.AcceptSocketAsync());
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or InvalidOperationException)
        {
            // Stopped.
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        lock (_open) _open.Add(socket);
        try
        {
            Stream client = new NetworkStream(socket, ownsSocket: true);
            if (_certificate is not null)
            {
                var tls = new SslStream(client);
                await tls.AuthenticateAsServerAsync(_certificate);
                client = tls;
            }
            var head = await ReadHeadAsync(client);
            lock (Heads) Heads.Add(head);
            if (Answer is not null)
            {
                await client.WriteAsync(Encoding.Latin1.GetBytes(Answer));
                if (Answer.Length > 0) socket.Shutdown(SocketShutdown.Send);
                await client.CopyToAsync(Stream.Null);
                return;
            }
            using var target = new TcpClient();
            lock (_open) _open.Add(target);
            await target.ConnectAsync(IPAddress.Loopback, _target);
            var provider = target.GetStream();
            if (head.StartsWith("CONNECT ", StringComparison.Ordinal)) await client.WriteAsync("HTTP/1.1 200 Connection established\r\nVia: 1.1 fake\r\n\r\n"u8.ToArray());
            else await provider.WriteAsync(Encoding.Latin1.GetBytes(OriginForm(head)));
            await Task.WhenAny(client.CopyToAsync(provider), provider.CopyToAsync(client));
            socket.Dispose();
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or System.Security.Authentication.AuthenticationException)
        {
            socket.Dispose();
        }
    }

    private static string OriginForm(string head)
    {
        var start = head.IndexOf("http://", StringComparison.Ordinal);
        return head[..start] + head[head.IndexOf('/', start + 7)..];
    }

    private static async Task<string> ReadHeadAsync(Stream stream)
    {
        var head = new StringBuilder();
        var one = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            if (await stream.ReadAsync(one) == 0) throw new IOException("closed");
            head.Append((char)one[0]);
        }
        return head.ToString();
    }
}
