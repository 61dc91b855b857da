using System.Buffers;
using System.Text.Json;
using Edge.Configuration;

namespace Edge.Admin.V1;

/// <summary>What a POST takes that makes something with a name of its own: <c>id</c>, and the fields that may be changed later.</summary>
internal sealed class CreationSection : ConfigSection
{
    private readonly ConfigSection _inner;
    private readonly IdField _id;

    public CreationSection(ConfigSection inner, string what)
        : base("New" + inner.Id, inner.Doc)
    {
        _inner = inner;
        _id = new IdField(what);
    }

    public override IEnumerable<ConfigField> Fields => [_id, .. _inner.Fields];

    /// <summary>Takes <c>id</c> out of a body; refuses what is no name.</summary>
    public static string TakeId(ref JsonElement body)
    {
        if (!body.TryGetProperty("id"u8, out var id) || id.ValueKind != JsonValueKind.String)
        {
            AdminRefusal.Invalid("id", "is missing or no text; allowed: letters, digits, '_', '-' and '.', at most 64");
        }
        var name = id.GetString()!;
        CheckId(name, "id");
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            foreach (var member in body.EnumerateObject())
            {
                if (!member.NameEquals("id"u8)) member.WriteTo(json);
            }
            json.WriteEndObject();
        }
        body = JsonDocument.Parse(buffer.WrittenMemory).RootElement;
        return name;
    }

    /// <summary>Refuses what is no name.</summary>
    public static void CheckId(string id, string field)
    {
        if (TenancyKinds.CheckName(id) is { } problem) AdminRefusal.Invalid(field, problem);
    }

    private sealed class IdField : ConfigField
    {
        public IdField(string what)
            : base("id", null, $"The name of the {what} in paths and references; it cannot be changed later.")
        {
        }

        public override ValueKind Kind => Kinds.NonEmptyText;

        public override string DefaultText => "";

        public override bool IsNotBuilt => false;

        public override void WriteSchema(Utf8JsonWriter json)
        {
            json.WriteStartObject();
            json.WriteString("description", Doc);
            json.WriteString("type", "string");
            json.WriteString("pattern", "^[A-Za-z0-9_.-]{1,64}$");
            json.WriteEndObject();
        }
    }
}
