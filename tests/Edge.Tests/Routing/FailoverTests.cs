using Edge.Configuration;
using Edge.Pipeline;
using Edge.Providers;
using Edge.Tests.Pipeline;
using Edge.Upstream;

namespace Edge.Tests.Routing;

/// <summary>One request, several targets: who is asked, in which order, and what the client hears.</summary>
public class FailoverTests
{
    private const string Body = """{"model":"fake/m","messages":[{"role":"user","content":"hi"}]}""";
    private const string StreamBody = """{"model":"fake/m","stream":true,"messages":[{"role":"user","content":"hi"}]}""";
    private const string Good = """{"id":"c","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"hello"},"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":1,"total_tokens":4}}""";

    private static readonly string[] _goodStream =
    [
        "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"hello\"},\"finish_reason\":null}]}\n\n",
        "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n",
        "data: [DONE]\n\n",
    ];

    public static TheoryData<string, bool> Mended => [.. from failure in Failures.Keys from stream in (bool[])[false, true] select new TheoryDataRow<string, bool>(failure, stream)];

    // What another target may mend, by name.
    private static Dictionary<string, Func<bool, CannedResponse>> Failures { get; } = new()
    {
        ["connect"] = _ => CannedResponse.Failed(UpstreamFailure.Connect),
        ["dns"] = _ => CannedResponse.Failed(UpstreamFailure.Dns),
        ["tls"] = _ => CannedResponse.Failed(UpstreamFailure.Tls),
        ["reset"] = _ => CannedResponse.Failed(UpstreamFailure.Reset),
        ["first byte"] = _ => CannedResponse.Failed(UpstreamFailure.FirstByteTimeout),
        ["pool"] = _ => CannedResponse.Failed(UpstreamFailure.PoolExhausted),
        ["protocol"] = _ => CannedResponse.Failed(UpstreamFailure.Protocol),
        ["401"] = _ => CannedResponse.Json("""{"error":{"message":"bad key","type":"invalid_request_error","code":"invalid_api_key"}}""", 401),
        ["403"] = _ => CannedResponse.Json("""{"error":{"message":"no","type":"permission_error"}}""", 403),
        ["404"] = _ => CannedResponse.Json("""{"error":{"message":"no such model","type":"invalid_request_error","code":"model_not_found"}}""", 404),
        ["408"] = _ => CannedResponse.Json("""{"error":{"message":"late"}}""", 408),
        ["429"] = _ => CannedResponse.Json("""{"error":{"message":"slow down","type":"rate_limit_error"}}""", 429),
        ["500"] = _ => CannedResponse.Json("""{"error":{"message":"oops","type":"server_error"}}""", 500),
        ["502"] = _ => new CannedResponse(502, "text/html", ["<html>bad gateway</html>"u8.ToArray()]),
        ["503"] = _ => CannedResponse.Json("""{"error":{"message":"busy","type":"overloaded"}}""", 503),
        ["529"] = _ => CannedResponse.Json("""{"error":{"message":"busy","type":"overloaded_error"}}""", 529),
        ["redirect"] = _ => CannedResponse.Json("{}", 302),
        ["error in a 200"] = stream => stream
            ? CannedResponse.Events("data: {\"error\":{\"message\":\"busy\",\"type\":\"server_error\",\"code\":503}}\n\n")
            : CannedResponse.Json("""{"error":{"message":"busy","type":"server_error"}}"""),
        ["cut before the first event"] = stream => stream
            ? new CannedResponse(200, "text/event-stream", [": hello\n\ndata: {\"id\""u8.ToArray()], UpstreamFailure.Cut)
            : new CannedResponse(200, "application/json", ["{\"id\":\"c\",\"choi"u8.ToArray()], UpstreamFailure.Cut),
        ["silence"] = stream => new CannedResponse(200, stream ? "text/event-stream" : "application/json", [], UpstreamFailure.IdleTimeout),
        ["not json"] = stream => stream ? new CannedResponse(200, "text/html", ["<html>"u8.ToArray()]) : CannedResponse.Json("<html>"),
    };

