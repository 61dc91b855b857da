using System.Text.Json;

namespace Edge.EndToEnd;

public class CommandLineTests
{
    [Fact]
    public async Task Version_is_one_line_on_standard_output()
    {
        var result = await EdgeBinary.RunAsync("--version");
        Assert.Equal(0, result.ExitCode);
        Assert.Matches(@"\d+\.\d+\.\d+", result.Output);
        Assert.Single(result.Output.TrimEnd('\n').Split('\n'));
        Assert.Empty(result.Errors);
    }

    [Fact]
    public async Task Help_names_every_option()
    {
        var result = await EdgeBinary.RunAsync("--help");
        Assert.Equal(0, result.ExitCode);
        foreach (var option in new[] { "--config", "--check-config", "--print-schema", "--version", "health" }) Assert.Contains(option, result.Output);
    }

    [Theory]
    [InlineData("--no-such-option")]
    [InlineData("no-such-command")]
    [InlineData("--config")]
    [InlineData("health --url")]
    [InlineData("health --url not-a-url")]
    public async Task A_wrong_command_line_is_explained(string arguments)
    {
        var result = await EdgeBinary.RunAsync(arguments.Split(' '));
        Assert.NotEqual(0, result.ExitCode);
        Assert.NotEmpty(result.Output + result.Errors);
        Assert.DoesNotContain("   at ", result.Output + result.Errors);
    }

    /// <summary>192.0.2.0/24 is for documentation: no machine has such an address.</summary>
    [Fact]
    public async Task An_address_that_cannot_be_bound_is_a_line_in_the_log_and_exit_code_1()
    {
        var folder = EdgeProcess.NewFolder();
        var config = Path.Combine(folder, "edge.yaml");
        await File.WriteAllTextAsync(config, "server: { listen: '192.0.2.7:8099' }\nadmin: { enabled: false }\nproviders: { simulator: {} }\n", Kit.Stop);
        var result = await EdgeBinary.RunAsync("--config", config);
        Directory.Delete(folder, recursive: true);
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("listen_failed", result.Errors);
        Assert.DoesNotContain("   at ", result.Errors);
    }

    [Fact]
    public async Task The_schema_is_the_one_in_the_documents()
    {
        var result = await EdgeBinary.RunAsync("--print-schema");
        Assert.Equal(0, result.ExitCode);
        using var schema = JsonDocument.Parse(result.Output);
        Assert.True(schema.RootElement.TryGetProperty("properties", out _));
        var document = await File.ReadAllTextAsync(Path.Combine(SharedData.RepositoryRoot, "docs", "config.schema.json"), Kit.Stop);
        Assert.Equal(document.TrimEnd(), result.Output.TrimEnd());
    }

    [Fact]
    public async Task A_check_prints_every_error_with_its_place()
    {
        var folder = EdgeProcess.NewFolder();
        var path = Path.Combine(folder, "bad.yaml");
        await File.WriteAllTextAsync(path, """
            server:
              listen: nowhere
              max_body_size: -3
              colour: blue
            providers:
              openai:
                url: ftp://example.test
            """, Kit.Stop);
        var result = await EdgeBinary.RunAsync("--check-config", path);
        Assert.NotEqual(0, result.ExitCode);
        var said = result.Output + result.Errors;
        foreach (var place in new[] { ":2:", ":3:", ":4:", ":7:" }) Assert.Contains("bad.yaml" + place, said);
        foreach (var value in new[] { "nowhere", "-3", "colour", "ftp" }) Assert.Contains(value, said);
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task A_check_of_a_good_file_succeeds()
    {
        foreach (var example in Directory.GetFiles(Path.Combine(SharedData.RepositoryRoot, "examples"), "*.yaml"))
        {
            var result = await EdgeBinary.RunAsync(EdgeBinary.Path, ["--check-config", example], new Dictionary<string, string>
            {
                ["OPENAI_API_KEY"] = "sk-test",
                ["ANTHROPIC_API_KEY"] = "sk-ant-test",
                ["EDGE_API_KEY"] = "sk-edge-test",
            });
            // production.yaml names certificates and secrets of a machine that is not this one.
            if (example.EndsWith("production.yaml", StringComparison.Ordinal)) Assert.DoesNotContain("   at ", result.Errors);
            else Assert.True(result.ExitCode == 0, $"{example}: {result.Output}{result.Errors}");
        }
    }

    [Fact]
    public async Task A_gateway_does_not_start_on_a_bad_configuration()
    {
        var folder = EdgeProcess.NewFolder();
        var path = Path.Combine(folder, "bad.yaml");
        await File.WriteAllTextAsync(path, "servr: {}\nprovidrs: {}\n", Kit.Stop);
        var result = await EdgeBinary.RunAsync("--config", path);
        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains("servr", result.Output + result.Errors);
        Assert.Contains("providrs", result.Output + result.Errors);
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task A_file_that_is_absent_is_named()
    {
        var result = await EdgeBinary.RunAsync("--config", "/nowhere/edge.yaml");
        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains("/nowhere/edge.yaml", result.Output + result.Errors);
    }

    [Fact]
    public async Task An_address_in_use_is_named_and_ends_the_start()
    {
        await using var first = await EdgeProcess.StartAsync(Kit.Simulator);
        var path = Path.Combine(first.Folder, "second.yaml");
        await File.WriteAllTextAsync(path, $"{Kit.Simulator}\nserver:\n  listen: 127.0.0.1:{first.Port}\nadmin:\n  listen: 127.0.0.1:0\n", Kit.Stop);
        var result = await EdgeBinary.RunAsync("--config", path);
        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains(first.Port.ToString(System.Globalization.CultureInfo.InvariantCulture), result.Errors);
        Assert.Contains("listen_failed", result.Errors);
    }

    [Fact]
    public async Task Secrets_of_the_environment_stay_out_of_the_log()
    {
        await using var edge = await EdgeProcess.StartAsync(
            "providers:\n  openai:\n    api_key: ${OPENAI_API_KEY}\n", new Dictionary<string, string> { ["OPENAI_API_KEY"] = "sk-very-secret-1234" });
        Assert.Equal(0, await edge.StopAsync());
        Assert.DoesNotContain("very-secret", edge.Log.ToString());
    }

    [Fact]
    public async Task The_existing_users_configuration_loads_unchanged()
    {
        var path = Path.Combine(Path.GetDirectoryName(SharedData.Path("README.md"))!, "..", "sample-config.yaml");
        Assert.SkipUnless(File.Exists(path), "sample-config.yaml is absent beside the shared data folder.");
        var result = await EdgeBinary.RunAsync(EdgeBinary.Path, ["--check-config", path], new Dictionary<string, string> { ["OPENAI_API_KEY"] = "sk-test" });
        Assert.True(result.ExitCode == 0, result.Output + result.Errors);
    }
}
