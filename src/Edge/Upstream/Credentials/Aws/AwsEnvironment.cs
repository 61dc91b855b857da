using System.Text;
using Edge.Configuration;

namespace Edge.Upstream.Credentials.Aws;

/// <summary>Variables and files, as AWS's SDKs read them.</summary>
internal sealed class AwsEnvironment(ConfigEnvironment environment)
{
    private const int MaxFileBytes = 1 << 20;

    /// <summary>The variable's value without white space around it; null = not set or empty.</summary>
    public string? this[string variable] => environment.Variable(variable)?.Trim() is { Length: > 0 } value ? value : null;

    /// <summary>The file's text; null = it cannot be read or is larger than 1 MiB.</summary>
    public string? ReadFile(string path)
    {
        try
        {
            var bytes = environment.ReadFile(path, MaxFileBytes);
            return bytes.Length > MaxFileBytes ? null : Encoding.UTF8.GetString(bytes);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return null;
        }
    }
}
