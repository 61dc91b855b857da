using System.Buffers;
using System.Text.Json;

namespace Edge.Configuration;

/// <summary>
/// A map with known keys. Its fields are declared once; the binder, the suggestions for unknown keys, the JSON schema, the reference
/// page and
/// the list of what is not enforced yet all come from that declaration.
/// </summary>
internal abstract class ConfigSection
{
    protected ConfigSection(string id, string doc)
    {
        Id = id;
        Doc = doc;
    }

    /// <summary>Its name under <c>$defs</c> in the schema.</summary>
    public string Id { get; }

    /// <summary>A sentence for the reference.</summary>
    public string Doc { get; }

    public abstract IEnumerable<ConfigField> Fields { get; }
}

/// <inheritdoc cref="ConfigSection"/>
internal sealed class ConfigSection<T> : ConfigSection
    where T : class
{
    private readonly List<ConfigField<T>> _fields = [];
    private readonly T _defaults;

    /// <param name="id">Its name under <c>$defs</c> in the schema.</param>
    /// <param name="doc">A sentence for the reference.</param>
    /// <param name="defaults">What an empty section is.</param>
    public ConfigSection(string id, string doc, T defaults)
        : base(id, doc) => _defaults = defaults;

    public override IEnumerable<ConfigField> Fields => _fields;

    public T Defaults => _defaults;

    /// <param name="name">In snake_case; the camelCase spelling is accepted as well.</param>
    /// <param name="kind">How it is read.</param>
    /// <param name="get">The value held.</param>
    /// <param name="with">The section with another value.</param>
    /// <param name="doc">A sentence for the reference.</param>
    /// <param name="notBuilt">While the feature is not built: whether a value asks for it. Such keys are named at the start.</param>
    /// <param name="alias">Another name.</param>
    /// <param name="defaultText">What the reference shows as the default, where it is not a fixed value.</param>
    public ConfigSection<T> Field<TValue>(
        string name, ValueKind<TValue> kind, Func<T, TValue> get, Func<T, TValue, T> with, string doc,
        Func<TValue, bool>? notBuilt = null, string? alias = null, string? defaultText = null)
    {
        _fields.Add(new ConfigField<T, TValue>(name, kind, get, with, doc, notBuilt, alias, defaultText, _defaults));
        return this;
    }

    public ConfigSection<T> Field(ConfigField<T> field)
    {
        _fields.Add(field);
        return this;
    }

    /// <summary>Takes over every field of a section that this one may override key by key.</summary>
    public ConfigSection<T> Overrides<TInner>(ConfigSection<TInner> inner, string innerPath, Func<T, TInner> get, Func<T, TInner, T> with)
        where TInner : class
    {
        foreach (var field in inner._fields) _fields.Add(new OverridingField<T, TInner>(field, innerPath, get, with));
        return this;
    }

    public T Bind(BindContext context, YamlNode node, string path, T start)
    {
        if (node is YamlScalar { IsNull: true }) return start;
        if (node is not YamlMap map)
        {
            // Not shown: where a map is missing, the text may well be a key that was put one level too high.
            context.Error(node, path, $"is {node.Shape}; allowed: a map with the keys {Shown.List(_fields.Select(field => field.Name))}");
            return start;
        }

        var found = new Dictionary<ConfigField<T>, YamlEntry>();
        foreach (var entry in map.Entries)
        {
            var key = entry.Key.Text;
            var field = _fields.Find(candidate => candidate.IsNamed(key));
            if (field is null)
            {
                Unknown(context, entry.Key, path);
            }
            else if (!found.TryAdd(field, entry))
            {
                var first = found[field].Key;
                context.Error(entry.Key, Join(path, key), $"sets the same as '{first.Text}' at line {first.Line}");
            }
        }
        // In the order of the declaration, not of the file: a later section may build on an earlier one.
        var value = start;
        foreach (var field in _fields)
        {
            if (found.TryGetValue(field, out var entry)) value = field.Bind(context, entry.Value, Join(path, field.Name), value);
        }
        return value;
    }

    /// <summary>A JSON object that binds to the same: what is not a default.</summary>
    public JsonElement ToJson(T section)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            foreach (var field in _fields)
            {
                if (field.ToJson(section) is not { } value) continue;
                json.WritePropertyName(field.Name);
                value.WriteTo(json);
            }
            json.WriteEndObject();
        }
        return JsonDocument.Parse(buffer.WrittenMemory).RootElement;
    }

    public static string Join(string path, string key) => path.Length == 0 ? key : path + "." + key;

    private void Unknown(BindContext context, YamlScalar key, string path)
    {
        var guess = Nearest.Of(key.Text, _fields.SelectMany(field => field.Names));
        var names = _fields.Select(field => field.Name);
        var shown = Shown.Text(key.Text);
        context.Error(key, Join(path, shown), guess is null
            ? $"unknown key '{shown}'; allowed: {Shown.List(names)}"
            : $"unknown key '{shown}'; did you mean '{guess}'?");
    }
}

/// <summary>A section as the value of a key.</summary>
internal sealed class SectionKind<T> : ValueKind<T?>
    where T : class
{
    private readonly ConfigSection<T> _section;

    public SectionKind(ConfigSection<T> section) => _section = section;

    public override string TypeText => "section";

    public override ConfigSection Child => _section;

    public override bool TryBind(BindContext context, YamlNode node, string path, T? start, out T? value)
    {
        value = start;
        if (node is YamlScalar { IsNull: true }) return false;
        value = _section.Bind(context, node, path, start ?? _section.Defaults);
        return true;
    }

    public override JsonElement? ToJson(T? value) => value is null ? null : _section.ToJson(value);

    public override void WriteSchema(Utf8JsonWriter json) => json.WriteString("$ref", "#/$defs/" + _section.Id);
}
