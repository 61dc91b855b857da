using System.Buffers;
using System.Text.Json;
using Edge.Configuration;

namespace Edge.Admin.V1;

/// <summary>
/// A JSON object, read by the declaration that reads the same keys from the configuration: what is allowed there is allowed here, and is refused in the same words.
/// </summary>
/// <typeparam name="T">What it says.</typeparam>
/// <param name="Value">Bound.</param>
/// <param name="Members">As they were given, by the names of the declaration and in its order; those that were null are left out.</param>
internal sealed record AdminBody<T>(T Value, IReadOnlyList<(string Name, JsonElement Value)> Members)
    where T : class
{
    public byte[] ToJson()
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            foreach (var (name, value) in Members)
            {
                json.WritePropertyName(name);
                value.WriteTo(json);
            }
            json.WriteEndObject();
        }
        return buffer.WrittenSpan.ToArray();
    }
}

internal static class AdminBody
{
    /// <summary>Variables and files of this machine are the operator's: whoever may write a policy must not read them through it.</summary>
    private sealed class NoEnvironment : ConfigEnvironment
    {
        public static readonly NoEnvironment Instance = new();

        public override string? Variable(string name) => null;

        public override byte[] ReadFile(string path, int limit) => throw new FileNotFoundException();

        public override string Stamp(string path) => "";
    }

    /// <summary>The root; refuses what is no JSON object.</summary>
    public static JsonElement Parse(ReadOnlyMemory<byte> body)
    {
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(body);
        }
        catch (JsonException e)
        {
            AdminRefusal.Invalid(null, body.IsEmpty ? "is empty; allowed: a JSON object" : $"is no JSON (line {e.LineNumber + 1}, byte {e.BytePositionInLine})");
            return default;
        }
        if (document.RootElement.ValueKind != JsonValueKind.Object) AdminRefusal.Invalid(null, "is no JSON object");
        return document.RootElement;
    }

    /// <summary>Binds; refuses with every error in the message, and the first one's field in the envelope.</summary>
    public static AdminBody<T> Read<T>(JsonElement body, ConfigSection<T> section)
        where T : class
    {
        var result = TryRead(body, section, out var errors);
        if (result is null) throw new AdminRefusal(AdminReply.Error(400, "INVALID_REQUEST", string.Join(" ", errors.Select(static error => $"{error.Path}: {error.Message}.")), errors[0].Path));
        return result;
    }

    /// <summary>Null = it is wrong, with at least one error.</summary>
    public static AdminBody<T>? TryRead<T>(JsonElement body, ConfigSection<T> section, out IReadOnlyList<ConfigError> errors)
        where T : class
    {
        var context = new BindContext("", NoEnvironment.Instance, "");
        var node = ToNode(body, "", context);
        var value = context.Errors.Count == 0 ? section.Bind(context, node, "", section.Defaults) : section.Defaults;
        errors = context.Errors;
        if (errors.Count > 0) return null;
        var members = new List<(string, JsonElement)>();
        foreach (var field in section.Fields)
        {
            foreach (var member in body.EnumerateObject())
            {
                if (field.IsNamed(member.Name) && member.Value.ValueKind != JsonValueKind.Null) members.Add((field.Name, member.Value));
            }
        }
        return new(value, members);
    }

    /// <summary>RFC 7396, one level deep: a member of the patch replaces, null removes.</summary>
    /// <param name="current">As it is stored: names of the declaration.</param>
    /// <param name="patch">As it was sent.</param>
    /// <param name="section">Of both.</param>
    public static JsonElement Merge(JsonElement current, JsonElement patch, ConfigSection section)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            foreach (var member in current.EnumerateObject())
            {
                var field = section.Fields.FirstOrDefault(field => field.IsNamed(member.Name));
                if (!patch.EnumerateObject().Any(changed => field?.IsNamed(changed.Name) ?? changed.Name == member.Name)) member.WriteTo(json);
            }
            // Null too: what sets nothing is left out by whoever reads it.
            foreach (var member in patch.EnumerateObject()) member.WriteTo(json);
            json.WriteEndObject();
        }
        return JsonDocument.Parse(buffer.WrittenMemory).RootElement;
    }

    private static YamlNode ToNode(JsonElement value, string path, BindContext context)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                var map = new YamlMap { Line = 0, Column = 0 };
                var names = new HashSet<string>(StringComparer.Ordinal);
                foreach (var member in value.EnumerateObject())
                {
                    var key = new YamlScalar { Line = 0, Column = 0, Text = member.Name, IsPlain = false };
                    var below = path.Length == 0 ? Shown.Text(member.Name) : $"{path}.{Shown.Text(member.Name)}";
                    if (!names.Add(member.Name)) context.Error(key, below, "is there twice");
                    else map.Entries.Add(new(key, ToNode(member.Value, below, context)));
                }
                return map;
            case JsonValueKind.Array:
                var list = new YamlList { Line = 0, Column = 0 };
                foreach (var item in value.EnumerateArray()) list.Items.Add(ToNode(item, $"{path}[{list.Items.Count}]", context));
                return list;
            case JsonValueKind.String:
                var text = new YamlScalar { Line = 0, Column = 0, Text = value.GetString()!, IsPlain = false };
                // "$${" would be an escape, and its text another when it is read again.
                if (text.Text.Contains("${", StringComparison.Ordinal)) context.Error(text, path, "holds '${'; variables and files are read in the configuration only");
                return text;
            default:
                return new YamlScalar { Line = 0, Column = 0, Text = value.GetRawText(), IsPlain = true };
        }
    }
}
