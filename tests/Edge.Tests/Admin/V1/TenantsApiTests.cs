using System.Text.Json.Nodes;
using Edge.Tests.Storage;

namespace Edge.Tests.Admin.V1;

/// <summary>Organisations, teams and users over each database.</summary>
public sealed class TenantsApiTests(Databases databases)
{
    private const string Declared = """
        tenants:
          filed:
            name: Filed Inc
            monthly_budget: 12.50
            allowed_models: [gpt-4o]
            teams: { ops: { requests_per_minute: 60, users: { bob: { name: Bob } } } }
        """;

    [Theory]
    [MemberData(nameof(Databases.Kinds), MemberType = typeof(Databases))]
    public async Task WhatIsMadeIsReadChangedAndDeleted(string kind)
    {
        await using var kit = await AdminV1Kit.StartAsync(databases, kind);

        var made = await kit.SendAsync("POST", "/organisations", """{"id":"acme","name":"Acme","monthlyBudget":100,"allowed_models":["gpt-*"]}""");
        Assert.Equal((201, "/admin/v1/organisations/acme"), (made.Status, made.Transport.ResponseHeaders.Location.ToString()));
        Assert.Equal(("acme", "Acme", "store"), (Text(made.Json, "id"), Text(made.Json, "name"), Text(made.Json, "source")));
        // The declaration's name, whatever spelling came.
        Assert.Equal(100, made.Json["monthly_budget"]!.GetValue<int>());

        await kit.OkAsync("POST", "/organisations/acme/teams", """{"id":"research","requests_per_minute":10}""");
        await kit.OkAsync("POST", "/organisations/acme/users", """{"id":"ann","team":"research","role":"admin"}""");
        Assert.Equal("research", Text(await kit.OkAsync("GET", "/organisations/acme/users/ann"), "team"));

        var patched = await kit.SendAsync("PATCH", "/organisations/acme", """{"monthly_budget":null,"name":"ACME"}""");
        Assert.Null(patched.Json["monthly_budget"]);
        Assert.Equal(("ACME", """["gpt-*"]"""), (Text(patched.Json, "name"), patched.Json["allowed_models"]!.ToJsonString()));
        var put = await kit.OkAsync("PUT", "/organisations/acme", """{"regions":["eu"]}""");
        Assert.Null(put["allowed_models"]);
        Assert.Equal(Text(made.Json, "created_at"), Text(put, "created_at"));

        Assert.Equal((409, "NOT_EMPTY"), await CodeAsync(kit, "DELETE", "/organisations/acme"));
        Assert.Equal(204, (await kit.SendAsync("DELETE", "/organisations/acme?cascade=true")).Status);
        foreach (var path in (string[])["/organisations/acme", "/organisations/acme/teams", "/organisations/acme/users/ann"]) Assert.Equal(404, (await kit.SendAsync("GET", path)).Status);
    }

    [Theory]
    [MemberData(nameof(Databases.Kinds), MemberType = typeof(Databases))]
    public async Task ListsArePagedInTheOrderOfBytes(string kind)
    {
        await using var kit = await AdminV1Kit.StartAsync(databases, kind, Declared);
        string[] names = ["a", "B", "a-b", "a.b", "a_b", "ab", "A", "z9", "Z"];
        foreach (var name in names) await kit.OkAsync("POST", "/organisations", $$"""{"id":"{{name}}"}""");

        var seen = new List<string>();
        string? after = "";
        while (after is not null)
        {
            var page = await kit.OkAsync("GET", $"/organisations?limit=3&after={after}");
            Assert.InRange(page["data"]!.AsArray().Count, 1, 3);
            seen.AddRange(page["data"]!.AsArray().Select(one => Text(one!, "id")!));
            after = Text(page, "next");
            Assert.Equal(after is not null, page["has_more"]!.GetValue<bool>());
        }

        Assert.Equal(names.Append("filed").Order(StringComparer.Ordinal), seen);
    }

