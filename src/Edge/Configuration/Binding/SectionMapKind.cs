using System.Text.Json;

namespace Edge.Configuration;

/// <summary>A map of sections whose names the file chooses.</summary>
internal sealed class SectionMapKind<T> : ValueKind<IReadOnlyDictionary<string, T>>
    where T : class
{
    private readonly ConfigSection<T> _section;
    private readonly string _keyText;
    private readonly Func<string, string?> _checkKey;
    private readonly T? _start;

    /// <param name="section">Of each value.</param>
    /// <param name="keyText">What a key is: <c>name</c>.</param>
    /// <param name="checkKey">Gives what is wrong with a key; null = nothing.</param>
    /// <param name="start">What each section starts from; null = its defaults.</param>
    public SectionMapKind(ConfigSection<T> section, string keyText, Func<string, string?> checkKey, T? start = null)
    {
        _section = section;
        _keyText = keyText;
        _checkKey = checkKey;
        _start = start;
    }

    public override string TypeText => $"map of {_keyText} to section";

    public override ConfigSection Child => _section;

    public override string ChildPath => $".<{_keyText}>";

    public override bool TryBind(
        BindContext context, YamlNode node, string path, IReadOnlyDictionary<string, T> start, out IReadOnlyDictionary<string, T> value)
    {
        value = start;
        if (node is YamlScalar { IsNull: true }) return false;
        if (node is not YamlMap map)
        {
            context.Error(node, path, $"is {node.Shape}; allowed: a {TypeText}");
            return false;
        }
        var entries = new Dictionary<string, T>(StringComparer.Ordinal);
        foreach (var (key, item) in map.Entries)
        {
            var itemPath = $"{path}.{Shown.Text(key.Text)}";
            if (_checkKey(key.Text) is { } error)
            {
                context.Error(key, itemPath, error);
                continue;
            }
            context.Note($"{path}.{key.Text}", item is YamlScalar { IsNull: true } ? key : item);
            entries.Add(key.Text, _section.Bind(context, item, itemPath, _start ?? _section.Defaults));
        }
        value = entries;
        return true;
    }

    public override void WriteSchema(Utf8JsonWriter json)
    {
        Alternatives.WriteTypes(json, "object", "null");
        json.WriteStartObject("additionalProperties");
        json.WriteString("$ref", "#/$defs/" + _section.Id);
        json.WriteEndObject();
    }

    /// <summary>Letters, digits and <c>_ - .</c>, at most 64.</summary>
    public static string? CheckName(string name) =>
        name.Length is > 0 and <= 64 && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.')
            ? null
            : "is no name; allowed: letters, digits, '_', '-' and '.', at most 64";
}
