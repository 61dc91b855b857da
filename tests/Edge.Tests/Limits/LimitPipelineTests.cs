using Edge.Configuration;
using Edge.Limits;
using Edge.Providers;
using Edge.Tests.Pipeline;
using Edge.Tests.Simulator;
using Edge.Upstream;

namespace Edge.Tests.Limits;

/// <summary>Limits through the whole pipeline.</summary>
public sealed class LimitPipelineTests
{
    private const string Body = """{"model":"m","messages":[{"role":"user","content":"Hello"}]}""";
    private const string Answer = """{"id":"1","object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"Hi"},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}}""";

    [Fact]
    public async Task Who_is_refused_gets_a_429_that_sdks_understand_and_the_provider_is_not_called()
    {
        var kit = Kit(new() { Limits = new() { Rules = [new() { Requests = 1, By = LimitBy.User, Name = "each" }] } });
        var first = await kit.SendAsync(Body);
        Assert.Equal((200, "1", "0"), (first.StatusCode, first.ResponseHeaders["x-ratelimit-limit-requests"].ToString(), first.ResponseHeaders["x-ratelimit-remaining-requests"].ToString()));
        var second = await kit.SendAsync(Body);
        Assert.Equal(429, second.StatusCode);
        Assert.Equal(
            """{"error":{"message":"The limit is reached: 1 requests a minute for each user (limit 'each' of this gateway). Try again in 1m0s.","type":"rate_limit_error","param":null,"code":"RATE_LIMIT_EXCEEDED"}}""",
            second.WrittenText);
        Assert.Equal(("60", "60000", "\"gateway.each\";r=0;t=60"), (second.ResponseHeaders.RetryAfter.ToString(), second.ResponseHeaders["retry-after-ms"].ToString(), second.ResponseHeaders["RateLimit"].ToString()));
        Assert.Single(kit.Called);
    }

