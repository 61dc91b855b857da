using Edge.Configuration;
using Edge.Routing;
using Edge.Routing.Strategies;

namespace Edge.Tests.Routing.Strategies;

public class LatencyStrategyTests
{
    private const SelectionStrategy Latency = SelectionStrategy.LatencyOptimized;
    private readonly RoutingKit _kit = new();

    [Fact]
    public void The_time_to_the_end_counts_not_the_first_token_alone()
    {
        var (quickStart, quickEnd) = (_kit.Candidate("start"), _kit.Candidate("end"));
        _kit.Answer(quickStart, 100, 50, 500);
        _kit.Answer(quickEnd, 1000, 10, 500);
        Assert.Equal(["end", "start"], RoutingKit.Order(Latency, _kit.Query(), quickStart, quickEnd));
        // Of a few tokens, the first decides.
        Assert.Equal(["start", "end"], RoutingKit.Order(Latency, _kit.Query(most: 5), quickStart, quickEnd));
    }

    [Fact]
    public void Whole_answers_and_streams_are_measured_apart()
    {
        var (a, b) = (_kit.Candidate("a"), _kit.Candidate("b"));
        _kit.Answer(a, 100, 10, 100);
        _kit.Answer(b, 200, 10, 100);
        _kit.Answer(a, 9000, whole: true);
        _kit.Answer(b, 1500, whole: true);
        Assert.Equal("a", RoutingKit.Order(Latency, _kit.Query(most: 1), a, b)[0]);
        Assert.Equal("b", RoutingKit.Order(Latency, _kit.Query(stream: false), a, b)[0]);
        Assert.Equal(100, a.State.FirstToken.Value);
    }

    [Fact]
    public void Calls_under_way_make_a_target_slower()
    {
        var (fast, slow) = (_kit.Candidate("fast"), _kit.Candidate("slow"));
        _kit.Answer(fast, 100);
        _kit.Answer(slow, 250);
        Assert.Equal("fast", RoutingKit.Order(Latency, _kit.Query(), fast, slow)[0]);
        for (var i = 0; i < 11; i++) fast.State.TryBegin(_kit.Now, false, out _);
        Assert.Equal("fast", RoutingKit.Order(Latency, _kit.Query(), fast, slow)[0]);
        for (var i = 0; i < 2; i++) fast.State.TryBegin(_kit.Now, false, out _);
        Assert.Equal("slow", RoutingKit.Order(Latency, _kit.Query(), fast, slow)[0]);
    }

    [Fact]
    public void Calls_that_are_usually_under_way_are_in_the_measured_time_already()
    {
        var (fast, slow) = (_kit.Candidate("fast"), _kit.Candidate("slow"));
        _kit.Answer(slow, 250);
        for (var i = 0; i < 50; i++) fast.State.TryBegin(_kit.Now, false, out _);
        for (var i = 0; i < 100; i++) _kit.Answer(fast, 100);
        Assert.Equal(50, fast.State.UsualInFlight.Value, 0.5);
        Assert.Equal("fast", RoutingKit.Order(Latency, _kit.Query(), fast, slow)[0]);
        for (var i = 0; i < 100; i++) fast.State.TryBegin(_kit.Now, false, out _);
        Assert.Equal("slow", RoutingKit.Order(Latency, _kit.Query(), fast, slow)[0]);
    }

    [Fact]
    public void Failures_make_a_target_slower()
    {
        var (fails, slow) = (_kit.Candidate("fails"), _kit.Candidate("slow"));
        _kit.Answer(fails, 100);
        _kit.Answer(slow, 180);
        for (var i = 0; i < 8; i++) _kit.Fail(fails);
        Assert.Equal("slow", RoutingKit.Order(Latency, _kit.Query(), fails, slow)[0]);
    }

    [Fact]
    public void Each_unknown_target_is_tried_once_and_not_by_everybody_at_once()
    {
        var known = _kit.Candidate("known");
        _kit.Answer(known, 100);
        Candidate[] all = [known, _kit.Candidate("new1"), _kit.Candidate("new2")];
        var chosen = new List<string>();
        for (var i = 0; i < 10; i++)
        {
            var first = RoutingKit.Order(Latency, _kit.Query(), [.. all])[0];
            chosen.Add(first);
            // Nobody answers yet.
            all.Single(one => one.State.Provider.Name == first).State.TryBegin(_kit.Now, false, out _);
        }
        Assert.Equal(["new1", "new2"], chosen.Take(2));
        // What is under way and unknown counts as the average, and shares by calls under way.
        Assert.All(all, one => Assert.InRange(one.State.InFlight, 2, 5));
    }

    [Fact]
    public void An_unknown_target_that_fails_is_not_tried_first_again()
    {
        var (known, broken) = (_kit.Candidate("known"), _kit.Candidate("broken"));
        _kit.Answer(known, 100);
        Assert.Equal("broken", RoutingKit.Order(Latency, _kit.Query(), known, broken)[0]);
        for (var i = 0; i < 8; i++) _kit.Fail(broken);
        Assert.Equal(100, _kit.Shares(Latency, 100, _ => _kit.Query(), known, broken)["known"]);
    }

