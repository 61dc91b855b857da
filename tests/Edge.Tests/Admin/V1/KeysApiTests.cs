using System.Text.Json.Nodes;
using Edge.Auth;
using Edge.Tests.Storage;

namespace Edge.Tests.Admin.V1;

/// <summary>Virtual keys, from the admin plane to a request.</summary>
public sealed class KeysApiTests(Databases databases)
{
    [Theory]
    [MemberData(nameof(Databases.Kinds), MemberType = typeof(Databases))]
    public async Task AKeyIsShownOnceWorksIsRotatedAndRevoked(string kind)
    {
        await using var kit = await AdminV1Kit.StartAsync(databases, kind);
        await kit.OkAsync("POST", "/organisations", """{"id":"acme"}""");
        await kit.OkAsync("POST", "/organisations/acme/teams", """{"id":"research"}""");

        var made = await kit.OkAsync("POST", "/keys", """{"organisation":"acme","team":"research","name":"ci"}""");
        var (id, secret) = (Text(made, "id")!, Text(made, "secret")!);
        Assert.False(VirtualKey.IsBroken(secret));
        Assert.StartsWith(Text(made, "prefix")!, secret, StringComparison.Ordinal);
        Assert.Equal(("active", "operator"), (Text(made, "status"), Text(made, "created_by")));
        Assert.Equal(200, await kit.ChatAsync(secret));
        foreach (var path in (string[])["/keys", $"/keys/{id}", "/keys?organisation=acme"])
        {
            var shown = (await kit.SendAsync("GET", path)).Text;
            Assert.DoesNotContain(secret, shown, StringComparison.Ordinal);
            Assert.Contains(id, shown, StringComparison.Ordinal);
        }

        var rotated = await kit.OkAsync("POST", $"/keys/{id}/rotate", """{"overlap":"1h"}""");
        var second = Text(rotated, "secret")!;
        Assert.Equal(id, Text(rotated, "id"));
        Assert.NotNull(Text(rotated, "previous_until"));
        Assert.Equal((200, 200), (await kit.ChatAsync(secret), await kit.ChatAsync(second)));
        var third = Text(await kit.OkAsync("POST", $"/keys/{id}/rotate", """{"overlap":"0s"}"""), "secret")!;
        Assert.Equal((401, 401, 200), (await kit.ChatAsync(secret), await kit.ChatAsync(second), await kit.ChatAsync(third)));

        Assert.Equal(204, (await kit.SendAsync("DELETE", $"/keys/{id}")).Status);
        Assert.Equal(401, await kit.ChatAsync(third));
        Assert.Equal("revoked", Text(await kit.OkAsync("GET", $"/keys/{id}"), "status"));
        Assert.Equal(204, (await kit.SendAsync("DELETE", $"/keys/{id}")).Status);
        foreach (var (method, path) in ((string, string)[])[("PATCH", $"/keys/{id}"), ("POST", $"/keys/{id}/rotate")])
        {
            var refused = await kit.SendAsync(method, path, "{}");
            Assert.Equal((409, "KEY_REVOKED"), (refused.Status, refused.Code));
        }
    }

