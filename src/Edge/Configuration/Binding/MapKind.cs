using System.Text.Json;

namespace Edge.Configuration;

/// <summary>A map whose keys the file chooses.</summary>
internal sealed class MapKind<T> : ValueKind<IReadOnlyDictionary<string, T>>
{
    private readonly string _keyText;
    private readonly ScalarKind<T> _item;
    private readonly Func<string, string?> _checkKey;

    /// <param name="keyText">What a key is: <c>alias</c>.</param>
    /// <param name="item">Of each value.</param>
    /// <param name="checkKey">Gives what is wrong with a key; null = nothing.</param>
    public MapKind(string keyText, ScalarKind<T> item, Func<string, string?> checkKey)
    {
        _keyText = keyText;
        _item = item;
        _checkKey = checkKey;
    }

    public override string TypeText => $"map of {_keyText} to {_item.TypeText}";

    public override bool TryBind(
        BindContext context, YamlNode node, string path, IReadOnlyDictionary<string, T> start, out IReadOnlyDictionary<string, T> value)
    {
        value = start;
        if (node is YamlScalar { IsNull: true }) return false;
        if (node is not YamlMap map)
        {
            context.Error(node, path, $"is {node.Shape}; allowed: {TypeText}");
            return false;
        }
        var entries = new Dictionary<string, T>(StringComparer.Ordinal);
        foreach (var (key, item) in map.Entries)
        {
            var itemPath = $"{path}.{Shown.Text(key.Text)}";
            if (_checkKey(key.Text) is { } error) context.Error(key, itemPath, error);
            if (!_item.TryBind(context, item, itemPath, default!, out var bound)) continue;
            context.Note($"{path}.{key.Text}", item);
            entries.Add(key.Text, bound);
        }
        value = entries;
        return true;
    }

    public override void WriteSchema(Utf8JsonWriter json)
    {
        Alternatives.WriteTypes(json, "object", "null");
        json.WriteStartObject("additionalProperties");
        _item.WriteSchema(json);
        json.WriteEndObject();
    }
}
