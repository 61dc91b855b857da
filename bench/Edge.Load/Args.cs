using System.Globalization;

namespace Edge.Load;

/// <summary>Something the user can put right; its message is all that is printed.</summary>
internal sealed class UsageException(string message) : Exception(message);

/// <summary><c>--name value</c> and <c>--flag</c>. An option that nobody asked for is an error, so that a typo does not measure something else.</summary>
internal sealed class Args
{
    private readonly List<(string Name, string Value)> _given = [];
    private readonly HashSet<string> _used = [];

    public Args(IEnumerable<string> args)
    {
        string? name = null;
        foreach (var arg in args)
        {
            if (arg.StartsWith("--", StringComparison.Ordinal))
            {
                if (name is not null)
                    _given.Add((name, ""));
                name = arg[2..];
            }
            else if (name is not null)
            {
                _given.Add((name, arg));
                name = null;
            }
            else
                throw new UsageException($"'{arg}' follows no option");
        }
        if (name is not null)
            _given.Add((name, ""));
    }

    public bool Flag(string name) => Values(name).Count > 0;

    public string? Text(string name) => Values(name) is [.., var last] ? last : null;

    public IReadOnlyList<string> Values(string name)
    {
        _used.Add(name);
        return [.. _given.Where(given => given.Name == name).Select(given => given.Value)];
    }

    public double Number(string name, double fallback, double min, double max)
    {
        if (Text(name) is not { } text)
            return fallback;
        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && number >= min && number <= max
            ? number
            : throw new UsageException($"--{name} is '{text}'; allowed: {min}-{max}");
    }

    public int Whole(string name, int fallback, int min, int max) => (int)Number(name, fallback, min, max);

    public TimeSpan Seconds(string name, double fallback, double max) => TimeSpan.FromSeconds(Number(name, fallback, 0, max));

    /// <exception cref="UsageException">An option was given that the command does not know.</exception>
    public void RejectUnknown()
    {
        foreach (var (name, _) in _given)
            if (!_used.Contains(name))
                throw new UsageException($"unknown option --{name}");
    }
}
