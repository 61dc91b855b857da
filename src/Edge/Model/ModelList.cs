using System.Buffers;
using System.Text.Json;

namespace Edge.Model;

/// <summary>The answers of <c>GET /v1/models</c> and <c>/v1/models/{id}</c> in OpenAI's and in Anthropic's shape, written once per configuration.</summary>
public sealed class ModelList
{
    private readonly IReadOnlyList<(string Id, string Owner)> _models;
    private readonly Dictionary<string, (byte[] OpenAi, byte[] Anthropic)> _byId;

    /// <param name="models">Model id and the provider that owns it.</param>
    public ModelList(IReadOnlyList<(string Id, string Owner)> models)
    {
        _models = models;
        _byId = models.ToDictionary(
            model => model.Id,
            model => (Write(writer => WriteModel(writer, model.Id, model.Owner)), Write(writer => WriteAnthropic(writer, model.Id))), StringComparer.Ordinal);
        Json = Write(writer =>
        {
            writer.WriteStartObject();
            writer.WriteString("object"u8, "list"u8);
            writer.WriteStartArray("data"u8);
            foreach (var (id, owner) in models) WriteModel(writer, id, owner);
            writer.WriteEndArray();
            writer.WriteEndObject();
        });
        Anthropic = Write(writer =>
        {
            writer.WriteStartObject();
            writer.WriteStartArray("data"u8);
            foreach (var (id, _) in models) WriteAnthropic(writer, id);
            writer.WriteEndArray();
            writer.WriteString("first_id"u8, models.Count > 0 ? models[0].Id : null);
            writer.WriteString("last_id"u8, models.Count > 0 ? models[^1].Id : null);
            writer.WriteBoolean("has_more"u8, false);
            writer.WriteEndObject();
        });
    }

    /// <summary>The whole list, in OpenAI's shape.</summary>
    public ReadOnlyMemory<byte> Json { get; }

    /// <summary>The whole list, in Anthropic's shape: one page.</summary>
    public ReadOnlyMemory<byte> Anthropic { get; }

    /// <summary>One model; null where it is not offered.</summary>
    public byte[]? Find(string id, bool anthropic) => !_byId.TryGetValue(id, out var found) ? null : anthropic ? found.Anthropic : found.OpenAi;

    /// <summary>The list of some of them.</summary>
    public ModelList Where(Func<string, bool> isListed) => new([.. _models.Where(model => isListed(model.Id))]);

    /// <summary>Their names.</summary>
    public IEnumerable<string> Ids => _models.Select(static model => model.Id);

    private static byte[] Write(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer)) write(writer);
        return buffer.WrittenSpan.ToArray();
    }

    private static void WriteModel(Utf8JsonWriter writer, string id, string owner)
    {
        writer.WriteStartObject();
        writer.WriteString("id"u8, id);
        writer.WriteString("object"u8, "model"u8);
        // Clients' types demand a creation time; nobody tells us one.
        writer.WriteNumber("created"u8, 0);
        writer.WriteString("owned_by"u8, owner);
        writer.WriteEndObject();
    }

    private static void WriteAnthropic(Utf8JsonWriter writer, string id)
    {
        writer.WriteStartObject();
        writer.WriteString("type"u8, "model"u8);
        writer.WriteString("id"u8, id);
        writer.WriteString("display_name"u8, id);
        writer.WriteString("created_at"u8, "1970-01-01T00:00:00Z"u8);
        writer.WriteEndObject();
    }
}
