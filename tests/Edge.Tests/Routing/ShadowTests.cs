using Edge.Configuration;
using Edge.Pipeline;
using Edge.Providers;
using Edge.Tests.Pipeline;
using Edge.Upstream;

namespace Edge.Tests.Routing;

/// <summary>Copies of requests.</summary>
public class ShadowTests
{
    private const string Good = """{"id":"c","choices":[{"index":0,"message":{"role":"assistant","content":"hello"},"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":1,"total_tokens":4}}""";

    [Theory]
    [InlineData("groq", false)]
    [InlineData("groq", true)]
    [InlineData("anthropic", false)]
    [InlineData("anthropic", true)]
    public async Task A_copy_goes_to_the_shadow_and_its_answer_to_nobody(string shadow, bool stream)
    {
        var kit = Kit(shadow, 1);
        kit.AnswerOf = name => name == "fake" ? Own(stream) : Shadow(shadow, stream);

        var answer = await kit.SendAsync($$"""{"model":"group","stream":{{(stream ? "true" : "false")}},"messages":[{"role":"user","content":"hi"}]}""");

        Assert.Equal(200, answer.StatusCode);
        Assert.DoesNotContain("shade", answer.WrittenText, StringComparison.Ordinal);
        var records = await RecordsAsync(kit, 2);
        var copy = Assert.Single(records, record => record.IsShadow);
        Assert.Equal((shadow, Outcome.Completed, 30L, 7L), (copy.Provider, copy.Outcome, copy.Usage.Input, copy.Usage.Output));
        var own = Assert.Single(records, record => !record.IsShadow);
        Assert.Equal("fake", own.Provider);
        Assert.Equal(["fake", shadow], kit.Called.Order(StringComparer.Ordinal).OrderBy(name => name == shadow));
    }

    [Fact]
    public async Task A_shadow_that_fails_or_cannot_serve_the_request_changes_nothing()
    {
        var kit = Kit("anthropic", 1);
        kit.AnswerOf = name => name == "fake" ? Own(false) : CannedResponse.Failed(UpstreamFailure.Connect);

        Assert.Equal(200, (await kit.SendAsync("""{"model":"group","messages":[{"role":"user","content":"hi"}]}""")).StatusCode);
        Assert.Contains(await RecordsAsync(kit, 2), record => record is { IsShadow: true, Outcome: Outcome.UpstreamFailed });
        // Several choices cannot be said in the shadow's dialect.
        Assert.Equal(200, (await kit.SendAsync("""{"model":"group","n":2,"messages":[{"role":"user","content":"hi"}]}""")).StatusCode);
        Assert.Single(await RecordsAsync(kit, 1));
        Assert.Equal(0, kit.Shadows.Running);
    }

    [Fact]
    public async Task Only_its_share_is_copied()
    {
        var kit = Kit("groq", 0.25);
        kit.AnswerOf = _ => Own(false);
        for (var i = 0; i < 400; i++) await kit.SendAsync("""{"model":"group","messages":[{"role":"user","content":"hi"}]}""");
        while (kit.Shadows.Running > 0) await Task.Yield();
        Assert.InRange(kit.Completed.Depth - 400, 70, 130);
    }

    private static PipelineKit Kit(string shadow, double share) => new(
        sheet: ProviderCatalog.Find("groq")! with { Name = "fake" }, more: [ProviderCatalog.Find(shadow)!],
        config: new EdgeConfig
        {
            Models = new ModelsConfig
            {
                Groups = new Dictionary<string, ModelGroupConfig> { ["group"] = new() { Targets = ["fake/m"], Shadow = new ShadowConfig { Target = shadow + "/s", Share = share } } },
            },
        });

    private static async Task<List<CompletedRequest>> RecordsAsync(PipelineKit kit, int count)
    {
        while (kit.Completed.Depth < count || kit.Shadows.Running > 0) await Task.Yield();
        var records = new CompletedRequest[count];
        Assert.Equal(count, kit.Completed.Take(records));
        return [.. records];
    }

    private static CannedResponse Own(bool stream) => stream
        ? CannedResponse.Events("data: {\"id\":\"c\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"hello\"},\"finish_reason\":\"stop\"}]}\n\n", "data: [DONE]\n\n")
        : CannedResponse.Json(Good);

    private static CannedResponse Shadow(string provider, bool stream) => (provider, stream) switch
    {
        ("anthropic", false) => CannedResponse.Json("""{"id":"m","type":"message","role":"assistant","model":"s","content":[{"type":"text","text":"shade"}],"stop_reason":"end_turn","usage":{"input_tokens":30,"output_tokens":7}}"""),
        ("anthropic", true) => CannedResponse.Events(
            "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"m\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"s\",\"content\":[],\"usage\":{\"input_tokens\":30,\"output_tokens\":1}}}\n\n",
            "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{\"output_tokens\":7}}\n\n", "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n"),
        (_, true) => CannedResponse.Events(
            "data: {\"id\":\"c\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"shade\"},\"finish_reason\":\"stop\"}]}\n\n",
            "data: {\"id\":\"c\",\"choices\":[],\"usage\":{\"prompt_tokens\":30,\"completion_tokens\":7,\"total_tokens\":37}}\n\n", "data: [DONE]\n\n"),
        _ => CannedResponse.Json("""{"id":"c","choices":[{"index":0,"message":{"role":"assistant","content":"shade"},"finish_reason":"stop"}],"usage":{"prompt_tokens":30,"completion_tokens":7,"total_tokens":37}}"""),
    };
}
