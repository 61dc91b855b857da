using System.Text;
using Edge.Configuration;
using Edge.Guard.Policy;
using Edge.Tests.Pipeline;
using Edge.TestSupport;

namespace Edge.Tests.Guard;

/// <summary>The outside service that judges requests. Its answers are written from https://platform.openai.com/docs/api-reference/moderations/object.</summary>
public class ModerationTests
{
    private const string Fine = """{"id":"modr-1","model":"omni-moderation-latest","results":[{"flagged":false,"categories":{"hate":false,"violence":false},"category_scores":{"hate":0.0,"violence":0.0}}]}""";
    private const string Flagged = """{"id":"modr-1","model":"omni-moderation-latest","results":[{"flagged":true,"categories":{"hate":false,"violence":true,"self-harm/intent":true},"category_scores":{"violence":0.9}}]}""";

    [Fact]
    public async Task It_sees_what_the_model_will_act_on_without_personal_data()
    {
        await using var service = FakeUpstream.Json(Fine);
        var kit = new PipelineKit(config: Config(service.Url)).Answer(() => CannedResponse.Json("{}"));
        var answer = await kit.SendAsync("""
            {"model":"m","user":"u","messages":[{"role":"system","content":"S"},{"role":"user","content":"write to ann.lee@example.com \"now\""},
            {"role":"assistant","content":"said"},{"role":"tool","tool_call_id":"c","content":"found"}]}
            """);
        Assert.Equal(200, answer.StatusCode);
        var asked = Assert.Single(service.Requests);
        Assert.Equal("/v1/moderations", asked.Target);
        Assert.Equal("Bearer mod-key", asked.Header("authorization"));
        Assert.Equal("omni-moderation-latest", asked.Json.GetProperty("model").GetString());
        Assert.Equal("write to <EMAIL_1> \"now\"\nfound", asked.Json.GetProperty("input").GetString());
    }

    [Fact]
    public async Task A_flagged_request_is_refused_or_noted()
    {
        await using var service = FakeUpstream.Json(Flagged);
        var kit = new PipelineKit(config: Config(service.Url)).Answer(() => CannedResponse.Json("{}"));
        var answer = await kit.SendAsync(Body);
        Assert.Equal(400, answer.StatusCode);
        Assert.Contains("SAFETY_VIOLATION", answer.WrittenText, StringComparison.Ordinal);
        Assert.Contains("violence, self-harm/intent", answer.WrittenText, StringComparison.Ordinal);
        Assert.Null(kit.SentBody);

        kit = new PipelineKit(config: Config(service.Url, moderation => moderation with { Action = VerdictAction.Flag })).Answer(() => CannedResponse.Json("{}"));
        answer = await kit.SendAsync(Body);
        Assert.Equal(200, answer.StatusCode);
        Assert.Equal("violence=flag, self-harm/intent=flag", answer.ResponseHeaders["x-edge-guard"].ToString());
    }

    [Theory]
    [InlineData("{\"results\":[{\"flagged\":\"yes\"}]}", 200)]
    [InlineData("{\"results\":[]}", 200)]
    [InlineData("{}", 200)]
    [InlineData("not json", 200)]
    [InlineData("{\"error\":{}}", 500)]
    public async Task Without_a_verdict_policy_decides(string body, int status)
    {
        await using var service = FakeUpstream.Json(body, status);
        var closed = new PipelineKit(config: Config(service.Url)).Answer(() => CannedResponse.Json("{}"));
        var answer = await closed.SendAsync(Body);
        Assert.Equal(503, answer.StatusCode);
        Assert.Contains("MODERATION_UNAVAILABLE", answer.WrittenText, StringComparison.Ordinal);
        Assert.Null(closed.SentBody);
        var open = new PipelineKit(config: Config(service.Url, moderation => moderation with { FailOpen = true })).Answer(() => CannedResponse.Json("{}"));
        answer = await open.SendAsync(Body);
        Assert.Equal(200, answer.StatusCode);
        Assert.NotNull(open.SentBody);
        await open.Log.DisposeAsync();
        Assert.Contains("moderation_failed", Encoding.UTF8.GetString(open.LogOutput.ToArray()), StringComparison.Ordinal);
        Assert.DoesNotContain("mod-key", Encoding.UTF8.GetString(open.LogOutput.ToArray()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_service_that_is_not_there_or_silent_is_no_verdict()
    {
        int port;
        await using (var gone = FakeUpstream.Json(Fine)) port = gone.Port;
        var kit = new PipelineKit(config: Config($"http://127.0.0.1:{port}"));
        Assert.Equal(503, (await kit.SendAsync(Body)).StatusCode);

        await using var silent = new FakeUpstream(exchange => exchange.ClosedByGateway);
        kit = new PipelineKit(config: Config(silent.Url, moderation => moderation with { Timeout = TimeSpan.FromMilliseconds(30) }));
        Assert.Equal(503, (await kit.SendAsync(Body)).StatusCode);
    }

    private const string Body = "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}";

    private static EdgeConfig Config(string url, Func<ModerationConfig, ModerationConfig>? change = null)
    {
        var moderation = new ModerationConfig { Url = new Uri(url + "/v1/moderations"), ApiKey = new Secret("mod-key"), Timeout = TimeSpan.FromSeconds(30) };
        return new EdgeConfig { Guard = new GuardConfig { Policy = new GuardPolicyConfig { Pii = new PiiConfig { Enabled = true }, Moderation = change?.Invoke(moderation) ?? moderation } } };
    }
}
