using System.Globalization;
using System.Text.Json;

namespace Edge.Configuration;

/// <summary>
/// A list of keys (or tokens): each a secret, or a map with <c>key</c> and what goes with it. Of a provider's, one whose variable is not set is left out with a warning; only where none
/// is left it is missing in the sense of <see cref="BindContext.MissingSecrets"/>. Anywhere else it is an error.
/// </summary>
internal sealed class KeyListKind<T> : ValueKind<IReadOnlyList<T>>
    where T : class
{
    private readonly ConfigSection<T> _section;
    private readonly Func<T, Secret> _keyOf;
    private readonly Func<Secret, T> _ofKey;
    private readonly string _name;

    /// <param name="section">Of an entry that is a map.</param>
    /// <param name="keyOf">Its key.</param>
    /// <param name="ofKey">The entry of a key alone.</param>
    /// <param name="name">What the section, and an error, call a key.</param>
    public KeyListKind(ConfigSection<T> section, Func<T, Secret> keyOf, Func<Secret, T> ofKey, string name = "key")
    {
        _section = section;
        _keyOf = keyOf;
        _ofKey = ofKey;
        _name = name;
    }

    public override string TypeText => $"list of secret, or of `{{{string.Join(", ", _section.Fields.Select(key => $"{key.Name}: {key.Kind.TypeText}"))}}}`";

    public override bool TryBind(
        BindContext context, YamlNode node, string path, IReadOnlyList<T> start, out IReadOnlyList<T> value)
    {
        value = start;
        if (node is YamlScalar { IsNull: true }) return false;
        if (node is not YamlList list)
        {
            context.Error(node, path, $"is {node.Shape}; allowed: a list of {_name}s");
            return false;
        }
        var missing = context.MissingSecrets;
        List<string> unset = [];
        if (missing is not null) context.MissingSecrets = unset;
        var keys = new List<T>();
        for (var i = 0; i < list.Items.Count; i++)
        {
            var itemPath = string.Create(CultureInfo.InvariantCulture, $"{path}[{i}]");
            if (Bind(context, list.Items[i], itemPath) is not { } key) continue;
            if (keys.Exists(other => _keyOf(other) == _keyOf(key)))
            {
                context.Error(list.Items[i], itemPath, "is listed twice");
            }
            else
            {
                context.Note(itemPath, list.Items[i]);
                keys.Add(key);
            }
        }
        context.MissingSecrets = missing;
        value = keys;
        if (keys.Count == 0 && missing is not null)
        {
            missing.AddRange(unset);
            return false;
        }
        context.Note(path, node);
        if (unset.Count > 0) context.Warn(path, $"left out: {string.Join(", ", unset)}");
        return true;
    }

    public override void WriteSchema(Utf8JsonWriter json)
    {
        Alternatives.WriteTypes(json, "array", "null");
        json.WriteBoolean("uniqueItems", true);
        json.WriteStartObject("items");
        json.WriteStartArray("anyOf");
        json.WriteStartObject();
        Alternatives.WriteTypes(json, "string", "number", "boolean");
        json.WriteEndObject();
        json.WriteStartObject();
        json.WriteString("type", "object");
        json.WriteStartObject("properties");
        foreach (var field in _section.Fields)
        {
            json.WritePropertyName(field.Name);
            field.WriteSchema(json);
        }
        json.WriteEndObject();
        json.WriteStartArray("required");
        json.WriteStringValue(_name);
        json.WriteEndArray();
        json.WriteBoolean("additionalProperties", false);
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private T? Bind(BindContext context, YamlNode node, string path)
    {
        var errors = context.Errors.Count;
        var unset = context.MissingSecrets?.Count;
        T? key = null;
        if (node is YamlMap) key = _section.Bind(context, node, path, _section.Defaults);
        else if (node is YamlScalar { IsNull: false } && Kinds.NonEmptySecret.TryBind(context, node, path, default, out var secret)) key = _ofKey(secret);
        if (key is not null && _keyOf(key).HasValue) return key;
        if (context.Errors.Count == errors && context.MissingSecrets?.Count == unset) context.Error(node, path, $"holds no {_name}");
        return null;
    }
}
