using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Edge.Configuration;

namespace Edge.Admin.V1;

/// <summary>The OpenAPI 3.1 document of <c>/admin/v1</c>, from the declarations that it is served by.</summary>
/// <remarks>https://spec.openapis.org/oas/v3.1.1.html. Its schemas are JSON schema 2020-12, which is what the configuration's declarations write too.</remarks>
internal static class OpenApiDocument
{
    private const string Schemas = "#/components/schemas/";

    private static readonly JsonWriterOptions _options = new() { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary><c>GET /admin/v1/openapi.json</c>.</summary>
    public static AdminOperation Operation(Func<byte[]> document) => new()
    {
        Id = "getOpenApi",
        Method = "GET",
        Path = "/openapi.json",
        Summary = "This document.",
        Tag = "document",
        Needs = AdminRights.Look,
        Answer = new("OpenApi", "An OpenAPI 3.1 document.", []),
        Run = _ => Task.FromResult(new AdminReply(200, document())),
    };

    public static byte[] Write(IReadOnlyList<AdminOperation> operations)
    {
        operations = [.. operations, Operation(() => [])];
        var buffer = new ArrayBufferWriter<byte>(64 << 10);
        using (var json = new Utf8JsonWriter(buffer, _options))
        {
            json.WriteStartObject();
            json.WriteString("openapi", "3.1.1");
            json.WriteStartObject("info");
            json.WriteString("title", "EdgeGateway administration");
            json.WriteString("version", "1");
            json.WriteString("description", "Tenants, keys and what hangs on them. Errors have OpenAI's envelope; lists are paged by cursors; items have ETags; POSTs take an Idempotency-Key.");
            json.WriteStartObject("license");
            json.WriteString("name", "Apache 2.0");
            json.WriteString("identifier", "Apache-2.0");
            json.WriteEndObject();
            json.WriteEndObject();
            json.WriteStartArray("servers");
            json.WriteStartObject();
            json.WriteString("url", "/admin/v1");
            json.WriteEndObject();
            json.WriteEndArray();
            json.WriteStartArray("security");
            json.WriteStartObject();
            json.WriteStartArray("adminToken");
            json.WriteEndArray();
            json.WriteEndObject();
            json.WriteEndArray();
            json.WriteStartObject("paths");
            foreach (var path in operations.GroupBy(static operation => operation.Path)) WritePath(json, path.Key, [.. path]);
            json.WriteEndObject();
            WriteComponents(json, operations);
            json.WriteEndObject();
        }
        // The configuration's own schemas refer to each other where its document keeps them.
        return Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(buffer.WrittenSpan).Replace("\"#/$defs/", $"\"{Schemas}", StringComparison.Ordinal) + "\n");
    }

    private static void WritePath(Utf8JsonWriter json, string path, IReadOnlyList<AdminOperation> operations)
    {
        json.WriteStartObject(path);
        var names = path.Split('/').Where(static part => part.StartsWith('{')).Select(static part => part[1..^1]).ToList();
        if (names.Count > 0)
        {
            json.WriteStartArray("parameters");
            foreach (var name in names) WriteParameter(json, new(name, "", IsRequired: true), "path");
            json.WriteEndArray();
        }
        foreach (var operation in operations) WriteOperation(json, operation);
        json.WriteEndObject();
    }

