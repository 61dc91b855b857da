namespace Edge.Configuration;

/// <summary>
/// A node of a parsed YAML document, with its place. An alias is the very node that its anchor names, so the tree may share branches.
/// </summary>
internal abstract class YamlNode
{
    /// <summary>From 1.</summary>
    public required int Line { get; init; }

    /// <summary>From 1.</summary>
    public required int Column { get; init; }

    /// <summary>How many nodes a walk meets, shared branches counted each time; capped.</summary>
    public int Weight { get; set; } = 1;

    /// <summary>How many levels a walk descends, itself included.</summary>
    public int Height { get; set; } = 1;

    /// <summary>For errors: what the writer of the file would call it.</summary>
    public abstract string Shape { get; }
}

internal sealed class YamlScalar : YamlNode
{
    public required string Text { get; init; }

    /// <summary>Without quotes: only then can it be null.</summary>
    public required bool IsPlain { get; init; }

    public bool IsNull => IsPlain && Text is "" or "~" or "null" or "Null" or "NULL";

    public override string Shape => "text";
}

internal sealed class YamlList : YamlNode
{
    public List<YamlNode> Items { get; } = [];

    public override string Shape => "a list";
}

internal sealed class YamlMap : YamlNode
{
    public List<YamlEntry> Entries { get; } = [];

    public override string Shape => "a map";
}

internal readonly record struct YamlEntry(YamlScalar Key, YamlNode Value);
