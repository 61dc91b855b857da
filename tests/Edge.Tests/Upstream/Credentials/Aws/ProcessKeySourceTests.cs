using System.Diagnostics;
using System.Runtime.Versioning;
using System.Text;
using Edge.Tests.Configuration;
using Edge.TestSupport;
using Edge.Upstream.Credentials.Aws;

namespace Edge.Tests.Upstream.Credentials.Aws;

/// <summary>Real commands: scripts of a folder of the test's own. https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html</summary>
[SupportedOSPlatform("linux")]
public sealed class ProcessKeySourceTests : IDisposable
{
    private const string Keys = """{"Version":1,"AccessKeyId":"id","SecretAccessKey":"s/+","SessionToken":"t","Expiration":"2026-01-31T12:00:00Z"}""";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("edge credential process ");

    public void Dispose() => _folder.Delete(recursive: true);

    private static Task<string> AskAsync(string command) => AskUntilAsync(command, TestContext.Current.CancellationToken);

    private static async Task<string> AskUntilAsync(string command, CancellationToken cancel)
    {
        var result = await new ProcessKeySource("work", command).FetchAsync(cancel);
        if (result.Keys is not { } keys) return result.Problem!;
        return $"{Encoding.ASCII.GetString(keys.AccessKeyId)} {Encoding.ASCII.GetString(keys.Secret)} {Encoding.ASCII.GetString(keys.SessionToken)} {keys.Expires:u}".TrimEnd();
    }

    // Its path holds spaces.
    private string Script(string text)
    {
        var path = Path.Combine(_folder.FullName, "give keys.sh");
        File.WriteAllText(path, $"#!/bin/sh\n{text}\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return $"\"{path}\"";
    }

    [Theory]
    [InlineData(Keys, "id s/+ t 2026-01-31 12:00:00Z")]
    [InlineData("""{ "SecretAccessKey": "s", "AccessKeyId": "id", "Other": {"Version":2}, "Version": 1 }""", "id s")]
    [InlineData("""{"Version":2,"AccessKeyId":"id","SecretAccessKey":"s"}""", null)]
    [InlineData("""{"Version":"1","AccessKeyId":"id","SecretAccessKey":"s"}""", null)]
    [InlineData("""{"AccessKeyId":"id","SecretAccessKey":"s"}""", null)]
    [InlineData("""{"Version":1,"AccessKeyId":"id"}""", null)]
    [InlineData("""{"Version":1,"AccessKeyId":"id","SecretAccessKey":"s","Expiration":"soon"}""", null)]
    [InlineData("""{"Version":1,"AccessKeyId":"id","SecretAccessKey":"s"}x""", null)]
    [InlineData("""[1]""", null)]
    [InlineData("", null)]
    public async Task What_it_prints_is_the_keys(string output, string? expected)
    {
        Assert.Equal(expected ?? "The credential_process of the AWS profile work printed no keys of version 1.", await AskAsync(Script($"cat <<'X'\n{output}\nX")));
    }

    [Fact]
    public async Task Its_arguments_arrive_as_they_are_and_no_shell_looks_at_them()
    {
        var path = Path.Combine(_folder.FullName, "arguments");
        var command = Script($"for a in \"$@\"; do echo \"<$a>\" >> '{path}'; done\ncat <<'X'\n{Keys}\nX") + " --user 'a  b' \"c \\\" d\" $HOME ; ~ e\\ f \"C:\\x\" ''";

        Assert.StartsWith("id ", await AskAsync(command), StringComparison.Ordinal);
        Assert.Equal(["<--user>", "<a  b>", "<c \" d>", "<$HOME>", "<;>", "<~>", "<e f>", "<C:\\x>", "<>"], await File.ReadAllLinesAsync(path, TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("echo 'secret' >&2; exit 3", "ended with exit code 3")]
    [InlineData("kill -9 $$", "ended with exit code 137")]
    [InlineData("head -c 70000 /dev/zero; sleep 1000", "printed more than 65536 bytes")]
    public async Task One_that_fails_says_how_and_no_word_of_its_own(string script, string says)
    {
        Assert.Equal($"The credential_process of the AWS profile work {says}.", await AskAsync(Script(script)));
    }

    [Fact]
    public async Task Many_words_of_error_do_not_block_it()
    {
        Assert.StartsWith("id ", await AskAsync(Script($"head -c 1000000 /dev/zero >&2\ncat <<'X'\n{Keys}\nX")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_that_hangs_is_killed_with_all_that_it_started()
    {
        var pipe = Path.Combine(_folder.FullName, "pids");
        // Opening the pipe waits for its reader: that is the signal that the child is there.
        using (var make = Process.Start("mkfifo", [pipe])) await make.WaitForExitAsync(TestContext.Current.CancellationToken);
        using var gone = new CancellationTokenSource();
        var asking = AskUntilAsync(Script($"sleep 1000 &\necho \"$$ $!\" > '{pipe}'\nwait"), gone.Token);
        var pids = (await Patience.For(File.ReadAllTextAsync(pipe, TestContext.Current.CancellationToken), "the command's start")).Split(' ').Select(text => int.Parse(text, null)).ToArray();

        await gone.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking);
        Assert.Equal(2, pids.Length);
        await UpstreamKit.EventuallyAsync(() => pids.All(IsGone));
    }

    /// <summary>A helper that stays behind, with output and errors open: the command itself is over and has said its keys.</summary>
    [Fact]
    public async Task What_it_leaves_behind_is_not_waited_for()
    {
        var pid = Path.Combine(_folder.FullName, "pid");
        try
        {
            Assert.StartsWith("id ", await Patience.For(AskAsync(Script($"sleep 1000 &\necho $! > '{pid}'\ncat <<'X'\n{Keys}\nX")), "the keys"), StringComparison.Ordinal);
        }
        finally
        {
            using var left = Process.GetProcessById(int.Parse(await File.ReadAllTextAsync(pid, TestContext.Current.CancellationToken), null));
            left.Kill();
        }
    }

    [Fact]
    public async Task A_role_may_be_assumed_with_them()
    {
        using var sts = new AwsEndpoint(_ => (200, AwsEndpoint.StsAnswer("AssumeRole", "role", "2026-01-31T12:00:00Z")));
        var environment = new FakeEnvironment().With("HOME", "/home/u").With("AWS_ENDPOINT_URL_STS", sts.Url).WithFile(
            "/home/u/.aws/config", $"[profile work]\nrole_arn = r\nsource_profile = tool\n[profile tool]\ncredential_process = {Script($"cat <<'X'\n{Keys}\nX")}\n");

        var result = await new AwsKeyChain(new AwsSettings { Profile = "work" }, "eu-central-1", environment, TimeProvider.System).FetchAsync(TestContext.Current.CancellationToken);

        Assert.Equal("role", Encoding.ASCII.GetString(result.Keys!.AccessKeyId));
        Assert.Contains("Credential=id/", Assert.Single(sts.Requests).Header("authorization"), StringComparison.Ordinal);
    }

    // Without a state, or one that nobody has collected yet.
    private static bool IsGone(int pid)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{pid}/stat");
            return stat[(stat.LastIndexOf(')') + 2)..].StartsWith('Z');
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return true;
        }
    }
}
