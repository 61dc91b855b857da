using System.Numerics;
using CsCheck;
using Edge.Metering;
using Edge.Providers.Chat;

namespace Edge.Tests.Metering;

public sealed class CostCalculatorTests
{
    private static readonly ModelPrice _every = Prices.Model(
        "\"input\":3,\"output\":15,\"cache_read\":0.3,\"cache_write\":3.75,\"cache_write_1h\":6,\"reasoning\":20,\"audio_input\":40,\"audio_output\":80,\"image_input\":5,\"image_output\":30,\"per_request\":0.012,\"per_search\":0.01");

    [Fact]
    public void Each_kind_of_token_has_its_price()
    {
        var usage = new Usage { Input = 1000, CacheRead = 100, CacheWrite = 200, CacheWrite1h = 50, AudioInput = 10, ImageInput = 20, Output = 500, Reasoning = 300, AudioOutput = 7, ImageOutput = 11 };
        var cost = CostCalculator.Cost(_every, usage, Prices.Noon, searches: 2);
        // 670 plain, 100 read, 150 written, 50 written for an hour, 10 of sound, 20 of images; the request and two searches.
        Assert.Equal((670 * 3000L) + (100 * 300) + (150 * 3750) + (50 * 6000) + (10 * 40_000) + (20 * 5000) + 12_000_000 + 20_000_000, cost.Input);
        Assert.Equal((182 * 15_000L) + (300 * 20_000) + (7 * 80_000) + (11 * 30_000), cost.Output);
        Assert.Equal(cost.Input + cost.Output, cost.Total);
    }

    [Fact]
    public void What_is_not_priced_apart_costs_as_the_whole()
    {
        var usage = new Usage { Input = 1000, CacheRead = 100, CacheWrite = 200, CacheWrite1h = 50, AudioInput = 10, ImageInput = 20, Output = 500, Reasoning = 300, AudioOutput = 7, ImageOutput = 11 };
        Assert.Equal(new Cost(1_000_000, 1_000_000), CostCalculator.Cost(Prices.Model("\"input\":1,\"output\":2"), usage, Prices.Noon));
        // Five minutes' price for an hour where there is but one price of writing.
        Assert.Equal(new Cost(800_000 + 400_000, 0), CostCalculator.Cost(Prices.Model("\"input\":1,\"cache_write\":2"), usage, Prices.Noon));
    }

    [Fact]
    public void What_was_not_reported_is_nothing()
    {
        Assert.Equal(new Cost(12_000_000, 0), CostCalculator.Cost(_every, new Usage(), Prices.Noon));
        Assert.Equal(new Cost(0, 30_000), CostCalculator.Cost(Prices.Model("\"input\":1,\"output\":3"), new Usage { Output = 10 }, Prices.Noon));
    }

    [Fact]
    public void Parts_that_exceed_their_whole_are_not_paid_twice()
    {
        var price = Prices.Model("\"input\":1,\"cache_read\":0.1,\"audio_input\":10,\"output\":2,\"reasoning\":4");
        // Sound that came out of the cache: reported in both.
        Assert.Equal(new Cost((80 * 100) + (20 * 10_000), 10 * 4000), CostCalculator.Cost(price, new Usage { Input = 100, CacheRead = 80, AudioInput = 60, Output = 10, Reasoning = 99 }, Prices.Noon));
    }

    [Theory]
    [InlineData(1, "0.0004", 0)] // 0.4 nano-dollars
    [InlineData(1, "0.0005", 1)] // half goes up
    [InlineData(3, "0.0005", 2)]
    [InlineData(1, "0.000499999", 0)]
    [InlineData(1_000_000, "0.000000001", 1)] // the smallest price
    public void Fractions_of_a_nano_dollar_are_rounded_half_up(long tokens, string price, long expected)
    {
        Assert.Equal(expected, CostCalculator.Cost(Prices.Model($"\"input\":{price}"), new Usage { Input = tokens }, Prices.Noon).Total);
        Assert.Equal(expected, CostCalculator.Estimate(Prices.Model($"\"input\":{price}"), tokens, 0, Prices.Noon));
    }

