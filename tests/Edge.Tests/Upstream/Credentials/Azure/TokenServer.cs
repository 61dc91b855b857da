using System.Collections.Concurrent;
using System.Net;
using System.Text;

namespace Edge.Tests.Upstream.Credentials.Azure;

/// <summary>A token endpoint on the loopback: answers each request as it is told and keeps what was asked.</summary>
internal sealed class TokenServer : IAsyncDisposable
{
    private readonly HttpListener _listener;
    private readonly Task _loop;
    private readonly ConcurrentQueue<Request> _asked = new();
    private readonly TaskCompletionSource _first = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public sealed record Request(string Method, string Path, string Body, WebHeaderCollection Headers);

    public TokenServer()
    {
        // HttpListener cannot choose a free port itself.
        for (var attempt = 0; ; attempt++)
        {
            using var probe = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
            probe.Start();
            var port = ((IPEndPoint)probe.LocalEndpoint).Port;
            probe.Stop();
            Url = $"http://127.0.0.1:{port}";
            _listener = new HttpListener { Prefixes = { Url + "/" } };
            try
            {
                _listener.Start();
                break;
            }
            catch (HttpListenerException) when (attempt < 20)
            {
                // Somebody else was faster.
            }
        }
        _loop = ServeAsync();
    }

    public string Url { get; }

    public (int Status, string Body) Answer { get; set; } = (200, Token("t1"));

    /// <summary>Completed = answer at once; else each request waits for it.</summary>
    public TaskCompletionSource Gate { get; set; } = Open();

    /// <summary>Done when the first request has come.</summary>
    public Task Asked => _first.Task;

    public IReadOnlyList<Request> Requests => [.. _asked];

    public static TaskCompletionSource Open()
    {
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        gate.SetResult();
        return gate;
    }

    public static string Token(string token, int seconds = 3599) => $$"""{"token_type":"Bearer","expires_in":{{seconds}},"ext_expires_in":{{seconds}},"access_token":"{{token}}"}""";

    public async ValueTask DisposeAsync()
    {
        Gate.TrySetResult();
        _listener.Close();
        await _loop;
    }

    private async Task ServeAsync()
    {
        try
        {
            while (true) _ = AnswerAsync(await _listener.GetContextAsync());
        }
        catch (Exception e) when (e is HttpListenerException or ObjectDisposedException or InvalidOperationException)
        {
            // The test is over.
        }
    }

    private async Task AnswerAsync(HttpListenerContext context)
    {
        try
        {
            using var reader = new StreamReader(context.Request.InputStream);
            var body = await reader.ReadToEndAsync();
            _asked.Enqueue(new Request(context.Request.HttpMethod, context.Request.RawUrl!, body, (WebHeaderCollection)context.Request.Headers));
            _first.TrySetResult();
            await Gate.Task;
            var (status, text) = Answer;
            context.Response.StatusCode = status;
            await context.Response.OutputStream.WriteAsync(Encoding.UTF8.GetBytes(text));
            context.Response.Close();
        }
        catch (Exception e) when (e is HttpListenerException or ObjectDisposedException or InvalidOperationException or IOException)
        {
            // The client is gone.
        }
    }
}
