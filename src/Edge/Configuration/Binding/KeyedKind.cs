using System.Buffers;
using System.Text.Json;

namespace Edge.Configuration;

/// <summary>A map whose keys the file chooses.</summary>
internal abstract class KeyedKind<T> : ValueKind<IReadOnlyDictionary<string, T>>
{
    private readonly Func<string, string?> _checkKey;

    /// <param name="keyText">What a key is: <c>alias</c>.</param>
    /// <param name="checkKey">Gives what is wrong with a key; null = nothing.</param>
    protected KeyedKind(string keyText, Func<string, string?> checkKey)
    {
        KeyText = keyText;
        _checkKey = checkKey;
    }

    protected string KeyText { get; }

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
            if (!TryBindItem(context, item, itemPath, out var bound)) continue;
            context.Note($"{path}.{key.Text}", item is YamlScalar { IsNull: true } ? key : item);
            entries.Add(key.Text, bound);
        }
        value = entries;
        return true;
    }

    public override JsonElement? ToJson(IReadOnlyDictionary<string, T> value)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            foreach (var (key, item) in value)
            {
                if (ItemToJson(item) is not { } written) continue;
                json.WritePropertyName(key);
                written.WriteTo(json);
            }
            json.WriteEndObject();
        }
        return JsonDocument.Parse(buffer.WrittenMemory).RootElement;
    }

    public override void WriteSchema(Utf8JsonWriter json)
    {
        Alternatives.WriteTypes(json, "object", "null");
        json.WriteStartObject("additionalProperties");
        WriteItemSchema(json);
        json.WriteEndObject();
    }

    /// <summary>Letters, digits and <c>_ - .</c>, at most 64.</summary>
    public static string? CheckName(string name) =>
        name.Length is > 0 and <= 64 && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.')
            ? null
            : "is no name; allowed: letters, digits, '_', '-' and '.', at most 64";

    protected abstract bool TryBindItem(BindContext context, YamlNode item, string path, out T bound);

    protected abstract JsonElement? ItemToJson(T item);

    protected abstract void WriteItemSchema(Utf8JsonWriter json);
}

/// <summary>A map of single values.</summary>
internal sealed class MapKind<T>(string keyText, ScalarKind<T> item, Func<string, string?> checkKey) : KeyedKind<T>(keyText, checkKey)
{
    public override string TypeText => $"map of {KeyText} to {item.TypeText}";

    protected override bool TryBindItem(BindContext context, YamlNode node, string path, out T bound) => item.TryBind(context, node, path, default!, out bound);

    protected override JsonElement? ItemToJson(T value) => item.ToJson(value);

    protected override void WriteItemSchema(Utf8JsonWriter json) => item.WriteSchema(json);
}

/// <summary>A map of sections.</summary>
/// <param name="section">Of each value.</param>
/// <param name="keyText">What a key is: <c>name</c>.</param>
/// <param name="checkKey">Gives what is wrong with a key; null = nothing.</param>
/// <param name="start">What each section starts from; null = its defaults.</param>
internal sealed class SectionMapKind<T>(ConfigSection<T> section, string keyText, Func<string, string?> checkKey, T? start = null) : KeyedKind<T>(keyText, checkKey)
    where T : class
{
    public override string TypeText => $"map of {KeyText} to section";

    public override ConfigSection Child => section;

    public override string ChildPath => $".<{KeyText}>";

    protected override bool TryBindItem(BindContext context, YamlNode node, string path, out T bound)
    {
        bound = section.Bind(context, node, path, start ?? section.Defaults);
        return true;
    }

    protected override JsonElement? ItemToJson(T item) => section.ToJson(item);

    protected override void WriteItemSchema(Utf8JsonWriter json) => json.WriteString("$ref", "#/$defs/" + section.Id);
}
