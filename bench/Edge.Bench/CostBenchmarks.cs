using BenchmarkDotNet.Attributes;
using Edge.Metering;
using Edge.Providers.Chat;

namespace Edge.Bench;

/// <summary>Money: a guess for routing, a reservation, and the settlement of a request that used the provider's cache.</summary>
[BenchmarkCategory("cost")]
public class CostBenchmarks
{
    private static readonly DateTimeOffset _at = new(2026, 5, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly ModelPrice _price = Price();

    [Benchmark]
    public long Estimate() => CostCalculator.Estimate(_price, 1200, 300, _at);

    [Benchmark]
    public long WorstCase() => CostCalculator.WorstCase(_price, 1200, 4096, _at);

    [Benchmark]
    public Cost Settle() => CostCalculator.Cost(_price, new Usage { Input = 1200, CacheRead = 1000, CacheWrite = 100, Output = 300 }, _at);

    [Benchmark]
    public ModelPrice? Find() => PriceCatalog.Embedded.Find("anthropic", "anthropic", "claude-sonnet-4-5-20250929");

    internal static Action Operation(string name)
    {
        var bench = new CostBenchmarks();
        return name switch
        {
            "estimate" => () => bench.Estimate(),
            "reservation" => () => bench.WorstCase(),
            "settlement" => () => bench.Settle(),
            _ => () => bench.Find(),
        };
    }

    private static ModelPrice Price() => PriceCatalog.Embedded.Find("anthropic", "anthropic", "claude-sonnet-4-5")!;
}
