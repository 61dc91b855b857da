using System.Net;

namespace Edge.EndToEnd;

/// <summary>Several keys of one provider: one that is refused and one that is throttled cost one request each, and none is ever told.</summary>
public class KeyRotationTests
{
    [Theory]
    [InlineData("openai", "authorization", "Bearer ")]
    [InlineData("anthropic", "x-api-key", "")]
    [InlineData("gemini", "x-goog-api-key", "")]
    [InlineData("cohere", "authorization", "Bearer ")]
    public async Task Traffic_goes_to_the_key_that_works(string name, string header, string prefix)
    {
        const string Refused = "key-refused-7f3a", Throttled = "key-throttled-91bc", Good = "key-good-4d2e";
        var provider = ProviderCases.Find(name) with { Yaml = $"    type: {name}\n    api_keys: [{Refused}, {Throttled}, {Good}]" };
        await using var upstream = provider.Start(exchange => exchange.Header(header)?[prefix.Length..] switch
        {
            Refused => exchange.JsonAsync(OpenAiWire.Error("Invalid key.", "authentication_error"), 401),
            Throttled => exchange.JsonAsync(provider.Throttled, 429, "retry-after: 3600\r\n"),
            _ => exchange.JsonAsync(provider.Whole),
        });
        await using var edge = await provider.GatewayAsync(upstream);
        using var http = edge.CreateClient();
        var client = ClientCase.All[0];
        var statuses = new List<int>();
        for (var i = 0; i < 30; i++)
        {
            var (response, text) = await client.AskAsync(http, provider.ModelName, stream: false);
            statuses.Add((int)response.StatusCode);
            Assert.DoesNotContain("key-", text);
            response.Dispose();
        }

        var used = upstream.Requests.GroupBy(exchange => exchange.Header(header)![prefix.Length..]).ToDictionary(group => group.Key, group => group.Count());
        Assert.True(used[Refused] == 1 && used[Throttled] == 1 && used[Good] >= 28, string.Join(", ", used));
        Assert.All(statuses.Skip(3), status => Assert.Equal(200, status));
        Assert.All(new[] { Refused, Throttled, Good }, key => Assert.DoesNotContain(key, edge.Log.ToString()));
        using var admin = new HttpClient { BaseAddress = edge.AdminUrl, Timeout = Patience.Limit };
        var metrics = await admin.GetStringAsync(new Uri("/metrics", UriKind.Relative), Kit.Stop);
        Assert.DoesNotContain("key-", metrics);
    }

    [Fact]
    public async Task A_key_that_the_provider_repeats_in_its_error_is_not_logged()
    {
        var provider = ProviderCases.Find("openai");
        await using var upstream = provider.Start(exchange => exchange.JsonAsync(OpenAiWire.Error($"Incorrect API key provided: {ProviderCase.Secret}.", "invalid_request_error", "invalid_api_key"), 401));
        await using var edge = await provider.GatewayAsync(upstream);
        using var http = edge.CreateClient();
        var (response, _) = await ClientCase.All[0].AskAsync(http, provider.ModelName, stream: false);
        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        Assert.DoesNotContain(ProviderCase.Secret, edge.Log.ToString());
        response.Dispose();
    }
}
