using Edge.Configuration;
using Edge.Providers;
using Edge.Routing.Health;
using Edge.Tests.Pipeline;
using Edge.Tests.Simulator;
using Edge.Upstream;

namespace Edge.Tests.Routing;

/// <summary>Decisions that were once taken wrongly.</summary>
public class RoutingDecisionTests
{
    private const string Body = """{"model":"fake/m","messages":[{"role":"user","content":"hi"}]}""";
    private const string StreamBody = """{"model":"fake/m","stream":true,"messages":[{"role":"user","content":"hi"}]}""";
    private const string Good = """{"id":"c","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"hello"},"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":1,"total_tokens":4}}""";
    private static CannedResponse GoodStream() => CannedResponse.Events(
        "data: {\"id\":\"c\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"hello\"},\"finish_reason\":null}]}\n\n",
        "data: {\"id\":\"c\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n", "data: [DONE]\n\n");
    private static CannedResponse Err(int status) => CannedResponse.Json("""{"error":{"message":"x"}}""", status);
    private static CannedResponse Limit() => CannedResponse.Json("""{"error":{"message":"x","type":"rate_limit_error"}}""", 429);

    private static PipelineKit Kit(string[] chain, Func<RoutingConfig, RoutingConfig>? configure = null, ModelsConfig? models = null, Provider? first = null, TimeProvider? time = null, Provider[]? more = null)
    {
        var config = new EdgeConfig { Routing = new RoutingConfig { FallbackChain = [.. chain.Select(n => $"{n}/m")] }, Models = models ?? new ModelsConfig() };
        if (configure is not null) config = config with { Routing = configure(config.Routing) };
        return new PipelineKit(config: config, sheet: first ?? ProviderCatalog.Find("groq")! with { Name = "fake" }, more: more ?? [.. chain.Where(n => n != "fake").Select(n => ProviderCatalog.Find("groq")! with { Name = n })], time: time);
    }

    [Fact]
    public async Task A_comment_before_an_error_commits_to_nothing()
    {
        var kit = Kit(["fake", "groq"]);
        kit.AnswerOf = n => n == "fake" ? CannedResponse.Events(": PROCESSING\n\n", "data: {\"error\":{\"message\":\"busy\",\"type\":\"server_error\",\"code\":503}}\n\n") : GoodStream();
        Assert.Equal(200, (await kit.SendAsync(StreamBody)).StatusCode);
        Assert.Equal(["fake", "groq"], kit.Called);
    }

    [Fact]
    public async Task Who_asked_to_be_left_alone_is_left_alone_though_another_has_failed_since()
    {
        var kit = Kit(["fake", "groq"]);
        kit.AnswerOf = n => n == "fake" ? Limit().WithHeader("retry-after", "60") : Err(500);
        await kit.SendAsync(Body);
        Assert.Equal(["fake", "groq", "groq"], kit.Called);
    }

    [Fact]
    public async Task Force_goes_before_the_breaker()
    {
        var kit = Kit(["fake", "groq"]);
        kit.AnswerOf = _ => CannedResponse.Json(Good);
        var state = kit.State.Current.Targets[0].State;
        for (var i = 0; i < 20; i++)
        {
            state.For("m").TryBegin(TimeProvider.System.GetTimestamp(), true, out var isProbe);
            state.For("m").End(CallResult.Failed, isProbe, -1, TimeProvider.System.GetTimestamp());
        }
        Assert.Equal(BreakerState.Open, state.For("m").Breaker.State);
        state.Switch = OperatorSwitch.Forced;
        await kit.SendAsync(Body);
        Assert.Equal(["fake"], kit.Called);
    }

    [Fact]
    public async Task Force_keeps_the_order_of_one_providers_models()
    {
        var kit = Kit(["groq"], models: new ModelsConfig { Groups = new Dictionary<string, ModelGroupConfig> { ["g"] = new() { Targets = ["fake/a", "groq/b", "fake/c"] } } });
        kit.AnswerOf = _ => CannedResponse.Json(Good);
        kit.State.Current.Targets[0].State.Switch = OperatorSwitch.Forced;
        var answer = await kit.SendAsync(Body.Replace("fake/m", "g", StringComparison.Ordinal));
        Assert.Equal("a", answer.ResponseHeaders["x-edge-model"]);
    }

