namespace Edge.Upstream.Credentials.Aws;

/// <summary>
/// The shared files <c>~/.aws/credentials</c> and <c>~/.aws/config</c>: profiles with their settings, the credentials file's over the config file's.
/// https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html
/// </summary>
internal sealed class AwsProfiles
{
    private readonly Dictionary<string, Dictionary<string, string>> _profiles = new(StringComparer.Ordinal);

    /// <summary>Reads both files; one that is absent is empty.</summary>
    public static AwsProfiles Read(AwsEnvironment environment)
    {
        var profiles = new AwsProfiles();
        if (environment.ReadFile(environment["AWS_CONFIG_FILE"] ?? Home(environment, "config")) is { } config) profiles.Parse(config, isConfig: true);
        if (environment.ReadFile(environment["AWS_SHARED_CREDENTIALS_FILE"] ?? Home(environment, "credentials")) is { } credentials) profiles.Parse(credentials, isConfig: false);
        return profiles;
    }

    /// <summary>The settings of a profile; null = there is none of that name.</summary>
    public IReadOnlyDictionary<string, string>? Find(string name) => _profiles.GetValueOrDefault(name);

    // Lines: "[profile name]" (config) or "[name]" (credentials, and default in both), "key = value", comments behind # or ; and, indented, settings of a setting.
    private void Parse(string text, bool isConfig)
    {
        Dictionary<string, string>? profile = null;
        foreach (var raw in text.Split('\n'))
        {
            var line = raw.TrimEnd('\r');
            if (line.Length == 0 || line[0] is '#' or ';' or ' ' or '\t') continue;
            if (line[0] == '[')
            {
                var end = line.IndexOf(']', StringComparison.Ordinal);
                profile = end < 0 ? null : Section(line[1..end].Trim(), isConfig);
                continue;
            }
            var equals = line.IndexOf('=', StringComparison.Ordinal);
            if (profile is null || equals <= 0) continue;
            var value = line[(equals + 1)..];
            // A comment behind a value needs a space before it: secrets hold neither, values may hold a bare #.
            foreach (var mark in new[] { " #", " ;", "\t#", "\t;" })
            {
                var comment = value.IndexOf(mark, StringComparison.Ordinal);
                if (comment >= 0) value = value[..comment];
            }
            profile[line[..equals].Trim().ToLowerInvariant()] = value.Trim();
        }
    }

    private Dictionary<string, string>? Section(string name, bool isConfig)
    {
        if (isConfig && name != "default")
        {
            // Sections of the config file that are no profile: sso-session, services.
            if (!name.StartsWith("profile ", StringComparison.Ordinal) && !name.StartsWith("profile\t", StringComparison.Ordinal)) return null;
            name = name[8..].Trim();
        }
        name = name.Trim('"');
        if (!_profiles.TryGetValue(name, out var profile)) _profiles[name] = profile = new(StringComparer.Ordinal);
        return profile;
    }

    private static string Home(AwsEnvironment environment, string file) =>
        Path.Combine(environment["HOME"] ?? environment["USERPROFILE"] ?? "/", ".aws", file);
}
