using System.ClientModel;
using System.Net;
using System.Text;
using OpenAI;
using OpenAI.Chat;

namespace Edge.EndToEnd;

/// <summary>Limits as clients meet them: OpenAI's own client, and several gateways over one Redis.</summary>
public class LimitTests
{
    [Fact]
    public async Task OpenAis_client_waits_as_long_as_it_is_told_and_tries_again()
    {
        await using var edge = await EdgeProcess.StartAsync(Kit.Simulator + """

            limits:
              rules:
                - {requests: 1, per: 4s, by: ip}
            """);
        // As it comes: with its own retries.
        var client = new ChatClient("simulator/echo", new ApiKeyCredential("sk-client"), new OpenAIClientOptions { Endpoint = new Uri(edge.Url, "/v1"), NetworkTimeout = Patience.Limit });
        for (var i = 0; i < 2; i++)
        {
            var answer = await client.CompleteChatAsync([new UserChatMessage("Hello")], cancellationToken: Kit.Stop);
            Assert.Equal("1", answer.GetRawResponse().Headers.TryGetValue("x-ratelimit-limit-requests", out var limit) ? limit : null);
            Assert.Equal("Hello", answer.Value.Content[0].Text);
        }
        using var http = new HttpClient { BaseAddress = edge.AdminUrl };
        Assert.Contains("edge_limit_refused_total{kind=\"requests\",level=\"gateway\"} 1", await http.GetStringAsync("/metrics", Kit.Stop), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Several_gateways_over_one_redis_let_in_exactly_what_there_is()
    {
        const int Amount = 25;
        await using var redis = await RedisServer.StartNewAsync();
        var yaml = Kit.Simulator + $$"""

            stores:
              redis: {{redis.Url}}
              redis_timeout: 10s
            limits:
              rules:
                - {requests: {{Amount}}, per: 300h}
            """;
        await using var one = await EdgeProcess.StartAsync(yaml);
        await using var two = await EdgeProcess.StartAsync(yaml);
        foreach (var edge in (EdgeProcess[])[one, two]) await edge.Log.EventAsync("redis_up");
        using var clientOne = one.CreateClient();
        using var clientTwo = two.CreateClient();
        var statuses = await Task.WhenAll(Enumerable.Range(0, 2 * Amount).Select(i => SendAsync(i % 2 == 0 ? clientOne : clientTwo)));
        Assert.Equal((Amount, Amount), (statuses.Count(status => status == HttpStatusCode.OK), statuses.Count(status => status == HttpStatusCode.TooManyRequests)));

        // It dies: nobody fails for it, and each gateway goes on with its share of what the limit allows.
        await redis.KillAsync();
        await one.Log.EventAsync("redis_down");
        Assert.Contains(await SendAsync(clientOne), (HttpStatusCode[])[HttpStatusCode.OK, HttpStatusCode.TooManyRequests]);
    }

    private static async Task<HttpStatusCode> SendAsync(HttpClient client)
    {
        using var content = new StringContent("""{"model":"simulator/echo","messages":[{"role":"user","content":"Hi"}]}""", Encoding.UTF8, "application/json");
        using var answer = await client.PostAsync(new Uri("/v1/chat/completions", UriKind.Relative), content, Kit.Stop);
        return answer.StatusCode;
    }
}
