using System.Globalization;
using System.Text.Json;
using Edge.Upstream.Proxies;

namespace Edge.Configuration;

/// <summary>The kinds of values that the sections are made of.</summary>
internal static class Kinds
{
    public static readonly ScalarKind<bool> Bool = new(
        "true / false", "true or false",
        (string text, out bool value) => bool.TryParse(text, out value) ? null : "is neither true nor false",
        value => value ? "true" : "false",
        json => Alternatives.Write(json, static json => json.WriteString("type", "boolean"), "^([Tt]rue|TRUE|[Ff]alse|FALSE)$"),
        (json, value) => json.WriteBoolean("default", value));

    /// <summary>One line, surrounding space dropped.</summary>
    public static readonly ScalarKind<string> Text = Line("text", _ => null);

    public static readonly ScalarKind<string> NonEmptyText = Line("text that is not empty", text => text.Length > 0 ? null : "is empty");

    /// <summary>One line, or null where it is empty.</summary>
    public static readonly ScalarKind<string?> OptionalText = OptionalLine("text", _ => null);

    /// <summary>One line that is sent in a header.</summary>
    public static readonly ScalarKind<string?> OptionalHeaderText = OptionalLine("text of visible ASCII characters", NoHeaderText);

    /// <inheritdoc cref="OptionalHeaderText"/>
    public static readonly ScalarKind<string> HeaderText =
        Line("text of visible ASCII characters", text => text.Length > 0 ? NoHeaderText(text) : "is empty");

    /// <summary>Any text as it is.</summary>
    public static readonly ScalarKind<string?> OptionalVerbatimText = new(
        "text", "text",
        (string text, out string? value) =>
        {
            value = text;
            return null;
        },
        value => value ?? "",
        WriteAnyText,
        keepSpace: true);

    public static readonly ScalarKind<Rate?> OptionalRate = new(
        "rate", RateText.Allowed,
        (string text, out Rate? value) =>
        {
            var ok = RateText.TryParse(text, out var rate, out var error);
            value = ok ? rate : null;
            return error;
        },
        value => value is { } rate ? RateText.Format(rate) : "",
        json => WriteText(json, @"^[0-9]+ */ *[0-9]*(s|sec|second|min|m|minute|h|hour|day|d)$"));

    public static readonly ScalarKind<long?> OptionalMoney = new(
        "money", MoneyText.Allowed,
        (string text, out long? value) =>
        {
            var ok = MoneyText.TryParse(text, out var nanos, out var error);
            value = ok ? nanos : null;
            return error;
        },
        value => value is { } nanos ? MoneyText.Format(nanos) : "",
        json => WriteNumberOrText(json, "number", 0, null, @"^\$?[0-9]+(\.[0-9]+)?$"));

    public static readonly ScalarKind<Uri?> OptionalUrl = new(
        "url", "an absolute http or https url without user, query or fragment",
        (string text, out Uri? value) =>
        {
            if (!Uri.TryCreate(text, UriKind.Absolute, out value) || value.Scheme is not ("http" or "https")) return "is not an absolute http or https url";
            if (value.UserInfo.Length > 0) return "holds a user or a password; give them as api_key or headers";
            if (value.Query.Length > 0 || value.Fragment.Length > 0 || text.EndsWith('?') || text.EndsWith('#')) return "has a query or a fragment";
            return value.Host.Length == 0 ? "has no host" : null;
        },
        value => value?.OriginalString ?? "",
        json => WriteText(json, "^https?://"),
        isUrl: true);

    /// <summary>Secret, for the password in it.</summary>
    public static readonly ScalarKind<ProxySetting?> OptionalProxy = new(
        "url / none", "none, or the url of an http or https proxy",
        (string text, out ProxySetting? value) =>
        {
            value = new ProxySetting(null);
            if (text.Equals("none", StringComparison.OrdinalIgnoreCase)) return null;
            if (ProxyAddress.TryParse(text, out var proxy) is { } error) return error;
            value = new ProxySetting(proxy);
            return null;
        },
        _ => "",
        WriteAnyText,
        secret: true);

    public static readonly ScalarKind<ListenAddress> Listen = new(
        "address", ListenAddress.Allowed,
        (string text, out ListenAddress value) => ListenAddress.TryParse(text, out value) ? null : "is not an address to listen on",
        value => value.ToString(),
        json => WriteText(json, "^(unix:/.+|.+:[0-9]{1,5})$"));

