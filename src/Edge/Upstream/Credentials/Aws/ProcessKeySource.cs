using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Edge.Upstream.Credentials.Aws;

/// <summary>
/// Keys that a command prints, named by <c>credential_process</c> of a profile: <c>{"Version":1,"AccessKeyId":..,"SecretAccessKey":..,"SessionToken":..,"Expiration":..}</c>.
/// https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html
/// </summary>
/// <param name="profile">Whose it is, for error texts.</param>
/// <param name="command">The command line.</param>
internal sealed class ProcessKeySource(string profile, string command) : IAwsKeySource
{
    private const int MaxOutput = 64 * 1024;

    /// <summary>
    /// Runs the command, without a shell: it is a program and its arguments. One that is still there when the caller gives up is killed, with all that it started. What it leaves behind on purpose, such as the
    /// process that keeps a login, is not waited for, though it may hold the output open.
    /// </summary>
    public async ValueTask<AwsKeyResult> FetchAsync(CancellationToken cancel)
    {
        if (Split(command) is not [var file, .. var arguments]) return Failed("is no command line");
        using var process = new Process
        {
            StartInfo = new ProcessStartInfo(file, arguments) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true },
        };
        try
        {
            process.Start();
        }
        catch (Exception e) when (e is Win32Exception or IOException or InvalidOperationException or PlatformNotSupportedException)
        {
            return Failed($"cannot be started: {e.Message}");
        }
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        try
        {
            process.StandardInput.Close();
            // Taken, so that it never blocks the command, and forgotten: it may hold secrets.
            _ = process.StandardError.BaseStream.CopyToAsync(Stream.Null, over.Token);
            var exit = process.WaitForExitAsync(over.Token);
            if (await ReadAsync(process.StandardOutput.BaseStream, exit, over.Token) is not { } output) return Failed($"printed more than {MaxOutput} bytes");
            await exit;
            if (process.ExitCode != 0) return Failed(string.Create(CultureInfo.InvariantCulture, $"ended with exit code {process.ExitCode}"));
            return AwsHttp.ReadKeys(output, isProcess: true) is { } keys ? new AwsKeyResult(keys, null) : Failed("printed no keys of version 1");
        }
        finally
        {
            await over.CancelAsync();
            Kill(process);
        }
    }

    private static void Kill(Process process)
    {
        try
        {
            if (!process.HasExited) process.Kill(entireProcessTree: true);
        }
        catch (Exception e) when (e is Win32Exception or InvalidOperationException or AggregateException)
        {
            // It, or one that it started, went by itself or belongs to somebody else: that is no answer to who asked for keys.
        }
    }

    /// <summary>The words of a command line: parted by white space, but within quotes; a backslash takes the next character as it is, but within single quotes. Null = a quote is open.</summary>
    internal static string[]? Split(string line)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        var (quote, isWord) = ('\0', false);
        for (var i = 0; i < line.Length; i++)
        {
            var c = line[i];
            // Within double quotes only what it would mean there: a path of Windows keeps its backslashes.
            var escapes = c == '\\' && quote != '\'' && i + 1 < line.Length && (quote == '\0' || line[i + 1] is '"' or '\\');
            if (escapes) word.Append(line[++i]);
            else if (c == quote) quote = '\0';
            else if (quote == '\0' && c is '"' or '\'') quote = c;
            else if (quote == '\0' && char.IsWhiteSpace(c))
            {
                if (isWord) words.Add(word.ToString());
                word.Clear();
                isWord = false;
                continue;
            }
            else word.Append(c);
            isWord = true;
        }
        if (quote != '\0') return null;
        if (isWord) words.Add(word.ToString());
        return [.. words];
    }

    // Null = there is more than anybody's keys take.
    private static async Task<string?> ReadAsync(Stream stream, Task exit, CancellationToken cancel)
    {
        var buffer = new byte[MaxOutput + 1];
        var count = 0;
        while (count < buffer.Length)
        {
            var reading = stream.ReadAsync(buffer.AsMemory(count), cancel).AsTask();
            // Whole, and gone: what still holds the output open will add nothing to it.
            if (!reading.IsCompleted && await Task.WhenAny(reading, exit) == exit && IsWhole(buffer, count)) return Encoding.UTF8.GetString(buffer, 0, count);
            var read = await reading;
            if (read == 0) return Encoding.UTF8.GetString(buffer, 0, count);
            count += read;
        }
        return null;
    }

    private static bool IsWhole(byte[] output, int count) => AwsHttp.ReadKeys(Encoding.UTF8.GetString(output, 0, count), isProcess: true) is not null;

    private AwsKeyResult Failed(string what) => AwsKeyResult.Failed($"The credential_process of the AWS profile {profile} {what}.");
}
