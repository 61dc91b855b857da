using Edge.Configuration;
using Edge.Providers;
using Edge.Routing.Health;
using Edge.Tests.Pipeline;
using Edge.Tests.Simulator;
using Edge.Upstream;

namespace Edge.Tests.Routing;

/// <summary>A slow call gets a second one to its side.</summary>
public class HedgeTests
{
    private const string Body = """{"model":"fake/m","messages":[{"role":"user","content":"hi"}]}""";
    private const string StreamBody = """{"model":"fake/m","stream":true,"messages":[{"role":"user","content":"hi"}]}""";

    private readonly ManualTime _time = new();
    private readonly Dictionary<string, TaskCompletionSource<UpstreamResponse>> _answers = new()
    {
        ["fake"] = new(TaskCreationOptions.RunContinuationsAsynchronously),
        ["groq"] = new(TaskCreationOptions.RunContinuationsAsynchronously),
    };

    private readonly List<string> _cancelled = [];
    private readonly TaskCompletionSource _second = new(TaskCreationOptions.RunContinuationsAsynchronously);

    [Theory]
    [InlineData("groq", "fake", false)]
    [InlineData("groq", "fake", true)]
    [InlineData("fake", "groq", false)]
    [InlineData("fake", "groq", true)]
    public async Task The_faster_serves_and_the_other_is_cancelled(string winner, string loser, bool stream)
    {
        var kit = Kit(new HedgeConfig { Enabled = true, After = TimeSpan.FromSeconds(1) });
        var sending = kit.SendAsync(stream ? StreamBody : Body);
        _time.Advance(TimeSpan.FromSeconds(1));
        await _second.Task;
        _answers[winner].SetResult(Answer(stream, winner));

        var answer = await sending;

        Assert.Equal(200, answer.StatusCode);
        Assert.Equal(winner, answer.ResponseHeaders["x-edge-provider"]);
        Assert.Contains(winner, answer.WrittenText, StringComparison.Ordinal);
        Assert.Equal([loser], _cancelled);
        Assert.Equal(["fake", "groq"], kit.Called);
        Assert.Equal(kit.SentBodies[0], kit.SentBodies[1]);
        Assert.All(kit.State.Current.Targets, target => Assert.Equal(0, target.State.For("m").InFlight));
        Assert.Equal(BreakerState.Closed, kit.State.Current.Targets[0].State.For("m").Breaker.State);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_failure_wins_only_when_nothing_better_comes(bool bothFail)
    {
        var kit = Kit(new HedgeConfig { Enabled = true, After = TimeSpan.FromSeconds(1) });
        var sending = kit.SendAsync(Body);
        _time.Advance(TimeSpan.FromSeconds(1));
        await _second.Task;
        _answers["groq"].SetResult(CannedResponse.Json("""{"error":{"message":"oops"}}""", 500));
        _answers["fake"].SetResult(bothFail ? CannedResponse.Json("""{"error":{"message":"no","type":"invalid_request_error"}}""", 400) : Answer(false, "fake"));

        var answer = await sending;

        Assert.Equal(bothFail ? 400 : 200, answer.StatusCode);
        Assert.Equal("fake", answer.ResponseHeaders["x-edge-provider"]);
    }

    [Theory]
    [InlineData(": PROCESSING\n\n")]
    [InlineData("data: {\"error\":{\"message\":\"busy\",\"code\":503}}\n\n")]
    public async Task A_comment_or_an_error_is_no_answer(string first)
    {
        var kit = Kit(new HedgeConfig { Enabled = true, After = TimeSpan.FromSeconds(1) });
        var sending = kit.SendAsync(StreamBody);
        _time.Advance(TimeSpan.FromSeconds(1));
        await _second.Task;
        _answers["fake"].SetResult(new CannedResponse(200, "text/event-stream", [System.Text.Encoding.UTF8.GetBytes(first)], UpstreamFailure.Cut));
        _answers["groq"].SetResult(Answer(true, "groq"));

        var answer = await sending;

        Assert.Equal("groq", answer.ResponseHeaders["x-edge-provider"]);
        Assert.Contains("groq", answer.WrittenText, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_fast_answer_is_not_hedged()
    {
        var kit = Kit(new HedgeConfig { Enabled = true, After = TimeSpan.FromSeconds(1) });
        var sending = kit.SendAsync(Body);
        _time.Advance(TimeSpan.FromMilliseconds(999));
        _answers["fake"].SetResult(Answer(false, "fake"));
        await sending;
        Assert.Equal(["fake"], kit.Called);
    }

    [Fact]
    public async Task Without_a_figure_nothing_is_hedged_and_with_one_it_is_the_95th_percentile()
    {
        var kit = Kit(new HedgeConfig { Enabled = true, MinDelay = TimeSpan.Zero });
        var state = kit.State.Current.Targets[0].State.For("m");
        var sending = kit.SendAsync(Body);
        _time.Advance(TimeSpan.FromMinutes(1));
        _answers["fake"].SetResult(Answer(false, "fake"));
        await sending;
        Assert.Equal(["fake"], kit.Called);

        for (var i = 0; i < 640; i++) state.WholeAnswerQuantile.Observe(100);
        _answers["fake"] = new(TaskCreationOptions.RunContinuationsAsynchronously);
        sending = kit.SendAsync(Body);
        _time.Advance(TimeSpan.FromMilliseconds(state.WholeAnswerQuantile.P95 + 1));
        await _second.Task;
        _answers["groq"].SetResult(Answer(false, "groq"));
        Assert.Equal("groq", (await sending).ResponseHeaders["x-edge-provider"]);
    }

    [Fact]
    public async Task No_more_are_hedged_than_their_share()
    {
        var kit = Kit(new HedgeConfig { Enabled = true, After = TimeSpan.FromSeconds(1), MaxRatio = 0 });
        Assert.True(kit.State.Current.Targets[0].State.For("m").Hedges.TryTake());
        var sending = kit.SendAsync(Body);
        _time.Advance(TimeSpan.FromSeconds(5));
        _answers["fake"].SetResult(Answer(false, "fake"));
        await sending;
        Assert.Equal(["fake"], kit.Called);
    }

    private PipelineKit Kit(HedgeConfig hedge) => new(
        sheet: ProviderCatalog.Find("groq")! with { Name = "fake" }, more: [ProviderCatalog.Find("groq")!], time: _time,
        config: new EdgeConfig { Routing = new RoutingConfig { FallbackChain = ["groq/m"], Hedge = hedge } })
    {
        LaterOf = (name, cancel) =>
        {
            if (name == "groq") _second.TrySetResult();
            cancel.Register(() =>
            {
                lock (_cancelled)
                {
                    if (_answers[name].TrySetResult(CannedResponse.Failed(UpstreamFailure.Cancelled))) _cancelled.Add(name);
                }
            });
            return _answers[name].Task;
        },
    };

    private static CannedResponse Answer(bool stream, string text) => stream
        ? CannedResponse.Events(
            $"data: {{\"id\":\"c\",\"choices\":[{{\"index\":0,\"delta\":{{\"content\":\"{text}\"}},\"finish_reason\":null}}]}}\n\n",
            "data: {\"id\":\"c\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n", "data: [DONE]\n\n")
        : CannedResponse.Json($$"""{"id":"c","choices":[{"index":0,"message":{"role":"assistant","content":"{{text}}"},"finish_reason":"stop"}]}""");
}
