using System.Text.Json;

namespace Edge.Tests.Simulator;

/// <summary>Validates an instance against the keywords that the simulator claims to satisfy. Returns the first violation, or null.</summary>
internal static class SchemaChecker
{
    public static string? Check(JsonElement root, JsonElement schema, JsonElement value, string at = "$")
    {
        if (schema.ValueKind == JsonValueKind.True) return null;
        if (schema.ValueKind == JsonValueKind.False) return $"{at}: nothing is allowed";
        foreach (var keyword in schema.EnumerateObject())
        {
            if (Keyword(root, schema, keyword.Name, keyword.Value, value, at) is { } problem) return problem;
        }
        return null;
    }

    private static string? Keyword(JsonElement root, JsonElement schema, string name, JsonElement rule, JsonElement value, string at)
    {
        var number = value.ValueKind == JsonValueKind.Number ? value.GetDouble() : (double?)null;
        var text = value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        var array = value.ValueKind == JsonValueKind.Array;
        var ok = name switch
        {
            "$ref" => Check(root, Resolve(root, rule.GetString()!), value, at) is null,
            "const" => JsonElement.DeepEquals(rule, value),
            "enum" => rule.EnumerateArray().Any(e => JsonElement.DeepEquals(e, value)),
            "anyOf" => rule.EnumerateArray().Any(s => Check(root, s, value, at) is null),
            "oneOf" => rule.EnumerateArray().Count(s => Check(root, s, value, at) is null) == 1,
            "allOf" => rule.EnumerateArray().All(s => Check(root, s, value, at) is null),
            "type" => rule.ValueKind == JsonValueKind.Array ? rule.EnumerateArray().Any(t => Is(t.GetString()!, value)) : Is(rule.GetString()!, value),
            "minimum" => number is null || number >= rule.GetDouble(),
            "maximum" => number is null || number <= rule.GetDouble(),
            "exclusiveMinimum" => number is null || number > rule.GetDouble(),
            "exclusiveMaximum" => number is null || number < rule.GetDouble(),
            "multipleOf" => number is null || Math.Abs(Math.IEEERemainder(number.Value, rule.GetDouble())) < 1e-9,
            "minLength" => text is null || text.Length >= rule.GetInt32(),
            "maxLength" => text is null || text.Length <= rule.GetInt32(),
            "format" => text is null || Formatted(rule.GetString()!, text),
            "minItems" => !array || value.GetArrayLength() >= rule.GetInt32(),
            "maxItems" => !array || value.GetArrayLength() <= rule.GetInt32(),
            _ => true,
        };
        if (!ok) return $"{at}: {name} {rule.GetRawText()} is not satisfied by {value.GetRawText()}";
        if (name == "required" && value.ValueKind == JsonValueKind.Object)
        {
            var missing = rule.EnumerateArray().Select(r => r.GetString()!).FirstOrDefault(r => !value.TryGetProperty(r, out _));
            return missing is null ? null : $"{at}: lacks {missing}";
        }
        if (name == "properties" && value.ValueKind == JsonValueKind.Object) return Members(root, schema, rule, value, at);
        if (name == "prefixItems" && array)
        {
            return rule.EnumerateArray().Zip(value.EnumerateArray()).Select(p => Check(root, p.First, p.Second, at + "[]")).FirstOrDefault(p => p is not null);
        }
        var prefix = schema.TryGetProperty("prefixItems", out var prefixItems) ? prefixItems.GetArrayLength() : 0;
        if (name == "items" && array) return value.EnumerateArray().Skip(prefix).Select(v => Check(root, rule, v, at + "[]")).FirstOrDefault(p => p is not null);
        return null;
    }

    private static string? Members(JsonElement root, JsonElement schema, JsonElement properties, JsonElement value, string at)
    {
        var names = value.EnumerateObject().Select(m => m.Name).ToArray();
        if (names.Distinct().Count() != names.Length) return $"{at}: a member twice";
        foreach (var member in value.EnumerateObject())
        {
            if (properties.TryGetProperty(member.Name, out var own))
            {
                if (Check(root, own, member.Value, $"{at}.{member.Name}") is { } problem) return problem;
            }
            else if (schema.TryGetProperty("additionalProperties", out var others) && Check(root, others, member.Value, $"{at}.{member.Name}") is { } problem) return problem;
        }
        return null;
    }

    private static bool Is(string type, JsonElement value) => type switch
    {
        "object" => value.ValueKind == JsonValueKind.Object,
        "array" => value.ValueKind == JsonValueKind.Array,
        "string" => value.ValueKind == JsonValueKind.String,
        "number" => value.ValueKind == JsonValueKind.Number,
        "integer" => value.ValueKind == JsonValueKind.Number && value.GetDouble() == Math.Floor(value.GetDouble()),
        "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
        _ => value.ValueKind == JsonValueKind.Null,
    };

    private static bool Formatted(string format, string text) => format switch
    {
        "date-time" => text.Contains('T', StringComparison.Ordinal) && DateTimeOffset.TryParse(text, out _),
        "date" => DateOnly.TryParse(text, out _),
        "time" => TimeOnly.TryParse(text.TrimEnd('Z'), out _),
        "email" => text.Contains('@', StringComparison.Ordinal),
        "uuid" => Guid.TryParseExact(text, "D", out _),
        "ipv4" or "ipv6" => System.Net.IPAddress.TryParse(text, out _),
        "uri" => Uri.TryCreate(text, UriKind.Absolute, out _),
        _ => text.Length > 0,
    };

    private static JsonElement Resolve(JsonElement root, string reference)
    {
        foreach (var part in reference.TrimStart('#').Split('/').Skip(1)) root = root.GetProperty(part.Replace("~1", "/", StringComparison.Ordinal));
        return root;
    }
}
