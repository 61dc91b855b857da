using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Edge.TestSupport;

/// <summary>A real PostgreSQL: the system's own binaries, in a new directory, on a port of loopback that was free. It can be stopped, killed and started again under whoever uses it.</summary>
public sealed partial class PostgresServer : IAsyncDisposable
{
    private const string User = "edge";
    private const int SigInt = 2, SigKill = 9;

    private readonly string _binaries;
    private readonly string _folder;
    private readonly List<string> _lines = [];
    private Process? _process;
    private int _databases;

    private PostgresServer(string binaries, string folder, int port)
    {
        _binaries = binaries;
        _folder = folder;
        Port = port;
    }

    public int Port { get; }

    /// <summary>Of the database <c>postgres</c>, which is there from the start.</summary>
    public string Url => UrlOf("postgres");

    /// <exception cref="InvalidOperationException">There is no PostgreSQL on this machine.</exception>
    public static async Task<PostgresServer> StartAsync()
    {
        var binaries = FindBinaries();
        var folder = Directory.CreateTempSubdirectory("edge-postgres-").FullName;
        var server = new PostgresServer(binaries, folder, FreePort());
        try
        {
            // It refuses to run as root, and so must not own what root owns.
            if (IsRoot) await RunAsync("chown", "postgres", folder);
            await server.RunAsServerAsync("initdb", "-D", server.Data, "-U", User, "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync", "--no-instructions");
            await server.StartAgainAsync();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>A new, empty database, so that tests do not see each other's rows.</summary>
    /// <returns>Its URL.</returns>
    public async Task<string> CreateDatabaseAsync()
    {
        var name = $"test_{Interlocked.Increment(ref _databases)}";
        await RunAsync(Path.Combine(_binaries, "createdb"), "-h", "127.0.0.1", "-p", $"{Port}", "-U", User, name);
        return UrlOf(name);
    }

    /// <summary>After <see cref="StopAsync"/> or <see cref="KillAsync"/>: with the same data, on the same port.</summary>
    public async Task StartAgainAsync()
    {
        // After a kill the children need a moment to notice; until then the new one finds its shared memory in use and ends.
        for (var attempt = 1; ; attempt++)
        {
            _process = Start(Path.Combine(_binaries, "postgres"), "-D", Data, "-h", "127.0.0.1", "-p", $"{Port}", "-k", _folder, "-F", "-c", "max_connections=200");
            if (await IsReadyAsync(_process)) return;
            if (attempt == 20) throw new InvalidOperationException($"PostgreSQL does not start:\n{Lines}");
            await Task.Delay(250);
        }
    }

    /// <summary>An orderly stop: open connections are ended.</summary>
    public Task StopAsync() => EndAsync(SigInt);

    /// <summary>As by a power cut.</summary>
    public Task KillAsync() => EndAsync(SigKill);

    public async ValueTask DisposeAsync()
    {
        await EndAsync(SigKill);
        // Children of a server that was killed may still write for a moment.
        for (var attempt = 1; Directory.Exists(_folder); attempt++)
        {
            try
            {
                Directory.Delete(_folder, recursive: true);
            }
            catch (IOException) when (attempt < 50)
            {
                await Task.Delay(100);
            }
        }
    }

    private static bool IsRoot => Environment.IsPrivilegedProcess;

    private string Data => Path.Combine(_folder, "data");

    private string Lines
    {
        get
        {
            lock (_lines) return string.Join('\n', _lines);
        }
    }

    private string UrlOf(string database) => $"postgres://{User}@127.0.0.1:{Port}/{database}";

    // Debian keeps the server's binaries out of the path; the newest is taken.
    private static string FindBinaries()
    {
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':')
            .Concat(Directory.Exists("/usr/lib/postgresql") ? Directory.GetDirectories("/usr/lib/postgresql").OrderDescending().Select(version => Path.Combine(version, "bin")) : []);
        foreach (var folder in folders)
        {
            var initdb = new FileInfo(Path.Combine(folder, "initdb"));
            if (!initdb.Exists) continue;
            var real = Path.GetDirectoryName(initdb.ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? initdb.FullName)!;
            if (File.Exists(Path.Combine(real, "postgres"))) return real;
        }
        throw new InvalidOperationException("These tests need PostgreSQL on this machine; as root: apt-get install -y --no-install-recommends postgresql");
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static async Task RunAsync(string file, params string[] arguments)
    {
        var start = new ProcessStartInfo(file) { RedirectStandardError = true, RedirectStandardOutput = true };
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = await process.StandardError.ReadToEndAsync();
        await Patience.For(process.WaitForExitAsync(), $"the end of {file}");
        if (process.ExitCode != 0) throw new InvalidOperationException($"{file} failed ({process.ExitCode}): {errors}{await output}");
    }

    private async Task RunAsServerAsync(string binary, params string[] arguments)
    {
        using var process = Start(Path.Combine(_binaries, binary), arguments);
        await Patience.For(process.WaitForExitAsync(), $"the end of {binary}");
        if (process.ExitCode != 0) throw new InvalidOperationException($"{binary} failed ({process.ExitCode}):\n{Lines}");
    }

    private Process Start(string file, params string[] arguments)
    {
        string[] line = IsRoot ? ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--", file, .. arguments] : [file, .. arguments];
        var start = new ProcessStartInfo(line[0]) { RedirectStandardError = true, RedirectStandardOutput = true, WorkingDirectory = _folder };
        foreach (var argument in line[1..]) start.ArgumentList.Add(argument);
        var process = Process.Start(start)!;
        process.OutputDataReceived += Keep;
        process.ErrorDataReceived += Keep;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    private void Keep(object sender, DataReceivedEventArgs line)
    {
        lock (_lines) _lines.Add(line.Data ?? "");
    }

    // It listens before it takes queries: asked over the port, by its own tool.
    private async Task<bool> IsReadyAsync(Process process)
    {
        var deadline = Stopwatch.GetTimestamp() + (long)(Patience.Limit.TotalSeconds * Stopwatch.Frequency);
        while (!process.HasExited && Stopwatch.GetTimestamp() < deadline)
        {
            var start = new ProcessStartInfo(Path.Combine(_binaries, "pg_isready")) { RedirectStandardOutput = true, RedirectStandardError = true };
            foreach (var argument in (string[])["-q", "-h", "127.0.0.1", "-p", $"{Port}"]) start.ArgumentList.Add(argument);
            using var asked = Process.Start(start)!;
            await asked.WaitForExitAsync();
            if (asked.ExitCode == 0) return true;
            await Task.Delay(50);
        }
        return false;
    }

    private async Task EndAsync(int signal)
    {
        if (_process is not { } process) return;
        _process = null;
        if (!process.HasExited) _ = Kill(process.Id, signal);
        await Patience.For(process.WaitForExitAsync(), "PostgreSQL's end");
        process.Dispose();
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int pid, int signal);
}
