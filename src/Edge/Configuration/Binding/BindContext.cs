namespace Edge.Configuration;

/// <summary>What one load gathers while it binds nodes to records.</summary>
internal sealed class BindContext
{
    private readonly Dictionary<string, YamlNode> _places = new(StringComparer.Ordinal);
    private readonly string _file;
    private readonly Expander _expander;
    private readonly string _folder;

    public BindContext(string file, ConfigEnvironment env, string folder)
    {
        _file = file;
        Environment = env;
        _folder = folder;
        _expander = new Expander(env, Sources, folder);
    }

    public ConfigEnvironment Environment { get; }

    public List<ConfigError> Errors { get; } = [];

    public List<string> Warnings { get; } = [];

    public List<string> NotEnforced { get; } = [];

    public List<ConfigSource> Sources { get; } = [];

    /// <summary>
    /// Not null inside a provider: there a secret whose variable is not set is no error but takes that provider out of service, so that
    /// one file
    /// serves machines with different keys. Holds the reasons.
    /// </summary>
    public List<string>? MissingSecrets { get; set; }

    public void Note(string path, YamlNode node) => _places[path] = node;

    /// <summary>Whether the file sets that key (to something other than null).</summary>
    public bool IsSet(string path) => _places.ContainsKey(path);

    /// <summary>
    /// For errors: what the file says at that key, never what it stood for; the given text where the file does not set the key.
    /// </summary>
    public string Written(string path, string otherwise) => Shown.Text(_places.GetValueOrDefault(path) is YamlScalar scalar ? scalar.Text : otherwise);

    /// <summary>The same for the values of a list.</summary>
    public IReadOnlyList<string> WrittenItems(string path) =>
        _places.GetValueOrDefault(path) is YamlList list ? [.. list.Items.OfType<YamlScalar>().Select(item => item.Text)] : [];

    /// <summary>Whether something is wrong with that key already.</summary>
    public bool HasError(string path) => Errors.Any(error => error.Path == path);

    public void Error(YamlNode node, string path, string message) => Errors.Add(new ConfigError(_file, node.Line, node.Column, path, message));

    /// <summary>At the place of that key, or of the file as a whole where the file does not set it.</summary>
    public void Error(string path, string message)
    {
        var node = _places.GetValueOrDefault(path);
        Errors.Add(new ConfigError(_file, node?.Line ?? 0, node?.Column ?? 0, Shown.Path(path), message));
    }

    public void Warn(string path, string message)
    {
        var error = _places.TryGetValue(path, out var node)
            ? new ConfigError(_file, node.Line, node.Column, path, message)
            : new ConfigError(_file, 0, 0, path, message);
        Warnings.Add(error.ToString());
    }

    /// <summary>The bytes of a file that a key names, relative to the configuration; a change of it is a change of the configuration. Null = cannot be read, with the error added.</summary>
    public byte[]? ReadFile(YamlNode node, string path, string file, int limit)
    {
        var full = Path.Combine(_folder, file);
        if (!Sources.Any(source => source.Path == full)) Sources.Add(new ConfigSource(full, Environment.Stamp(full)));
        try
        {
            return Environment.ReadFile(full, limit);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            // The file's own text: a variable in it may hold what nobody should read.
            Error(node, path, $"cannot read the file '{Shown.Text(((YamlScalar)node).Text)}' ({Expander.Reason(e, hidePath: true)})");
            return null;
        }
    }

    /// <summary>
    /// The text that a scalar stands for. False where it stands for nothing (null, or references that came out empty: the default
    /// holds), and
    /// where it is wrong, with the error added.
    /// </summary>
    public bool TryExpand(YamlNode node, string path, string allowed, bool secret, bool keepSpace, out string text)
    {
        text = "";
        if (node is not YamlScalar scalar)
        {
            Error(node, path, $"is {node.Shape}; allowed: {allowed}");
            return false;
        }
        if (scalar.IsNull) return false;

        var expansion = _expander.Expand(scalar.Text);
        if (expansion.Error is not null)
        {
            Error(node, path, expansion.Error);
            return false;
        }
        if (expansion.UnsetVariable is { } name)
        {
            if (secret && MissingSecrets is not null) MissingSecrets.Add($"{name} is not set");
            else Error(node, path, $"the variable {name} is not set; set it, or give a default: ${{{name}:-...}}");
            return false;
        }
        text = keepSpace ? expansion.Text : expansion.Text.Trim();
        if (secret && MissingSecrets is not null && text.Length == 0 && expansion.EmptyVariable is { } empty)
        {
            MissingSecrets.Add($"{empty} is empty");
            return false;
        }
        return text.Length > 0 || !expansion.Substituted || secret;
    }
}