    [Fact]
    public async Task Refusals_are_no_fast_answers()
    {
        var kit = Kit(["fake"]);
        kit.AnswerOf = _ => Limit();
        var state = kit.State.Current.Targets[0].State.For("m");
        for (var i = 0; i < 50; i++) await kit.SendAsync(Body);
        Assert.Equal(0, state.ErrorRate.Value);
        Assert.True(double.IsNaN(state.WholeAnswer.Value), $"whole={state.WholeAnswer.Value} p95={state.WholeAnswerQuantile.P95}");
    }

    [Fact]
    public async Task The_record_names_who_answered_when_a_hedge_was_throttled()
    {
        var time = new ManualTime();
        var fake = new TaskCompletionSource<UpstreamResponse>(TaskCreationOptions.RunContinuationsAsynchronously);
        var second = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var kit = Kit(["groq"], r => r with { Hedge = new HedgeConfig { Enabled = true, After = TimeSpan.FromSeconds(1) } }, time: time);
        kit.LaterOf = (n, _) =>
        {
            if (n == "fake") return fake.Task;
            second.TrySetResult();
            return Task.FromResult<UpstreamResponse>(Limit());
        };
        var sending = kit.SendAsync(Body);
        time.Advance(TimeSpan.FromSeconds(1));
        await second.Task;
        time.Advance(TimeSpan.FromSeconds(4));
        fake.SetResult(CannedResponse.Json(Good));
        Assert.Equal("fake", (await sending).ResponseHeaders["x-edge-provider"]);
        var record = kit.TakeRecord();
        var groq = kit.State.Current.Targets[1].State.For("m");
        Assert.Equal("fake ok failures=0 whole=NaN", $"{record.Attempts.Target!.Provider.Name} {record.Attempts.Result} failures={groq.Failures} whole={groq.WholeAnswer.Value}");
    }

    [Fact]
    public async Task Without_further_attempts_a_full_provider_is_waited_for()
    {
        var kit = Kit(["fake", "groq"], r => r with { Retry = r.Retry with { MaxAttempts = 1 } });
        kit.AnswerOf = _ => CannedResponse.Json(Good);
        var gate = kit.State.Current.Targets[0].State.Gate;
        gate.Configure(new UpstreamConfig { MaxConcurrent = 1, AdaptiveConcurrency = false });
        Assert.True(gate.TryEnter());
        var sending = kit.SendAsync(Body);
        Assert.Equal(1, gate.Queued);
        gate.Leave(CallResult.Ok);
        Assert.Equal(200, (await sending).StatusCode);
    }

    [Fact]
    public async Task Dots_are_no_model_behind_another_either()
    {
        var kit = Kit(["az"], r => r with { FallbackChain = [] }, more: [ProviderCatalog.Find("azure_openai_deployments")! with { Name = "az" }]);
        kit.AnswerOf = n => n == "fake" ? Err(500) : CannedResponse.Json(Good);
        await kit.SendAsync("""{"model":"fake/m","routing":{"preferredModels":["fake/x","az/.."]},"messages":[{"role":"user","content":"hi"}]}""");
        Assert.True(!kit.Called.Contains("az"), kit.SentTarget);
    }

