using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Edge.Tests.Upstream.Credentials.Google;

/// <summary>A token endpoint on the loopback interface: keeps what it is asked, answers what the test says.</summary>
internal sealed class TokenServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _accepting;

    public TokenServer()
    {
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public string Host => $"127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";

    /// <summary>The requests, heads and bodies.</summary>
    public ConcurrentQueue<string> Requests { get; } = [];

    /// <summary>Status and body of the next answers.</summary>
    public (int Status, string Body) Answer { get; set; } = (200, Token("T1", 3600));

    /// <summary>Answers by the request in place of <see cref="Answer"/>.</summary>
    public Func<string, (int Status, string Body)>? AnswerTo { get; set; }

    public string Header { get; set; } = "Metadata-Flavor: Google";

    /// <summary>Answers wait for it.</summary>
    public Task Gate { get; set; } = Task.CompletedTask;

    /// <summary>Done when a request has come and is about to be answered.</summary>
    public TaskCompletionSource Asked { get; set; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public static string Token(string token, int seconds) => $$"""{"access_token":"{{token}}","expires_in":{{seconds}},"token_type":"Bearer"}""";

    public void Dispose()
    {
        if (_accepting.IsCompleted) return;
        _stop.Cancel();
        _accepting.GetAwaiter().GetResult();
        _listener.Dispose(); // not before: an accept that has yet to begin would say "Not listening"
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        var serving = new List<Task>();
        try
        {
            while (true) serving.Add(ServeAsync(await _listener.AcceptTcpClientAsync(_stop.Token)));
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(serving);
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using var connection = client;
        var (stream, received, buffer) = (client.GetStream(), new StringBuilder(), new byte[16 * 1024]);
        try
        {
            while (await stream.ReadAsync(buffer, _stop.Token) is var count and > 0)
            {
                received.Append(Encoding.ASCII.GetString(buffer, 0, count));
                if (!IsWhole(received.ToString())) continue;
                var request = received.ToString();
                Requests.Enqueue(request);
                received.Clear();
                Asked.TrySetResult();
                await Gate.WaitAsync(_stop.Token);
                var (status, body) = AnswerTo?.Invoke(request) ?? Answer;
                await stream.WriteAsync(
                    Encoding.UTF8.GetBytes($"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\n{Header}\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\n\r\n{body}"), _stop.Token);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            // The test is over, or the client has left.
        }
    }

    private static bool IsWhole(string request)
    {
        var end = request.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        if (end < 0) return false;
        const string Name = "content-length:";
        var at = request.IndexOf(Name, StringComparison.OrdinalIgnoreCase);
        var length = at < 0 || at > end ? 0 : int.Parse(request.AsSpan(at + Name.Length, request.IndexOf('\r', at) - at - Name.Length), provider: null);
        return request.Length == end + 4 + length;
    }
}
