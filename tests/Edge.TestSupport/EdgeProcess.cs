using System.Diagnostics;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace Edge.TestSupport;

/// <summary>A running gateway: the published binary, with its own configuration file and ports that were free.</summary>
public sealed partial class EdgeProcess : IAsyncDisposable
{
    public const int SigHup = 1, SigInt = 2, SigTerm = 15;

    private readonly Process _process;
    private readonly string _folder;
    private readonly Task _reading;

    private EdgeProcess(Process process, string folder)
    {
        _process = process;
        _folder = folder;
        _reading = Task.WhenAll(ReadAsync(process.StandardError, Log), ReadAsync(process.StandardOutput, Output));
    }

    /// <summary>What it writes to standard error: one JSON object a line.</summary>
    public LineLog Log { get; } = new();

    public LineLog Output { get; } = new();

    /// <summary>The data plane's port; 0 where it listens on none.</summary>
    public int Port { get; private set; }

    public int AdminPort { get; private set; }

    public Uri Url => new($"http://127.0.0.1:{Port}");

    public Uri AdminUrl => new($"http://127.0.0.1:{AdminPort}");

    public int Id => _process.Id;

    public string ConfigPath => Path.Combine(_folder, "edge.yaml");

    /// <summary>A folder of this gateway's own, for certificates and secrets.</summary>
    public string Folder => _folder;

    /// <summary>Starts the gateway and waits until it listens.</summary>
    /// <param name="yaml">Its configuration, see <see cref="Configuration"/>.</param>
    /// <param name="environment">Beside the test's own, of which provider keys are left out.</param>
    /// <param name="folder">Where its configuration is written; null = a new folder. It is deleted in the end.</param>
    public static async Task<EdgeProcess> StartAsync(string yaml, IReadOnlyDictionary<string, string>? environment = null, string? folder = null)
    {
        folder ??= NewFolder();
        var path = Path.Combine(folder, "edge.yaml");
        await File.WriteAllTextAsync(path, Configuration(yaml));
        return await StartAsync(["--config", path], environment, folder);
    }

    /// <summary>Starts the gateway with exactly these arguments and waits until it listens.</summary>
    public static async Task<EdgeProcess> StartAsync(
        IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null, string? folder = null)
    {
        folder ??= NewFolder();
        var process = new Process { StartInfo = EdgeBinary.StartInfo(EdgeBinary.Path, arguments, environment) };
        process.StartInfo.WorkingDirectory = folder;
        process.Start();
        process.StandardInput.Close();
        var edge = new EdgeProcess(process, folder);
        try
        {
            var started = await edge.Log.EventAsync("started");
            edge.Port = PortOf(started, "listen");
            edge.AdminPort = PortOf(started, "admin");
            return edge;
        }
        catch
        {
            await edge.DisposeAsync();
            throw;
        }
    }

    /// <summary>The text with both listeners on free ports, where it does not say otherwise.</summary>
    public static string Configuration(string yaml) => WithListen(WithListen(yaml, "server"), "admin");

    public static string NewFolder() => Directory.CreateTempSubdirectory("edge-e2e-").FullName;

    /// <summary>Replaces the configuration file as editors do it: by renaming another one over it.</summary>
    public async Task ReplaceConfigAsync(string yaml)
    {
        var next = ConfigPath + ".next";
        await File.WriteAllTextAsync(next, Configuration(yaml));
        File.Move(next, ConfigPath, overwrite: true);
    }

    /// <summary>Replaces the configuration and asks for it by SIGHUP; returns when it is in force.</summary>
    public async Task ReloadAsync(string yaml)
    {
        var before = Log.Count("config_reloaded");
        await ReplaceConfigAsync(yaml);
        Signal(SigHup);
        await Log.EventAsync("config_reloaded", skip: before);
    }

    public void Signal(int signal)
    {
        if (Kill(_process.Id, signal) != 0) throw new InvalidOperationException($"kill({signal}) failed: the gateway has ended.\n{Log}");
    }

    /// <summary>Waits for its end; the exit code.</summary>
    public async Task<int> ExitAsync()
    {
        await Patience.For(_process.WaitForExitAsync(), "the gateway's end");
        await _reading;
        return _process.ExitCode;
    }

    /// <summary>Ends it by SIGTERM; the exit code.</summary>
    public Task<int> StopAsync()
    {
        Signal(SigTerm);
        return ExitAsync();
    }

    public bool HasExited => _process.HasExited;

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) _process.Kill();
        await _process.WaitForExitAsync();
        await _reading;
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>A client for the data plane that never waits for ever.</summary>
    public HttpClient CreateClient() => new() { BaseAddress = Url, Timeout = Patience.Limit };

    /// <summary>A bare connection to the data plane.</summary>
    public async Task<RawConnection> ConnectAsync()
    {
        var client = new TcpClient { NoDelay = true };
        await client.ConnectAsync("127.0.0.1", Port);
        return new RawConnection(client.Client, client.GetStream());
    }

    private static string WithListen(string yaml, string section)
    {
        const string Line = "  listen: 127.0.0.1:0\n";
        var at = ("\n" + yaml).IndexOf($"\n{section}:\n", StringComparison.Ordinal);
        if (at < 0) return yaml.TrimEnd('\n') + $"\n{section}:\n{Line}";
        var after = at + section.Length + 2;
        var end = after;
        while (end < yaml.Length && yaml[end] is ' ' or '\n' or '#') end = NextLine(yaml, end);
        return yaml.IndexOf("  listen:", after, end - after, StringComparison.Ordinal) >= 0 ? yaml : yaml.Insert(after, Line);
    }

    private static int NextLine(string text, int from)
    {
        var end = text.IndexOf('\n', from);
        return end < 0 ? text.Length : end + 1;
    }

    // "http://127.0.0.1:40123" or "127.0.0.1:40123", the first of a list.
    private static int PortOf(JsonElement started, string name)
    {
        if (!started.TryGetProperty(name, out var value)) return 0;
        var text = (value.ValueKind == JsonValueKind.Array ? value.EnumerateArray().FirstOrDefault().ToString() : value.ToString()).Split(',')[0].Trim();
        var colon = text.LastIndexOf(':');
        return colon >= 0 && int.TryParse(text.AsSpan(colon + 1).TrimEnd('/'), out var port) ? port : 0;
    }

    private static async Task ReadAsync(StreamReader from, LineLog to)
    {
        while (await from.ReadLineAsync() is { } line) to.Add(line);
        to.Close();
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int pid, int signal);
}
