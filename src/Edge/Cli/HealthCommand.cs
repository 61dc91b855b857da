using System.Net;
using System.Net.Sockets;
using System.Text;
using Edge.Configuration;

namespace Edge.Cli;

/// <summary>
/// <c>edge health</c>: asks a running gateway whether it is ready. For container health checks, where there is no shell and no curl. A bare socket: an HTTP client would
/// be most of this command's start-up time.
/// </summary>
public static class HealthCommand
{
    private const string ReadyPath = "/health/ready";

    private static readonly TimeSpan _timeout = TimeSpan.FromSeconds(3);

    /// <returns>0 = ready, 1 = not.</returns>
    public static async Task<int> RunAsync(CommandLine line, ConfigEnvironment environment, TextWriter output)
    {
        var (question, problem) = line.Url is { } url ? FromUrl(url) : FromConfig(line.ConfigPath, environment);
        problem ??= await AskAsync(question!);
        await output.WriteLineAsync(problem is null ? "ready" : $"not ready: {problem}");
        return problem is null ? 0 : 1;
    }

    private static (Question? Question, string? Problem) FromUrl(string url)
    {
        if (!Uri.TryCreate(url, UriKind.Absolute, out var uri) || uri.Scheme != Uri.UriSchemeHttp) return (null, $"'{url}' is not an http:// URL");
        if (uri.AbsolutePath == "/") uri = new Uri(uri, ReadyPath);
        return (new Question(uri.ToString(), new DnsEndPoint(uri.DnsSafeHost, uri.Port), uri.Authority, uri.PathAndQuery), null);
    }

    // Guesses nothing: an answer from some other gateway on the usual port would say that this one is healthy.
    private static (Question? Question, string? Problem) FromConfig(string? path, ConfigEnvironment environment)
    {
        var result = ConfigLoader.Load(path, environment);
        if (result.Config is not { } config)
        {
            var more = result.Errors.Count > 1 ? $" (and {result.Errors.Count - 1} more; --check-config shows them)" : "";
            return (null, $"the configuration cannot be loaded: {result.Errors[0]}{more}");
        }
        if (!config.Admin.Enabled) return (null, "admin.enabled is false");

        var address = config.Admin.Listen.FirstOrDefault(address => address.Kind == ListenKind.Unix || address.Port != 0);
        if (address is null) return (null, "admin.listen leaves the port open (0): say with --url where to ask");
        if (address.Kind == ListenKind.Unix)
        {
            return (new Question(address.ToString(), new UnixDomainSocketEndPoint(address.UnixPath!), "localhost", ReadyPath), null);
        }
        var endPoint = new IPEndPoint(AskedAt(address), address.Port);
        return (new Question($"http://{endPoint}{ReadyPath}", endPoint, endPoint.ToString(), ReadyPath), null);
    }

    // "Any address" is one to listen on, none to connect to.
    private static IPAddress AskedAt(ListenAddress address)
    {
        if (address.Address is not { } ip || ip.Equals(IPAddress.Any)) return IPAddress.Loopback;
        return ip.Equals(IPAddress.IPv6Any) ? IPAddress.IPv6Loopback : ip;
    }

    /// <summary>Null = it answered 200.</summary>
    private static async Task<string?> AskAsync(Question question)
    {
        try
        {
            using var deadline = new CancellationTokenSource(_timeout);
            using var socket = question.EndPoint switch
            {
                UnixDomainSocketEndPoint => new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified),
                IPEndPoint ip => new Socket(ip.AddressFamily, SocketType.Stream, ProtocolType.Tcp),
                _ => new Socket(SocketType.Stream, ProtocolType.Tcp),
            };
            await socket.ConnectAsync(question.EndPoint, deadline.Token);
            await socket.SendAsync(Encoding.ASCII.GetBytes($"GET {question.Path} HTTP/1.1\r\nhost: {question.Host}\r\nconnection: close\r\n\r\n"), deadline.Token);
            var head = new byte[64];
            var length = 0;
            while (length < 12)
            {
                var read = await socket.ReceiveAsync(head.AsMemory(length), deadline.Token);
                if (read == 0) break;
                length += read;
            }
            var status = Encoding.ASCII.GetString(head, 0, length).Split(' ');
            return status is [_, "200", ..] ? null : $"{question.Shown} answered {(status.Length > 1 ? status[1].Trim() : "nothing")}";
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException)
        {
            return $"{question.Shown}: {(e is SocketException ? e.Message : "no answer in time")}";
        }
    }

    /// <param name="Shown">For people.</param>
    /// <param name="EndPoint">Where to connect.</param>
    /// <param name="Host">The host header.</param>
    /// <param name="Path">The request's target.</param>
    private sealed record Question(string Shown, EndPoint EndPoint, string Host, string Path);
}