    [Fact]
    public void A_total_is_rounded_once()
    {
        // 0.5 + 0.5: each rounded would be 2.
        Assert.Equal(new Cost(1, 0), CostCalculator.Cost(Prices.Model("\"input\":0.0005,\"output\":0.0005"), new Usage { Input = 1, Output = 1 }, Prices.Noon));
        // 0.4 + 0.4: neither rounds up alone.
        Assert.Equal(new Cost(0, 1), CostCalculator.Cost(Prices.Model("\"input\":0.0004,\"output\":0.0004"), new Usage { Input = 1, Output = 1 }, Prices.Noon));
    }

    [Fact]
    public void A_long_prompt_raises_the_price_of_every_token()
    {
        var price = Prices.Model("\"input\":1.25,\"output\":10,\"cache_read\":0.125,\"above\":{\"tokens\":200000,\"input\":2.5,\"output\":15,\"cache_read\":0.25},\"batch\":0.5,\"priority\":{\"input\":5,\"output\":20}");
        Assert.Equal(new Cost(200_000 * 1250L, 10_000), Of(200_000, 0));
        Assert.Equal(new Cost(200_001 * 2500L, 15_000), Of(200_001, 0));
        // What was read from the cache counts toward the step.
        Assert.Equal(new Cost((1 * 2500L) + (200_000 * 250L), 15_000), Of(200_001, 200_000));
        // In a batch and in a faster tier the step is as high as usual.
        Assert.Equal(new Cost(200_001 * 1250L, 7500), Of(200_001, 0, ServiceTier.Batch));
        Assert.Equal(new Cost((1 * 10_000L) + (200_000 * 250L), 30_000), Of(200_001, 200_000, ServiceTier.Priority));
        // A tier without prices of its own costs the usual.
        Assert.Equal(new Cost(1000 * 1250L, 10_000), Of(1000, 0, ServiceTier.Flex));

        Cost Of(long input, long read, ServiceTier tier = ServiceTier.Standard) => CostCalculator.Cost(price, new Usage { Input = input, CacheRead = read, Output = 1 }, Prices.Noon, tier);
    }

    [Fact]
    public void Prices_change_by_day_and_by_hour()
    {
        var price = Prices.Model("\"input\":8", "\"from\":\"2026-05-01\",\"until\":\"2026-06-01\",\"input\":2", "\"from\":\"2026-05-01\",\"until\":\"2026-06-01\",\"hours\":\"22:30-06:00\",\"input\":1");
        Assert.Equal(8000, At("2026-04-30T23:59:59Z"));
        Assert.Equal(1000, At("2026-05-01T00:00:00Z"));
        Assert.Equal(2000, At("2026-05-01T06:00:00Z"));
        Assert.Equal(2000, At("2026-05-01T22:29:59Z"));
        Assert.Equal(1000, At("2026-05-01T22:30:00Z"));
        // The clock is UTC's, wherever the time was taken.
        Assert.Equal(1000, At("2026-05-02T07:00:00+02:00"));
        Assert.Equal(8000, At("2026-06-01T00:00:00Z"));

        long At(string time) => CostCalculator.Cost(price, new Usage { Input = 1 }, DateTimeOffset.Parse(time, System.Globalization.CultureInfo.InvariantCulture), ServiceTier.Standard).Total;
    }

    [Fact]
    public void What_no_long_can_hold_is_the_largest_long()
    {
        var dear = Prices.Model("\"input\":1000000,\"output\":1000000,\"per_search\":1000000,\"per_request\":1000000");
        var most = new Usage { Input = long.MaxValue, Output = long.MaxValue, CacheRead = long.MaxValue };
        Assert.Equal(long.MaxValue, CostCalculator.Cost(dear, most, Prices.Noon, searches: long.MaxValue).Total);
        Assert.Equal(long.MaxValue, CostCalculator.WorstCase(dear, long.MaxValue, long.MaxValue, Prices.Noon, searches: long.MaxValue));
        Assert.Equal(long.MaxValue, CostCalculator.Estimate(dear, long.MaxValue, long.MaxValue, Prices.Noon));
        Assert.Equal(0, CostCalculator.Estimate(Prices.Model("\"input\":1"), long.MinValue, long.MinValue, Prices.Noon));
    }