    [Theory]
    [MemberData(nameof(Mended))]
    public async Task What_another_target_may_mend_is_tried_there(string failure, bool stream)
    {
        var kit = Kit(["fake", "groq"]);
        kit.AnswerOf = name => name == "fake" ? Failures[failure](stream) : Answer(stream);

        var answer = await kit.SendAsync(stream ? StreamBody : Body);

        Assert.Equal(200, answer.StatusCode);
        Assert.Equal(["fake", "groq"], kit.Called);
        Assert.Equal("groq", answer.ResponseHeaders["x-edge-provider"]);
        Assert.Contains("hello", answer.WrittenText, StringComparison.Ordinal);
        Assert.DoesNotContain("error", answer.WrittenText, StringComparison.Ordinal);
        Assert.Equal(Outcome.Completed, kit.TakeRecord().Outcome);
        Assert.All(kit.State.Current.Targets, target => Assert.Equal(0, target.State.For("m").InFlight));
    }

    [Theory]
    [InlineData(400, """{"error":{"message":"bad","type":"invalid_request_error"}}""")]
    [InlineData(422, """{"error":{"message":"bad","type":"invalid_request_error"}}""")]
    [InlineData(400, """{"error":{"message":"no","type":"invalid_request_error","code":"content_policy_violation"}}""")]
    public async Task What_is_the_clients_own_is_told_at_once(int status, string body)
    {
        var kit = Kit(["fake", "groq"]);
        kit.AnswerOf = _ => CannedResponse.Json(body, status);

        var answer = await kit.SendAsync(Body);

        Assert.Equal(status, answer.StatusCode);
        Assert.Equal(body, answer.WrittenText);
        Assert.Equal(["fake"], kit.Called);
    }

    [Fact]
    public async Task A_prompt_that_is_too_long_goes_to_a_larger_model_alone()
    {
        var kit = Kit(["fake", "groq", "deepseek"], routing => routing with { ContextWindows = new Dictionary<string, long> { ["fake/m"] = 1000, ["groq/m"] = 900, ["deepseek/m"] = 2000 } });
        kit.AnswerOf = name => name == "deepseek"
            ? Answer(false)
            : CannedResponse.Json("""{"error":{"message":"This model's maximum context length is 1000 tokens","type":"invalid_request_error","code":"context_length_exceeded"}}""", 400);

        var answer = await kit.SendAsync(Body);

        Assert.Equal(200, answer.StatusCode);
        Assert.Equal(["fake", "deepseek"], kit.Called);
    }

    [Fact]
    public async Task One_target_alone_is_tried_again()
    {
        var kit = Kit(["fake"]);
        var calls = 0;
        kit.AnswerOf = _ => ++calls == 1 ? CannedResponse.Failed(UpstreamFailure.Reset) : Answer(false);

        Assert.Equal(200, (await kit.SendAsync(Body)).StatusCode);
        Assert.Equal(2, calls);
        Assert.Equal(kit.SentBodies[0], kit.SentBodies[1]);
    }

    [Fact]
    public async Task A_time_out_is_not_tried_on_the_same_target_again()
    {
        var kit = Kit(["fake"]);
        kit.AnswerOf = _ => CannedResponse.Failed(UpstreamFailure.FirstByteTimeout);

        Assert.Equal(504, (await kit.SendAsync(Body)).StatusCode);
        Assert.Equal(["fake"], kit.Called);
    }

    [Fact]
    public async Task Attempts_are_bounded()
    {
        var kit = Kit(["fake", "groq", "deepseek"], routing => routing with { Retry = new RetryConfig { MaxAttempts = 2 } });
        kit.AnswerOf = _ => CannedResponse.Json("""{"error":{"message":"oops"}}""", 500);

        Assert.Equal(500, (await kit.SendAsync(Body)).StatusCode);
        Assert.Equal(["fake", "groq"], kit.Called);
    }