    /// <summary>Sent in a header: visible ASCII, and spaces inside.</summary>
    public static readonly ScalarKind<Secret> Secret = SecretOf(mustHoldSomething: false);

    public static readonly ScalarKind<Secret> NonEmptySecret = SecretOf(mustHoldSomething: true);

    public static ScalarKind<TimeSpan> Duration(string min, string max, bool bareSeconds = false) => DurationOf(min, max, bareSeconds, value => value, DurationText.Format);

    public static ScalarKind<TimeSpan?> OptionalDuration(string min, string max, bool bareSeconds = false) =>
        DurationOf<TimeSpan?>(min, max, bareSeconds, value => value, value => value is { } span ? DurationText.Format(span) : "");

    public static ScalarKind<long> Size(long min, long max) => SizeOf(min, max, value => value, value => value);

    public static ScalarKind<int> IntSize(int min, int max) => SizeOf(min, max, value => (int)value, value => value);

    public static ScalarKind<int> Int(int min, int max) => Integer(min, max, value => (int)value, value => value.ToString(CultureInfo.InvariantCulture));

    public static ScalarKind<long> Long(long min, long max) => Integer(min, max, value => value, value => value.ToString(CultureInfo.InvariantCulture));

    public static ScalarKind<long?> OptionalLong(long min, long max) =>
        Integer<long?>(min, max, value => value, value => value?.ToString(CultureInfo.InvariantCulture) ?? "");

    public static ScalarKind<double> Fraction(double min, double max) => new(
        "number", string.Create(CultureInfo.InvariantCulture, $"a number from {min} to {max}"),
        (string text, out double value) =>
        {
            const NumberStyles Style = NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign | NumberStyles.AllowExponent;
            if (!double.TryParse(text, Style, CultureInfo.InvariantCulture, out value) || !double.IsFinite(value)) return "is not a number";
            return value < min || value > max ? "is out of range" : null;
        },
        value => value.ToString(CultureInfo.InvariantCulture),
        json =>
        {
            Alternatives.WriteTypes(json, "number", "string", "null");
            json.WriteNumber("minimum", min);
            json.WriteNumber("maximum", max);
            json.WriteString("pattern", Alternatives.OrReference(@"^[-+]?[0-9.]+([eE][-+]?[0-9]+)?$"));
        },
        (json, value) => json.WriteNumber("default", value));

    /// <summary>One of a closed list of words; the first word of a value is its own, later ones are synonyms.</summary>
    public static ScalarKind<T> OneOf<T>(params (string Word, T Value)[] words)
    {
        var names = words.Select(word => word.Word).ToArray();
        return new ScalarKind<T>(
            string.Join(" / ", names), string.Join(", ", names),
            (string text, out T value) =>
            {
                foreach (var (word, known) in words)
                {
                    if (!string.Equals(word, text, StringComparison.OrdinalIgnoreCase)) continue;
                    value = known;
                    return null;
                }
                value = words[0].Value;
                return "is unknown";
            },
            value => words.FirstOrDefault(word => EqualityComparer<T>.Default.Equals(word.Value, value)).Word ?? "",
            json => Alternatives.Write(json, json =>
            {
                json.WriteStartArray("enum");
                foreach (var name in names)
                {
                    json.WriteStringValue(name);
                    // http_version: 2 without quotes is a number to YAML.
                    if (decimal.TryParse(name, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)) json.WriteNumberValue(number);
                }
                json.WriteEndArray();
            }),
            names: names);
    }

    private static ScalarKind<string> Line(string allowed, Func<string, string?> check) => new(
        "text", allowed,
        (string text, out string value) => NoLine(value = text) ?? check(text),
        value => value,
        WriteAnyText);

    private static ScalarKind<string?> OptionalLine(string allowed, Func<string, string?> check) => new(
        "text", allowed,
        (string text, out string? value) =>
        {
            value = text.Length == 0 ? null : text;
            return NoLine(text) ?? check(text);
        },
        value => value ?? "",
        WriteAnyText);

    private static string? NoLine(string text) => text.Any(char.IsControl) ? "holds a control character" : null;

