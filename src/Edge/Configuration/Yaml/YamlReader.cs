using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Edge.Configuration;

/// <summary>
/// Builds the node tree of one YAML document out of the parser's events. Anchors, aliases and merge keys (<c>&lt;&lt;</c>) work; what
/// a hostile or broken file can do (recursion, expansion, depth) is bounded.
/// </summary>
internal sealed class YamlReader
{
    /// <summary>Levels of nesting. The configuration itself needs 5.</summary>
    public const int MaxDepth = 64;

    /// <summary>Nodes with every alias counted as often as it is used: the bound against "billion laughs".</summary>
    public const int MaxNodes = 100_000;

    private static readonly string[] _knownTags = ["str", "int", "float", "bool", "null", "map", "seq", "merge"];

    private readonly string _file;
    private readonly List<ConfigError> _errors;
    private readonly Parser _parser;
    private readonly Dictionary<string, YamlNode> _anchors = new(StringComparer.Ordinal);
    private int _nodes;

    private YamlReader(string text, string file, List<ConfigError> errors)
    {
        _file = file;
        _errors = errors;
        _parser = new Parser(new StringReader(text));
    }

    /// <summary>The document's root; null where the text holds none, or where errors were added.</summary>
    public static YamlNode? Read(string text, string file, List<ConfigError> errors)
    {
        var reader = new YamlReader(text, file, errors);
        try
        {
            return reader.ReadDocument();
        }
        catch (StopException)
        {
            return null;
        }
        catch (YamlException e)
        {
            reader.Error(e.Start, "is not valid YAML: " + e.Message.TrimEnd('.') + Hint(text, (int)e.Start.Line));
            return null;
        }
        // The scanner is not ours: on input that it did not foresee it may fail in its own ways (an escape beyond Unicode, for one).
        catch (Exception e) when (e is ArgumentException or InvalidOperationException or FormatException or OverflowException or IndexOutOfRangeException)
        {
            reader.Error(reader._parser.Current?.End ?? Mark.Empty, "is not valid YAML");
            return null;
        }
    }

    // In flow style a brace ends a plain value: the one mistake with references that YAML's own message does not explain.
    private static string Hint(string text, int line)
    {
        var culprit = text.Split('\n').ElementAtOrDefault(line - 1);
        return culprit?.Contains("${", StringComparison.Ordinal) == true ? " (a ${...} inside {...} or [...] needs quotes around it)" : "";
    }

    private YamlNode? ReadDocument()
    {
        Next<StreamStart>();
        _parser.MoveNext();
        if (_parser.Current is StreamEnd) return null;
        _parser.MoveNext();
        var root = ReadNode(depth: 1);
        Next<DocumentEnd>();
        _parser.MoveNext();
        if (_parser.Current is not StreamEnd) Stop(_parser.Current!.Start, "holds more than one document; allowed: one");
        return root;
    }

    /// <summary>Reads the node that starts with the current event, and leaves its last event current.</summary>
    private YamlNode ReadNode(int depth)
    {
        var at = _parser.Current!.Start;
        if (depth > MaxDepth) Stop(at, $"is nested deeper than {MaxDepth} levels");
        if (_parser.Current is AnchorAlias alias) return Alias(alias, depth);

        // The parser has been seen to end a map between a key and its value.
        if (_parser.Current is not NodeEvent start)
        {
            Stop(at, "is not valid YAML: a value is missing");
            return null!;
        }
        CheckTag(start);
        Count(1, at);
        YamlNode node = start switch
        {
            Scalar scalar => new YamlScalar
            {
                Line = (int)at.Line,
                Column = (int)at.Column,
                Text = scalar.Value,
                IsPlain = scalar.Style == ScalarStyle.Plain && (start.Tag.IsEmpty || start.Tag.Value.EndsWith(":null", StringComparison.Ordinal)),
            },
            SequenceStart => ReadList(at, depth),
            _ => ReadMap(at, depth),
        };
        // Only now: a node that holds an alias to itself has no end.
        if (!start.Anchor.IsEmpty) _anchors[start.Anchor.Value] = node;
        return node;
    }

    private YamlList ReadList(Mark at, int depth)
    {
        var list = new YamlList { Line = (int)at.Line, Column = (int)at.Column };
        while (true)
        {
            _parser.MoveNext();
            if (_parser.Current is SequenceEnd) return list;
            var item = ReadNode(depth + 1);
            list.Items.Add(item);
            Contain(list, item);
        }
    }

