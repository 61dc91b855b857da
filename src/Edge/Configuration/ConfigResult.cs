namespace Edge.Configuration;

/// <summary>What loading gave: a valid <see cref="Config"/>, or every error at once.</summary>
public sealed record ConfigResult
{
    /// <summary>Null exactly where <see cref="Errors"/> is not empty.</summary>
    public EdgeConfig? Config { get; init; }

    public IReadOnlyList<ConfigError> Errors { get; init; } = [];

    /// <summary>What is odd but was lived with, such as a provider left out because its key is not set. Never a secret.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>Keys that were set to something demanding which this version does not do yet.</summary>
    public IReadOnlyList<string> NotEnforced { get; init; } = [];

    /// <summary>Every file that was read or looked for, as it was just before reading; <see cref="ConfigWatcher"/> watches them.</summary>
    public IReadOnlyList<ConfigSource> Sources { get; init; } = [];
}

/// <summary>A file that took part in a load.</summary>
/// <param name="Path">As it was given.</param>
/// <param name="Stamp">Its identity then: equal stamps mean an unchanged file.</param>
public readonly record struct ConfigSource(string Path, string Stamp);