    private static void WriteOperation(Utf8JsonWriter json, AdminOperation operation)
    {
        json.WriteStartObject(operation.Method.ToLowerInvariant());
        json.WriteString("operationId", operation.Id);
        json.WriteString("summary", operation.Summary);
        json.WriteString("description", $"Needs the right `{operation.Needs.ToString().ToLowerInvariant()}`{(operation.IsGlobal ? " and a token of no organisation" : "")}.");
        json.WriteStartArray("tags");
        json.WriteStringValue(operation.Tag);
        json.WriteEndArray();
        var parameters = new List<(AdminParameter, string)>();
        foreach (var parameter in operation.Query) parameters.Add((parameter, "query"));
        if (operation.IsList)
        {
            parameters.Add((new("limit", "Items of a page, 1 to 1000; 100 where it is not given.", "integer"), "query"));
            parameters.Add((new("after", "The `next` of the page before."), "query"));
        }
        if (operation is { HasETag: true, Changes: true, Method: not "POST" }) parameters.Add((new("If-Match", "The ETag of what is to be changed: refused with 412 when it was changed since."), "header"));
        if (operation is { Method: "POST", Changes: true }) parameters.Add((new("Idempotency-Key", "The same request with the same key, within a day, is answered as the first and does nothing."), "header"));
        if (parameters.Count > 0)
        {
            json.WriteStartArray("parameters");
            foreach (var (parameter, place) in parameters) WriteParameter(json, parameter, place);
            json.WriteEndArray();
        }
        if (operation.Body is not null || operation.BodyType != "application/json")
        {
            json.WriteStartObject("requestBody");
            json.WriteBoolean("required", true);
            json.WriteStartObject("content");
            json.WriteStartObject(operation.BodyType);
            json.WriteStartObject("schema");
            if (operation.Body is { } body) json.WriteString("$ref", Schemas + body.Id);
            else json.WriteString("type", "string");
            json.WriteEndObject();
            json.WriteEndObject();
            json.WriteEndObject();
            json.WriteEndObject();
        }
        WriteAnswers(json, operation);
        json.WriteEndObject();
    }