    [Theory]
    [MemberData(nameof(Databases.Kinds), MemberType = typeof(Databases))]
    public async Task TheDatabaseHoldsNoKey(string kind)
    {
        await using var kit = await AdminV1Kit.StartAsync(databases, kind);
        var answer = await kit.SendAsync("POST", "/keys", """{"name":"x"}""", AdminV1Kit.Operator, ("Idempotency-Key", "k"));
        var secret = Text(answer.Json, "secret")!;

        var repeated = await kit.SendAsync("POST", "/keys", """{"name":"x"}""", AdminV1Kit.Operator, ("Idempotency-Key", "k"));

        Assert.Equal((201, Text(answer.Json, "id"), null), (repeated.Status, Text(repeated.Json, "id"), Text(repeated.Json, "secret")));
        Assert.Single((await kit.OkAsync("GET", "/keys"))["data"]!.AsArray());
        var kept = await kit.Database.ReadAsync(
            (connection, cancel) => Edge.Storage.Sql.QueryAsync(connection, "SELECT body FROM idempotency", row => System.Text.Encoding.UTF8.GetString(row.GetFieldValue<byte[]>(0)), cancel),
            TestContext.Current.CancellationToken);
        Assert.All(kept, body => Assert.DoesNotContain(secret, body, StringComparison.Ordinal));
        Assert.DoesNotContain(secret[15..], string.Join('\n', kit.Changes), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"organisation":"none"}""", "organisation")]
    [InlineData("""{"organisation":"acme","team":"none"}""", "team")]
    [InlineData("""{"organisation":"acme","user":"none"}""", "user")]
    [InlineData("""{"team":"t"}""", "team")]
    [InlineData("""{"expires_at":"2001-01-01"}""", "expires_at")]
    [InlineData("""{"expires_at":"soon"}""", "expires_at")]
    [InlineData("""{"scopes":["everything"]}""", "scopes[0]")]
    [InlineData("""{"allowed_ips":["10.0.0.1/8"]}""", "allowed_ips[0]")]
    public async Task WhatAKeyNamesMustBeThere(string body, string field)
    {
        await using var kit = await AdminV1Kit.StartAsync(databases);
        await kit.OkAsync("POST", "/organisations", """{"id":"acme"}""");

        var answer = await kit.SendAsync("POST", "/keys", body);

        Assert.Equal((400, field), (answer.Status, answer.Field));
    }

    [Theory]
    [MemberData(nameof(Databases.Kinds), MemberType = typeof(Databases))]
    public async Task WhatIsImportedIsWhatIsExported(string kind)
    {
        await using var kit = await AdminV1Kit.StartAsync(databases, kind);
        const string Document = """
            tenants:
              acme:
                name: Acme
                monthly_budget: 500
                allowed_models: [gpt-4o, "claude-*"]
                teams: { research: { requests_per_minute: 60, users: { ann: { role: admin } } } }
                users: { bob: {} }
              rival: {}
            """;
        var dry = await kit.OkAsync("POST", "/tenancy/import?dry_run=true", Document);
        Assert.Equal(["acme", "acme/team:research", "acme/user:ann", "acme/user:bob", "rival"], dry["created"]!.AsArray().Select(path => path!.GetValue<string>()));
        Assert.Empty((await kit.OkAsync("GET", "/organisations"))["data"]!.AsArray());
        await kit.OkAsync("POST", "/tenancy/import", Document);
        var exported = (await kit.SendAsync("GET", "/tenancy/export")).Text;
        Assert.Equal(5, (await kit.OkAsync("POST", "/tenancy/import?prune=true", exported))["unchanged"]!.GetValue<int>());

        var key = Text(await kit.OkAsync("POST", "/keys", """{"organisation":"acme","user":"bob"}"""), "secret")!;
        Assert.Equal(403, await kit.ChatAsync(key));
        var pruned = await kit.OkAsync("POST", "/tenancy/import?prune=true", "tenants: { rival: { name: Rival } }");
        Assert.Equal(["rival"], pruned["changed"]!.AsArray().Select(path => path!.GetValue<string>()));
        Assert.Equal(401, await kit.ChatAsync(key));

        foreach (var (body, message) in ((string, string)[])
            [
                ("", "is empty"), ("tenants: { a: { budget: 1 } }", "unknown key 'budget'"), ("tenants: { a: { name: '${HOME}' } }", "holds '${'"), ("- 1", "is a list"),
                ("tenants: { a: { users: { u: {} }, teams: { t: { users: { u: {} } } } } }", "twice"),
            ])
        {
            var refused = await kit.SendAsync("POST", "/tenancy/import", body);
            Assert.Equal(400, refused.Status);
            Assert.Contains(message, refused.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task AKeyOfAPolicyIsKeptToIt()
    {
        await using var kit = await AdminV1Kit.StartAsync(databases);
        await kit.OkAsync("POST", "/organisations", """{"id":"acme","allowed_models":["gpt-*"]}""");
        var made = await kit.OkAsync("POST", "/keys", """{"organisation":"acme","scopes":["chat"]}""");

        Assert.Equal(403, await kit.ChatAsync(Text(made, "secret")!));
        var caller = (await kit.OkAsync("GET", "/callers"))["data"]!.AsArray().Single()!;
        Assert.Equal((Text(made, "id"), "store", "chat", "gpt-*"), (Text(caller, "id"), Text(caller, "source"), Text(caller, "scopes"), Text(caller, "models")));
        await kit.OkAsync("PATCH", "/organisations/acme", """{"allowed_models":null}""");
        Assert.Equal(200, await kit.ChatAsync(Text(made, "secret")!));
        // Whom it belongs to has gone: it is refused, and not let in without the policy.
        await kit.SendAsync("DELETE", "/organisations/acme?cascade=true");
        Assert.Equal(401, await kit.ChatAsync(Text(made, "secret")!));
    }

    private static string? Text(JsonNode node, string name) => node[name]?.GetValue<string>();
}
