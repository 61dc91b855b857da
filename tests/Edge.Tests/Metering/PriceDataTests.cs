using System.Globalization;
using System.Text.Json;
using Edge.Configuration;
using Edge.Metering;
using Edge.Providers.Chat;
using Edge.TestSupport;

namespace Edge.Tests.Metering;

/// <summary>The table in the binary against prices and costs that others worked out.</summary>
public sealed class PriceDataTests(ITestOutputHelper output)
{
    // Midday in UTC, between the changes of price that the records know.
    private static readonly DateTimeOffset _at = new(2026, 8, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Costs_equal_those_of_others_to_the_last_digit()
    {
        var (total, known) = (0, 0);
        var (wrong, unknown) = (new List<string>(), new List<string>());
        foreach (var record in SharedData.Lines("prices/usage_costs.jsonl"))
        {
            total++;
            var (provider, model) = (record.GetProperty("provider").GetString()!, record.GetProperty("model").GetString()!);
            var type = provider switch { "aws" => "bedrock", "azure" => "azure_openai", "google" => model.StartsWith("claude", StringComparison.Ordinal) ? "vertex" : "gemini", _ => provider };
            if (PriceCatalog.Embedded.Find(type, type, model) is not { } price)
            {
                unknown.Add($"{provider}/{model}");
                continue;
            }
            known++;
            var (input, result) = CostCalculator.Exact(price, Read(record.GetProperty("usage")), _at);
            if (Dollars(input) != Expected("input_price") || Dollars(result) != Expected("output_price"))
            {
                wrong.Add($"{record.GetProperty("id")} {provider}/{model} by {price.Provider}/{price.Model}: {Dollars(input)} + {Dollars(result)}, expected {Expected("input_price")} + {Expected("output_price")} {record.GetProperty("usage")}");
            }

            decimal Expected(string name) => decimal.Parse(record.GetProperty(name).GetString()!, NumberStyles.Float, CultureInfo.InvariantCulture);
        }
        output.WriteLine($"{known} of {total} have a price; {known - wrong.Count} of them agree.");
        Assert.Empty(wrong);
        // Every record today. Were a list to come with a model that the table does not have, this says how many may be without a price.
        Assert.True(known >= total * 95 / 100, $"{known} of {total}: {string.Join(", ", unknown.Distinct())}");
    }

    [Fact]
    public void Every_line_of_the_table_is_right()
    {
        var errors = new List<ConfigError>();
        var lines = PriceCatalog.ReadEmbedded(null, errors);
        Assert.Empty(errors);
        Assert.True(lines.Count > 1000);
        foreach (var line in lines)
        {
            // Each line is found by its own first name, so none is hidden behind another.
            var found = PriceCatalog.Embedded.Find(line.Provider, line.Provider, line.Models[0].Replace("*", "x", StringComparison.Ordinal));
            Assert.Equal((line.Provider, line.Models[0]), (found?.Provider, found?.Model));
        }
    }

    [Fact]
    public void Every_model_of_an_independent_list_has_a_price()
    {
        var missing = new List<string>();
        foreach (var record in SharedData.Lines("prices/genai_prices_models.jsonl"))
        {
            var (provider, model) = (record.GetProperty("provider").GetString()!, record.GetProperty("model").GetString()!);
            var type = provider switch { "aws" => "bedrock", "azure" => "azure_openai", "google" => "vertex", "x-ai" => "xai", _ when provider.StartsWith("huggingface_", StringComparison.Ordinal) => "huggingface", _ => provider };
            if (type == "huggingface") model += ":" + provider["huggingface_".Length..];
            if (PriceCatalog.Embedded.Find(type, type, model) is null) missing.Add($"{provider}/{model}");
        }
        Assert.Empty(missing);
    }

    private static decimal Dollars(UInt128 femtos) => (decimal)femtos / 1_000_000_000_000_000m;

    private static Usage Read(JsonElement usage)
    {
        return new Usage
        {
            Input = Get("input_tokens"),
            Output = Get("output_tokens"),
            CacheRead = Get("cache_read_tokens"),
            CacheWrite = Get("cache_write_tokens"),
            Reasoning = Get("output_reasoning_tokens"),
            AudioInput = Get("input_audio_tokens"),
            ImageInput = Get("input_image_tokens"),
            ImageOutput = Get("output_image_tokens"),
        };

        long Get(string name) => usage.TryGetProperty(name, out var value) ? value.GetInt64() : -1;
    }
}
