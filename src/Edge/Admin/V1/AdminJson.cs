using System.Globalization;
using System.Text.Json;

namespace Edge.Admin.V1;

/// <summary>What answers share.</summary>
internal static class AdminJson
{
    /// <summary>The members of a stored document, into an object that is open.</summary>
    public static void WriteMembers(Utf8JsonWriter json, string document)
    {
        using var parsed = JsonDocument.Parse(document.AsMemory());
        foreach (var member in parsed.RootElement.EnumerateObject()) member.WriteTo(json);
    }

    /// <summary>RFC 3339 in UTC, milliseconds; or null.</summary>
    public static void WriteTime(Utf8JsonWriter json, ReadOnlySpan<byte> name, DateTimeOffset? time)
    {
        if (time is { } moment) json.WriteString(name, Text(moment));
        else json.WriteNull(name);
    }

    /// <inheritdoc cref="WriteTime"/>
    public static string Text(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
}
