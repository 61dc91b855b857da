using Edge.Configuration;

namespace Edge.Tests.Routing.Strategies;

public class CostStrategyTests
{
    private const SelectionStrategy Cost = SelectionStrategy.CostOptimized;
    private readonly RoutingKit _kit = new();

    [Fact]
    public void The_cheapest_goes_first_and_the_unknown_last()
    {
        var order = RoutingKit.Order(Cost, _kit.Query(), _kit.Candidate("unknown"), _kit.Candidate("dear", 5, 15), _kit.Candidate("half", 0.1, -1), _kit.Candidate("cheap", 1, 3), _kit.Candidate("free", 0, 0));
        Assert.Equal(["free", "cheap", "dear", "unknown", "half"], order);
    }

    [Fact]
    public void Equal_cost_keeps_the_configured_order() =>
        Assert.Equal(["b", "a", "c"], RoutingKit.Order(Cost, _kit.Query(), _kit.Candidate("b", 1, 2), _kit.Candidate("a", 1, 2), _kit.Candidate("c", 1, 2)));

    [Theory]
    [InlineData(100_000, "cheap-to-ask")]
    [InlineData(10, "cheap-to-answer")]
    public void The_size_of_the_prompt_decides(long tokens, string first) =>
        Assert.Equal(first, RoutingKit.Order(Cost, _kit.Query(tokens), _kit.Candidate("cheap-to-ask", 1, 20), _kit.Candidate("cheap-to-answer", 3, 2))[0]);

    [Fact]
    public void A_talkative_model_is_dearer_than_its_price()
    {
        var (talks, terse) = (_kit.Candidate("talks", 1, 10), _kit.Candidate("terse", 1, 20));
        Assert.Equal("talks", RoutingKit.Order(Cost, _kit.Query(), talks, terse)[0]);
        for (var i = 0; i < 100; i++)
        {
            _kit.Answer(talks, 100, output: 3000);
            _kit.Answer(terse, 100, output: 200);
        }
        Assert.Equal("terse", RoutingKit.Order(Cost, _kit.Query(), talks, terse)[0]);
        // The client's limit makes their answers equally long.
        Assert.Equal("talks", RoutingKit.Order(Cost, _kit.Query(most: 100), talks, terse)[0]);
    }

    [Fact]
    public void Being_known_is_no_disadvantage_against_a_twin()
    {
        var (known, twin) = (_kit.Candidate("known", 1, 10), _kit.Candidate("twin", 1, 10));
        _kit.Answer(known, 100, output: 5000);
        Assert.Equal("known", RoutingKit.Order(Cost, _kit.Query(), known, twin)[0]);
    }

    [Fact]
    public void Chance_in_the_length_of_answers_moves_nobody()
    {
        var (first, twin, dearer) = (_kit.Candidate("first", 1, 10), _kit.Candidate("twin", 1, 10), _kit.Candidate("dearer", 1.1, 11));
        for (var i = 0; i < 2000; i++)
        {
            // Exponential, as wide as its mean; the others are asked now and then, when the first fails.
            var output = -300 * Math.Log(1 - _kit.Entropy.NextDouble());
            _kit.Answer(i % 20 == 0 ? dearer : i % 10 == 0 ? twin : first, 100, output: output);
            Assert.Equal(["first", "twin", "dearer"], RoutingKit.Order(Cost, _kit.Query(), first, twin, dearer));
        }
    }
}
