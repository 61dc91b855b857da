using System.Diagnostics;
using System.Globalization;
using Edge.Load.Net;

namespace Edge.Load.Compare;

/// <summary>What all targets of a comparison share.</summary>
/// <param name="Mock">The provider.</param>
/// <param name="MockPort">Where it listens.</param>
/// <param name="Directory">For configurations; deleted afterwards.</param>
/// <param name="Key">The virtual key that requests carry.</param>
/// <param name="ProxyCores">Where targets run.</param>
/// <param name="LoadCores">Where mock and generator run.</param>
internal sealed record Bench(Child Mock, int MockPort, string Directory, string Key, IReadOnlyList<int> ProxyCores, IReadOnlyList<int> LoadCores)
{
    /// <summary>Connections that nginx reserves memory for as it starts: two a stream for 5,000 streams, its usual 1,024 where idle memory is measured.</summary>
    public int ProxyConnections { get; init; } = 16_384;
}

/// <summary>A target that answers.</summary>
/// <param name="Process">Null for the direct call.</param>
/// <param name="JsonPort">Where JSON requests go.</param>
/// <param name="SsePort">Where streams go.</param>
/// <param name="StartMs">From before fork to the first chat answered with 200.</param>
internal sealed record Running(Child? Process, int JsonPort, int SsePort, double StartMs) : IDisposable
{
    public void Dispose() => Process?.Dispose();
}

/// <summary>A column of the comparison.</summary>
internal abstract record Target(string Name)
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(10);

    /// <summary>What is started, with its version, for the report.</summary>
    public abstract string Description { get; }

    /// <summary>Starts it afresh and waits until a chat goes through.</summary>
    /// <exception cref="UsageException">It does not come up.</exception>
    public abstract Running Start(Bench bench);

    protected Running StartProcess(Bench bench, string file, IEnumerable<string> arguments, int jsonPort, int ssePort)
    {
        var since = Stopwatch.GetTimestamp();
        var child = Child.Start(file, arguments, bench.ProxyCores, bench.LoadCores, bench.Directory);
        var (milliseconds, status) = OneShot.AwaitChat(child, jsonPort, bench.Key, since, StartLimit);
        if (status == 200)
            return new Running(child, jsonPort, ssePort, milliseconds);
        var why = child.HasExited ? "it ended" : status == 0 ? "nobody answers" : $"status {status}";
        var lastLines = child.LastLines;
        child.Dispose();
        throw new UsageException($"{Name} did not answer a chat within {StartLimit.TotalSeconds:0} s ({why}).\n{lastLines}");
    }

    protected static string Fill(string template, params (string Name, string Value)[] values)
    {
        foreach (var (name, value) in values)
            template = template.Replace("{{" + name + "}}", value, StringComparison.Ordinal);
        return template;
    }

    protected static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    /// <summary>The first line that a program prints when asked for its version.</summary>
    protected static string Version(string file, string argument)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(file, argument) { RedirectStandardError = true, RedirectStandardOutput = true })!;
            var errors = process.StandardError.ReadToEndAsync();
            var output = process.StandardOutput.ReadToEndAsync();
            if (!process.WaitForExit(3000))
                process.Kill();
            return (output.Result + errors.Result).Split('\n')[0].Trim();
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return "version unknown";
        }
    }
}

/// <summary>The generator speaks to the mock itself: the floor of every latency.</summary>
internal sealed record DirectTarget() : Target("direct")
{
    public override string Description => "the generator straight to the mock; its CPU rows are the mock's own";

    public override Running Start(Bench bench) => new(null, bench.MockPort, bench.MockPort, 0);
}

internal sealed record NginxTarget(string File) : Target("nginx")
{
    private readonly Lazy<string> _version = new(() => Version(File, "-v"));

    public override string Description => $"{_version.Value}, one worker, bench/nginx.conf.template";

    public override Running Start(Bench bench)
    {
        var json = Sockets.FreePort();
        var sse = Sockets.FreePort();
        var directory = System.IO.Directory.CreateDirectory(Path.Combine(bench.Directory, "nginx")).FullName;
        var configuration = Path.Combine(directory, "nginx.conf");
        System.IO.File.WriteAllText(configuration, Fill(
            System.IO.File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "nginx.conf.template")),
            ("DIR", directory), ("MOCK_PORT", Text(bench.MockPort)), ("JSON_PORT", Text(json)), ("SSE_PORT", Text(sse)),
            ("CONNECTIONS", Text(bench.ProxyConnections)), ("KEEPALIVE", Text(bench.ProxyConnections / 2)),
            // Started by root, the worker would otherwise become a user who may not enter our directory.
            ("USER", Libc.EffectiveUser() == 0 ? "user root;" : "")));
        return StartProcess(bench, File, ["-p", directory, "-e", Path.Combine(directory, "error.log"), "-c", configuration], json, sse);
    }

    /// <summary>The system's nginx, or null.</summary>
    public static string? Find() => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Append("/usr/sbin").Append("/usr/local/sbin")
        .Select(directory => Path.Combine(directory, "nginx")).FirstOrDefault(System.IO.File.Exists);
}

/// <param name="Name">The column's name.</param>
/// <param name="File">The published binary.</param>
/// <param name="Template">The text of its configuration, with placeholders.</param>
internal sealed record EdgeTarget(string Name, string File, string Template) : Target(Name)
{
    private static readonly string[] NotPolicies = ["server", "admin", "providers", "gateway"];
    private readonly Lazy<string> _version = new(() => Version(File, "--version"));

    public override string Description =>
        $"{_version.Value}, {new FileInfo(File).Length / 1e6:0.0} MB; configured beyond listeners and providers: {Policies}";

    /// <summary>The top-level sections of the configuration that may switch a policy on.</summary>
    private string Policies => string.Join(", ", Template.Split('\n')
        .Where(line => line.Length > 0 && char.IsAsciiLetter(line[0]) && line.Contains(':', StringComparison.Ordinal))
        .Select(line => line[..line.IndexOf(':', StringComparison.Ordinal)])
        .Except(NotPolicies)) is { Length: > 0 } sections ? sections : "nothing";

    public override Running Start(Bench bench)
    {
        var data = Sockets.FreePort();
        var directory = System.IO.Directory.CreateDirectory(Path.Combine(bench.Directory, Name)).FullName;
        var configuration = Path.Combine(directory, "edge.yaml");
        System.IO.File.WriteAllText(configuration, Fill(Template, ("DIR", directory), ("MOCK_PORT", Text(bench.MockPort)),
            ("DATA_PORT", Text(data)), ("ADMIN_PORT", Text(Sockets.FreePort()))));
        return StartProcess(bench, File, ["--config", configuration], data, data);
    }
}