    [Fact]
    public async Task Of_several_failures_the_client_hears_what_it_can_act_upon()
    {
        var kit = Kit(["fake", "groq"], routing => routing with { Retry = new RetryConfig { PerTarget = 1 } });
        kit.AnswerOf = name => name == "fake"
            ? CannedResponse.Json("""{"error":{"message":"slow down","type":"rate_limit_error"}}""", 429).WithHeader("retry-after", "17").WithHeader("x-ratelimit-remaining-requests", "0")
            : CannedResponse.Json("""{"error":{"message":"bad key","type":"invalid_request_error","code":"invalid_api_key"}}""", 401);

        var answer = await kit.SendAsync(Body);

        Assert.Equal(429, answer.StatusCode);
        Assert.Equal("17", answer.ResponseHeaders["retry-after"]);
        Assert.Equal("0", answer.ResponseHeaders["x-ratelimit-remaining-requests"]);
        Assert.Contains("slow down", answer.WrittenText, StringComparison.Ordinal);
        Assert.Equal("fake", answer.ResponseHeaders["x-edge-provider"]);
    }

    [Fact]
    public async Task Once_a_byte_has_reached_the_client_nobody_else_is_asked()
    {
        var kit = Kit(["fake", "groq"]);
        kit.AnswerOf = _ => new CannedResponse(200, "text/event-stream", [System.Text.Encoding.UTF8.GetBytes(_goodStream[0])], UpstreamFailure.Cut);

        var answer = await kit.SendAsync(StreamBody);

        Assert.Equal(200, answer.StatusCode);
        Assert.Equal(["fake"], kit.Called);
        Assert.Contains("UPSTREAM_CUT", answer.WrittenText, StringComparison.Ordinal);
        Assert.DoesNotContain("[DONE]", answer.WrittenText, StringComparison.Ordinal);
        Assert.DoesNotContain("finish_reason\":\"", answer.WrittenText, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_target_that_cannot_express_the_request_is_passed_over()
    {
        // The second speaks another dialect, which has no place for several choices.
        var kit = new PipelineKit(more: [ProviderCatalog.Find("anthropic")! with { Name = "other" }, ProviderCatalog.Find("groq")!], config: Config(["other/m", "groq/m"]));
        kit.AnswerOf = name => name == "fake" ? CannedResponse.Failed(UpstreamFailure.Connect) : Answer(false);

        var answer = await kit.SendAsync("""{"model":"fake/m","n":2,"messages":[{"role":"user","content":"hi"}]}""");

        Assert.Equal(["fake", "groq"], kit.Called.Distinct());
        Assert.Equal(200, answer.StatusCode);
    }

    [Fact]
    public async Task A_throttled_target_is_left_alone_while_another_serves()
    {
        var kit = Kit(["fake", "groq"]);
        kit.AnswerOf = name => name == "fake" ? CannedResponse.Json("""{"error":{"message":"slow down","type":"rate_limit_error"}}""", 429).WithHeader("retry-after", "60") : Answer(false);

        await kit.SendAsync(Body);
        await kit.SendAsync(Body);

        Assert.Equal(["fake", "groq", "groq"], kit.Called);
    }

    [Fact]
    public async Task A_breaker_opens_and_the_others_serve_at_once()
    {
        var kit = Kit(["fake", "groq"], routing => routing with { Breaker = new BreakerConfig { MinRequests = 3, OpenFor = TimeSpan.FromHours(1), MaxOpenFor = TimeSpan.FromHours(1) } });
        kit.AnswerOf = name => name == "fake" ? CannedResponse.Failed(UpstreamFailure.Connect) : Answer(false);

        for (var i = 0; i < 6; i++) Assert.Equal(200, (await kit.SendAsync(Body)).StatusCode);

        Assert.Equal(3, kit.Called.Count(name => name == "fake"));
        Assert.Equal(6, kit.Called.Count(name => name == "groq"));
    }

    [Theory]
    [InlineData("""{"providers":["groq"]}""", "groq")]
    [InlineData("""{"providers":["deepseek","groq"]}""", "deepseek")]
    [InlineData("""{"preferredModels":["deepseek/m","groq/m"]}""", "deepseek")]
    [InlineData("""{"preferred_models":["nobody/m","groq/m"]}""", "groq")]
    [InlineData("""{"preferredModels":["deepseek/m","groq/m"],"providers":["groq"]}""", "groq")]
    public async Task A_request_narrows(string routing, string called)
    {
        var kit = Kit(["fake", "groq", "deepseek"]);
        kit.AnswerOf = _ => Answer(false);

        var answer = await kit.SendAsync($$"""{"model":"fake/m","routing":{{routing}},"messages":[{"role":"user","content":"hi"}]}""");

        Assert.Equal(200, answer.StatusCode);
        Assert.Equal([called], kit.Called);
        Assert.DoesNotContain("routing", kit.SentBody, StringComparison.Ordinal);
        Assert.False(answer.ResponseHeaders.ContainsKey("x-edge-not-enforced"));
    }

    [Fact]
    public async Task Providers_that_do_not_serve_the_model_are_an_error_that_names_the_field()
    {
        var kit = Kit(["fake", "groq"]);
        var answer = await kit.SendAsync("""{"model":"fake/m","routing":{"providers":["nobody"]},"messages":[{"role":"user","content":"hi"}]}""");

        Assert.Equal(503, answer.StatusCode);
        Assert.Contains("routing.providers", answer.WrittenText, StringComparison.Ordinal);
        Assert.Empty(kit.Called);
    }

    [Fact]
    public async Task A_rule_sends_requests_elsewhere()
    {
        var kit = Kit(["fake", "groq"], routing => routing with
        {
            Rules = new Dictionary<string, RoutingRuleConfig>
            {
                ["gold"] = new() { Models = ["fake/*"], Headers = new Dictionary<string, string> { ["x-tier"] = "gold*" }, Use = "groq/big" },
                ["tools"] = new() { Tools = true, Use = "groq/tools" },
                ["meta"] = new() { Metadata = new Dictionary<string, string> { ["team"] = "red" }, Use = "groq/red" },
            },
        });
        kit.AnswerOf = _ => Answer(false);

        await kit.SendAsync(Body);
        Assert.Equal("fake", kit.Called[^1]);
        await kit.SendAsync(Body, transport => transport.RequestHeaders["x-tier"] = "golden");
        Assert.Contains("\"model\":\"big\"", kit.SentBody, StringComparison.Ordinal);
        await kit.SendAsync("""{"model":"x","tools":[{"type":"function","function":{"name":"f","parameters":{}}}],"messages":[{"role":"user","content":"hi"}]}""");
        Assert.Contains("\"model\":\"tools\"", kit.SentBody, StringComparison.Ordinal);
        await kit.SendAsync("""{"model":"x","metadata":{"team":"red"},"messages":[{"role":"user","content":"hi"}]}""");
        Assert.Contains("\"model\":\"red\"", kit.SentBody, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("groq/e", 200)]
    [InlineData("groq/other", 502)]
    public async Task Embeddings_go_on_with_the_same_model_alone(string next, int status)
    {
        var sheet = ProviderCatalog.Find("openai")!;
        var kit = new PipelineKit(sheet: sheet with { Name = "fake" }, more: [sheet with { Name = "groq" }], config: Config([next]));
        kit.AnswerOf = name => name == "fake" ? CannedResponse.Failed(UpstreamFailure.Connect) : CannedResponse.Json("""{"object":"list","data":[],"model":"e","usage":{"prompt_tokens":1,"total_tokens":1}}""");

        var answer = await kit.SendAsync("""{"model":"fake/e","input":"x"}""", transport => transport.Path = transport.RawTarget = "/v1/embeddings");

        Assert.Equal(status, answer.StatusCode);
        Assert.Equal(status == 200, kit.Called.Contains("groq"));
    }

    private static PipelineKit Kit(string[] chain, Func<RoutingConfig, RoutingConfig>? configure = null)
    {
        var config = Config([.. chain.Select(name => $"{name}/m")]);
        if (configure is not null) config = config with { Routing = configure(config.Routing) };
        return new PipelineKit(config: config, sheet: ProviderCatalog.Find("groq")! with { Name = "fake" }, more: [.. chain.Where(name => name != "fake").Select(name => ProviderCatalog.Find("groq")! with { Name = name })]);
    }

    private static EdgeConfig Config(string[] chain) => new() { Routing = new RoutingConfig { FallbackChain = chain } };

    private static CannedResponse Answer(bool stream) => stream ? CannedResponse.Events(_goodStream) : CannedResponse.Json(Good);
}
