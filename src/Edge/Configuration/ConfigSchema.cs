using System.Text.Encodings.Web;
using System.Text.Json;

namespace Edge.Configuration;

/// <summary>
/// The JSON schema (draft 2020-12) of the configuration file, for editors and CI. Written from the same declarations that the binder
/// reads by.
/// </summary>
public static class ConfigSchema
{
    /// <summary>Writes the schema, indented, with a line feed at the end.</summary>
    public static void Write(Stream output)
    {
        var options = new JsonWriterOptions
        {
            Indented = true,
            NewLine = "\n",
            // It is read by people, and embedded in no HTML: "it's" need not be written as an escape.
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        };
        using (var json = new Utf8JsonWriter(output, options))
        {
            json.WriteStartObject();
            json.WriteString("$schema", "https://json-schema.org/draft/2020-12/schema");
            json.WriteString("title", "EdgeGateway configuration");
            WriteSection(json, EdgeConfig.Section, "#");

            json.WriteStartObject("$defs");
            foreach (var section in Below(EdgeConfig.Section).Distinct())
            {
                json.WriteStartObject(section.Id);
                WriteSection(json, section, "#/$defs/" + section.Id);
                json.WriteEndObject();
            }
            json.WriteEndObject();
            json.WriteEndObject();
        }
        output.Write("\n"u8);
    }

    private static IEnumerable<ConfigSection> Below(ConfigSection section) =>
        section.Fields.Select(field => field.Kind.Child).OfType<ConfigSection>().SelectMany(child => Below(child).Prepend(child));

    private static void WriteSection(Utf8JsonWriter json, ConfigSection section, string pointer)
    {
        json.WriteString("description", section.Doc);
        Alternatives.WriteTypes(json, "object", "null");
        json.WriteStartObject("properties");
        foreach (var field in section.Fields)
        {
            json.WritePropertyName(field.Name);
            field.WriteSchema(json);
        }
        json.WriteEndObject();

        // Other spellings are valid but not offered: as patterns, no editor completes them.
        json.WriteStartObject("patternProperties");
        foreach (var field in section.Fields)
        {
            foreach (var spelling in field.Spellings.Skip(1))
            {
                json.WriteStartObject($"^{spelling}$");
                json.WriteString("$ref", $"{pointer}/properties/{field.Name}");
                json.WriteEndObject();
            }
        }
        json.WriteEndObject();
        json.WriteBoolean("additionalProperties", false);
    }
}
