using System.Globalization;
using System.Text;
using System.Text.Json;
using Edge.Configuration;

namespace Edge.Metering;

/// <summary>One line of a price file.</summary>
/// <param name="Provider">A provider's type or name, in lower case.</param>
/// <param name="Models">Names, or patterns with <c>*</c> for any run of characters, in lower case.</param>
/// <param name="Period">The prices.</param>
public sealed record PriceLine(string Provider, IReadOnlyList<string> Models, PricePeriod Period);

/// <summary>
/// Price files: JSON Lines, one model (and, where prices are dated, one period) a line; docs/cost.md has the fields. Prices are decimal numbers of US dollars and never pass
/// through floating point. Everything that is wrong is told at once, by line and field.
/// </summary>
public static class PriceFile
{
    /// <summary>The largest file, in bytes.</summary>
    public const int MaxBytes = 16 << 20;

    private const int MaxErrors = 100;
    private const int MaxModels = 200;
    private const int MaxName = 200;

    private static readonly string[] _fields =
    [
        "provider", "model", "also", "from", "until", "hours", .. RateFields, "above", "flex", "priority", "batch", "context", "max_output",
    ];

    private static readonly string[] _tiers = ["standard", "flex", "priority", "batch"];

    internal static string[] RateFields =>
        ["input", "output", "cache_read", "cache_write", "cache_write_1h", "reasoning", "audio_input", "audio_output", "image_input", "image_output", "per_request", "per_search"];

    /// <param name="bytes">The whole file, UTF-8.</param>
    /// <param name="file">Its name, for errors.</param>
    /// <param name="errors">Takes what is wrong.</param>
    /// <param name="only">Lines that begin with another provider are passed over unread; null = every line is read.</param>
    /// <returns>The lines that are right.</returns>
    public static List<PriceLine> Read(ReadOnlySpan<byte> bytes, string file, List<ConfigError> errors, string? only = null)
    {
        var lines = new List<PriceLine>();
        if (bytes.Length > MaxBytes)
        {
            errors.Add(new ConfigError(file, 0, 0, "", $"is larger than {SizeText.Format(MaxBytes)}"));
            return lines;
        }
        if (bytes.StartsWith("\uFEFF"u8)) bytes = bytes["\uFEFF"u8.Length..];
        var prefix = only is null ? default : Encoding.UTF8.GetBytes($"{{\"provider\":\"{only}\",");
        for (var number = 1; !bytes.IsEmpty && errors.Count < MaxErrors; number++)
        {
            var end = bytes.IndexOf((byte)'\n');
            var line = (end < 0 ? bytes : bytes[..end]).Trim(" \t\r"u8);
            bytes = end < 0 ? default : bytes[(end + 1)..];
            if (line.IsEmpty || line[0] == '#' || !line.StartsWith(prefix)) continue;
            var reader = new LineReader(file, number, errors);
            if (reader.Read(line) is { } read) lines.Add(read);
        }
        return lines;
    }

    /// <summary>An amount of dollars as nano-dollars: <c>digits[.digits]</c>, at most nine decimals and a million. Null = read.</summary>
    internal static string? ParseAmount(ReadOnlySpan<char> text, out long nanos)
    {
        nanos = 0;
        if (text.IsEmpty || NumberWithUnit.Length(text) != text.Length) return "is not a plain decimal number";
        if (!NumberWithUnit.TryMultiply(text, MoneyText.NanosPerDollar, out nanos, out var error)) return error;
        return nanos > PriceRates.MaxRate ? "is too large" : null;
    }

    /// <summary>What is wrong with a model's name or pattern; null = nothing.</summary>
    internal static string? CheckModel(string model) =>
        model.Length is > 0 and <= MaxName && !model.Any(c => char.IsControl(c) || char.IsWhiteSpace(c)) ? null : $"is no model's name; allowed: 1 to {MaxName} characters without space, * for any run of them";

    private sealed class LineReader(string file, int number, List<ConfigError> errors)
    {
        private readonly PriceRates?[] _rates = new PriceRates?[_tiers.Length];
        private readonly long[] _factors = new long[_tiers.Length];
        private readonly List<string> _models = [];
        private string? _provider;
        private string? _model;
        private PriceRates? _above;
        private long _aboveTokens;
        private PricePeriod _period = new() { Cards = [] };
        private bool _failed;