    [Fact]
    public void The_worst_case_takes_the_dearest_kind_that_may_come()
    {
        Assert.Equal((1000 * 6000L) + (100 * 20_000) + 12_000_000, CostCalculator.WorstCase(_every, 1000, 100, Prices.Noon));
        Assert.Equal((1000 * 3750L) + (100 * 20_000) + 12_000_000, CostCalculator.WorstCase(_every, 1000, 100, Prices.Noon, TokenKinds.CacheWrite));
        Assert.Equal((1000 * 3000L) + (100 * 20_000) + 12_000_000, CostCalculator.WorstCase(_every, 1000, 100, Prices.Noon, TokenKinds.None));
        Assert.Equal((1000 * 40_000L) + (100 * 80_000) + 12_000_000 + 30_000_000, CostCalculator.WorstCase(_every, 1000, 100, Prices.Noon, TokenKinds.All, searches: 3));
        // Rounded up: a reservation below the cost by one nano-dollar would be a leak.
        Assert.Equal(1, CostCalculator.WorstCase(Prices.Model("\"input\":0.0001"), 1, 0, Prices.Noon));
    }

    [Fact]
    public void No_usage_within_the_reserved_tokens_costs_more_than_the_worst_case()
    {
        var rate = Gen.Long[0, 100_000_000];
        var rates = Gen.Select(rate.Array[10], rate.Array[10], (low, high) => new ModelPrice("p", "m", [new PricePeriod { Cards = PricePeriod.MakeCards(Of(low), 5000, Of(high), new PriceRates?[4]) }]));
        Gen.Select(rates, Gen.Long[0, 10_000], Gen.Long[0, 10_000], Gen.Long[-1, 10_000].Array[9]).Sample((price, input, output, parts) =>
        {
            var usage = new Usage { Input = input, Output = output, CacheRead = parts[0], CacheWrite = parts[1], CacheWrite1h = parts[2], AudioInput = parts[3], AudioOutput = parts[4], ImageInput = parts[5], ImageOutput = parts[6], Reasoning = parts[7] };
            return CostCalculator.Cost(price, usage, Prices.Noon).Total <= CostCalculator.WorstCase(price, input, output, Prices.Noon, TokenKinds.All)
                // Fewer tokens than reserved for cost no more either, though the step may be in between.
                && CostCalculator.Cost(price, new Usage { Input = input / 2, Output = output }, Prices.Noon).Total <= CostCalculator.WorstCase(price, input, output, Prices.Noon);
        });

        static PriceRates Of(long[] r) => new() { Input = r[0], Output = r[1], CacheRead = r[2], CacheWrite = r[3], CacheWrite1h = r[4], Reasoning = r[5], AudioInput = r[6], AudioOutput = r[7], ImageInput = r[8], ImageOutput = r[9] };
    }

    [Fact]
    public void The_sum_is_that_of_unbounded_integers()
    {
        Gen.Select(Gen.Long[0, long.MaxValue], Gen.Long[0, long.MaxValue], Gen.Long[0, PriceRates.MaxRate], Gen.Long[0, PriceRates.MaxRate]).Sample((input, output, inputRate, outputRate) =>
        {
            var price = new ModelPrice("p", "m", [new PricePeriod { Cards = PricePeriod.MakeCards(new PriceRates { Input = inputRate, Output = outputRate }, 0, null, new PriceRates?[4]) }]);
            var exact = (((BigInteger)input * inputRate) + ((BigInteger)output * outputRate) + 500_000) / 1_000_000;
            var expected = (long)BigInteger.Min(exact, long.MaxValue);
            return CostCalculator.Cost(price, new Usage { Input = input, Output = output }, Prices.Noon).Total == expected && CostCalculator.Estimate(price, input, output, Prices.Noon) == expected;
        });
    }
}
