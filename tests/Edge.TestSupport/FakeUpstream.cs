using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Threading.Channels;

namespace Edge.TestSupport;

/// <summary>
/// A provider made of raw bytes. Each request runs the script, which says what is sent, held back and cut; everything that arrived is kept.
/// It shares no HTTP code with the gateway, so it notices what a tolerant server would forgive.
/// </summary>
public sealed class FakeUpstream : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Func<FakeExchange, Task> _script;
    private readonly X509Certificate2? _certificate;
    private readonly ConcurrentQueue<FakeExchange> _requests = new();
    private readonly Channel<FakeExchange> _arrivals = Channel.CreateUnbounded<FakeExchange>();
    private readonly ConcurrentBag<IDisposable> _connections = [];
    private readonly ConcurrentQueue<string> _faults = new();
    private readonly Task _accepting;
    private int _accepted;

    public FakeUpstream(Func<FakeExchange, Task> script, X509Certificate2? certificate = null)
    {
        _script = script;
        _certificate = certificate;
        _listener.Start(1024);
        _accepting = AcceptAsync();
    }

    /// <summary>Answers every request with the same JSON.</summary>
    public static FakeUpstream Json(string body, int status = 200, string headers = "") => new(exchange => exchange.JsonAsync(body, status, headers));

    /// <summary>Answers every request with the same events and the end of the stream's chunks.</summary>
    public static FakeUpstream Events(string events) => new(async exchange =>
    {
        await exchange.StartStreamAsync();
        await exchange.ChunkAsync(events);
        await exchange.EndStreamAsync();
    });

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>For the configuration: no path, so that the gateway appends the provider's own.</summary>
    public string Url => $"{(_certificate is null ? "http" : "https")}://127.0.0.1:{Port}";

    /// <summary>Everything that was asked so far.</summary>
    public IReadOnlyCollection<FakeExchange> Requests => _requests;

    /// <summary>Connections accepted so far.</summary>
    public int Accepted => Volatile.Read(ref _accepted);

    /// <summary>Bytes that were no HTTP request. Must stay empty.</summary>
    public IReadOnlyCollection<string> Faults => _faults;

    /// <summary>The next request that was not handed out yet.</summary>
    public Task<FakeExchange> NextRequestAsync() => Patience.For(_arrivals.Reader.ReadAsync().AsTask(), "a request at the fake provider");

    /// <summary>The only request; fails where there were none or more.</summary>
    public FakeExchange Single() => _requests.Count == 1
        ? _requests.First()
        : throw new InvalidOperationException($"The fake provider saw {_requests.Count} requests, not 1. Faults: {string.Join("; ", _faults)}");

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        foreach (var connection in _connections) connection.Dispose();
        await _accepting;
    }

    internal void Record(FakeExchange exchange)
    {
        _requests.Enqueue(exchange);
        _arrivals.Writer.TryWrite(exchange);
    }

    internal void Fault(string what) => _faults.Enqueue(what);

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var socket = await _listener.AcceptSocketAsync();
                socket.NoDelay = true;
                _ = ServeAsync(socket, Interlocked.Increment(ref _accepted));
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or InvalidOperationException)
        {
            // Stopped, within an accept or between two.
        }
    }

    private async Task ServeAsync(Socket socket, int number)
    {
        _connections.Add(socket);
        Stream stream = new NetworkStream(socket, ownsSocket: true);
        try
        {
            if (_certificate is not null)
            {
                var tls = new SslStream(stream);
                stream = tls;
                await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions
                {
                    ServerCertificate = _certificate,
                    ApplicationProtocols = [SslApplicationProtocol.Http11],
                });
            }
            await new FakeUpstreamConnection(this, socket, stream, number).RunAsync(_script);
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or AuthenticationException)
        {
            // The gateway hung up, or the test did; the test looks at the exchange.
        }
        catch (Exception e)
        {
            Fault(e.ToString());
        }
        finally
        {
            await stream.DisposeAsync();
        }
    }
}
