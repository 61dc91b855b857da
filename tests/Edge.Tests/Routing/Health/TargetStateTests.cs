using Edge.Configuration;
using Edge.Routing.Health;
using Edge.Tests.Simulator;

namespace Edge.Tests.Routing.Health;

public class TargetStateTests
{
    private readonly ManualTime _time = new();

    private long Now => _time.GetTimestamp();

    [Fact]
    public void A_forced_call_through_an_open_breaker_decides_about_it()
    {
        var state = new ProviderState("p", _time).For("m");
        Fail(state, 10);
        Assert.Equal(BreakerState.Open, state.Breaker.State);
        Assert.False(state.TryBegin(Now, force: false, out _));
        for (var i = 0; i < 2; i++)
        {
            Assert.True(state.TryBegin(Now, force: true, out var isProbe));
            state.End(CallResult.Ok, isProbe, 10, Now);
        }
        Assert.Equal(BreakerState.Closed, state.Breaker.State);
        Assert.True(state.TryBegin(Now, force: true, out var closed));
        Assert.False(closed);
        Assert.Equal(1, state.InFlight);
    }

    [Fact]
    public void A_call_that_was_cancelled_took_at_least_as_long()
    {
        var state = new ProviderState("p", _time).For("m");
        End(CallResult.Unknown, 5);
        Assert.True(double.IsNaN(state.FirstToken.Value));
        End(CallResult.Ok, 100);
        End(CallResult.Unknown, 5);
        Assert.Equal(100, state.FirstToken.Value);
        End(CallResult.Unknown, 400);
        Assert.Equal(400, state.FirstToken.Value);
        Assert.Equal((2, 500_000), (state.FirstTokens, state.FirstTokenSum));

        void End(CallResult result, double firstToken)
        {
            Assert.True(state.TryBegin(Now, force: false, out var isProbe));
            state.End(result, isProbe, firstToken, Now);
        }
    }

    [Fact]
    public void Failures_fade_while_nobody_calls()
    {
        var state = new ProviderState("p", _time).For("m");
        Fail(state, 5);
        var rate = state.ErrorRate.Value;
        Assert.Equal(1 - Math.Pow(0.9, 5), rate, 9);
        Assert.Equal(rate, state.RecentErrors(Now), 9);
        _time.Advance(60_000);
        Assert.Equal(rate / 2, state.RecentErrors(Now), 9);
    }

    [Fact]
    public void A_reload_reaches_every_model_that_is_known_and_every_later_one()
    {
        var provider = new ProviderState("p", _time);
        var before = provider.For("before");
        provider.Configure(new RoutingConfig { Breaker = new BreakerConfig { MinRequests = 2 } }, new UpstreamConfig());
        var after = provider.For("after");
        Assert.Same(before, provider.For("before"));
        foreach (var state in new[] { before, after })
        {
            Fail(state, 2);
            Assert.Equal(BreakerState.Open, state.Breaker.State);
        }
    }

    [Fact]
    public void Models_beyond_the_bound_share_one_state()
    {
        var provider = new ProviderState("p", _time);
        // Names that nobody ever called make room.
        for (var i = 0; i < 3000; i++) provider.For($"m{i}");
        Assert.NotSame(provider.For("x"), provider.For("y"));
        for (var i = 0; i < 3000; i++)
        {
            var state = provider.For($"m{i}");
            state.TryBegin(Now, force: false, out var isProbe);
            state.End(CallResult.Ok, isProbe, -1, Now);
        }
        Assert.Equal(2048, provider.Models.Count());
        Assert.Same(provider.For("new"), provider.For("newer"));
        Assert.NotSame(provider.For("ours", isConfigured: true), provider.For("ours too", isConfigured: true));
    }

    private void Fail(TargetState state, int times)
    {
        for (var i = 0; i < times; i++)
        {
            Assert.True(state.TryBegin(Now, force: false, out var isProbe));
            state.End(CallResult.Failed, isProbe, -1, Now);
        }
    }
}