    [Fact]
    public void Nothing_known_shares_evenly()
    {
        Candidate[] all = [_kit.Candidate("a"), _kit.Candidate("b"), _kit.Candidate("c")];
        for (var i = 0; i < 30; i++)
        {
            var first = RoutingKit.Order(Latency, _kit.Query(), [.. all])[0];
            all.Single(one => one.State.Provider.Name == first).State.TryBegin(_kit.Now, false, out _);
        }
        Assert.All(all, one => Assert.InRange(one.State.InFlight, 8, 12));
    }

    [Fact]
    public void Two_are_drawn_of_those_that_are_about_as_good_and_none_of_the_others()
    {
        Candidate[] all = [_kit.Candidate("a"), _kit.Candidate("b"), _kit.Candidate("c"), _kit.Candidate("slow")];
        foreach (var (candidate, latency) in all.Zip([100.0, 120, 140, 160])) _kit.Answer(candidate, latency);
        var shares = _kit.Shares(Latency, 3000, _ => _kit.Query(), all);
        // Of three, the best is in two pairs of three, the worst wins none.
        Assert.InRange(shares["a"], 1900, 2100);
        Assert.InRange(shares["b"], 900, 1100);
        Assert.Equal(0, shares["c"] + shares["slow"]);
    }

    [Fact]
    public void A_slow_target_is_asked_again_now_and_then_and_the_slower_the_more_rarely()
    {
        var (fast, slow, slowest) = (_kit.Candidate("fast"), _kit.Candidate("slow"), _kit.Candidate("slowest"));
        var latencies = new Dictionary<string, double> { ["fast"] = 100, ["slow"] = 300, ["slowest"] = 900 };
        foreach (var candidate in new[] { fast, slow, slowest }) _kit.Answer(candidate, latencies[candidate.State.Provider.Name]);
        var shares = latencies.Keys.ToDictionary(name => name, _ => 0);
        for (var second = 0; second < 3600; second++)
        {
            _kit.Time.Advance(1000);
            var first = RoutingKit.Order(Latency, _kit.Query(), fast, slow, slowest)[0];
            _kit.Answer(first switch { "fast" => fast, "slow" => slow, _ => slowest }, latencies[first]);
            shares[first]++;
        }
        // Each 90 and 270 seconds, and the wait for one request of twenty.
        Assert.InRange(shares["slow"], 25, 40);
        Assert.InRange(shares["slowest"], 8, 14);
    }

    [Fact]
    public void A_target_that_has_healed_is_found_again()
    {
        var (fast, healed) = (_kit.Candidate("fast"), _kit.Candidate("healed"));
        _kit.Answer(fast, 100);
        _kit.Answer(healed, 1000);
        for (var second = 0; second < 600; second++)
        {
            _kit.Time.Advance(1000);
            var first = RoutingKit.Order(Latency, _kit.Query(), fast, healed)[0];
            _kit.Answer(first == "fast" ? fast : healed, first == "fast" ? 100 : 20);
        }
        Assert.Equal("healed", RoutingKit.Order(Latency, _kit.Query(), fast, healed)[0]);
    }

    [Fact]
    public void Rare_requests_explore_rarely()
    {
        var (fast, slow) = (_kit.Candidate("fast"), _kit.Candidate("slow"));
        _kit.Answer(fast, 100);
        _kit.Answer(slow, 1000);
        var explored = 0;
        for (var hour = 0; hour < 2000; hour++)
        {
            _kit.Time.Advance(TimeSpan.FromHours(1));
            if (RoutingKit.Order(Latency, _kit.Query(), fast, slow)[0] == "slow") explored++;
            _kit.Answer(fast, 100);
        }
        Assert.InRange(explored, 2000 * Exploration.Share * 0.6, 2000 * Exploration.Share * 1.4);
    }

    [Fact]
    public void Who_is_switched_off_or_ejected_is_not_explored()
    {
        var (fast, slow, off, ejected) = (_kit.Candidate("fast"), _kit.Candidate("slow"), _kit.Candidate("off"), _kit.Candidate("ejected"));
        _kit.Answer(fast, 100);
        _kit.Answer(slow, 1000);
        off.State.Provider.Switch = Edge.Routing.Health.OperatorSwitch.Off;
        ejected.State.Eject(TimeSpan.FromMinutes(1), _kit.Now);
        Assert.Equal("fast", RoutingKit.Order(Latency, _kit.Query(), off, ejected, slow, fast)[0]);
        Assert.Equal("ejected", RoutingKit.Order(Latency, _kit.Query() with { Now = _kit.Now + TimeSpan.TicksPerHour }, off, ejected, slow, fast)[0]);
    }
}
