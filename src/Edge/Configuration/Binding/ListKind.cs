using System.Globalization;
using System.Text.Json;

namespace Edge.Configuration;

/// <summary>A list of values of one kind, none of them twice.</summary>
internal sealed class ListKind<T> : ValueKind<IReadOnlyList<T>>
{
    private readonly ScalarKind<T> _item;
    private readonly bool _oneIsEnough;
    private readonly int _atLeast;

    /// <param name="item">Of each value.</param>
    /// <param name="oneIsEnough">Whether a single value may stand without the list around it.</param>
    /// <param name="atLeast">The fewest values.</param>
    public ListKind(ScalarKind<T> item, bool oneIsEnough = false, int atLeast = 0)
    {
        _item = item;
        _oneIsEnough = oneIsEnough;
        _atLeast = atLeast;
    }

    public override string TypeText => _oneIsEnough ? $"{_item.TypeText}, or a list" : $"list of {_item.TypeText}";

    public override bool TryBind(BindContext context, YamlNode node, string path, IReadOnlyList<T> start, out IReadOnlyList<T> value)
    {
        value = start;
        if (node is YamlScalar scalar)
        {
            if (scalar.IsNull) return false;
            if (_oneIsEnough)
            {
                if (!_item.TryBind(context, node, path, default!, out var single)) return false;
                value = [single];
                return true;
            }
        }
        if (node is not YamlList list)
        {
            context.Error(node, path, $"is {node.Shape}; allowed: {TypeText}");
            return false;
        }

        var items = new List<T>(list.Items.Count);
        var seen = new HashSet<T>();
        for (var i = 0; i < list.Items.Count; i++)
        {
            var itemPath = string.Create(CultureInfo.InvariantCulture, $"{path}[{i}]");
            if (list.Items[i] is YamlScalar { IsNull: true })
            {
                context.Error(list.Items[i], itemPath, "is empty");
                continue;
            }
            if (!_item.TryBind(context, list.Items[i], itemPath, default!, out var item)) continue;
            context.Note(itemPath, list.Items[i]);
            if (seen.Add(item))
            {
                items.Add(item);
                continue;
            }
            var shown = _item.IsSecret ? "" : $" (value '{Shown.Text(((YamlScalar)list.Items[i]).Text)}')";
            context.Error(list.Items[i], itemPath, "is listed twice" + shown);
        }
        if (list.Items.Count < _atLeast) context.Error(node, path, "is empty; allowed: at least one value");
        value = items;
        return true;
    }

    public override string Format(IReadOnlyList<T> value) => string.Join(", ", value.Select(_item.Format));

    public override void WriteDefault(Utf8JsonWriter json, IReadOnlyList<T> value)
    {
        if (_oneIsEnough && value.Count == 1)
        {
            _item.WriteDefault(json, value[0]);
            return;
        }
        json.WriteStartArray("default");
        foreach (var item in value) json.WriteStringValue(_item.Format(item));
        json.WriteEndArray();
    }

    public override void WriteSchema(Utf8JsonWriter json)
    {
        if (!_oneIsEnough)
        {
            WriteList(json, orNull: true);
            return;
        }
        json.WriteStartArray("anyOf");
        json.WriteStartObject();
        _item.WriteSchema(json);
        json.WriteEndObject();
        json.WriteStartObject();
        WriteList(json, orNull: false);
        json.WriteEndObject();
        json.WriteEndArray();
    }

    private void WriteList(Utf8JsonWriter json, bool orNull)
    {
        if (orNull) Alternatives.WriteTypes(json, "array", "null");
        else json.WriteString("type", "array");
        if (_atLeast > 0) json.WriteNumber("minItems", _atLeast);
        json.WriteBoolean("uniqueItems", true);
        json.WriteStartObject("items");
        _item.WriteSchema(json);
        json.WriteEndObject();
    }
}
