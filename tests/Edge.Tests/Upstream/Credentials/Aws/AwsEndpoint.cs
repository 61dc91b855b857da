using System.Collections.Concurrent;
using System.Net;
using System.Text;

namespace Edge.Tests.Upstream.Credentials.Aws;

/// <summary>A token endpoint on the loopback, as AWS documents its own: STS, a container's or an instance's. Answers what it was told and keeps what it was asked.</summary>
internal sealed class AwsEndpoint : IDisposable
{
    private readonly HttpListener _listener = new();
    private readonly Func<Asked, (int Status, string Body)> _answer;

    public sealed record Asked(string Method, string Path, IReadOnlyDictionary<string, string> Headers, string Body)
    {
        public string? Header(string name) => Headers.GetValueOrDefault(name);
    }

    public AwsEndpoint(Func<Asked, (int Status, string Body)> answer)
    {
        _answer = answer;
        // HttpListener takes no port 0; the range is wide enough that a few attempts find one.
        for (var attempt = 0; ; attempt++)
        {
            using var probe = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
            probe.Start();
            Url = $"http://127.0.0.1:{((IPEndPoint)probe.LocalEndpoint).Port}";
            probe.Stop();
            _listener.Prefixes.Clear();
            _listener.Prefixes.Add($"{Url}/");
            try
            {
                _listener.Start();
                break;
            }
            catch (HttpListenerException) when (attempt < 10)
            {
            }
        }
        _ = RunAsync();
    }

    public string Url { get; }

    public ConcurrentQueue<Asked> Requests { get; } = [];

    /// <summary>STS' answer to both of its actions.</summary>
    public static string StsAnswer(string action, string id, string expiration) =>
        $"<{action}Response xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><{action}Result><Credentials><AccessKeyId>{id}</AccessKeyId><SecretAccessKey>s/+{id}</SecretAccessKey>"
        + $"<SessionToken>t&#43;{id}</SessionToken><Expiration>{expiration}</Expiration></Credentials></{action}Result></{action}Response>";

    /// <summary>A container's and an instance's answer.</summary>
    public static string Json(string id, string expiration) =>
        $$"""{"Code":"Success","Type":"AWS-HMAC","AccessKeyId":"{{id}}","SecretAccessKey":"s{{id}}","Token":"t{{id}}","Expiration":"{{expiration}}","LastUpdated":null}""";

    public void Dispose() => _listener.Close();

    private async Task RunAsync()
    {
        while (true)
        {
            try
            {
                var context = await _listener.GetContextAsync();
                using var reader = new StreamReader(context.Request.InputStream, Encoding.UTF8);
                var asked = new Asked(
                    context.Request.HttpMethod, context.Request.RawUrl!,
                    context.Request.Headers.AllKeys.ToDictionary(key => key!.ToLowerInvariant(), key => context.Request.Headers[key]!),
                    await reader.ReadToEndAsync());
                Requests.Enqueue(asked);
                var (status, body) = _answer(asked);
                context.Response.StatusCode = status;
                await context.Response.OutputStream.WriteAsync(Encoding.UTF8.GetBytes(body));
                context.Response.Close();
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException or InvalidOperationException)
            {
                return;
            }
        }
    }
}
