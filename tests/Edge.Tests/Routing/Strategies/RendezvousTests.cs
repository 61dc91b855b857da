using Edge.Configuration;
using Edge.Routing;

namespace Edge.Tests.Routing.Strategies;

/// <summary>weighted and sticky.</summary>
public class RendezvousTests
{
    private readonly RoutingKit _kit = new();

    [Theory]
    [InlineData(SelectionStrategy.Weighted, false)]
    [InlineData(SelectionStrategy.Weighted, true)]
    [InlineData(SelectionStrategy.Sticky, false)]
    [InlineData(SelectionStrategy.Sticky, true)]
    public void Weights_are_shares(SelectionStrategy kind, bool users)
    {
        Candidate[] all = [_kit.Candidate("one", weight: 1), _kit.Candidate("none", weight: 0), _kit.Candidate("three", weight: 3), _kit.Candidate("six", weight: 6)];
        var shares = _kit.Shares(kind, 20_000, i => _kit.Query(sticky: users ? Entropy.Mix((ulong)i + 1) : 0), all);
        // Four standard deviations.
        Assert.InRange(shares["one"], 1830, 2170);
        Assert.InRange(shares["three"], 5740, 6260);
        Assert.InRange(shares["six"], 11_720, 12_280);
        Assert.Equal(0, shares["none"]);
    }

    [Fact]
    public void Those_behind_share_by_weight_too()
    {
        Candidate[] all = [_kit.Candidate("first", weight: 1_000_000), _kit.Candidate("one", weight: 1), _kit.Candidate("four", weight: 4), _kit.Candidate("none", weight: 0)];
        var second = 0;
        for (var i = 0; i < 10_000; i++)
        {
            var order = RoutingKit.Order(SelectionStrategy.Weighted, _kit.Query(), [.. all]);
            Assert.Equal("none", order[3]);
            if (order[1] == "four") second++;
        }
        Assert.InRange(second, 7840, 8160);
    }

    [Fact]
    public void A_target_that_dies_moves_its_own_users_alone_and_those_to_all_the_others()
    {
        var all = Enumerable.Range(0, 10).Select(i => _kit.Candidate($"p{i}")).ToArray();
        var fewer = all.Where((_, i) => i != 3).ToArray();
        var moved = new HashSet<string>();
        for (var user = 1UL; user <= 5000; user++)
        {
            var query = _kit.Query(sticky: Entropy.Mix(user));
            var before = RoutingKit.Order(SelectionStrategy.Sticky, query, [.. all]);
            var after = RoutingKit.Order(SelectionStrategy.Sticky, query, [.. fewer]);
            Assert.Equal(before.Where(name => name != "p3"), after);
            if (before[0] == "p3") moved.Add(after[0]);
        }
        Assert.Equal(9, moved.Count);
    }

    [Fact]
    public void A_user_stays_whatever_else_happens()
    {
        Candidate[] all = [_kit.Candidate("a"), _kit.Candidate("b"), _kit.Candidate("c")];
        var first = RoutingKit.Order(SelectionStrategy.Sticky, _kit.Query(sticky: 77), [.. all]);
        _kit.Answer(all[0], 10);
        _kit.Fail(all[1]);
        _kit.Time.Advance(1_000_000);
        // Another gateway with the same configuration, in another order.
        var other = new RoutingKit();
        Assert.Equal(first, RoutingKit.Order(SelectionStrategy.Sticky, _kit.Query(sticky: 77, turn: 9), [.. all]));
        Assert.Equal(first, RoutingKit.Order(SelectionStrategy.Sticky, other.Query(sticky: 77), other.Candidate("c"), other.Candidate("a"), other.Candidate("b")));
    }
}