    [Theory]
    [MemberData(nameof(Databases.Kinds), MemberType = typeof(Databases))]
    public async Task WhoeverLookedBeforeTheLastChangeChangesNothing(string kind)
    {
        await using var kit = await AdminV1Kit.StartAsync(databases, kind);
        var first = (await kit.SendAsync("POST", "/organisations", """{"id":"acme"}""")).ETag;
        Assert.Equal(first, (await kit.SendAsync("GET", "/organisations/acme")).ETag);
        var second = await kit.SendAsync("PATCH", "/organisations/acme", """{"name":"2"}""", AdminV1Kit.Operator, ("If-Match", first));
        Assert.Equal(200, second.Status);
        Assert.NotEqual(first, second.ETag);

        foreach (var (method, body) in ((string, string)[])[("PATCH", """{"name":"3"}"""), ("PUT", """{"name":"3"}"""), ("DELETE", "")])
        {
            foreach (var stale in (string[])[first, "\"x\"", "W/" + second.ETag, second.ETag + "1"])
            {
                var refused = await kit.SendAsync(method, "/organisations/acme", body, AdminV1Kit.Operator, ("If-Match", stale));
                Assert.Equal((412, "PRECONDITION_FAILED"), (refused.Status, refused.Code));
            }
        }
        Assert.Equal("2", Text(await kit.OkAsync("GET", "/organisations/acme"), "name"));
        // "*": any, but there must be one.
        Assert.Equal(412, (await kit.SendAsync("PUT", "/organisations/other", "{}", AdminV1Kit.Operator, ("If-Match", "*"))).Status);
        Assert.Equal(200, (await kit.SendAsync("PUT", "/organisations/acme", "{}", AdminV1Kit.Operator, ("If-Match", "*"))).Status);
    }