    [Fact]
    public async Task A_comment_that_comes_alone_leaves_the_head_unsent()
    {
        var kit = Kit(["fake", "groq"]);
        kit.AnswerOf = n => n == "fake"
            ? new GatedResponse([": PROCESSING\n\n"u8.ToArray(), "data: {\"error\":{\"message\":\"busy\",\"type\":\"server_error\",\"code\":503}}\n\n"u8.ToArray()])
            : GoodStream();
        var answer = await kit.SendAsync(StreamBody);
        Assert.Equal(["fake", "groq"], kit.Called);
        Assert.Equal(200, answer.StatusCode);
        Assert.DoesNotContain("PROCESSING", answer.WrittenText, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_provider_that_is_off_or_drained_gets_no_copies(bool isOff)
    {
        var models = new ModelsConfig { Groups = new Dictionary<string, ModelGroupConfig> { ["g"] = new() { Targets = ["fake/m"], Shadow = new ShadowConfig { Target = "groq/m" } } } };
        var kit = Kit(["groq"], models: models);
        kit.AnswerOf = _ => CannedResponse.Json(Good);
        kit.State.Current.Targets[1].State.Switch = isOff ? OperatorSwitch.Off : OperatorSwitch.Drain;
        Assert.Equal(200, (await kit.SendAsync(Body.Replace("fake/m", "g", StringComparison.Ordinal))).StatusCode);
        while (kit.Shadows.Running > 0) await Task.Yield();
        Assert.Equal(["fake"], kit.Called);
    }

    [Fact]
    public async Task A_count_of_tokens_goes_only_to_who_counts()
    {
        var anthropic = ProviderCatalog.Find("anthropic")!;
        var kit = Kit(["groq"], first: anthropic with { Name = "fake" });
        kit.AnswerOf = _ => Err(500);
        var answer = await kit.SendAsync("""{"model":"fake/m","max_tokens":5,"messages":[{"role":"user","content":"hi"}]}""", t => t.Path = t.RawTarget = "/v1/messages/count_tokens");
        Assert.Equal(500, answer.StatusCode);
        Assert.DoesNotContain("groq", kit.Called);
    }

    [Fact]
    public async Task A_list_of_models_is_bounded()
    {
        var kit = Kit(["fake"]);
        var names = string.Join(",", Enumerable.Range(0, 33).Select(i => $"\"fake/p{i}\""));
        var answer = await kit.SendAsync($$$"""{"model":"fake/m","routing":{"preferredModels":[{{{names}}}]},"messages":[{"role":"user","content":"hi"}]}""");
        Assert.Equal(400, answer.StatusCode);
        Assert.Contains("routing.preferredModels", answer.WrittenText, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_rule_whose_provider_is_out_of_service_sends_nowhere_else()
    {
        var kit = Kit(["fake"], r => r with { Rules = new Dictionary<string, RoutingRuleConfig> { ["eu"] = new() { Use = "nobody/m" } } });
        Assert.Equal(503, (await kit.SendAsync(Body)).StatusCode);
        Assert.Empty(kit.Called);
    }

    [Fact]
    public async Task A_model_that_lacks_what_its_provider_has_is_left_out()
    {
        var kit = Kit(["groq"], r => r with { Lacks = new Dictionary<string, Capability> { ["fake/m"] = Capability.Tools } });
        kit.AnswerOf = _ => CannedResponse.Json(Good);
        await kit.SendAsync("""{"model":"fake/m","tools":[{"type":"function","function":{"name":"f","parameters":{}}}],"messages":[{"role":"user","content":"hi"}]}""");
        Assert.Equal(["groq"], kit.Called);
    }

    [Fact]
    public async Task A_stop_is_heard_between_two_attempts()
    {
        var kit = Kit(["fake", "groq"]);
        var stopping = Task.CompletedTask;
        kit.AnswerOf = _ =>
        {
            stopping = kit.Traffic.StopAsync(null, "operator", endStreams: false);
            return Err(500);
        };
        var answer = await kit.SendAsync(Body);
        await stopping;
        Assert.Equal(503, answer.StatusCode);
        Assert.Contains("TRAFFIC_STOPPED", answer.WrittenText, StringComparison.Ordinal);
        Assert.Equal(["fake"], kit.Called);
    }

    [Fact]
    public async Task Each_key_of_a_target_may_be_tried()
    {
        var ring = new Edge.Upstream.Credentials.KeyRing(KeyScheme.Bearer, ["one-key-1", "two-key-2", "three-key-3"], TimeProvider.System);
        var kit = new PipelineKit(credential: ring);
        var calls = 0;
        kit.AnswerOf = _ => ++calls < 3 ? Err(401) : CannedResponse.Json(Good);
        Assert.Equal(200, (await kit.SendAsync(Body)).StatusCode);
        Assert.Equal(3, calls);
    }
}
