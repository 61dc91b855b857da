using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Edge.EndToEnd;

/// <summary>The binary on machines that are not this one, and without any configuration.</summary>
public class PlatformTests
{
    private static readonly string[] _folders = ["/usr/bin", "/usr/local/bin"];

    [Fact]
    public async Task A_processor_without_AVX2_is_told_so_in_one_line()
    {
        Assert.SkipUnless(RuntimeInformation.OSArchitecture == Architecture.X64, "The check is for x86-64.");
        var result = await EdgeBinary.RunAsync(Emulator("qemu-x86_64"), ["-cpu", "Nehalem", EdgeBinary.Path, "--version"]);
        Assert.Equal(78, result.ExitCode);
        // The emulator may have its own warnings before.
        var said = result.Errors.TrimEnd('\n').Split('\n').Where(line => !line.StartsWith("qemu", StringComparison.Ordinal)).ToList();
        Assert.Contains("AVX2", Assert.Single(said));
        Assert.Empty(result.Output);
    }

    [Fact]
    public async Task A_processor_with_AVX2_runs_it()
    {
        Assert.SkipUnless(RuntimeInformation.OSArchitecture == Architecture.X64, "The check is for x86-64.");
        var result = await EdgeBinary.RunAsync(Emulator("qemu-x86_64"), ["-cpu", "Haswell", EdgeBinary.Path, "--version"]);
        Assert.True(result.ExitCode == 0, result.Errors);
    }

    [Fact]
    public async Task The_arm64_binary_runs_where_it_was_built()
    {
        var binary = Path.Combine(SharedData.RepositoryRoot, "artifacts", "publish", "linux-arm64", "edge");
        Assert.SkipUnless(RuntimeInformation.OSArchitecture == Architecture.X64 && File.Exists(binary), "No cross-built binary (./run.sh --build-only --rid linux-arm64).");
        var result = await EdgeBinary.RunAsync(Emulator("qemu-aarch64"), ["-L", "/usr/aarch64-linux-gnu", binary, "--version"]);
        Assert.True(result.ExitCode == 0, result.Errors);
        Assert.Equal((await EdgeBinary.RunAsync("--version")).Output, result.Output);
    }

    [Fact]
    public async Task Without_any_configuration_it_answers_on_the_documented_ports()
    {
        Assert.SkipUnless(IsFree(8080) && IsFree(8081), "Port 8080 or 8081 is in use on this machine.");
        await using var edge = await EdgeProcess.StartAsync([]);
        Assert.Equal((8080, 8081), (edge.Port, edge.AdminPort));
        using var client = edge.CreateClient();
        foreach (var model in new[] { "simulator/hello", "gpt-4o-mini", "anything-at-all" })
        {
            using var response = await client.PostAsync(Kit.Chat.Replace("gpt-4o-mini", model, StringComparison.Ordinal));
            Assert.True(response.StatusCode == HttpStatusCode.OK, $"{model}: {await response.TextAsync()}");
        }
        Assert.Equal(0, (await EdgeBinary.RunAsync("health")).ExitCode);
        Assert.Equal(0, await edge.StopAsync());
    }

    private static string Emulator(string name)
    {
        var path = _folders.Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);
        Assert.SkipWhen(path is null, $"{name} is not installed (Debian: qemu-user).");
        return path!;
    }

    private static bool IsFree(int port)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        try
        {
            socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
