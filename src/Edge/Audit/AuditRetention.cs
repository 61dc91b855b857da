using System.Text.Json;

namespace Edge.Audit;

/// <summary>The record that old segments were deleted: what they ended with stays, so that the rest of the chain can still be shown to follow them.</summary>
public static class AuditRetention
{
    public const string Type = "retention";

    /// <summary>The number and hash of the last record that was deleted, as such a record says; 0 = it does not.</summary>
    public static (long Last, string? Root) Read(ReadOnlySpan<byte> line)
    {
        var (last, root) = (0L, (string?)null);
        var json = new Utf8JsonReader(line);
        try
        {
            while (json.Read())
            {
                if (json.TokenType != JsonTokenType.PropertyName) continue;
                if (json.ValueTextEquals("last"u8) && json.Read() && json.TryGetInt64(out var number)) last = number;
                else if (json.ValueTextEquals("root"u8) && json.Read()) root = json.GetString();
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return default;
        }
        return (last, root);
    }
}
