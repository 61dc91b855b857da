using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Edge.Configuration;

namespace Edge.Tests.Configuration;

/// <summary>As much of a JSON schema validator as our schema uses; a keyword that it does not know is a failure, not a pass.</summary>
internal sealed class SchemaChecker
{
    private static readonly string[] _annotations = ["$schema", "$defs", "title", "description", "default", "uniqueItems"];

    private readonly JsonElement _root;

    public SchemaChecker(byte[] schema) => _root = JsonDocument.Parse(schema).RootElement;

    public bool Accepts(string yaml)
    {
        var errors = new List<ConfigError>();
        var node = YamlReader.Read(yaml, "x", errors);
        Assert.Equal([], errors);
        return node is null || Accepts(node, _root);
    }

    private bool Accepts(YamlNode node, JsonElement schema) => schema.EnumerateObject().All(keyword => Accepts(node, schema, keyword));

    private bool Accepts(YamlNode node, JsonElement schema, JsonProperty keyword)
    {
        var value = keyword.Value;
        switch (keyword.Name)
        {
            case "$ref": return Accepts(node, Resolve(value.GetString()!));
            case "anyOf": return value.EnumerateArray().Any(option => Accepts(node, option));
            case "type":
                var types = TypesOf(node);
                return value.ValueKind == JsonValueKind.String ? types.Contains(value.GetString()!) : value.EnumerateArray().Any(type => types.Contains(type.GetString()!));
            case "enum":
                return value.EnumerateArray().Any(item => item.ValueKind == JsonValueKind.String
                    ? TypesOf(node).Contains("string") && item.GetString() == ((YamlScalar)node).Text
                    : Number(node) == item.GetDouble());
            case "pattern": return !TypesOf(node).Contains("string") || Regex.IsMatch(((YamlScalar)node).Text, value.GetString()!);
            case "minimum": return !(Number(node) < value.GetDouble());
            case "maximum": return !(Number(node) > value.GetDouble());
            case "items": return node is not YamlList list || list.Items.All(item => Accepts(item, value));
            case "minItems": return node is not YamlList few || few.Items.Count >= value.GetInt32();
            case "propertyNames": return node is not YamlMap named || named.Entries.All(entry => Accepts(Quoted(entry.Key), value));
            case "properties" or "patternProperties": return true; // With additionalProperties, below.
            case "additionalProperties": return node is not YamlMap map || map.Entries.All(entry => Accepts(entry, schema, value));
            default:
                Assert.Contains(keyword.Name, _annotations);
                return true;
        }
    }

    private bool Accepts(YamlEntry entry, JsonElement schema, JsonElement additional)
    {
        var applied = false;
        if (schema.TryGetProperty("properties", out var properties) && properties.TryGetProperty(entry.Key.Text, out var known))
        {
            applied = true;
            if (!Accepts(entry.Value, known)) return false;
        }
        if (schema.TryGetProperty("patternProperties", out var patterns))
        {
            foreach (var pattern in patterns.EnumerateObject().Where(pattern => Regex.IsMatch(entry.Key.Text, pattern.Name)))
            {
                applied = true;
                if (!Accepts(entry.Value, pattern.Value)) return false;
            }
        }
        return applied || (additional.ValueKind == JsonValueKind.Object ? Accepts(entry.Value, additional) : additional.GetBoolean());
    }

    private JsonElement Resolve(string pointer) =>
        pointer.Split('/').Skip(1).Aggregate(_root, (element, name) => element.GetProperty(name));

    private static YamlScalar Quoted(YamlScalar key) => new() { Line = key.Line, Column = key.Column, Text = key.Text, IsPlain = false };

    private static string[] TypesOf(YamlNode node) => node switch
    {
        YamlMap => ["object"],
        YamlList => ["array"],
        YamlScalar { IsNull: true } => ["null"],
        YamlScalar { IsPlain: true, Text: "true" or "True" or "TRUE" or "false" or "False" or "FALSE" } => ["boolean"],
        _ when Number(node) is { } number => number % 1 == 0 ? ["number", "integer"] : ["number"],
        _ => ["string"],
    };

    // YAML 1.2's core schema.
    private static double? Number(YamlNode node) =>
        node is YamlScalar { IsPlain: true } scalar && Regex.IsMatch(scalar.Text, @"^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$")
            ? double.Parse(scalar.Text, CultureInfo.InvariantCulture)
            : null;
}
