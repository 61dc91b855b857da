using Edge.Configuration;
using Edge.Routing;

namespace Edge.Tests.Routing.Strategies;

/// <summary>quality_first, balanced, priority and round_robin.</summary>
public class RankedStrategyTests
{
    private readonly RoutingKit _kit = new();

    [Fact]
    public void Quality_goes_before_everything()
    {
        var order = RoutingKit.Order(SelectionStrategy.QualityFirst, _kit.Query(), _kit.Candidate("cheap", 0, 0, 0.5), _kit.Candidate("best", 100, 100, 0.9), _kit.Candidate("nearly", 1, 1, 0.899));
        Assert.Equal(["best", "nearly", "cheap"], order);
    }

    [Fact]
    public void Of_equal_quality_the_healthy_then_the_cheaper_then_the_configured_first()
    {
        var (ejected, dear, unknown, cheap, twin) = (_kit.Candidate("ejected", 0, 0), _kit.Candidate("dear", 2, 2), _kit.Candidate("unknown"), _kit.Candidate("cheap", 1, 1), _kit.Candidate("twin", 1, 1));
        ejected.State.Eject(TimeSpan.FromMinutes(1), _kit.Now);
        var worse = _kit.Candidate("worse", 0, 0, 0.4);
        Assert.Equal(["cheap", "twin", "dear", "unknown", "ejected", "worse"], RoutingKit.Order(SelectionStrategy.QualityFirst, _kit.Query(), worse, ejected, dear, unknown, cheap, twin));
    }

    [Fact]
    public void Balanced_is_the_stated_sum()
    {
        Candidate[] all = [_kit.Candidate("a", 1, 1, 0.2), _kit.Candidate("b", 3, 3, 1), _kit.Candidate("c", 2, 2, 0.6)];
        _kit.Answer(all[0], 1000);
        _kit.Answer(all[1], 200);
        _kit.Answer(all[2], 600);
        for (var i = 0; i < 4; i++) _kit.Fail(all[1]);
        var balance = new BalanceConfig { Cost = 0.4, Latency = 0.3, Quality = 0.2, Errors = 0.1 };
        RoutingStrategies.Of(SelectionStrategy.Balanced).Score(_kit.Query(balance: balance), all);
        // Cost 0, 1, 1/2; latency 1, 0, 1/2; quality 1, 0, 1/2; failures 0, 1, 0.
        Assert.Equal(0.3 + 0.2, all[0].Score, 9);
        Assert.Equal(0.4 + 0.1, all[1].Score, 9);
        Assert.Equal(0.2 + 0.15 + 0.1, all[2].Score, 9);
    }

    [Fact]
    public void In_the_balance_the_unknown_is_the_middle_of_the_others()
    {
        Candidate[] all = [_kit.Candidate("a", 1, 1), _kit.Candidate("unknown"), _kit.Candidate("b", 3, 3)];
        RoutingStrategies.Of(SelectionStrategy.Balanced).Score(_kit.Query(balance: new BalanceConfig { Cost = 1 }), all);
        Assert.Equal(0, all[0].Score, 9);
        Assert.Equal(0.5, all[1].Score, 9);
        Assert.Equal(1, all[2].Score, 9);
    }

    [Fact]
    public void In_the_balance_small_differences_weigh_little()
    {
        Candidate[] all = [_kit.Candidate("cheaper", 1.00, 1.00, 0.5), _kit.Candidate("better", 1.01, 1.01, 0.9)];
        Assert.Equal("better", RoutingKit.Order(SelectionStrategy.Balanced, _kit.Query(balance: new BalanceConfig { Cost = 1, Quality = 0.1 }), all)[0]);
    }

    [Fact]
    public void Nothing_known_and_nothing_weighed_keeps_the_configured_order()
    {
        Candidate[] all = [_kit.Candidate("b"), _kit.Candidate("a"), _kit.Candidate("c")];
        Assert.Equal(["b", "a", "c"], RoutingKit.Order(SelectionStrategy.Balanced, _kit.Query(balance: new BalanceConfig { Cost = 1, Latency = 0, Quality = 1, Errors = 1 }), all));
        var none = new BalanceConfig { Cost = 0, Latency = 0, Quality = 0, Errors = 0 };
        Assert.Equal(["x", "b"], RoutingKit.Order(SelectionStrategy.Balanced, _kit.Query(balance: none), _kit.Candidate("x", 9, 9), _kit.Candidate("b", 1, 1)));
    }

    [Fact]
    public void Balanced_serves_more_candidates_than_its_stack_holds()
    {
        var all = Enumerable.Range(0, 100).Select(i => _kit.Candidate($"p{i}", 100 - i, 100 - i)).ToArray();
        Assert.Equal("p99", RoutingKit.Order(SelectionStrategy.Balanced, _kit.Query(balance: new BalanceConfig { Latency = 0 }), all)[0]);
    }

    [Fact]
    public void A_model_without_latency_is_explored_in_the_balance_too()
    {
        var (known, never) = (_kit.Candidate("known", 1, 1), _kit.Candidate("never", 1.2, 1.2));
        _kit.Answer(known, 100);
        var shares = _kit.Shares(SelectionStrategy.Balanced, 1000, _ => _kit.Query(), known, never);
        Assert.InRange(shares["never"], 30, 75);
        Assert.Equal(0, _kit.Shares(SelectionStrategy.Balanced, 1000, _ => _kit.Query(balance: new BalanceConfig { Latency = 0 }), known, never)["never"]);
    }

    [Fact]
    public void Priority_is_the_configured_order() =>
        Assert.Equal(["z", "a", "m"], RoutingKit.Order(SelectionStrategy.Priority, _kit.Query(), _kit.Candidate("z", 9, 9, 0), _kit.Candidate("a", 0, 0, 1), _kit.Candidate("m")));

    [Fact]
    public void Round_robin_takes_turns_and_the_next_stand_by()
    {
        Candidate[] all = [_kit.Candidate("a"), _kit.Candidate("b"), _kit.Candidate("c")];
        Assert.Equal(["b", "c", "a"], RoutingKit.Order(SelectionStrategy.RoundRobin, _kit.Query(turn: 4), [.. all]));
        Assert.Equal(["a", "b", "c"], RoutingKit.Order(SelectionStrategy.RoundRobin, _kit.Query(turn: uint.MaxValue), [.. all]));
        Assert.All(_kit.Shares(SelectionStrategy.RoundRobin, 300, i => _kit.Query(turn: (uint)i), all).Values, share => Assert.Equal(100, share));
    }

    [Fact]
    public void Every_strategy_is_in_the_list_at_its_place() =>
        Assert.All(Enum.GetValues<SelectionStrategy>(), kind => Assert.Equal(kind, RoutingStrategies.Of(kind).Kind));
}
