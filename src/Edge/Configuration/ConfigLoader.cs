namespace Edge.Configuration;

/// <summary>Loads the configuration: file to text, text to nodes, nodes to records, records against each other.</summary>
public static class ConfigLoader
{
    /// <summary>The largest configuration file, in bytes.</summary>
    public const int MaxFileBytes = 4 << 20;

    /// <summary>What stands for the file in errors where there is none.</summary>
    private const string NoFile = "(no file)";

    /// <summary>
    /// Loads one YAML file, or with <paramref name="path"/> null the defaults. Everything that is wrong is in the result, never thrown, and all of
    /// it at once: what could not be read counts as not set, and the checks go on.
    /// </summary>
    /// <param name="path">The file; null = none.</param>
    /// <param name="env">Gives the file, variables, and the files of secrets.</param>
    public static ConfigResult Load(string? path, ConfigEnvironment env)
    {
        var context = new BindContext(path ?? NoFile, env, FolderOf(path));
        try
        {
            var root = path is null ? null : ReadFile(context, path);
            // A file that could not be parsed says nothing about what its keys would have been.
            return root is null && context.Errors.Count > 0 ? Result(context, null) : Bind(context, root);
        }
        catch (Exception e)
        {
            // A fault of ours must not end a gateway that serves: a reload is refused instead. Only the type: the message may hold what a variable held.
            context.Errors.Add(new ConfigError(path ?? NoFile, 0, 0, "", $"could not be loaded: an internal error ({e.GetType().Name}); please report it"));
            return Result(context, null);
        }
    }

    private static string FolderOf(string? path)
    {
        try
        {
            return string.IsNullOrEmpty(path) ? "" : Path.GetDirectoryName(Path.GetFullPath(path)) ?? "";
        }
        catch (ArgumentException) // No path at all: to read it is what fails with an error.
        {
            return "";
        }
    }

    private static YamlNode? ReadFile(BindContext context, string path)
    {
        context.Sources.Add(new ConfigSource(path, context.Environment.Stamp(path)));
        byte[] bytes;
        try
        {
            bytes = context.Environment.ReadFile(path, MaxFileBytes);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            context.Errors.Add(new ConfigError(path, 0, 0, "", $"cannot be read ({Expander.Reason(e)})"));
            return null;
        }
        if (bytes.Length > MaxFileBytes)
        {
            context.Errors.Add(new ConfigError(path, 0, 0, "", $"is larger than {SizeText.Format(MaxFileBytes)}"));
            return null;
        }
        return YamlText.TryDecode(bytes, path, context.Errors, out var text) ? YamlReader.Read(text, path, context.Errors) : null;
    }

    private static ConfigResult Bind(BindContext context, YamlNode? root)
    {
        var isEmpty = root is null or YamlScalar { IsNull: true };
        var config = isEmpty ? EdgeConfig.Section.Defaults : EdgeConfig.Section.Bind(context, root!, "", EdgeConfig.Section.Defaults);
        if (!context.IsSet(ProvidersField.Key))
        {
            // The simulator answers nonsense: it stands in only for someone who has configured nothing at all.
            config = config with { Providers = ProviderRules.FromEnvironment(context, config.Upstream, withSimulator: isEmpty) };
        }
        ConfigRules.Check(context, config);
        return Result(context, config);
    }

    private static ConfigResult Result(BindContext context, EdgeConfig? config) => new()
    {
        Config = context.Errors.Count == 0 ? config : null,
        Errors = [.. context.Errors.OrderBy(error => error.Line).ThenBy(error => error.Column)],
        Warnings = context.Warnings,
        NotEnforced = context.NotEnforced,
        Sources = context.Sources,
    };
}
