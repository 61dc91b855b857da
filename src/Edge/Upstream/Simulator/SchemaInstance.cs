using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Edge.Providers.Json;
using Edge.Simd.Json;

namespace Edge.Upstream.Simulator;

/// <summary>
/// Writes a small JSON instance that satisfies a JSON Schema (2020-12, the part of it that LLM providers accept for structured output and tool parameters):
/// const, enum, type, properties and required, items, prefixItems and minItems, bounds of numbers and lengths, the usual formats, anyOf and oneOf (the first),
/// allOf (of objects: all of them together), <c>$ref</c> into the same document. Patterns are not solved. The schema comes from a stranger: depth, size and the
/// number of look-ups are bounded, and what lies beyond is null.
/// </summary>
internal ref struct SchemaInstance
{
    private const int MaxDepth = 32;

    // From here on the last alternative is taken: in recursive schemas the first is usually the recursion and the last the way out of it.
    private const int Deep = 8;
    private const int MaxItems = 100;
    private const int MaxStringLength = 10_000;

    // Members and names compared in all, An ordinary schema needs some hundred, one of 500 properties 125,000;
    // one that refers to itself twice at each level would never end.
    private const int MaxSteps = 250_000;
    private const int MaxBytes = 1 << 20;

    private readonly JsonValue _root;
    private readonly ArrayBufferWriter<byte> _output;
    private int _steps;

    private SchemaInstance(JsonValue root, ArrayBufferWriter<byte> output)
    {
        _root = root;
        _output = output;
    }

    /// <summary>Appends an instance of <paramref name="schema"/>; of no schema at all, <c>{}</c>.</summary>
    public static void Write(JsonValue schema, ArrayBufferWriter<byte> output)
    {
        if (schema.Kind == JsonKind.Object) new SchemaInstance(schema, output).Value(schema, 0);
        else output.Write("{}"u8);
    }

    private void Value(JsonValue schema, int depth)
    {
        if (depth >= MaxDepth || _steps > MaxSteps || _output.WrittenCount > MaxBytes)
        {
            _output.Write("null"u8);
            return;
        }
        if (Find(schema, "const"u8) is { Kind: not JsonKind.None } constant)
        {
            _output.Write(constant.Raw);
            return;
        }
        foreach (var first in Find(schema, "enum"u8).Elements)
        {
            _output.Write(first.Raw);
            return;
        }
        if (Find(schema, "$ref"u8) is { Kind: JsonKind.String } reference)
        {
            Value(Resolve(reference), depth + 1);
            return;
        }
        var type = Type(schema, depth);
        if (type == JsonKind.None && Alternative(schema, depth) is { Kind: JsonKind.Object } alternative)
        {
            Value(alternative, depth + 1);
            return;
        }
        switch (type)
        {
            case JsonKind.Array:
                Array(schema, depth);
                break;
            case JsonKind.String:
                String(schema);
                break;
            case JsonKind.Number:
                Number(schema);
                break;
            case JsonKind.True:
                _output.Write("false"u8);
                break;
            case JsonKind.Null:
                _output.Write("null"u8);
                break;
            default:
                Object(schema, depth);
                break;
        }
    }

    /// <summary>The kind that the schema's type, or else its keywords, ask for; None where neither says it. Integers are numbers.</summary>
    private JsonKind Type(JsonValue schema, int depth)
    {
        var type = Find(schema, "type"u8);
        var chosen = type;
        foreach (var element in type.Elements)
        {
            if (chosen.Kind == JsonKind.Array || (depth > Deep && element.IsString("null"u8))) chosen = element;
        }
        if (chosen.IsString("object"u8)) return JsonKind.Object;
        if (chosen.IsString("array"u8)) return JsonKind.Array;
        if (chosen.IsString("string"u8)) return JsonKind.String;
        if (chosen.IsString("number"u8) || chosen.IsString("integer"u8)) return JsonKind.Number;
        if (chosen.IsString("boolean"u8)) return JsonKind.True;
        if (chosen.IsString("null"u8)) return JsonKind.Null;
        if (Find(schema, "properties"u8).Kind != JsonKind.None) return JsonKind.Object;
        return Find(schema, "items"u8).Kind != JsonKind.None ? JsonKind.Array : JsonKind.None;
    }

    private JsonValue Alternative(JsonValue schema, int depth)
    {
        var list = Find(schema, "anyOf"u8);
        if (list.Kind == JsonKind.None) list = Find(schema, "oneOf"u8);
        JsonValue chosen = default;
        foreach (var element in list.Elements)
        {
            if (chosen.Kind == JsonKind.None || depth > Deep) chosen = element;
        }
        if (chosen.Kind != JsonKind.None) return chosen;
        var all = Find(schema, "allOf"u8);
        var count = 0;
        foreach (var element in all.Elements)
        {
            if (count++ == 0) chosen = element;
        }
        // Several are written as one object by Object.
        return count == 1 ? chosen : default;
    }

    private void Object(JsonValue schema, int depth)
    {
        _output.Write("{"u8);
        var any = false;
        Members(schema, depth, ref any);
        foreach (var part in Find(schema, "allOf"u8).Elements)
        {
            Members(Find(part, "$ref"u8) is { Kind: JsonKind.String } reference ? Resolve(reference) : part, depth, ref any);
        }
        _output.Write("}"u8);
    }

    private void Members(JsonValue schema, int depth, ref bool any)
    {
        var properties = Find(schema, "properties"u8);
        var required = Find(schema, "required"u8);
        foreach (var property in properties.Members)
        {
            if (_steps > MaxSteps) return;
            if (!Contains(required, property.Name, before: int.MaxValue)) continue;
            Name(property.Name, ref any);
            Value(property.Value, depth + 1);
        }
        foreach (var name in required.Elements)
        {
            if (_steps > MaxSteps) return;
            if (name.Kind != JsonKind.String || FindEscaped(properties, name.Text).Kind != JsonKind.None || Contains(required, name.Text, name.Index)) continue;
            Name(name.Text, ref any);
            Value(Find(schema, "additionalProperties"u8), depth + 1);
        }
    }

    private readonly void Name(JsonText name, ref bool any)
    {
        _output.Write(any ? ",\""u8 : "\""u8);
        any = true;
        _output.Write(name.Bytes);
        _output.Write("\":"u8);
    }

    private void Array(JsonValue schema, int depth)
    {
        _output.Write("["u8);
        var count = Math.Min(Integer(schema, "minItems"u8, 0), MaxItems);
        var written = 0L;
        foreach (var item in Find(schema, "prefixItems"u8).Elements)
        {
            if (written >= Math.Max(count, 1)) break;
            if (written++ > 0) _output.Write(","u8);
            Value(item, depth + 1);
        }
        for (var items = Find(schema, "items"u8); written < count;)
        {
            if (written++ > 0) _output.Write(","u8);
            Value(items, depth + 1);
        }
        _output.Write("]"u8);
    }

    private void String(JsonValue schema)
    {
        var format = Find(schema, "format"u8);
        var text = format.IsString("date-time"u8) ? "2025-01-01T00:00:00Z"u8
            : format.IsString("date"u8) ? "2025-01-01"u8
            : format.IsString("time"u8) ? "00:00:00Z"u8
            : format.IsString("duration"u8) ? "P1D"u8
            : format.IsString("email"u8) ? "user@example.com"u8
            : format.IsString("hostname"u8) ? "example.com"u8
            : format.IsString("ipv4"u8) ? "192.0.2.1"u8
            : format.IsString("ipv6"u8) ? "2001:db8::1"u8
            : format.IsString("uuid"u8) ? "00000000-0000-4000-8000-000000000000"u8
            : format.IsString("uri"u8) ? "https://example.com/"u8
            : "text"u8;
        var min = Math.Min(Integer(schema, "minLength"u8, 0), MaxStringLength);
        var max = Integer(schema, "maxLength"u8, MaxStringLength);
        if (max < text.Length) text = text[..(int)Math.Max(max, 0)];
        _output.Write("\""u8);
        _output.Write(text);
        for (var length = text.Length; length < min; length++) _output.Write("x"u8);
        _output.Write("\""u8);
    }

    private void Number(JsonValue schema)
    {
        var whole = IsInteger(schema);
        var step = Bound(schema, "multipleOf"u8) is { } multiple && multiple > 0 ? multiple : whole ? 1 : 0;
        var min = Bound(schema, "minimum"u8);
        var above = Bound(schema, "exclusiveMinimum"u8);
        var max = Bound(schema, "maximum"u8);
        var below = Bound(schema, "exclusiveMaximum"u8);
        var value = 0.0;
        var low = above is { } a && (min is null || a >= min) ? a : min;
        var high = below is { } b && (max is null || b <= max) ? b : max;
        var openLow = low == above && above is not null;
        var openHigh = high == below && below is not null;
        if (low > 0 || (low == 0 && openLow)) value = FromBelow(low.Value, openLow, step, high);
        else if (high < 0 || (high == 0 && openHigh)) value = -FromBelow(-high.Value, openHigh, step, -low);
        // Bounds near the end of the doubles overflow; JSON has no infinity.
        if (!double.IsFinite(value)) value = 0;
        if (whole && Math.Abs(value) < 1e15) _output.Write(Digits((long)value));
        else _output.Write(Encoding.ASCII.GetBytes(value.ToString("R", CultureInfo.InvariantCulture)));
    }

    /// <summary>The smallest multiple of <paramref name="step"/> above <paramref name="low"/>, or without a step the middle of the range.</summary>
    private static double FromBelow(double low, bool open, double step, double? high)
    {
        if (step == 0) return !open ? low : high is { } top ? low + ((top - low) / 2) : low + 1;
        var value = Math.Ceiling(low / step) * step;
        return open && value <= low ? value + step : value;
    }

    private static byte[] Digits(long value)
    {
        var digits = new byte[20];
        Utf8Formatter.TryFormat(value, digits, out var written);
        return digits[..written];
    }

    private bool IsInteger(JsonValue schema)
    {
        var type = Find(schema, "type"u8);
        foreach (var element in type.Elements)
        {
            if (element.IsString("number"u8)) return false;
            if (element.IsString("integer"u8)) return true;
        }
        return type.IsString("integer"u8);
    }

    private long Integer(JsonValue schema, ReadOnlySpan<byte> name, long byDefault) =>
        Find(schema, name).TryGetInt64(out var value) && value >= 0 ? value : byDefault;

    private double? Bound(JsonValue schema, ReadOnlySpan<byte> name) => Find(schema, name).TryGetDouble(out var value) ? value : null;

    /// <summary>A JSON pointer into the same document (RFC 6901, as a URI fragment); Kind None where it leads nowhere.</summary>
    private JsonValue Resolve(JsonValue reference)
    {
        var pointer = Uri.UnescapeDataString(reference.GetString() ?? "");
        if (!pointer.StartsWith('#')) return default;
        var at = _root;
        foreach (var part in pointer[1..].Split('/').Skip(1))
        {
            var name = part.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);
            if (at.Kind == JsonKind.Array) at = Element(at, name);
            else at = Find(at, Encoding.UTF8.GetBytes(name));
        }
        return at;
    }

    private static JsonValue Element(JsonValue array, string index)
    {
        if (!int.TryParse(index, NumberStyles.None, CultureInfo.InvariantCulture, out var left)) return default;
        foreach (var element in array.Elements)
        {
            if (left-- == 0) return element;
        }
        return default;
    }

    private JsonValue Find(JsonValue value, ReadOnlySpan<byte> name)
    {
        foreach (var member in value.Members)
        {
            _steps++;
            if (member.Name.Is(name)) return member.Value;
        }
        return default;
    }

    private JsonValue FindEscaped(JsonValue value, JsonText name)
    {
        foreach (var member in value.Members)
        {
            _steps++;
            if (Same(member.Name, name)) return member.Value;
        }
        return default;
    }

    /// <summary><paramref name="names"/> holds <paramref name="name"/> in an element whose token stands before <paramref name="before"/>.</summary>
    private bool Contains(JsonValue names, JsonText name, int before)
    {
        foreach (var element in names.Elements)
        {
            _steps++;
            if (element.Index >= before) return false;
            if (element.Kind == JsonKind.String && Same(element.Text, name)) return true;
        }
        return false;
    }

    private static bool Same(JsonText a, JsonText b)
    {
        if (!b.IsEscaped) return a.Is(b.Bytes);
        if (!a.IsEscaped) return b.Is(a.Bytes);
        return a.Bytes.SequenceEqual(b.Bytes) || a.ToString() == b.ToString();
    }
}
