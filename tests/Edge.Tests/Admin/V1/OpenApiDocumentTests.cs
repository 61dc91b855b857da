using System.Text;
using System.Text.Json.Nodes;
using Edge.Admin.V1;
using Edge.Tests.Storage;
using Edge.TestSupport;

namespace Edge.Tests.Admin.V1;

/// <summary>The document says what is served.</summary>
public sealed class OpenApiDocumentTests(Databases databases)
{
    [Fact]
    public async Task TheCommittedDocumentIsTheOneThatIsServed()
    {
        await using var kit = await AdminV1Kit.StartAsync(databases);
        var served = (await kit.SendAsync("GET", "/openapi.json")).Text;

        var path = Path.Combine(SharedData.RepositoryRoot, "docs/admin-openapi.json");
        if (Environment.GetEnvironmentVariable("EDGE_UPDATE_GOLDEN") == "1") File.WriteAllText(path, served);
        Assert.Equal(File.ReadAllText(path), served);
    }

    [Fact]
    public async Task EveryOperationStandsInItAndEveryReferenceLeadsSomewhere()
    {
        await using var kit = await AdminV1Kit.StartAsync(databases);
        var document = JsonNode.Parse(Encoding.UTF8.GetString(OpenApiDocument.Write([.. kit.V1.Operations.Where(operation => operation.Id != "getOpenApi")])))!;

        Assert.Equal(kit.V1.Operations.Count, kit.V1.Operations.Select(operation => operation.Id).Distinct().Count());
        Assert.Equal(kit.V1.Operations.Count, kit.V1.Operations.Select(operation => (operation.Method, operation.Path)).Distinct().Count());
        foreach (var operation in kit.V1.Operations)
        {
            var described = document["paths"]![operation.Path]?[operation.Method.ToLowerInvariant()];
            Assert.True(described is not null, $"{operation.Method} {operation.Path} is not described");
            Assert.Equal(operation.Id, described["operationId"]!.GetValue<string>());
            Assert.EndsWith(".", operation.Summary, StringComparison.Ordinal);
        }
        foreach (var reference in References(document)) Assert.True(Resolve(document, reference) is not null, $"{reference} leads nowhere");
    }

    [Fact]
    public async Task AnswersAreAsDescribed()
    {
        await using var kit = await AdminV1Kit.StartAsync(databases, yaml: "auth: { api_keys: [{ key: sk-of-the-file, name: filed }] }\ntenants: { filed: { monthly_budget: 1, teams: { t: {} } } }");
        var document = JsonNode.Parse((await kit.SendAsync("GET", "/openapi.json")).Text)!;
        var key = "";
        foreach (var (id, method, target, body) in ((string, string, string, string)[])
            [
                ("createOrganisation", "POST", "/organisations", """{"id":"acme","name":"Acme","regions":["eu"]}"""), ("listOrganisations", "GET", "/organisations", ""),
                ("getOrganisation", "GET", "/organisations/filed", ""), ("createTeam", "POST", "/organisations/acme/teams", """{"id":"t"}"""), ("getTeam", "GET", "/organisations/acme/teams/t", ""),
                ("listTeams", "GET", "/organisations/filed/teams", ""), ("createUser", "POST", "/organisations/acme/users", """{"id":"u","team":"t","role":"owner"}"""),
                ("listUsers", "GET", "/organisations/acme/users", ""), ("createKey", "POST", "/keys", """{"organisation":"acme","expires_at":"2999-01-01"}"""), ("listKeys", "GET", "/keys", ""),
                ("getKey", "GET", "/keys/KEY", ""), ("rotateKey", "POST", "/keys/KEY/rotate", "{}"), ("getTenancy", "GET", "/tenancy", ""), ("listCallers", "GET", "/callers", ""),
                ("exportTenants", "GET", "/tenancy/export", ""), ("importTenants", "POST", "/tenancy/import", "tenants: { acme: { name: Acme } }"),
            ])
        {
            var operation = kit.V1.Operations.Single(operation => operation.Id == id);
            var answer = await kit.OkAsync(method, target.Replace("KEY", key, StringComparison.Ordinal), body);
            if (id == "createKey") key = answer["id"]!.GetValue<string>();
            var schema = document["paths"]![operation.Path]![method.ToLowerInvariant()]!["responses"]![$"{operation.Status}"]!["content"]!["application/json"]!["schema"]!;
            Check(document, schema, answer, id);
        }
        var error = await kit.SendAsync("GET", "/keys/none");
        Check(document, document["components"]!["schemas"]!["Error"]!, error.Json, "error");
    }

    // As much of JSON schema as the document's answers use.
    private static void Check(JsonNode document, JsonNode schema, JsonNode? value, string at)
    {
        if (schema["$ref"] is { } reference) schema = Resolve(document, reference.GetValue<string>())!;
        if (schema["type"] is { } type)
        {
            string[] types = type is JsonArray all ? [.. all.Select(one => one!.GetValue<string>())] : [type.GetValue<string>()];
            var kind = value?.GetValueKind() switch
            {
                null or System.Text.Json.JsonValueKind.Null => "null",
                System.Text.Json.JsonValueKind.Object => "object",
                System.Text.Json.JsonValueKind.Array => "array",
                System.Text.Json.JsonValueKind.String => "string",
                System.Text.Json.JsonValueKind.Number => "integer",
                _ => "boolean",
            };
            Assert.True(types.Contains(kind) || (kind == "integer" && types.Contains("number")), $"{at} is {kind}, described as {string.Join('|', types)}");
        }
        if (schema["enum"] is JsonArray allowed) Assert.Contains(value!.GetValue<string>(), allowed.Select(one => one!.ToString()));
        if (value is JsonArray items && schema["items"] is { } item)
        {
            foreach (var one in items) Check(document, item, one, at + "[]");
        }
        if (value is not JsonObject members) return;
        foreach (var required in schema["required"]?.AsArray() ?? []) Assert.True(members.ContainsKey(required!.GetValue<string>()), $"{at} has no {required}");
        foreach (var (name, member) in members)
        {
            if (schema["properties"]?[name] is { } known) Check(document, known, member, $"{at}.{name}");
            else Assert.True(schema["additionalProperties"] is null, $"{at}.{name} is not described");
        }
    }

    private static IEnumerable<string> References(JsonNode? node) => node switch
    {
        JsonObject members => members.SelectMany(member => member.Key == "$ref" ? [member.Value!.GetValue<string>()] : References(member.Value)),
        JsonArray items => items.SelectMany(References),
        _ => [],
    };

    private static JsonNode? Resolve(JsonNode document, string reference) => reference.Split('/')[1..].Aggregate((JsonNode?)document, (node, part) => node?[part]);
}
