using System.Buffers;
using System.Text.Json;
using Edge.Storage;

namespace Edge.Tenancy;

/// <summary>
/// What was last read from PostgreSQL, in a file of the data directory (mode 0600): with it a gateway starts and serves while the database is away. It holds no secrets, keys are keyed
/// hashes; whoever could write it could change the directory's other files as well.
/// </summary>
internal static class LastTenancy
{
    public const string FileName = "tenancy.last.json";

    /// <exception cref="IOException">It cannot be written.</exception>
    public static void Write(string path, long version, IEnumerable<TenantRow> tenants, IEnumerable<KeyHashes> keys, DateTimeOffset at)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteNumber("format"u8, 1);
            json.WriteNumber("version"u8, version);
            json.WriteNumber("at"u8, at.ToUnixTimeMilliseconds());
            json.WriteStartArray("tenants"u8);
            foreach (var row in tenants)
            {
                json.WriteStartObject();
                json.WriteNumber("kind"u8, (int)row.Kind);
                json.WriteString("organisation"u8, row.Organisation);
                json.WriteString("id"u8, row.Id);
                json.WriteString("document"u8, row.Document);
                json.WriteNumber("revision"u8, row.Revision);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteStartArray("keys"u8);
            foreach (var key in keys)
            {
                json.WriteStartObject();
                json.WriteString("id"u8, key.Row.Id);
                json.WriteString("organisation"u8, key.Row.Organisation);
                json.WriteString("prefix"u8, key.Row.Prefix);
                json.WriteBase64String("hash"u8, key.Hash);
                if (key.PreviousHash is { } previous) json.WriteBase64String("previous_hash"u8, previous);
                if (key.Row.PreviousUntil is { } until) json.WriteNumber("previous_until"u8, until.ToUnixTimeMilliseconds());
                if (key.Row.RevokedAt is { } revoked) json.WriteNumber("revoked_at"u8, revoked.ToUnixTimeMilliseconds());
                json.WriteString("document"u8, key.Row.Document);
                json.WriteNumber("revision"u8, key.Row.Revision);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        DataDirectory.Replace(path, buffer.WrittenSpan);
    }

    /// <returns>Null = there is none, or it cannot be read.</returns>
    public static (long Version, DateTimeOffset At, List<TenantRow> Tenants, List<KeyHashes> Keys)? Read(string path)
    {
        try
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(path));
            var root = json.RootElement;
            if (root.GetProperty("format"u8).GetInt32() != 1) return null;
            var at = Time(root, "at") ?? default;
            return (
                root.GetProperty("version"u8).GetInt64(), at,
                [.. root.GetProperty("tenants"u8).EnumerateArray().Select(row => new TenantRow((TenantKind)row.GetProperty("kind"u8).GetInt32(), Text(row, "organisation"), Text(row, "id"), Text(row, "document"), row.GetProperty("revision"u8).GetInt64(), at, at))],
                [.. root.GetProperty("keys"u8).EnumerateArray().Select(key => new KeyHashes(
                    new KeyRow(
                        Text(key, "id"), Text(key, "organisation"), Text(key, "prefix"), Time(key, "previous_until"), Text(key, "document"), Time(key, "revoked_at"), null,
                        key.GetProperty("revision"u8).GetInt64(), at, at),
                    key.GetProperty("hash"u8).GetBytesFromBase64(), key.TryGetProperty("previous_hash"u8, out var previous) ? previous.GetBytesFromBase64() : null))]);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException or KeyNotFoundException or InvalidOperationException or FormatException or ArgumentException)
        {
            return null;
        }
    }

    private static string Text(JsonElement from, string name) => from.GetProperty(name).GetString() ?? throw new FormatException(name);

    private static DateTimeOffset? Time(JsonElement from, string name) => from.TryGetProperty(name, out var value) ? DateTimeOffset.FromUnixTimeMilliseconds(value.GetInt64()) : null;
}
