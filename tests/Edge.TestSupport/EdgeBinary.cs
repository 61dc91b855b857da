using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;

namespace Edge.TestSupport;

/// <summary>What a finished command came to.</summary>
public sealed record CommandResult(int ExitCode, string Output, string Errors);

/// <summary>The published gateway, the very file that users get.</summary>
public static class EdgeBinary
{
    /// <summary>EDGE_BINARY, else what <c>./run.sh --build-only</c> has built.</summary>
    public static string Path { get; } = Find();

    /// <summary>Runs it to its end.</summary>
    public static Task<CommandResult> RunAsync(params string[] arguments) => RunAsync(Path, arguments);

    /// <summary>Runs a command to its end, with an environment that holds no provider's key.</summary>
    public static async Task<CommandResult> RunAsync(
        string file, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null)
    {
        using var process = new Process { StartInfo = StartInfo(file, arguments, environment) };
        process.Start();
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        try
        {
            await Patience.For(process.WaitForExitAsync(), $"the end of {file}");
        }
        catch (TimeoutException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
        return new CommandResult(process.ExitCode, await output, await errors);
    }

    internal static ProcessStartInfo StartInfo(string file, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment)
    {
        var info = new ProcessStartInfo(file, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
            StandardErrorEncoding = Encoding.UTF8,
        };
        // Keys of whoever runs the tests must reach neither the gateway nor, through it, a provider.
        foreach (var name in info.Environment.Keys.Where(IsProviders).ToList()) info.Environment.Remove(name);
        foreach (var (name, value) in environment ?? new Dictionary<string, string>()) info.Environment[name] = value;
        return info;
    }

    // Identities of clouds, and the gateway's own variables.
    private static readonly string[] _prefixes = ["EDGE_", "AWS_", "AZURE_", "GOOGLE_", "IDENTITY_"];

    private static bool IsProviders(string name) =>
        name.EndsWith("_API_KEY", StringComparison.Ordinal) || name.EndsWith("_BASE_URL", StringComparison.Ordinal) || name.EndsWith("_PROXY", StringComparison.OrdinalIgnoreCase)
        || _prefixes.Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal));

    private static string Find()
    {
        var given = Environment.GetEnvironmentVariable("EDGE_BINARY");
        var rid = RuntimeInformation.OSArchitecture == Architecture.Arm64 ? "linux-arm64" : "linux-x64";
        var path = string.IsNullOrEmpty(given) ? System.IO.Path.Combine(SharedData.RepositoryRoot, "artifacts", "publish", rid, "edge") : given;
        return File.Exists(path) ? path : throw new FileNotFoundException($"{path} is absent: ./run.sh --build-only builds it.");
    }
}