    [Fact]
    public async Task Clients_of_the_messages_dialect_get_its_error()
    {
        var kit = Kit(new() { Limits = new() { MaxRequestsPerMinute = 1 } }, Dialect.Anthropic);
        const string Message = """{"model":"m","max_tokens":5,"messages":[{"role":"user","content":"Hello"}]}""";
        for (var i = 0; i < 2; i++)
        {
            var transport = await kit.SendAsync(Message, transport => transport.Path = transport.RawTarget = "/v1/messages");
            if (i == 0) continue;
            Assert.Equal(429, transport.StatusCode);
            Assert.Contains("\"type\":\"rate_limit_error\"", transport.WrittenText, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_providers_own_numbers_pass_only_where_there_are_none_of_ours(bool isLimited)
    {
        var kit = Kit(new() { Limits = new() { Rules = isLimited ? [new() { Requests = 7, By = LimitBy.User }] : [] } });
        foreach (var stream in (bool[])[false, true])
        {
            kit.Answer(() => (stream ? CannedResponse.Events("data: {\"choices\":[]}\n\n", "data: [DONE]\n\n") : CannedResponse.Json(Answer))
                .WithHeader("x-ratelimit-limit-requests", "5000").WithHeader("x-ratelimit-limit-project-tokens", "9").WithHeader("x-request-id", "theirs"));
            var transport = await kit.SendAsync(stream ? Body.Replace("{\"model\"", "{\"stream\":true,\"model\"", StringComparison.Ordinal) : Body);
            var headers = transport.ResponseHeaders;
            Assert.Equal(isLimited ? "7" : "5000", headers["x-ratelimit-limit-requests"].ToString());
            Assert.Equal(isLimited ? "" : "9", headers["x-ratelimit-limit-project-tokens"].ToString());
            Assert.Equal("theirs", headers["x-request-id"].ToString());
        }
    }

    [Fact]
    public async Task Places_are_given_back_however_a_request_ends()
    {
        var kit = Kit(new() { Limits = new() { Rules = [new() { Concurrent = 1 }] } });
        foreach (var answer in (Func<CannedResponse>[])[
            () => CannedResponse.Json(Answer), () => CannedResponse.Json("{}", 500), () => CannedResponse.Failed(UpstreamFailure.Connect), () => CannedResponse.Json("no json"),
            () => throw new InvalidOperationException("a defect")])
        {
            kit.Answer(answer);
            Assert.NotEqual(429, (await kit.SendAsync(Body)).StatusCode);
        }
        kit.Answer(() => CannedResponse.Json(Answer));
        // Refused after its place was taken: an unknown field value, no model.
        Assert.NotEqual(429, (await kit.SendAsync("""{"model":"m","messages":[{"role":"user","content":"x"}],"routing":{"providers":["nobody"]}}""")).StatusCode);
        Assert.Equal(200, (await kit.SendAsync(Body)).StatusCode);
    }

    [Fact]
    public async Task Endpoints_that_pass_as_they_are_count_as_requests()
    {
        var kit = Kit(new() { Limits = new() { MaxRequestsPerMinute = 1 } });
        kit.Answer(() => CannedResponse.Json("""{"results":[]}"""));
        for (var i = 0; i < 2; i++)
        {
            var transport = await kit.SendAsync("""{"model":"m","input":"x"}""", transport => transport.Path = transport.RawTarget = "/v1/moderations");
            Assert.Equal(i == 1, transport.StatusCode == 429);
        }
    }

    [Fact]
    public async Task A_provider_that_has_had_its_requests_is_passed_over_and_when_all_have_the_client_is_told()
    {
        var time = new ManualTime();
        var kit = new PipelineKit(more: [ProviderCatalog.Find("openai")! with { Name = "second" }], time: time, config: new()
        {
            Routing = new() { FallbackChain = ["second/m"] },
        });
        kit.Answer(() => CannedResponse.Json(Answer));
        Rate("fake", 2);
        Rate("second", 1);
        for (var i = 0; i < 3; i++) Assert.Equal(200, (await kit.SendAsync(Qualified)).StatusCode);
        Assert.Equal(["fake", "fake", "second"], kit.Called);
        var refused = await kit.SendAsync(Qualified);
        Assert.Equal((429, "30", "30000"), (refused.StatusCode, refused.ResponseHeaders.RetryAfter.ToString(), refused.ResponseHeaders["retry-after-ms"].ToString()));
        Assert.Contains("RATE_LIMIT_EXCEEDED", refused.WrittenText, StringComparison.Ordinal);
        Assert.Equal(3, kit.Called.Count);
        // The kit's targets measure in the system clock's ticks.
        time.Advance(TimeSpan.FromSeconds(30.0 * TimeProvider.System.TimestampFrequency / time.TimestampFrequency));
        Assert.Equal(200, (await kit.SendAsync(Qualified)).StatusCode);
        Assert.Equal("fake", kit.Called[^1]);
        // A reload that takes the limit away.
        Rate("fake", 0);
        for (var i = 0; i < 5; i++) Assert.Equal(200, (await kit.SendAsync(Qualified)).StatusCode);

        void Rate(string name, long count) =>
            kit.State.Current.Targets.Single(target => target.Name == name).State.Rate.Configure(count == 0 ? null : new Rate(count, TimeSpan.FromMinutes(1)));
    }

    [Fact]
    public async Task A_failure_is_retried_only_as_often_as_the_provider_has_room()
    {
        var kit = new PipelineKit(time: new ManualTime());
        kit.Answer(() => CannedResponse.Json("""{"error":{"message":"boom"}}""", 500));
        kit.State.Current.Targets[0].State.Rate.Configure(new Rate(1, TimeSpan.FromHours(1)));
        var transport = await kit.SendAsync(Qualified);
        Assert.Equal(500, transport.StatusCode);
        Assert.Single(kit.Called);
    }

    private const string Qualified = """{"model":"fake/m","messages":[{"role":"user","content":"Hello"}]}""";

    private static PipelineKit Kit(EdgeConfig config, Dialect dialect = Dialect.OpenAi)
    {
        var kit = new PipelineKit(dialect, config, time: new ManualTime());
        return kit.Answer(() => CannedResponse.Json(Answer));
    }
}
