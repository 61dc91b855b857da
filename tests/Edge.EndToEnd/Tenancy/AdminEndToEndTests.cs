using System.ClientModel;
using System.ClientModel.Primitives;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using OpenAI;
using OpenAI.Chat;

namespace Edge.EndToEnd.Tenancy;

/// <summary>From an empty store to a call and a revocation, by the published binary over each database.</summary>
public sealed class AdminEndToEndTests
{
    private const string Token = "0123456789abcdef-operator";

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task AKeyThatWasMadeCallsUntilItIsRevoked(string kind)
    {
        await using var postgres = kind == "postgres" ? await PostgresServer.StartAsync() : null;
        var data = Directory.CreateTempSubdirectory("edge-data-").FullName;
        try
        {
            await using var edge = await EdgeProcess.StartAsync(Yaml(Path.Combine(data, "one"), postgres));
            // Another instance over the same database: what is changed on one is in force on the other. SQLite is one gateway's.
            await using var other = postgres is null ? null : await EdgeProcess.StartAsync(Yaml(Path.Combine(data, "other"), postgres));
            using var admin = Admin(edge);
            await CreatedAsync(admin, "organisations", """{"id":"acme","monthly_budget":100}""");
            await CreatedAsync(admin, "organisations/acme/teams", """{"id":"research"}""");
            var key = await CreatedAsync(admin, "keys", """{"organisation":"acme","team":"research","name":"ci"}""");
            var (id, secret) = (key.GetProperty("id").GetString()!, key.GetProperty("secret").GetString()!);

            Assert.Equal("Good morning", await SayAsync(edge, secret));
            if (other is not null) await UntilAsync(async () => await StatusAsync(other, secret) == 200, "the other instance knows the key");

            using (var revoked = await admin.DeleteAsync($"keys/{id}", Kit.Stop)) Assert.Equal(HttpStatusCode.NoContent, revoked.StatusCode);
            Assert.Equal(401, await StatusAsync(edge, secret));
            if (other is not null) await UntilAsync(async () => await StatusAsync(other, secret) == 401, "the other instance refuses the key");
        }
        finally
        {
            Directory.Delete(data, recursive: true);
        }
    }

    [Fact]
    public async Task TheCommandLineAdministers()
    {
        var data = Directory.CreateTempSubdirectory("edge-data-").FullName;
        try
        {
            await using var edge = await EdgeProcess.StartAsync(Yaml(data, null));
            var file = Path.Combine(edge.Folder, "tenants.yaml");
            await File.WriteAllTextAsync(file, "tenants: { acme: { name: Acme, teams: { research: {} } } }", Kit.Stop);

            Assert.Equal(0, (await RunAsync(edge, "tenants", "import", file)).ExitCode);
            Assert.Contains("acme", (await RunAsync(edge, "tenants", "list")).Output, StringComparison.Ordinal);
            Assert.Contains("research", (await RunAsync(edge, "tenants", "export")).Output, StringComparison.Ordinal);
            var made = JsonDocument.Parse(Encoding.UTF8.GetBytes((await RunAsync(edge, "keys", "create", "--organisation", "acme", "--name", "ci", "--policy", """{"scopes":["chat"]}""")).Output)).RootElement;
            var (id, secret) = (made.GetProperty("id").GetString()!, made.GetProperty("secret").GetString()!);
            Assert.Equal(200, await StatusAsync(edge, secret));
            Assert.Contains(id, (await RunAsync(edge, "keys", "list", "--organisation=acme")).Output, StringComparison.Ordinal);
            var rotated = await RunAsync(edge, "keys", "rotate", id, "--overlap", "0s");
            Assert.Contains("secret", rotated.Output, StringComparison.Ordinal);
            Assert.Equal(401, await StatusAsync(edge, secret));
            Assert.Equal(0, (await RunAsync(edge, "keys", "revoke", id)).ExitCode);

            var refused = await RunAsync(edge, "keys", "create", "--organisation", "none");
            Assert.Equal((1, true), (refused.ExitCode, refused.Errors.Contains("organisation: does not exist", StringComparison.Ordinal)));
            Assert.Equal(2, (await RunAsync(edge, "keys", "create", "--token", Token)).ExitCode);
            Assert.Equal(2, (await RunAsync(edge, "keys", "make")).ExitCode);
            Assert.Equal(2, (await EdgeBinary.RunAsync(EdgeBinary.Path, ["keys", "list"])).ExitCode);
        }
        finally
        {
            Directory.Delete(data, recursive: true);
        }
    }

