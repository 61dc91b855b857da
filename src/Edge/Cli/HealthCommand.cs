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
    private static readonly TimeSpan _timeout = TimeSpan.FromSeconds(3);

    /// <returns>0 = ready, 1 = not.</returns>
    public static async Task<int> RunAsync(CommandLine line, ConfigEnvironment environment, TextWriter output)
    {
        var url = line.Url ?? UrlOf(line.ConfigPath, environment);
        if (!Uri.TryCreate(url, UriKind.Absolute, out var uri) || uri.Scheme != Uri.UriSchemeHttp)
        {
            await output.WriteLineAsync($"not ready: '{url}' is not an http:// URL");
            return 1;
        }
        if (uri.AbsolutePath == "/") uri = new Uri(uri, "/health/ready");
        try
        {
            using var deadline = new CancellationTokenSource(_timeout);
            using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(uri.DnsSafeHost, uri.Port, deadline.Token);
            await socket.SendAsync(Encoding.ASCII.GetBytes($"GET {uri.PathAndQuery} HTTP/1.1\r\nhost: {uri.Authority}\r\nconnection: close\r\n\r\n"), deadline.Token);
            var head = new byte[64];
            var length = 0;
            while (length < 12)
            {
                var read = await socket.ReceiveAsync(head.AsMemory(length), deadline.Token);
                if (read == 0) break;
                length += read;
            }
            var status = Encoding.ASCII.GetString(head, 0, length).Split(' ');
            if (status is [_, "200", ..])
            {
                await output.WriteLineAsync("ready");
                return 0;
            }
            await output.WriteLineAsync($"not ready: {uri} answered {(status.Length > 1 ? status[1].Trim() : "nothing")}");
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException)
        {
            await output.WriteLineAsync($"not ready: {uri}: {(e is SocketException ? e.Message : "no answer in time")}");
        }
        return 1;
    }

    private static string UrlOf(string? configPath, ConfigEnvironment environment)
    {
        var config = ConfigLoader.Load(configPath, environment).Config ?? new EdgeConfig();
        var address = config.Admin.Listen.FirstOrDefault(a => a.Kind != ListenKind.Unix) ?? ListenAddress.Loopback(8081);
        return $"http://127.0.0.1:{address.Port}/health/ready";
    }
}
