using System.Text.RegularExpressions;

namespace Edge.EndToEnd;

/// <summary>What ships beside the binary: scripts, the image's recipe, lock files.</summary>
public partial class DeliveryTests
{
    private static string Root => SharedData.RepositoryRoot;

    [Fact]
    public async Task The_image_is_built_by_the_command_that_the_tests_run()
    {
        var recipe = await File.ReadAllTextAsync(Path.Combine(Root, "Dockerfile"), Kit.Stop);
        var tests = await File.ReadAllTextAsync(Path.Combine(Root, "test.sh"), Kit.Stop);
        const string Command = "./run.sh --build-only";
        Assert.Contains($"RUN {Command}", recipe);
        Assert.Contains(Command, tests);
        Assert.DoesNotContain("dotnet publish", recipe);
    }

    [Fact]
    public async Task Everything_that_the_build_reads_gets_into_the_image()
    {
        var ignored = await File.ReadAllLinesAsync(Path.Combine(Root, ".dockerignore"), Kit.Stop);
        Assert.Equal("*", ignored.First(line => line.Length > 0 && line[0] != '#'));
        foreach (var needed in new[] { "src", "scripts", "run.sh", "global.json", "Directory.Build.props", "Directory.Packages.props", "LICENSE", "deploy/container.yaml" })
        {
            Assert.Contains("!" + needed, ignored);
            Assert.True(Path.Exists(Path.Combine(Root, needed)), $"{needed} is absent.");
        }
    }

    [Fact]
    public async Task The_image_runs_as_nobody_and_asks_for_its_own_health()
    {
        var recipe = await File.ReadAllTextAsync(Path.Combine(Root, "Dockerfile"), Kit.Stop);
        Assert.Matches(@"(?m)^USER \d+:\d+$", recipe);
        Assert.Matches(@"(?m)^HEALTHCHECK .*CMD \[""/app/edge"", ?""health""\]", recipe);
        Assert.Matches(@"(?m)^ENTRYPOINT \[""/app/edge""\]", recipe);
        // Both bases can be replaced by a mirror's.
        foreach (Match from in From().Matches(recipe)) Assert.StartsWith("${", from.Groups[1].Value);
    }

    [Fact]
    public async Task The_containers_configuration_is_valid_with_and_without_keys()
    {
        var file = Path.Combine(Root, "deploy", "container.yaml");
        var without = await EdgeBinary.RunAsync("--check-config", file);
        Assert.True(without.ExitCode == 0, without.Errors);
        var with = await EdgeBinary.RunAsync(EdgeBinary.Path, ["--check-config", file], new Dictionary<string, string> { ["OPENAI_API_KEY"] = "sk-test", ["ANTHROPIC_API_KEY"] = "sk-ant" });
        Assert.True(with.ExitCode == 0, with.Errors);
        Assert.DoesNotContain("openai", with.Errors);
    }

    [Fact]
    public async Task The_container_answers_without_any_key()
    {
        var yaml = (await File.ReadAllTextAsync(Path.Combine(Root, "deploy", "container.yaml"), Kit.Stop))
            .Replace("\"*:8080\"", "127.0.0.1:0", StringComparison.Ordinal).Replace("\"*:8081\"", "127.0.0.1:0", StringComparison.Ordinal);
        await using var edge = await EdgeProcess.StartAsync(yaml);
        using var client = edge.CreateClient();
        using var response = await client.PostAsync(Kit.Chat);
        Assert.True(response.IsSuccessStatusCode, await response.TextAsync());
    }

    [Fact]
    public void Scripts_may_be_run()
    {
        foreach (var script in new[] { "run.sh", "test.sh", ".ci/run" })
        {
            var mode = File.GetUnixFileMode(Path.Combine(Root, script));
            Assert.True(mode.HasFlag(UnixFileMode.UserExecute), $"{script} is not executable.");
        }
    }

    [Fact]
    public async Task The_lock_file_of_the_client_tests_names_no_private_registry()
    {
        var file = await File.ReadAllTextAsync(Path.Combine(Root, "tests", "clients", "package-lock.json"), Kit.Stop);
        Assert.Contains("\"integrity\"", file);
        foreach (Match match in Resolved().Matches(file)) Assert.StartsWith("https://registry.npmjs.org/", match.Groups[1].Value);
    }

    [GeneratedRegex("\"resolved\": \"([^\"]*)\"")]
    private static partial Regex Resolved();

    [GeneratedRegex(@"(?m)^FROM (?:--platform=\S+ )?(\S+)")]
    private static partial Regex From();
}
