using System.Text.Json.Nodes;
using Edge.Admin.V1;
using Edge.Tests.Storage;

namespace Edge.Tests.Admin.V1;

/// <summary>Whoever administers one organisation learns nothing of another, not even that it is there.</summary>
public sealed class IsolationTests(Databases databases)
{
    [Theory]
    [MemberData(nameof(Databases.Kinds), MemberType = typeof(Databases))]
    public async Task AnothersThingsAreAnsweredAsThoseThatAreNotThere(string kind)
    {
        await using var kit = await WithTwoAsync(kind);
        var rivalKey = (await kit.OkAsync("POST", "/keys", """{"organisation":"rival","name":"secret-project"}"""))["id"]!.GetValue<string>();
        const string NoKey = "key_0000000000aaaaaaaaaaaaaaaa";

        foreach (var (method, target, body) in ((string, string, string)[])
            [
                ("GET", "/organisations/{0}", ""), ("PUT", "/organisations/{0}", "{}"), ("PATCH", "/organisations/{0}", "{}"), ("GET", "/organisations/{0}/teams", ""),
                ("POST", "/organisations/{0}/teams", """{"id":"t2"}"""), ("GET", "/organisations/{0}/teams/t", ""), ("PUT", "/organisations/{0}/teams/t", "{}"),
                ("DELETE", "/organisations/{0}/teams/t", ""), ("GET", "/organisations/{0}/users", ""), ("GET", "/organisations/{0}/users/u", ""), ("PATCH", "/organisations/{0}/users/u", "{}"),
                ("GET", "/keys?organisation={0}", ""), ("POST", "/keys", """{"organisation":"{0}"}"""), ("POST", "/keys", """{"organisation":"{0}","team":"t"}"""),
                ("GET", "/keys/{1}", ""), ("PATCH", "/keys/{1}", "{}"), ("DELETE", "/keys/{1}", ""), ("POST", "/keys/{1}/rotate", "{}"),
            ])
        {
            var foreign = await AskAsync("rival", rivalKey);
            var missing = await AskAsync("nobody", NoKey);
            Assert.Equal(missing.Status, foreign.Status);
            Assert.Equal(missing.Text, foreign.Text.Replace("rival", "nobody", StringComparison.Ordinal).Replace(rivalKey, NoKey, StringComparison.Ordinal));
            Assert.Equal(missing.ETag, foreign.ETag);

            Task<AdminV1Kit.Answer> AskAsync(string organisation, string key) => kit.SendAsync(
                method, target.Replace("{0}", organisation, StringComparison.Ordinal).Replace("{1}", key, StringComparison.Ordinal),
                body.Replace("{0}", organisation, StringComparison.Ordinal), AdminV1Kit.AcmeOwner, ("If-Match", "*"));
        }
        // Nothing of it happened.
        Assert.Equal("active", (await kit.OkAsync("GET", $"/keys/{rivalKey}"))["status"]!.GetValue<string>());
        Assert.Single((await kit.OkAsync("GET", "/organisations/rival/teams"))["data"]!.AsArray());
    }

    [Fact]
    public async Task ListsHoldTheOwnThingsAlone()
    {
        await using var kit = await WithTwoAsync("sqlite");
        await kit.OkAsync("POST", "/keys", """{"organisation":"rival"}""");
        await kit.OkAsync("POST", "/keys", "{}");
        var own = (await kit.OkAsync("POST", "/keys", "{}", AdminV1Kit.AcmeOwner))!;
        Assert.Equal("acme", own["organisation"]!.GetValue<string>());

        Assert.Equal(["acme"], Ids(await kit.OkAsync("GET", "/organisations", token: AdminV1Kit.AcmeOwner)));
        Assert.Equal([own["id"]!.GetValue<string>()], Ids(await kit.OkAsync("GET", "/keys", token: AdminV1Kit.AcmeOwner)));
        Assert.Equal([own["id"]!.GetValue<string>()], Ids(await kit.OkAsync("GET", "/callers", token: AdminV1Kit.AcmeOwner)));
        Assert.Equal(3, Ids(await kit.OkAsync("GET", "/keys")).Count);
        foreach (var (method, path) in ((string, string)[])[("GET", "/tenancy"), ("GET", "/tenancy/export"), ("POST", "/tenancy/import"), ("POST", "/organisations"), ("DELETE", "/organisations/acme")])
        {
            Assert.Equal(403, (await kit.SendAsync(method, path, method == "POST" ? "{}" : "", AdminV1Kit.AcmeOwner)).Status);
        }
    }

    [Fact]
    public async Task EachRoleMayWhatItMay()
    {
        await using var kit = await WithTwoAsync("memory");
        foreach (var (token, rights) in ((string, AdminRights)[])
            [
                (AdminV1Kit.Viewer, AdminRights.Look), (AdminV1Kit.Auditor, AdminRights.Look | AdminRights.Audit), (AdminV1Kit.Developer, AdminRights.Look | AdminRights.Keys),
                (AdminV1Kit.Admin, AdminRights.Look | AdminRights.Keys | AdminRights.Tenants), (AdminV1Kit.Operator, AdminRights.All), (AdminV1Kit.AcmeViewer, AdminRights.Look),
            ])
        {
            foreach (var operation in kit.V1.Operations)
            {
                var answer = await kit.SendAsync(operation.Method, operation.Path.Replace("{organisation}", "nobody", StringComparison.Ordinal).Replace('{', '_').Replace('}', '_'), "", token);
                var mayBeRefused = operation.IsGlobal && token == AdminV1Kit.AcmeViewer;
                Assert.True((answer.Status == 403) == ((rights & operation.Needs) != operation.Needs || mayBeRefused), $"{operation.Id} by {token}: {answer.Status}");
            }
        }
    }

    private async Task<AdminV1Kit> WithTwoAsync(string kind)
    {
        var kit = await AdminV1Kit.StartAsync(databases, kind);
        foreach (var name in (string[])["acme", "rival"])
        {
            await kit.OkAsync("POST", "/organisations", $$"""{"id":"{{name}}","monthly_budget":7}""");
            await kit.OkAsync("POST", $"/organisations/{name}/teams", """{"id":"t"}""");
            await kit.OkAsync("POST", $"/organisations/{name}/users", """{"id":"u"}""");
        }
        return kit;
    }

    private static List<string> Ids(JsonNode list) => [.. list["data"]!.AsArray().Select(one => one!["id"]!.GetValue<string>())];
}
