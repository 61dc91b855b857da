using System.Globalization;
using System.Text.Json;

namespace Edge.Configuration;

/// <summary>A list of sections.</summary>
/// <param name="section">Of each entry.</param>
/// <param name="check">What is wrong with an entry as a whole; null = nothing.</param>
internal sealed class SectionListKind<T>(ConfigSection<T> section, Func<T, string?> check) : ValueKind<IReadOnlyList<T>>
    where T : class
{
    public override string TypeText => "list of section";

    public override ConfigSection Child => section;

    public override string ChildPath => "[]";

    public override bool TryBind(BindContext context, YamlNode node, string path, IReadOnlyList<T> start, out IReadOnlyList<T> value)
    {
        value = start;
        if (node is YamlScalar { IsNull: true }) return false;
        if (node is not YamlList list)
        {
            context.Error(node, path, $"is {node.Shape}; allowed: a list of sections");
            return false;
        }
        var items = new List<T>(list.Items.Count);
        for (var i = 0; i < list.Items.Count; i++)
        {
            var itemPath = string.Create(CultureInfo.InvariantCulture, $"{path}[{i}]");
            if (list.Items[i] is not YamlMap)
            {
                context.Error(list.Items[i], itemPath, $"is {list.Items[i].Shape}; allowed: a section");
                continue;
            }
            var errors = context.Errors.Count;
            var item = section.Bind(context, list.Items[i], itemPath, section.Defaults);
            context.Note(itemPath, list.Items[i]);
            if (context.Errors.Count > errors) continue;
            if (check(item) is { } error) context.Error(list.Items[i], itemPath, error);
            else items.Add(item);
        }
        value = items;
        return true;
    }

    public override void WriteSchema(Utf8JsonWriter json)
    {
        Alternatives.WriteTypes(json, "array", "null");
        json.WriteStartObject("items");
        json.WriteString("$ref", "#/$defs/" + section.Id);
        json.WriteEndObject();
    }

    public override void WriteDefault(Utf8JsonWriter json, IReadOnlyList<T> value)
    {
    }
}
