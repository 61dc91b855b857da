using System.Text;
using System.Text.Json;

namespace Edge.Configuration;

/// <summary>One key of a section.</summary>
internal abstract class ConfigField
{
    protected ConfigField(string name, string? alias, string doc)
    {
        Name = name;
        Doc = doc;
        string[] written = alias is null ? [name] : [name, alias];
        Names = written;
        Spellings = [.. written.Concat(written.Select(Camel)).Distinct()];
    }

    public string Name { get; }

    public string Doc { get; }

    /// <summary>The name and its alias.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>Every spelling that is accepted, <see cref="Name"/> first.</summary>
    public IReadOnlyList<string> Spellings { get; }

    public abstract ValueKind Kind { get; }

    /// <summary>As in the file; empty = none to show.</summary>
    public abstract string DefaultText { get; }

    public abstract bool IsNotBuilt { get; }

    public bool IsNamed(string key) => Spellings.Contains(key);

    /// <summary>The whole schema object of this key.</summary>
    public abstract void WriteSchema(Utf8JsonWriter json);

    private static string Camel(string snake)
    {
        var camel = new StringBuilder();
        for (var i = 0; i < snake.Length; i++)
        {
            if (snake[i] != '_') camel.Append(i > 0 && snake[i - 1] == '_' ? char.ToUpperInvariant(snake[i]) : snake[i]);
        }
        return camel.ToString();
    }
}

/// <inheritdoc cref="ConfigField"/>
internal abstract class ConfigField<TSection> : ConfigField
{
    protected ConfigField(string name, string? alias, string doc)
        : base(name, alias, doc)
    {
    }

    /// <summary>The section with what the node sets.</summary>
    public abstract TSection Bind(BindContext context, YamlNode node, string path, TSection section);

    /// <summary>What the section holds there, as JSON; null = the default.</summary>
    public virtual JsonElement? ToJson(TSection section) => null;
}

/// <inheritdoc cref="ConfigField"/>
internal sealed class ConfigField<TSection, TValue> : ConfigField<TSection>
{
    private readonly ValueKind<TValue> _kind;
    private readonly Func<TSection, TValue> _get;
    private readonly Func<TSection, TValue, TSection> _with;
    private readonly Func<TValue, bool>? _notBuilt;
    private readonly string? _defaultText;
    private readonly TValue _default;

    public ConfigField(
        string name, ValueKind<TValue> kind, Func<TSection, TValue> get, Func<TSection, TValue, TSection> with, string doc,
        Func<TValue, bool>? notBuilt, string? alias, string? defaultText, TSection defaults)
        : base(name, alias, doc)
    {
        _kind = kind;
        _get = get;
        _with = with;
        _notBuilt = notBuilt;
        _defaultText = defaultText;
        _default = get(defaults);
    }

    public override ValueKind Kind => _kind;

    public override string DefaultText => _defaultText ?? _kind.Format(_default);

    public override bool IsNotBuilt => _notBuilt is not null;

    public override TSection Bind(BindContext context, YamlNode node, string path, TSection section)
    {
        if (!_kind.TryBind(context, node, path, _get(section), out var value)) return section;
        context.Note(path, node);
        if (_notBuilt is not null && _notBuilt(value)) context.NotEnforced.Add(path);
        return _with(section, value);
    }

    public override JsonElement? ToJson(TSection section) =>
        _kind.ToJson(_get(section)) is { } value && value.GetRawText() != _kind.ToJson(_default)?.GetRawText() ? value : null;

    public override void WriteSchema(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("description", IsNotBuilt ? Doc + " Not enforced yet." : Doc);
        _kind.WriteSchema(json);
        if (_defaultText is null) _kind.WriteDefault(json, _default);
        json.WriteEndObject();
    }
}

/// <summary>A key of an inner section that an outer one may set directly; its default is whatever the inner section holds.</summary>
internal sealed class OverridingField<TSection, TInner> : ConfigField<TSection>
{
    private readonly ConfigField<TInner> _field;
    private readonly string _innerPath;
    private readonly Func<TSection, TInner> _get;
    private readonly Func<TSection, TInner, TSection> _with;

    public OverridingField(ConfigField<TInner> field, string innerPath, Func<TSection, TInner> get, Func<TSection, TInner, TSection> with)
        : base(field.Name, null, $"Overrides `{innerPath}.{field.Name}`.")
    {
        _field = field;
        _innerPath = innerPath;
        _get = get;
        _with = with;
    }

    public override ValueKind Kind => _field.Kind;

    public override string DefaultText => $"`{_innerPath}.{Name}`";

    public override bool IsNotBuilt => _field.IsNotBuilt;

    public override TSection Bind(BindContext context, YamlNode node, string path, TSection section) =>
        _with(section, _field.Bind(context, node, path, _get(section)));

    public override JsonElement? ToJson(TSection section) => _field.ToJson(_get(section));

    public override void WriteSchema(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("description", Doc);
        Kind.WriteSchema(json);
        json.WriteEndObject();
    }
}