        public PriceLine? Read(ReadOnlySpan<byte> line)
        {
            var json = new Utf8JsonReader(line, new JsonReaderOptions { MaxDepth = 4 });
            try
            {
                json.Read();
                if (json.TokenType != JsonTokenType.StartObject) return Fail("", "is no JSON object; allowed: one object a line");
                ReadFields(ref json);
                if (json.Read()) return Fail("", "holds more than one object");
            }
            catch (JsonException e)
            {
                return Fail("", string.Create(CultureInfo.InvariantCulture, $"is not JSON (at byte {e.BytePositionInLine + 1} of the line)"));
            }
            catch (InvalidOperationException) // Bytes that are no UTF-8, or half of a surrogate pair.
            {
                return Fail("", "holds text that is not Unicode");
            }
            return Finish();
        }

        private void ReadFields(ref Utf8JsonReader json)
        {
            var seen = new HashSet<string>(StringComparer.Ordinal);
            var rates = new PriceRates();
            while (json.Read() && json.TokenType != JsonTokenType.EndObject)
            {
                var field = json.GetString()!;
                if (!seen.Add(field)) Fail(field, "is given twice");
                json.Read();
                switch (field)
                {
                    case "provider": _provider = Text(ref json, field)?.ToLowerInvariant(); break;
                    case "model": _model = Text(ref json, field)?.ToLowerInvariant(); break;
                    case "also": ReadAlso(ref json, field); break;
                    case "from": _period = _period with { From = Day(ref json, field) }; break;
                    case "until": _period = _period with { Until = Day(ref json, field) }; break;
                    case "hours": ReadHours(ref json, field); break;
                    case "context": _period = _period with { ContextWindow = Count(ref json, field) }; break;
                    case "max_output": _period = _period with { MaxOutput = Count(ref json, field) }; break;
                    case "above": _above = ReadRates(ref json, field, withTokens: true); break;
                    case "flex" or "priority" or "batch": ReadTier(ref json, field); break;
                    default: rates = Rate(ref json, field, field, rates, _fields); break;
                }
            }
            _rates[0] = rates;
        }

        private PriceLine? Finish()
        {
            if (_provider is not { Length: > 0 and <= 64 }) Fail("provider", "is missing; allowed: a provider's type or name, such as openai");
            if (_model is null) Fail("model", "is missing");
            if (!_failed && _rates[0] is not { IsEmpty: false }) Fail("input", "is missing: the line has no price");
            if (_period.From >= _period.Until) Fail("until", "is not after from");
            foreach (var model in _models.Prepend(_model ?? "x"))
            {
                if (CheckModel(model) is { } problem) Fail("model", problem);
            }
            if (_failed) return null;
            for (var tier = 1; tier < _rates.Length; tier++)
            {
                if (_factors[tier] > 0) _rates[tier] = _rates[0]!.Times(_factors[tier]);
            }
            return new PriceLine(_provider!, [_model!, .. _models], _period with { Cards = PricePeriod.MakeCards(_rates[0]!, _aboveTokens, _above, _rates) });
        }

        private void ReadTier(ref Utf8JsonReader json, string field)
        {
            var tier = Array.IndexOf(_tiers, field);
            if (json.TokenType == JsonTokenType.StartObject) _rates[tier] = ReadRates(ref json, field, withTokens: false);
            else _factors[tier] = Amount(ref json, field) ?? 0;
        }

        private PriceRates? ReadRates(ref Utf8JsonReader json, string field, bool withTokens)
        {
            if (json.TokenType != JsonTokenType.StartObject)
            {
                Wrong(ref json, field, "an object of prices");
                return null;
            }
            var rates = new PriceRates();
            var seen = new HashSet<string>(StringComparer.Ordinal);
            while (json.Read() && json.TokenType != JsonTokenType.EndObject)
            {
                var name = json.GetString()!;
                var path = $"{field}.{name}";
                if (!seen.Add(name)) Fail(path, "is given twice");
                json.Read();
                if (withTokens && name == "tokens") _aboveTokens = Count(ref json, path);
                else rates = Rate(ref json, name, path, rates, RateFields);
            }
            if (withTokens && _aboveTokens == 0) Fail(field + ".tokens", "is missing: above how many input tokens?");
            if (rates.IsEmpty) Fail(field, "has no price");
            return rates;
        }

