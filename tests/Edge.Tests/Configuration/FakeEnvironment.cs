using System.Collections.Concurrent;
using System.Text;
using Edge.Configuration;

namespace Edge.Tests.Configuration;

/// <summary>Variables and files in memory. A file's stamp changes with each write.</summary>
internal sealed class FakeEnvironment : ConfigEnvironment
{
    public const string ConfigPath = "/etc/edge/edge.yaml";

    // Concurrent: the running watcher reads while a test writes.
    private readonly ConcurrentDictionary<string, (byte[] Bytes, int Version)> _files = [];

    public Dictionary<string, string> Variables { get; } = [];

    /// <summary>Thrown where a file's stamp is asked for, as if something nobody foresaw were broken.</summary>
    public Exception? Fault { get; set; }

    /// <summary>The same for variables.</summary>
    public Exception? VariableFault { get; set; }

    public override string? Variable(string name) => VariableFault is null ? Variables.GetValueOrDefault(name) : throw VariableFault;

    public override byte[] ReadFile(string path, int limit) =>
        _files.TryGetValue(path, out var file) ? file.Bytes[..Math.Min(file.Bytes.Length, limit + 1)] : throw new FileNotFoundException();

    public override string Stamp(string path) => Fault is not null ? throw Fault : _files.TryGetValue(path, out var file) ? $"v{file.Version}" : "";

    public FakeEnvironment With(string variable, string value)
    {
        Variables[variable] = value;
        return this;
    }

    public FakeEnvironment WithFile(string path, string text) => WithFile(path, Encoding.UTF8.GetBytes(text));

    public FakeEnvironment WithFile(string path, byte[] bytes)
    {
        _files[path] = (bytes, _files.GetValueOrDefault(path).Version + 1);
        return this;
    }

    public void Delete(string path) => _files.TryRemove(path, out _);

    public ConfigResult Load(string yaml) => ConfigLoader.Load(ConfigPath, WithFile(ConfigPath, yaml));
}

internal static class ConfigResultExtensions
{
    /// <summary>The configuration of a load that must have worked.</summary>
    public static EdgeConfig Valid(this ConfigResult result)
    {
        Assert.Equal([], result.Errors.Select(error => error.ToString()));
        return result.Config!;
    }

    /// <summary>Every error, without the file's folder.</summary>
    public static string[] ErrorTexts(this ConfigResult result)
    {
        Assert.True(result.Config is null == result.Errors.Count > 0, "a configuration goes with no errors, errors with none");
        return [.. result.Errors.Select(error => error.ToString().Replace("/etc/edge/", "", StringComparison.Ordinal))];
    }
}