    private static void WriteParameter(Utf8JsonWriter json, AdminParameter parameter, string place)
    {
        json.WriteStartObject();
        json.WriteString("name", parameter.Name);
        json.WriteString("in", place);
        if (parameter.Doc.Length > 0) json.WriteString("description", parameter.Doc);
        if (parameter.IsRequired) json.WriteBoolean("required", true);
        json.WriteStartObject("schema");
        json.WriteString("type", parameter.Type);
        if (parameter.Format is { } format) json.WriteString("format", format);
        WriteAllowed(json, parameter.Allowed);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteAllowed(Utf8JsonWriter json, IReadOnlyList<string>? allowed)
    {
        if (allowed is null) return;
        json.WriteStartArray("enum");
        foreach (var word in allowed) json.WriteStringValue(word);
        json.WriteEndArray();
    }

    private static void WriteAnswers(Utf8JsonWriter json, AdminOperation operation)
    {
        json.WriteStartObject("responses");
        var status = operation.Answer is null ? 204 : operation.Status;
        json.WriteStartObject(status.ToString(CultureInfo.InvariantCulture));
        json.WriteString("description", operation.Answer?.Doc ?? "Done.");
        if (operation.HasETag && operation.Answer is not null)
        {
            json.WriteStartObject("headers");
            json.WriteStartObject("ETag");
            json.WriteStartObject("schema");
            json.WriteString("type", "string");
            json.WriteEndObject();
            json.WriteEndObject();
            json.WriteEndObject();
        }
        if (operation.Answer is { } answer)
        {
            json.WriteStartObject("content");
            json.WriteStartObject("application/json");
            json.WriteStartObject("schema");
            json.WriteString("$ref", Schemas + (operation.IsList ? answer.Name + "List" : answer.Name));
            json.WriteEndObject();
            json.WriteEndObject();
            foreach (var type in operation.OtherTypes)
            {
                json.WriteStartObject(type);
                json.WriteStartObject("schema");
                json.WriteString("type", "string");
                json.WriteEndObject();
                json.WriteEndObject();
            }
            json.WriteEndObject();
        }
        json.WriteEndObject();
        json.WriteStartObject("default");
        json.WriteString("description", "An error.");
        json.WriteStartObject("content");
        json.WriteStartObject("application/json");
        json.WriteStartObject("schema");
        json.WriteString("$ref", Schemas + "Error");
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteComponents(Utf8JsonWriter json, IReadOnlyList<AdminOperation> operations)
    {
        json.WriteStartObject("components");
        json.WriteStartObject("securitySchemes");
        json.WriteStartObject("adminToken");
        json.WriteString("type", "http");
        json.WriteString("scheme", "bearer");
        json.WriteString("description", "A token of `admin.token` or `admin.tokens`.");
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteStartObject("schemas");
        var bodies = operations.Select(static operation => operation.Body).OfType<ConfigSection>().ToList();
        foreach (var section in bodies.Concat(bodies.SelectMany(Below)).Concat(operations.Select(static operation => operation.Answer?.Section).OfType<ConfigSection>().SelectMany(Below)).DistinctBy(static section => section.Id))
        {
            json.WriteStartObject(section.Id);
            json.WriteString("type", "object");
            json.WriteString("description", section.Doc);
            json.WriteStartObject("properties");
            WriteFields(json, section);
            json.WriteEndObject();
            if (section is CreationSection)
            {
                json.WriteStartArray("required");
                json.WriteStringValue("id");
                json.WriteEndArray();
            }
            json.WriteBoolean("additionalProperties", false);
            json.WriteEndObject();
        }
        var answers = operations.Select(static operation => operation.Answer).OfType<AdminShape>().ToList();
        foreach (var shape in answers.SelectMany(static shape => Below(shape).Prepend(shape)).DistinctBy(static shape => shape.Name)) WriteShape(json, shape);
        foreach (var shape in operations.Where(static operation => operation.IsList).Select(static operation => operation.Answer!).DistinctBy(static shape => shape.Name))
        {
            WriteShape(json, new(shape.Name + "List", $"A page of them: {shape.Doc}",
            [
                new("object", "string", "Always `list`.") { Allowed = ["list"] },
                new("data", "array", "The items.") { Of = shape },
                new("has_more", "boolean", "There is another page."),
                new("next", "string?", "What to give as `after` for it."),
            ]));
        }
        WriteShape(json, new("Error", "OpenAI's envelope.",
        [
            new("error", "object", "What went wrong.")
            {
                Of = new("ErrorDetail", "What went wrong.",
                [
                    new("message", "string", "For people."), new("type", "string", "The kind."), new("param", "string?", "The field."), new("code", "string", "For programs."),
                ]),
            },
        ]));
        WriteShape(json, new("ErrorDetail", "What went wrong.",
        [
            new("message", "string", "For people."), new("type", "string", "The kind."), new("param", "string?", "The field."), new("code", "string", "For programs."),
        ]));
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static IEnumerable<ConfigSection> Below(ConfigSection section) => section.Fields.Select(static field => field.Kind.Child).OfType<ConfigSection>().SelectMany(static child => Below(child).Prepend(child));

    private static IEnumerable<AdminShape> Below(AdminShape shape) => shape.Fields.Select(static field => field.Of).OfType<AdminShape>().SelectMany(static child => Below(child).Prepend(child));

    private static void WriteFields(Utf8JsonWriter json, ConfigSection section)
    {
        foreach (var field in section.Fields)
        {
            json.WritePropertyName(field.Name);
            field.WriteSchema(json);
        }
    }

    private static void WriteShape(Utf8JsonWriter json, AdminShape shape)
    {
        json.WriteStartObject(shape.Name);
        json.WriteString("type", "object");
        json.WriteString("description", shape.Doc);
        if (shape.Fields.Count > 0)
        {
            json.WriteStartArray("required");
            foreach (var field in shape.Fields.Where(static field => !field.IsOptional)) json.WriteStringValue(field.Name);
            json.WriteEndArray();
            json.WriteStartObject("properties");
            foreach (var field in shape.Fields) WriteField(json, field);
            if (shape.Section is { } section) WriteFields(json, section);
            json.WriteEndObject();
            json.WriteBoolean("additionalProperties", false);
        }
        json.WriteEndObject();
    }

    private static void WriteField(Utf8JsonWriter json, AdminField field)
    {
        json.WriteStartObject(field.Name);
        json.WriteString("description", field.Doc);
        var type = field.Type.TrimEnd('?');
        if (type == "object" && field is { Of: { } one })
        {
            json.WriteString("$ref", Schemas + one.Name);
            json.WriteEndObject();
            return;
        }
        if (field.Type.EndsWith('?'))
        {
            json.WriteStartArray("type");
            json.WriteStringValue(type);
            json.WriteStringValue("null");
            json.WriteEndArray();
        }
        else
        {
            json.WriteString("type", type);
        }
        if (field.Format is { } format) json.WriteString("format", format);
        WriteAllowed(json, field.Allowed);
        if (type == "array")
        {
            json.WriteStartObject("items");
            if (field.Of is { } item) json.WriteString("$ref", Schemas + item.Name);
            else json.WriteString("type", "string");
            json.WriteEndObject();
        }
        json.WriteEndObject();
    }
}
