using System.Buffers.Text;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;

namespace Edge.EndToEnd.Tenancy;

/// <summary>Who calls, by key and by token, through the published binary.</summary>
public class IdentityTests
{
    private const string Secret = "0123456789abcdef0123456789abcdef";

    private const string Tenants = Kit.Simulator + $$"""

        tenants:
          acme: {allowed_models: ["simulator/echo"], teams: { core: {} } }
          globex: {scopes: [embeddings]}
        auth:
          max_failures_per_minute: 10
          api_keys:
            - {key: key-of-acme, name: acme-app, organisation: acme, team: core}
            - {key: key-of-globex, organisation: globex}
            - {key: key-of-the-past, expires_at: 2020-01-01}
          jwt:
            corp: {issuer: corp, audiences: [edge], secret: {{Secret}}, claims: {organisation: org} }
        """;

    [Fact]
    public async Task Keys_and_tokens_open_what_their_tenants_allow()
    {
        await using var edge = await EdgeProcess.StartAsync(Tenants);
        using var client = edge.CreateClient();
        Assert.Equal((HttpStatusCode.OK, ""), await ChatAsync(client, "key-of-acme", "simulator/echo"));
        Assert.Equal((HttpStatusCode.Forbidden, "MODEL_NOT_ALLOWED"), await ChatAsync(client, "key-of-acme", "simulator/lorem"));
        Assert.Equal((HttpStatusCode.Forbidden, "FORBIDDEN"), await ChatAsync(client, "key-of-globex", "simulator/echo"));
        Assert.Equal((HttpStatusCode.Unauthorized, "KEY_EXPIRED"), await ChatAsync(client, "key-of-the-past", "simulator/echo"));
        Assert.Equal((HttpStatusCode.Unauthorized, "INVALID_API_KEY"), await ChatAsync(client, "key-of-nobody", "simulator/echo"));
        Assert.Equal((HttpStatusCode.Unauthorized, "MISSING_API_KEY"), await ChatAsync(client, null, "simulator/echo"));
        Assert.Equal((HttpStatusCode.OK, ""), await ChatAsync(client, Token("acme"), "simulator/echo"));
        Assert.Equal((HttpStatusCode.OK, ""), await ChatAsync(client, Token("acme"), "simulator/echo"));
        Assert.Equal((HttpStatusCode.Forbidden, "MODEL_NOT_ALLOWED"), await ChatAsync(client, Token("acme"), "simulator/lorem"));
        Assert.Equal((HttpStatusCode.Forbidden, "FORBIDDEN"), await ChatAsync(client, Token("initech"), "simulator/echo"));
        Assert.Equal((HttpStatusCode.Unauthorized, "INVALID_TOKEN"), await ChatAsync(client, Token("acme", "another secret of thirty-two bytes"), "simulator/echo"));
    }

    [Fact]
    public async Task A_flood_of_wrong_keys_is_told_to_wait_and_right_ones_pass()
    {
        await using var edge = await EdgeProcess.StartAsync(Tenants);
        using var client = edge.CreateClient();
        var codes = new List<string>();
        for (var i = 0; i < 30; i++) codes.Add((await ChatAsync(client, "wrong-" + i, "simulator/echo")).Code);
        Assert.Contains("TOO_MANY_BAD_KEYS", codes);
        Assert.Equal((HttpStatusCode.OK, ""), await ChatAsync(client, "key-of-acme", "simulator/echo"));
    }

    [Fact]
    public async Task A_tenant_lists_its_own_models_and_nothing_of_a_shared_account()
    {
        await using var edge = await EdgeProcess.StartAsync(Tenants);
        using var client = edge.CreateClient();
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "key-of-acme");
        using var models = await client.GetAsync("/v1/models", Kit.Stop);
        Assert.Equal(["simulator/echo"], (await models.JsonAsync()).GetProperty("data").EnumerateArray().Select(model => model.GetProperty("id").GetString()));
        foreach (var path in new[] { "/v1/files", "/v1/batches", "/v1/responses/resp_1", "/v1/vector_stores" })
        {
            using var refused = await client.GetAsync(path, Kit.Stop);
            Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        }
    }

    private static async Task<(HttpStatusCode Status, string Code)> ChatAsync(HttpClient client, string? key, string model)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, Kit.Path) { Content = Kit.Json($$"""{"model":"{{model}}","messages":[{"role":"user","content":"hi"}]}""") };
        if (key is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        using var response = await client.SendAsync(request, Kit.Stop);
        return (response.StatusCode, response.IsSuccessStatusCode ? "" : (await response.JsonAsync()).GetProperty("error").GetProperty("code").GetString()!);
    }

    private static string Token(string organisation, string secret = Secret)
    {
        var until = TimeProvider.System.GetUtcNow().AddMinutes(5).ToUnixTimeSeconds();
        var payload = $$"""{"iss":"corp","aud":"edge","sub":"ann","exp":{{until}},"org":"{{organisation}}"}""";
        var text = $"{Base64Url.EncodeToString("""{"alg":"HS256","typ":"JWT"}"""u8)}.{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(payload))}";
        return $"{text}.{Base64Url.EncodeToString(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.ASCII.GetBytes(text)))}";
    }
}
