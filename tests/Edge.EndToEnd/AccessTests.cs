using System.Net;
using System.Text.Json;

namespace Edge.EndToEnd;

/// <summary>Who may call, which models there are, and what the admin plane says.</summary>
public class AccessTests
{
    private const string WithKeys = Kit.Simulator + """

        auth:
          api_keys: [sk-edge-one, sk-edge-two]
        """;

    [Theory]
    [InlineData("authorization: Bearer sk-edge-one\r\n", 200)]
    [InlineData("authorization: bearer  sk-edge-two\r\n", 200)]
    [InlineData("x-api-key: sk-edge-one\r\n", 200)]
    [InlineData("api-key: sk-edge-one\r\n", 200)]
    [InlineData("", 401)]
    [InlineData("authorization: Bearer\r\n", 401)]
    [InlineData("authorization: Bearer sk-edge-on\r\n", 401)]
    [InlineData("authorization: Bearer sk-edge-one2\r\n", 401)]
    [InlineData("authorization: Bearer SK-EDGE-ONE\r\n", 401)]
    [InlineData("authorization: Basic sk-edge-one\r\n", 401)]
    [InlineData("authorization: Bearer sk-edge-one\r\nauthorization: Bearer wrong\r\n", 401)]
    [InlineData("x-api-key: wrong\r\n", 401)]
    public async Task A_key_opens_the_data_plane(string headers, int status)
    {
        await using var edge = await EdgeProcess.StartAsync(WithKeys);
        foreach (var request in new[] { Kit.Post(Kit.Chat.Replace("gpt-4o-mini", "simulator/echo", StringComparison.Ordinal), headers), $"GET /v1/models HTTP/1.1\r\nhost: edge.test\r\n{headers}\r\n" })
        {
            using var connection = await edge.ConnectAsync();
            await connection.SendAsync(request);
            var response = await connection.ReceiveAsync();
            Assert.Equal(status, response?.Status);
            if (status == 401) Kit.AssertError(response!.Text, headers.Length == 0 ? "MISSING_API_KEY" : null);
        }
    }

    [Fact]
    public async Task A_strangers_body_is_not_read()
    {
        await using var edge = await EdgeProcess.StartAsync(WithKeys);
        using var connection = await edge.ConnectAsync();
        await connection.SendAsync($"POST {Kit.Path} HTTP/1.1\r\nhost: edge.test\r\ncontent-length: 1000000\r\n\r\n");
        Assert.Equal(401, (await connection.ReceiveAsync())?.Status);
    }

    [Fact]
    public async Task Models_are_listed_and_found()
    {
        await using var upstream = FakeUpstream.Json("{}");
        await using var edge = await EdgeProcess.StartAsync(Kit.OpenAi(upstream) + "\nmodels:\n  aliases:\n    fast: openai/gpt-4o-mini\n");
        using var client = edge.CreateClient();
        using var response = await client.GetAsync("/v1/models", Kit.Stop);
        var list = await response.JsonAsync();
        Assert.Equal("list", list.GetProperty("object").GetString());
        var ids = list.GetProperty("data").EnumerateArray().Select(model => model.GetProperty("id").GetString()!).ToList();
        Assert.Equal(["fast", "gpt-4o-mini", "openai/gpt-4o-mini"], ids.Order(StringComparer.Ordinal));
        foreach (var id in ids.SelectMany(id => new[] { id, Uri.EscapeDataString(id) }))
        {
            using var one = await client.GetAsync("/v1/models/" + id, Kit.Stop);
            var model = await one.JsonAsync();
            Assert.Equal(Uri.UnescapeDataString(id), model.GetProperty("id").GetString());
            Assert.Equal("model", model.GetProperty("object").GetString());
            Assert.Equal("openai", model.GetProperty("owned_by").GetString());
            Assert.Equal(JsonValueKind.Number, model.GetProperty("created").ValueKind);
        }
        using var unknown = await client.GetAsync("/v1/models/none", Kit.Stop);
        await unknown.AssertErrorAsync(HttpStatusCode.NotFound, "MODEL_NOT_FOUND", "model");
        Assert.Empty(upstream.Requests);
    }

    [Fact]
    public async Task The_admin_plane_tells_health_and_metrics()
    {
        await using var edge = await EdgeProcess.StartAsync(Kit.Simulator);
        using var client = edge.CreateClient();
        using (await client.PostAsync(Kit.Chat.Replace("gpt-4o-mini", "simulator/echo", StringComparison.Ordinal))) { }
        foreach (var path in new[] { "/health/live", "/health/ready" })
        {
            using var response = await client.GetAsync(new Uri(edge.AdminUrl, path), Kit.Stop);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        }
        // The record of a request is counted by a worker, behind the answer.
        await Kit.EventuallyAsync(
            async () => (await client.GetStringAsync(new Uri(edge.AdminUrl, "/metrics"), Kit.Stop)).Split('\n').Any(line =>
                line.StartsWith("edge_requests_total{", StringComparison.Ordinal) && line.Contains("status=\"200\"", StringComparison.Ordinal) && line.EndsWith(" 1", StringComparison.Ordinal)),
            "the request in the metrics");
        using var unknown = await client.GetAsync(new Uri(edge.AdminUrl, "/v1/models"), Kit.Stop);
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
    }

    [Fact]
    public async Task The_health_command_asks_a_running_gateway()
    {
        var edge = await EdgeProcess.StartAsync(Kit.Simulator);
        var url = new Uri(edge.AdminUrl, "/health/ready").ToString();
        var healthy = await EdgeBinary.RunAsync("health", "--url", url);
        Assert.Equal(0, healthy.ExitCode);
        await edge.DisposeAsync();
        var gone = await EdgeBinary.RunAsync("health", "--url", url);
        Assert.Equal(1, gone.ExitCode);
        Assert.NotEmpty(gone.Output + gone.Errors);
        Assert.DoesNotContain("   at ", gone.Errors);
    }

    [Fact]
    public async Task More_requests_than_allowed_at_once_are_503()
    {
        using var gate = new SemaphoreSlim(0);
        await using var upstream = new FakeUpstream(async exchange =>
        {
            await gate.WaitAsync(Patience.Limit);
            await exchange.JsonAsync(OpenAiWire.Completion());
        });
        await using var edge = await EdgeProcess.StartAsync(Kit.OpenAi(upstream) + "\nserver:\n  max_concurrent_requests: 1\n");
        using var client = edge.CreateClient();
        var first = client.PostAsync(Kit.Chat);
        await upstream.NextRequestAsync();
        using (var second = await client.PostAsync(Kit.Chat))
        {
            await second.AssertErrorAsync(HttpStatusCode.ServiceUnavailable, "GATEWAY_OVERLOADED");
            Assert.NotEqual("(absent)", second.HeaderOf("retry-after"));
        }
        gate.Release(2);
        using var answered = await first;
        Assert.Equal(HttpStatusCode.OK, answered.StatusCode);
    }
}
