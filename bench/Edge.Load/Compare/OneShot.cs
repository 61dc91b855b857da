using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Edge.Load.Compare;

/// <summary>Single requests, each on its own connection: settings for the mock, and the question whether a proxy answers yet.</summary>
internal static class OneShot
{
    /// <returns>The status, or 0 when nobody answers.</returns>
    public static int Status(int port, string method, string path, string body, string key)
    {
        var request = Encoding.ASCII.GetBytes($"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n"
            + $"Authorization: Bearer {key}\r\nConnection: close\r\nContent-Length: {body.Length}\r\n\r\n{body}");
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveTimeout = 5000, NoDelay = true };
        try
        {
            socket.Connect(new IPEndPoint(IPAddress.Loopback, port));
            socket.Send(request);
            var answer = new byte[12];
            for (var have = 0; have < answer.Length;)
            {
                var n = socket.Receive(answer, have, answer.Length - have, SocketFlags.None);
                if (n == 0)
                    return 0;
                have += n;
            }
            return int.TryParse(Encoding.ASCII.GetString(answer, 9, 3), out var status) ? status : 0;
        }
        catch (SocketException)
        {
            return 0;
        }
    }

    /// <summary>Asks for a small chat until it is answered with 200.</summary>
    /// <returns>Milliseconds since <paramref name="since"/> (<see cref="Stopwatch"/> ticks), and the last status when that never came.</returns>
    public static (double Milliseconds, int Status) AwaitChat(Child child, int port, string key, long since, TimeSpan atMost)
    {
        const string Body = """{"model":"gpt-4o-mini","messages":[{"role":"user","content":"Are you there?"}]}""";
        var status = 0;
        while (Stopwatch.GetElapsedTime(since) < atMost && !child.HasExited)
        {
            var answer = Status(port, "POST", "/v1/chat/completions", Body, key);
            if (answer == 200)
                return (Stopwatch.GetElapsedTime(since).TotalMilliseconds, 200);
            status = answer == 0 ? status : answer;
            // Refused: ask again at once, a pause would be measured. Answered, but not well: it may be warming up.
            if (answer != 0)
                Thread.Sleep(1);
        }
        return (0, status);
    }
}