    [Theory]
    [MemberData(nameof(Databases.Kinds), MemberType = typeof(Databases))]
    public async Task OfWritersAtOnceOneWins(string kind)
    {
        await using var kit = await AdminV1Kit.StartAsync(databases, kind);
        var tag = (await kit.SendAsync("POST", "/organisations", """{"id":"acme"}""")).ETag;

        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => kit.SendAsync("PATCH", "/organisations/acme", $$"""{"name":"{{i}}"}""", AdminV1Kit.Operator, ("If-Match", tag))));

        Assert.Equal([200, 412, 412, 412, 412, 412, 412, 412], answers.Select(answer => answer.Status).Order());
    }

    [Theory]
    [MemberData(nameof(Databases.Kinds), MemberType = typeof(Databases))]
    public async Task ARequestWithAKeyIsDoneOnce(string kind)
    {
        await using var kit = await AdminV1Kit.StartAsync(databases, kind);
        const string Body = """{"id":"acme","name":"Acme"}""";
        var key = ("Idempotency-Key", "k-1");

        var first = await kit.SendAsync("POST", "/organisations", Body, AdminV1Kit.Operator, key);
        var again = await kit.SendAsync("POST", "/organisations", Body, AdminV1Kit.Operator, key);
        Assert.Equal((201, first.Text, "true"), (again.Status, again.Text, again.Transport.ResponseHeaders["Idempotency-Replayed"].ToString()));
        var other = await kit.SendAsync("POST", "/organisations", """{"id":"other"}""", AdminV1Kit.Operator, key);
        Assert.Equal((422, "IDEMPOTENCY_KEY_REUSED"), (other.Status, other.Code));
        // Another holder's key of the same text is another key.
        Assert.Equal(403, (await kit.SendAsync("POST", "/organisations", Body, AdminV1Kit.Viewer, key)).Status);
        // A refusal is repeated too.
        var refused = await kit.SendAsync("POST", "/organisations", Body, AdminV1Kit.Operator, ("Idempotency-Key", "k-2"));
        Assert.Equal(409, refused.Status);
        Assert.Equal(refused.Text, (await kit.SendAsync("POST", "/organisations", Body, AdminV1Kit.Operator, ("Idempotency-Key", "k-2"))).Text);
        Assert.Equal(2, kit.Changes.Count(change => change.Action == "createOrganisation" && change.Holder == "operator" && change.Status is 201 or 409));
    }

    [Fact]
    public async Task ThoseOfTheConfigurationAreShownAndStayAsTheyAre()
    {
        await using var kit = await AdminV1Kit.StartAsync(databases, yaml: Declared);

        var shown = await kit.OkAsync("GET", "/organisations/filed");
        Assert.Equal(("config", "Filed Inc", "12.50", """["gpt-4o"]"""), (Text(shown, "source"), Text(shown, "name"), Text(shown, "monthly_budget"), shown["allowed_models"]!.ToJsonString()));
        Assert.Equal(60, (await kit.OkAsync("GET", "/organisations/filed/teams/ops"))["requests_per_minute"]!.GetValue<int>());
        Assert.Equal("ops", Text(await kit.OkAsync("GET", "/organisations/filed/users/bob"), "team"));
        foreach (var (method, path, body) in ((string, string, string)[])
            [
                ("POST", "/organisations", """{"id":"filed"}"""), ("PUT", "/organisations/filed", "{}"), ("PATCH", "/organisations/filed", "{}"), ("DELETE", "/organisations/filed", ""),
                ("PUT", "/organisations/filed/teams/ops", "{}"), ("DELETE", "/organisations/filed/users/bob", ""),
            ])
        {
            Assert.Equal((409, "DECLARED_IN_CONFIG"), await CodeAsync(kit, method, path, body));
        }
        // But it may have more in the store.
        await kit.OkAsync("POST", "/organisations/filed/teams", """{"id":"stored"}""");
        Assert.Equal(["ops", "stored"], (await kit.OkAsync("GET", "/organisations/filed/teams"))["data"]!.AsArray().Select(team => Text(team!, "id")));
    }

    [Theory]
    [InlineData("", null, "empty")]
    [InlineData("nonsense", null, "no JSON")]
    [InlineData("[]", null, "no JSON object")]
    [InlineData("""{"name":"x"}""", "id", "missing")]
    [InlineData("""{"id":7}""", "id", "no text")]
    [InlineData("""{"id":"a/b"}""", "id", "no name")]
    [InlineData("""{"id":"a","monthly_budget":"lots"}""", "monthly_budget", "allowed: an amount in US dollars")]
    [InlineData("""{"id":"a","monthly_budget":-1}""", "monthly_budget", "allowed: an amount in US dollars")]
    [InlineData("""{"id":"a","monthly_budget":1e400}""", "monthly_budget", "allowed: an amount in US dollars")]
    [InlineData("""{"id":"a","montly_budget":1}""", "montly_budget", "did you mean 'monthly_budget'?")]
    [InlineData("""{"id":"a","allowed_models":"gpt"}""", "allowed_models", "is text")]
    [InlineData("""{"id":"a","allowed_models":["a","a"]}""", "allowed_models[1]", "listed twice")]
    [InlineData("""{"id":"a","requests_per_minute":0}""", "requests_per_minute", "out of range")]
    [InlineData("""{"id":"a","compliance_mode":"HIPPA"}""", "compliance_mode", "did you mean")]
    [InlineData("""{"id":"a","name":"${OPENAI_API_KEY}"}""", "name", "holds '${'")]
    [InlineData("""{"id":"a","name":"$${x}"}""", "name", "holds '${'")]
    [InlineData("""{"id":"a","name":"a","name":"b"}""", "name", "there twice")]
    [InlineData("""{"id":"a","monthlyBudget":1,"monthly_budget":2}""", "monthly_budget", "sets the same")]
    [InlineData("""{"id":"a","name":{"x":1}}""", "name", "is a map")]
    public async Task WhatIsWrongIsNamed(string body, string? field, string message)
    {
        await using var kit = await AdminV1Kit.StartAsync(databases);

        var answer = await kit.SendAsync("POST", "/organisations", body);

        Assert.Equal((400, "INVALID_REQUEST", field), (answer.Status, answer.Code, answer.Field));
        Assert.Contains(message, answer.Message, StringComparison.Ordinal);
        Assert.Empty((await kit.OkAsync("GET", "/organisations"))["data"]!.AsArray());
    }

    [Theory]
    [InlineData("GET", "/organisations?limit=0", 400)]
    [InlineData("GET", "/organisations?limit=1001", 400)]
    [InlineData("GET", "/organisations?limit=ten", 400)]
    [InlineData("GET", "/organisations?after=%25", 400)]
    [InlineData("GET", "/organisations?order=up", 400)]
    [InlineData("DELETE", "/organisations/a?cascade=yes", 400)]
    [InlineData("GET", "/organisations/none", 404)]
    [InlineData("GET", "/organisations/none/teams", 404)]
    [InlineData("POST", "/organisations/none/teams", 404)]
    [InlineData("PUT", "/organisations/none/users/u", 404)]
    [InlineData("GET", "/organisations/", 404)]
    [InlineData("GET", "/nothing", 404)]
    [InlineData("GET", "", 404)]
    [InlineData("PUT", "/organisations", 405)]
    [InlineData("POST", "/organisations/a", 405)]
    [InlineData("HEAD", "/organisations", 200)]
    public async Task PathsAndParametersAreChecked(string method, string target, int status)
    {
        await using var kit = await AdminV1Kit.StartAsync(databases);

        var answer = await kit.SendAsync(method, target, method == "POST" ? """{"id":"t"}""" : method == "PUT" ? "{}" : "");

        Assert.Equal(status, answer.Status);
        Assert.Equal(status == 405, answer.Transport.ResponseHeaders.Allow.Count > 0);
        if (method == "HEAD") Assert.Equal("", answer.Text);
    }

    [Fact]
    public async Task ABodyThatIsTooLargeIsNotRead()
    {
        await using var kit = await AdminV1Kit.StartAsync(databases);

        var answer = await kit.SendAsync("POST", "/organisations", $$"""{"id":"a","name":"{{new string('x', 300_000)}}"}""");

        Assert.Equal((413, "REQUEST_TOO_LARGE"), (answer.Status, answer.Code));
    }

    [Fact]
    public async Task AUserNamesATeamThatIsThere()
    {
        await using var kit = await AdminV1Kit.StartAsync(databases);
        await kit.OkAsync("POST", "/organisations", """{"id":"acme"}""");

        var answer = await kit.SendAsync("POST", "/organisations/acme/users", """{"id":"ann","team":"none"}""");

        Assert.Equal((400, "team"), (answer.Status, answer.Field));
    }

    [Fact]
    public async Task EveryChangeIsTold()
    {
        await using var kit = await AdminV1Kit.StartAsync(databases);
        await kit.OkAsync("POST", "/organisations", """{"id":"acme"}""");
        await kit.OkAsync("PATCH", "/organisations/acme", """{"name":"A"}""");
        await kit.OkAsync("GET", "/organisations/acme");
        await kit.SendAsync("DELETE", "/organisations/acme", token: AdminV1Kit.Viewer);
        await kit.SendAsync("DELETE", "/organisations/acme");

        Assert.Equal(
            [("createOrganisation", 201, "operator", "operator"), ("patchOrganisation", 200, "operator", "operator"), ("deleteOrganisation", 403, "viewer", "viewer"), ("deleteOrganisation", 204, "operator", "operator")],
            kit.Changes.Select(change => (change.Action, change.Status, change.Holder, change.Role)));
        Assert.Equal((null, kit.Changes[1].BeforeHash), (kit.Changes[0].BeforeHash, kit.Changes[0].AfterHash));
        Assert.Equal(kit.Changes[1].AfterHash, kit.Changes[3].BeforeHash);
        Assert.Null(kit.Changes[3].AfterHash);
        Assert.All(kit.Changes, change => Assert.Equal("127.0.0.1", change.From));
        Assert.All(kit.Changes.Where(change => change.Status != 403), change => Assert.Equal("acme", change.Organisation));
    }

    private static string? Text(JsonNode node, string name) => node[name]?.GetValue<string>();

    private static async Task<(int, string?)> CodeAsync(AdminV1Kit kit, string method, string path, string body = "")
    {
        var answer = await kit.SendAsync(method, path, body);
        return (answer.Status, answer.Code);
    }
}
