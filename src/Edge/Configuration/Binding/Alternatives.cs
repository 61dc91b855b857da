using System.Text.Json;

namespace Edge.Configuration;

/// <summary>Pieces of JSON schema that allow, beside the value itself, a <c>${...}</c> reference and null.</summary>
internal static class Alternatives
{
    /// <summary>The pattern, or any text with a reference in it.</summary>
    public static string OrReference(string pattern) => pattern + @"|\$\{";

    public static void WriteTypes(Utf8JsonWriter json, params ReadOnlySpan<string> types)
    {
        json.WriteStartArray("type");
        foreach (var type in types) json.WriteStringValue(type);
        json.WriteEndArray();
    }

    /// <summary>For values that are no plain type: <c>anyOf</c> the value, a text, null.</summary>
    public static void Write(Utf8JsonWriter json, Action<Utf8JsonWriter> value, string? pattern = null)
    {
        json.WriteStartArray("anyOf");
        json.WriteStartObject();
        value(json);
        json.WriteEndObject();
        json.WriteStartObject();
        json.WriteString("type", "string");
        json.WriteString("pattern", pattern is null ? @"\$\{" : OrReference(pattern));
        json.WriteEndObject();
        json.WriteStartObject();
        json.WriteString("type", "null");
        json.WriteEndObject();
        json.WriteEndArray();
    }
}