    private YamlMap ReadMap(Mark at, int depth)
    {
        var map = new YamlMap { Line = (int)at.Line, Column = (int)at.Column };
        var keys = new Dictionary<string, YamlScalar>(StringComparer.Ordinal);
        List<YamlNode>? merges = null;
        while (true)
        {
            _parser.MoveNext();
            if (_parser.Current is MappingEnd) break;
            var keyAt = _parser.Current!.Start;
            if (ReadNode(depth + 1) is not YamlScalar key)
            {
                Stop(keyAt, "has a list or a map as a key; allowed: text");
                return map;
            }
            _parser.MoveNext();
            var value = ReadNode(depth + 1);
            if (key is { IsPlain: true, Text: "<<" })
            {
                (merges ??= []).Add(value);
            }
            else if (keys.TryAdd(key.Text, key))
            {
                map.Entries.Add(new YamlEntry(key, value));
                Contain(map, value);
            }
            else
            {
                Error(keyAt, $"duplicate key '{Shown.Text(key.Text)}' (first at line {keys[key.Text].Line})");
            }
        }
        foreach (var merge in merges ?? []) Merge(map, keys, merge);
        return map;
    }

    /// <summary>https://yaml.org/type/merge.html: the map's own keys win, then the earlier of the merged maps.</summary>
    private void Merge(YamlMap map, Dictionary<string, YamlScalar> keys, YamlNode source)
    {
        if (source is YamlList list)
        {
            foreach (var item in list.Items)
            {
                if (item is YamlMap) Merge(map, keys, item);
                else Error(item, "'<<' lists something that is not a map");
            }
            return;
        }
        if (source is not YamlMap merged)
        {
            Error(source, "'<<' wants a map, or a list of maps");
            return;
        }
        Count(merged.Weight, source);
        foreach (var entry in merged.Entries)
        {
            if (!keys.TryAdd(entry.Key.Text, entry.Key)) continue;
            map.Entries.Add(entry);
            Contain(map, entry.Value);
        }
    }

    private YamlNode Alias(AnchorAlias alias, int depth)
    {
        if (!_anchors.TryGetValue(alias.Value.Value, out var node))
        {
            Stop(alias.Start, $"'*{Shown.Text(alias.Value.Value)}' names an anchor that is not defined before it");
            return null!;
        }
        if (depth + node.Height - 1 > MaxDepth) Stop(alias.Start, $"is nested deeper than {MaxDepth} levels");
        Count(node.Weight, alias.Start);
        return node;
    }

    private void Count(int nodes, Mark at)
    {
        _nodes += nodes;
        if (_nodes > MaxNodes) Stop(at, $"holds more than {MaxNodes} values, each alias counted as what it stands for");
    }

    private void Count(int nodes, YamlNode at) => Count(nodes, new Mark(0, at.Line, at.Column));

    private static void Contain(YamlNode parent, YamlNode child)
    {
        // No overflow: Count has stopped long before.
        parent.Weight += child.Weight;
        parent.Height = Math.Max(parent.Height, child.Height + 1);
    }

    private void CheckTag(NodeEvent node)
    {
        if (node.Tag.IsEmpty || node.Tag.IsNonSpecific) return;
        const string Core = "tag:yaml.org,2002:";
        var tag = node.Tag.Value;
        if (tag.StartsWith(Core, StringComparison.Ordinal) && _knownTags.Contains(tag[Core.Length..])) return;
        Error(node.Start, $"has the unknown tag '{Shown.Text(tag)}'; allowed: none is needed");
    }

    private void Next<T>() where T : ParsingEvent
    {
        if (!_parser.MoveNext() || _parser.Current is not T) throw new InvalidOperationException();
    }

    private void Error(Mark at, string message) => _errors.Add(new ConfigError(_file, (int)at.Line, (int)at.Column, "", message));

    private void Error(YamlNode at, string message) => _errors.Add(new ConfigError(_file, at.Line, at.Column, "", message));

    private void Stop(Mark at, string message)
    {
        Error(at, message);
        throw new StopException();
    }

    /// <summary>The document cannot be read on; the error is already noted.</summary>
    private sealed class StopException : Exception;
}