        private PriceRates Rate(ref Utf8JsonReader json, string name, string path, PriceRates rates, IReadOnlyList<string> allowed)
        {
            if (!RateFields.Contains(name))
            {
                var guess = Nearest.Of(name, allowed);
                json.Skip();
                Fail(path, guess is null ? $"is unknown; allowed: {Shown.List(allowed)}" : $"is unknown; did you mean '{guess}'?");
                return rates;
            }
            return Amount(ref json, path) is { } nanos ? With(rates, name, nanos) : rates;
        }

        private void ReadAlso(ref Utf8JsonReader json, string field)
        {
            if (json.TokenType != JsonTokenType.StartArray)
            {
                Wrong(ref json, field, "a list of names");
                return;
            }
            while (json.Read() && json.TokenType != JsonTokenType.EndArray)
            {
                if (Text(ref json, field) is { } name) _models.Add(name.ToLowerInvariant());
            }
            if (_models.Count > MaxModels) Fail(field, $"has too many names; allowed: {MaxModels}");
        }

        private void ReadHours(ref Utf8JsonReader json, string field)
        {
            if (Text(ref json, field) is not { } text) return;
            var ends = text.Split('-');
            if (ends.Length == 2 && Time(ends[0], out var from) && Time(ends[1], out var until) && from != until) _period = _period with { FromTime = from.Ticks, UntilTime = until.Ticks };
            else Fail(field, "is no part of a day; allowed: hh:mm-hh:mm in UTC");

            static bool Time(string text, out TimeSpan time) => TimeSpan.TryParseExact(text, @"hh\:mm", CultureInfo.InvariantCulture, out time);
        }

        private long Day(ref Utf8JsonReader json, string field)
        {
            if (Text(ref json, field) is not { } text) return 0;
            if (DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day)) return day.ToDateTime(default, DateTimeKind.Utc).Ticks;
            Fail(field, "is no day; allowed: yyyy-mm-dd, meant in UTC");
            return 0;
        }

        private int Count(ref Utf8JsonReader json, string field)
        {
            if (json.TokenType == JsonTokenType.Number && json.TryGetInt32(out var count) && count > 0) return count;
            Wrong(ref json, field, "a whole number of tokens, at least 1");
            return 0;
        }

        private string? Text(ref Utf8JsonReader json, string field)
        {
            if (json.TokenType == JsonTokenType.String) return json.GetString();
            Wrong(ref json, field, "text");
            return null;
        }

        private long? Amount(ref Utf8JsonReader json, string field)
        {
            const string Allowed = "a number from 0 to 1000000 with at most nine decimals, without sign or exponent";
            if (json.TokenType != JsonTokenType.Number || json.ValueSpan.Length > 40)
            {
                Wrong(ref json, field, Allowed);
                return null;
            }
            Span<char> text = stackalloc char[json.ValueSpan.Length];
            Encoding.ASCII.GetChars(json.ValueSpan, text);
            if (ParseAmount(text, out var nanos) is not { } problem) return nanos;
            Fail(field, $"{problem} (value '{text}'); allowed: {Allowed}");
            return null;
        }

        private void Wrong(ref Utf8JsonReader json, string field, string allowed)
        {
            var shape = json.TokenType switch
            {
                JsonTokenType.StartObject => "an object",
                JsonTokenType.StartArray => "a list",
                JsonTokenType.String => "text",
                JsonTokenType.Null => "null",
                JsonTokenType.Number => "another number",
                _ => "true or false",
            };
            json.Skip();
            Fail(field, $"is {shape}; allowed: {allowed}");
        }

        private PriceLine? Fail(string field, string message)
        {
            _failed = true;
            if (errors.Count < MaxErrors) errors.Add(new ConfigError(file, number, 1, Shown.Text(field), message));
            return null;
        }
    }

    private static PriceRates With(PriceRates rates, string name, long nanos) => name switch
    {
        "input" => rates with { Input = nanos },
        "output" => rates with { Output = nanos },
        "cache_read" => rates with { CacheRead = nanos },
        "cache_write" => rates with { CacheWrite = nanos },
        "cache_write_1h" => rates with { CacheWrite1h = nanos },
        "reasoning" => rates with { Reasoning = nanos },
        "audio_input" => rates with { AudioInput = nanos },
        "audio_output" => rates with { AudioOutput = nanos },
        "image_input" => rates with { ImageInput = nanos },
        "image_output" => rates with { ImageOutput = nanos },
        "per_request" => rates with { PerRequest = nanos },
        _ => rates with { PerSearch = nanos },
    };
}