    [Fact]
    public async Task WithPostgresAwayItServesAndStartsAndAnswersNo401()
    {
        await using var postgres = await PostgresServer.StartAsync();
        var data = Directory.CreateTempSubdirectory("edge-data-").FullName;
        try
        {
            var yaml = Yaml(data, postgres);
            string secret;
            await using (var edge = await EdgeProcess.StartAsync(yaml))
            {
                using var admin = Admin(edge);
                secret = (await CreatedAsync(admin, "keys", "{}")).GetProperty("secret").GetString()!;
                await postgres.KillAsync();
                Assert.Equal(200, await StatusAsync(edge, secret));
                await edge.Log.EventAsync("store_down");
                // It may have been made elsewhere a moment ago.
                Assert.Equal(503, await StatusAsync(edge, "another-key-that-nobody-knows"));
                using var list = await admin.GetAsync("keys", Kit.Stop);
                Assert.Equal(HttpStatusCode.ServiceUnavailable, list.StatusCode);
            }
            await using var again = await EdgeProcess.StartAsync(yaml);
            Assert.Equal(200, await StatusAsync(again, secret));
            await postgres.StartAgainAsync();
            await again.Log.EventAsync("store_up");
            await UntilAsync(async () => await StatusAsync(again, "another-key-that-nobody-knows") == 401, "unknown keys are unknown again");
            Assert.Equal(200, await StatusAsync(again, secret));
        }
        finally
        {
            Directory.Delete(data, recursive: true);
        }
    }

    private static string Yaml(string data, PostgresServer? postgres) => $$"""
        {{Kit.Simulator}}
        auth: { key_pepper: the-same-for-every-instance }
        admin:
          token: {{Token}}
        stores: { data_directory: {{data}}{{(postgres is null ? "" : $", database: '{postgres.Url}?connect_timeout=2'")}} }
        """;

    private static HttpClient Admin(EdgeProcess edge)
    {
        var client = new HttpClient { BaseAddress = new Uri(edge.AdminUrl, "/admin/v1/"), Timeout = Patience.Limit };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Token);
        return client;
    }

    private static async Task<JsonElement> CreatedAsync(HttpClient admin, string path, string body)
    {
        using var response = await admin.PostAsync(path, new StringContent(body, Encoding.UTF8, "application/json"), Kit.Stop);
        Assert.True(response.StatusCode == HttpStatusCode.Created, await response.Content.ReadAsStringAsync(Kit.Stop));
        return await response.Content.ReadFromJsonAsync<JsonElement>(Kit.Stop);
    }

    private static async Task<string> SayAsync(EdgeProcess edge, string key)
    {
        var client = new ChatClient("simulator/echo", new ApiKeyCredential(key), new OpenAIClientOptions { Endpoint = new Uri(edge.Url, "/v1"), RetryPolicy = new ClientRetryPolicy(maxRetries: 0) });
        ChatCompletion answer = await client.CompleteChatAsync([new UserChatMessage("Good morning")], cancellationToken: Kit.Stop);
        return answer.Content[0].Text;
    }

    private static async Task<int> StatusAsync(EdgeProcess edge, string key)
    {
        using var client = edge.CreateClient();
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        using var response = await client.PostAsync(Kit.Path, new StringContent(Kit.Chat.Replace("gpt-4o-mini", "simulator/echo", StringComparison.Ordinal), Encoding.UTF8, "application/json"), Kit.Stop);
        return (int)response.StatusCode;
    }

    private static Task<CommandResult> RunAsync(EdgeProcess edge, params string[] arguments) =>
        EdgeBinary.RunAsync(EdgeBinary.Path, [.. arguments, "--url", edge.AdminUrl.ToString()], new Dictionary<string, string> { ["EDGE_ADMIN_TOKEN"] = Token });

    // The other instance looks twice a second; how long that takes on a busy machine is not what is tested.
    private static async Task UntilAsync(Func<Task<bool>> holds, string what)
    {
        var limit = Task.Delay(Patience.Limit);
        while (!await holds())
        {
            Assert.False(limit.IsCompleted, "Did not happen: " + what);
            await Task.Delay(50);
        }
    }
}
