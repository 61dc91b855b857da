using System.Globalization;
using System.Text.Json;

namespace Edge.Configuration;

/// <summary>
/// The keys of a provider: each a secret, or a map of <c>key</c> and <c>weight</c>. A key whose variable is not set is left out with a warning; only where none
/// is left it is missing in the sense of <see cref="BindContext.MissingSecrets"/>.
/// </summary>
internal sealed class ApiKeysKind : ValueKind<IReadOnlyList<ApiKeyConfig>>
{
    public override string TypeText => "list of secret, or of `{key: secret, weight: integer}`";

    public override bool TryBind(
        BindContext context, YamlNode node, string path, IReadOnlyList<ApiKeyConfig> start, out IReadOnlyList<ApiKeyConfig> value)
    {
        value = start;
        if (node is YamlScalar { IsNull: true }) return false;
        if (node is not YamlList list)
        {
            context.Error(node, path, $"is {node.Shape}; allowed: a list of keys");
            return false;
        }
        var missing = context.MissingSecrets;
        var unset = context.MissingSecrets = [];
        var keys = new List<ApiKeyConfig>();
        for (var i = 0; i < list.Items.Count; i++)
        {
            var itemPath = string.Create(CultureInfo.InvariantCulture, $"{path}[{i}]");
            if (Bind(context, list.Items[i], itemPath) is not { Key.HasValue: true } key) continue;
            if (keys.Exists(other => other.Key == key.Key)) context.Error(list.Items[i], itemPath, "is listed twice");
            else keys.Add(key);
        }
        context.MissingSecrets = missing;
        value = keys;
        if (keys.Count == 0)
        {
            missing?.AddRange(unset);
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
        foreach (var field in ApiKeyConfig.Section.Fields)
        {
            json.WritePropertyName(field.Name);
            field.WriteSchema(json);
        }
        json.WriteEndObject();
        json.WriteStartArray("required");
        json.WriteStringValue("key");
        json.WriteEndArray();
        json.WriteBoolean("additionalProperties", false);
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static ApiKeyConfig? Bind(BindContext context, YamlNode node, string path)
    {
        var errors = context.Errors.Count;
        var unset = context.MissingSecrets!.Count;
        ApiKeyConfig? key = null;
        if (node is YamlMap) key = ApiKeyConfig.Section.Bind(context, node, path, new());
        else if (node is YamlScalar { IsNull: false } && Kinds.NonEmptySecret.TryBind(context, node, path, default, out var secret)) key = new() { Key = secret };
        if (key is not { Key.HasValue: true } && context.Errors.Count == errors && context.MissingSecrets.Count == unset) context.Error(node, path, "holds no key");
        return key;
    }
}
