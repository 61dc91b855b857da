using System.Text.Json;

namespace Edge.Configuration;

/// <summary>From text to a value; the error is a clause without the text, such as "is not a duration". Null = read.</summary>
internal delegate string? ScalarParser<T>(string text, out T value);

/// <summary>A single value.</summary>
internal sealed class ScalarKind<T> : ValueKind<T>
{
    private readonly ScalarParser<T> _parse;
    private readonly Func<T, string> _format;
    private readonly Action<Utf8JsonWriter> _schema;
    private readonly Action<Utf8JsonWriter, T>? _default;
    private readonly string _allowed;
    private readonly bool _keepSpace;
    private readonly bool _isUrl;
    private readonly IReadOnlyList<string> _names;

    public ScalarKind(
        string typeText, string allowed, ScalarParser<T> parse, Func<T, string> format, Action<Utf8JsonWriter> schema,
        Action<Utf8JsonWriter, T>? writeDefault = null, bool secret = false, bool keepSpace = false, bool isUrl = false, IReadOnlyList<string>? names = null)
    {
        TypeText = typeText;
        _allowed = allowed;
        _parse = parse;
        _format = format;
        _schema = schema;
        _default = writeDefault;
        IsSecret = secret;
        _keepSpace = keepSpace;
        _isUrl = isUrl;
        _names = names ?? [];
    }

    public override string TypeText { get; }

    /// <summary>Its text stands in no error.</summary>
    public bool IsSecret { get; }

    public override bool TryBind(BindContext context, YamlNode node, string path, T start, out T value)
    {
        value = start;
        if (!context.TryExpand(node, path, _allowed, IsSecret, _keepSpace, out var text)) return false;
        if (_parse(text, out value) is not { } error) return true;

        // The file's own text, never the expanded one: whatever the key, a variable or a file may hold a secret.
        var raw = ((YamlScalar)node).Text;
        var shown = IsSecret ? "" : $" (value '{(_isUrl || raw.Contains("://", StringComparison.Ordinal) ? Shown.Url(raw) : Shown.Text(raw))}')";
        var guess = IsSecret ? null : Nearest.Of(raw, _names);
        context.Error(node, path, $"{error}{shown}{(guess is null ? "" : $"; did you mean '{guess}'?")}; allowed: {_allowed}");
        return false;
    }

    public override string Format(T value) => _format(value);

    public override void WriteSchema(Utf8JsonWriter json) => _schema(json);

    public override void WriteDefault(Utf8JsonWriter json, T value)
    {
        if (_default is null) base.WriteDefault(json, value);
        else _default(json, value);
    }
}
