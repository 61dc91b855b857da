using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;

namespace Edge.TestSupport;

/// <summary>The machine's own redis-server, on a free port of the loopback and in a folder of its own. It may be stopped, killed, frozen and started again, always on the same port.</summary>
public sealed partial class RedisServer : IAsyncDisposable
{
    private const int SigKill = 9, SigTerm = 15, SigCont = 18, SigStop = 19;

    private readonly string _folder = Directory.CreateTempSubdirectory("edge-redis-").FullName;
    private readonly string[] _arguments;
    private Process? _process;

    private RedisServer(string[] arguments) => _arguments = arguments;

    public int Port { get; private set; }

    /// <summary>For <c>stores.redis</c>.</summary>
    public string Url => string.Create(CultureInfo.InvariantCulture, $"redis://127.0.0.1:{Port}");

    public bool IsRunning => _process is { HasExited: false };

    /// <summary>Starts one, empty.</summary>
    /// <param name="arguments">Of redis-server, beside those that every test needs: <c>--requirepass</c>, <c>secret</c>.</param>
    /// <exception cref="InvalidOperationException">It is not installed, or does not start.</exception>
    public static async Task<RedisServer> StartNewAsync(params string[] arguments)
    {
        var server = new RedisServer(arguments);
        for (var attempt = 0; ; attempt++)
        {
            server.Port = FreePort();
            try
            {
                await server.StartAsync();
                return server;
            }
            // Somebody else may have taken the port in between.
            catch (InvalidOperationException) when (attempt < 4 && File.Exists(Path.Combine(server._folder, "log")))
            {
            }
        }
    }

    /// <summary>Starts it again after <see cref="StopAsync"/> or <see cref="KillAsync"/>, and waits until it answers. What it held is gone, its scripts too.</summary>
    public async Task StartAsync()
    {
        if (IsRunning) throw new InvalidOperationException("It runs.");
        _process?.Dispose();
        var info = new ProcessStartInfo("redis-server", [
            "--port", Port.ToString(CultureInfo.InvariantCulture), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", _folder,
            "--logfile", Path.Combine(_folder, "log"), .. _arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        try
        {
            _process = Process.Start(info)!;
        }
        catch (Win32Exception e)
        {
            throw new InvalidOperationException("redis-server is not installed; as root: apt-get install -y --no-install-recommends redis-server (test.sh does it)", e);
        }
        _ = _process.StandardOutput.ReadToEndAsync();
        _ = _process.StandardError.ReadToEndAsync();
        var started = Stopwatch.GetTimestamp();
        while (!await AnswersAsync())
        {
            if (_process.HasExited || Stopwatch.GetElapsedTime(started) > Patience.Limit)
            {
                await KillAsync();
                throw new InvalidOperationException($"redis-server did not start on port {Port}:\n{(File.Exists(Path.Combine(_folder, "log")) ? await File.ReadAllTextAsync(Path.Combine(_folder, "log")) : "it wrote no log")}");
            }
            await Task.Delay(10);
        }
    }

    /// <summary>Ends it as its operator would.</summary>
    public Task StopAsync() => EndAsync(SigTerm);

    /// <summary>Ends it as a machine that fails does.</summary>
    public Task KillAsync() => EndAsync(SigKill);

    /// <summary>It takes connections and bytes, and answers nothing.</summary>
    public void Pause() => Signal(SigStop);

    /// <summary>It goes on where it was paused, with all that was sent in between.</summary>
    public void Resume() => Signal(SigCont);

    /// <summary>Runs one command over a connection of its own; the answer as it stands on the wire.</summary>
    public async Task<string> CommandAsync(params string[] words)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, Port);
        var stream = client.GetStream();
        var text = new StringBuilder().Append(CultureInfo.InvariantCulture, $"*{words.Length}\r\n");
        foreach (var word in words) text.Append(CultureInfo.InvariantCulture, $"${Encoding.UTF8.GetByteCount(word)}\r\n{word}\r\n");
        text.Append("*1\r\n$4\r\nQUIT\r\n");
        await stream.WriteAsync(Encoding.UTF8.GetBytes(text.ToString()));
        using var reader = new StreamReader(stream);
        var answer = await Patience.For(reader.ReadToEndAsync(), "an answer of Redis");
        return answer.EndsWith("+OK\r\n", StringComparison.Ordinal) ? answer[..^5] : answer;
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _process?.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task EndAsync(int signal)
    {
        if (_process is not { HasExited: false } process) return;
        Signal(signal);
        await Patience.For(process.WaitForExitAsync(), "the end of redis-server");
    }

    private void Signal(int signal)
    {
        if (Kill(_process!.Id, signal) != 0) throw new InvalidOperationException($"kill({signal}) failed: redis-server has ended.");
    }

    private async Task<bool> AnswersAsync()
    {
        try
        {
            // -NOAUTH is an answer too; -LOADING would not be one.
            return await CommandAsync("PING") is ['+' or '-', 'P' or 'N', ..];
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            return false;
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int pid, int signal);
}