    // A line break in a header would end it and start another.
    private static string? NoHeaderText(string text) =>
        text.AsSpan().ContainsAnyExceptInRange(' ', '~') ? "holds a character that no header may carry" : null;

    private static ScalarKind<Secret> SecretOf(bool mustHoldSomething) => new(
        "secret", "text of visible ASCII characters, best as ${NAME} or ${file:/path}",
        (string text, out Secret value) =>
        {
            value = new Secret(text);
            if (mustHoldSomething && text.Length == 0) return "is empty";
            return NoHeaderText(text);
        },
        _ => "",
        WriteAnyText,
        secret: true);

    private static ScalarKind<T> DurationOf<T>(string min, string max, bool bareSeconds, Func<TimeSpan, T> to, Func<T, string> format)
    {
        var (low, high) = (Parsed(min), Parsed(max));
        var range = low == TimeSpan.Zero ? $"up to {max}" : $"from {min} to {max}";
        return new ScalarKind<T>(
            bareSeconds ? "duration, or seconds" : "duration",
            $"{DurationText.Allowed}, {(bareSeconds ? "or a number of seconds, " : "")}{range}",
            (string text, out T value) =>
            {
                var isText = DurationText.TryParse(text, out var span, out var error, bareSeconds);
                value = to(span);
                return !isText ? error : span < low || span > high ? "is out of range" : null;
            },
            format,
            json => WriteNumberOrText(
                json, "integer", 0, bareSeconds ? (long)high.TotalSeconds : 0,
                @"^(0|[0-9]+(\.[0-9]+)?(ms|[dhms])([0-9.]+(ms|[hms]))*)$"));

        static TimeSpan Parsed(string text) => DurationText.TryParse(text, out var value, out _) ? value : throw new ArgumentException(text);
    }

    private static ScalarKind<T> SizeOf<T>(long min, long max, Func<long, T> to, Func<T, long> from) => new(
        "size", $"{SizeText.Allowed}, from {SizeText.Format(min)} to {SizeText.Format(max)}",
        (string text, out T value) =>
        {
            value = to(min);
            if (!SizeText.TryParse(text, out var bytes, out var error)) return error;
            if (bytes < min || bytes > max) return "is out of range";
            value = to(bytes);
            return null;
        },
        value => SizeText.Format(from(value)),
        json => WriteNumberOrText(json, "integer", min, max, @"^[0-9]+(\.[0-9]+)? *([KMGT]i?B|kB|B)?$"));

    private static ScalarKind<T> Integer<T>(long min, long max, Func<long, T> to, Func<T, string> format) => new(
        "integer",
        max == long.MaxValue
            ? string.Create(CultureInfo.InvariantCulture, $"a whole number, at least {min}")
            : string.Create(CultureInfo.InvariantCulture, $"a whole number from {min} to {max}"),
        (string text, out T value) =>
        {
            value = to(min);
            var digits = text.StartsWith('-') ? text.AsSpan(1) : text;
            if (digits.IsEmpty || digits.ContainsAnyExceptInRange('0', '9')) return "is not a whole number";
            if (!long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) || number < min || number > max)
            {
                return "is out of range";
            }
            value = to(number);
            return null;
        },
        format,
        json => WriteNumberOrText(json, "integer", min, max == long.MaxValue ? null : max, "^-?[0-9]+$"),
        (json, value) =>
        {
            if (format(value) is { Length: > 0 } text) json.WriteNumber("default", long.Parse(text, CultureInfo.InvariantCulture));
        });

    private static void WriteAnyText(Utf8JsonWriter json) => Alternatives.WriteTypes(json, "string", "number", "boolean", "null");

    private static void WriteText(Utf8JsonWriter json, string pattern)
    {
        Alternatives.WriteTypes(json, "string", "null");
        json.WriteString("pattern", Alternatives.OrReference(pattern));
    }

    // minimum and maximum hold for numbers only, pattern for strings only, so that one object says both.
    private static void WriteNumberOrText(Utf8JsonWriter json, string numberType, long? min, long? max, string pattern)
    {
        Alternatives.WriteTypes(json, numberType, "string", "null");
        if (min is { } low) json.WriteNumber("minimum", low);
        if (max is { } high) json.WriteNumber("maximum", high);
        json.WriteString("pattern", Alternatives.OrReference(pattern));
    }
}
