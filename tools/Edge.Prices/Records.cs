using System.Globalization;
using System.Text.Json;

namespace Edge.Prices;

/// <summary>Reads the two forms of input that README.md describes.</summary>
internal static class Records
{
    private static readonly (string Field, string Name)[] _perMillion =
    [
        ("input_mtok", "input"), ("output_mtok", "output"), ("cache_read_mtok", "cache_read"), ("cache_write_mtok", "cache_write"),
        ("input_audio_mtok", "audio_input"), ("output_audio_mtok", "audio_output"),
    ];

    private static readonly (string Field, string Name)[] _perToken =
    [
        ("input_cost_per_token", "input"), ("output_cost_per_token", "output"), ("cache_read_input_token_cost", "cache_read"), ("cache_creation_input_token_cost", "cache_write"),
        ("output_cost_per_reasoning_token", "reasoning"), ("input_cost_per_audio_token", "audio_input"), ("output_cost_per_audio_token", "audio_output"),
        ("input_cost_per_image_token", "image_input"), ("output_cost_per_image_token", "image_output"),
    ];

    public static IEnumerable<Entry> Read(string path)
    {
        foreach (var line in File.ReadLines(path))
        {
            if (line.Length == 0) continue;
            using var document = JsonDocument.Parse(line);
            var record = document.RootElement.Clone();
            foreach (var entry in record.TryGetProperty("entry", out var costs) ? PerToken(record, costs) : PerMillion(record)) yield return entry;
        }
    }

    private static IEnumerable<Entry> PerMillion(JsonElement record)
    {
        var (provider, suffix) = ProviderOf(record.GetProperty("provider").GetString()!);
        var model = record.GetProperty("model").GetString()!.ToLowerInvariant();
        if (provider == "gemini" && model.StartsWith("claude", StringComparison.Ordinal)) provider = "vertex";
        List<string> models = [model];
        AddPatterns(record.GetProperty("match"), models);
        models = [.. models.Select(name => name + suffix).Distinct()];

        var prices = record.GetProperty("prices");
        var periods = prices.ValueKind == JsonValueKind.Array ? prices.EnumerateArray().ToList() : [record];
        foreach (var period in periods)
        {
            var entry = new Entry { Provider = provider, Models = [.. models] };
            if (record.TryGetProperty("context_window", out var context) && context.ValueKind == JsonValueKind.Number) entry.Context = context.GetInt32();
            if (period.TryGetProperty("constraint", out var constraint))
            {
                if (constraint.TryGetProperty("start_date", out var from)) entry.From = from.GetString();
                if (constraint.TryGetProperty("start_time", out var start)) entry.Hours = $"{start.GetString()![..5]}-{constraint.GetProperty("end_time").GetString()![..5]}";
            }
            ReadPrices(period.GetProperty("prices"), entry);
            yield return entry;
        }
    }

    private static void ReadPrices(JsonElement prices, Entry entry)
    {
        foreach (var (field, name) in _perMillion)
        {
            if (!prices.TryGetProperty(field, out var price)) continue;
            if (price.ValueKind == JsonValueKind.Number)
            {
                entry.Rates.Set(name, price.GetDecimal());
                continue;
            }
            entry.Rates.Set(name, price.GetProperty("base").GetDecimal());
            var tier = price.GetProperty("tiers")[0];
            entry.Above ??= [];
            entry.Above.Set("tokens", tier.GetProperty("start").GetDecimal());
            entry.Above.Set(name, tier.GetProperty("price").GetDecimal());
        }
        if (prices.TryGetProperty("requests_kcount", out var requests)) entry.Rates.Set("per_request", requests.GetDecimal() / 1000);
        // No price at all: free.
        if (entry.Rates.Count == 0) entry.Rates.Set("input", 0);
    }

    private static IEnumerable<Entry> PerToken(JsonElement record, JsonElement costs)
    {
        var maker = Text(costs, "litellm_provider");
        var provider = maker switch
        {
            "openai" or "text-completion-openai" => "openai",
            "gemini" or "vertex_ai-language-models" or "vertex_ai-embedding-models" => "gemini",
            "anthropic" or "xai" or "deepseek" => maker,
            _ => null,
        };
        var model = record.GetProperty("model").GetString()!.ToLowerInvariant();
        if (provider is null || !costs.TryGetProperty("input_cost_per_token", out _)) yield break;

        var entry = new Entry { Provider = provider, Models = [model[(model.IndexOf('/', StringComparison.Ordinal) + 1)..]], PerToken = true, IsVertex = maker.StartsWith("vertex", StringComparison.Ordinal), IsGuess = record.TryGetProperty("mirror_custom", out var custom) && custom.GetBoolean() };
        foreach (var (field, name) in _perToken)
        {
            entry.Rates.Set(name, Million(costs, field));
            foreach (var threshold in (int[])[128_000, 200_000, 256_000, 272_000])
            {
                if (Million(costs, $"{field}_above_{threshold / 1000}k_tokens") is not { } above) continue;
                entry.Above ??= [];
                entry.Above.Set("tokens", threshold);
                entry.Above.Set(name, above);
            }
            foreach (var (tier, ending) in (ReadOnlySpan<(string, string)>)[("flex", "_flex"), ("priority", "_priority"), ("batch", "_batches")])
            {
                if (Million(costs, field + ending) is not { } price) continue;
                if (!entry.Tiers.TryGetValue(tier, out var rates)) entry.Tiers[tier] = rates = [];
                rates.Set(name, price);
            }
        }
        if (costs.TryGetProperty("search_context_cost_per_query", out var search)) entry.Rates.Set("per_search", Number(search, "search_context_size_medium"));
        entry.Context = (int)(Number(costs, "max_input_tokens") ?? 0);
        entry.MaxOutput = (int)(Number(costs, "max_output_tokens") ?? 0);
        yield return entry;
    }

    private static decimal? Million(JsonElement costs, string field) => Number(costs, field) * 1_000_000;

    private static decimal? Number(JsonElement parent, string field) =>
        parent.TryGetProperty(field, out var value) && value.ValueKind == JsonValueKind.Number ? decimal.Parse(value.GetRawText(), NumberStyles.Float, CultureInfo.InvariantCulture) : null;

    private static string Text(JsonElement parent, string field) => parent.TryGetProperty(field, out var value) ? value.GetString() ?? "" : "";

    private static (string Provider, string Suffix) ProviderOf(string name) => name switch
    {
        "aws" => ("bedrock", ""),
        "azure" => ("azure_openai", ""),
        "google" => ("gemini", ""),
        "x-ai" => ("xai", ""),
        _ => name.StartsWith("huggingface_", StringComparison.Ordinal) ? ("huggingface", ":" + name["huggingface_".Length..]) : (name, ""),
    };

    // A regular expression there is a name with a date behind it, which the gateway takes off by itself.
    private static void AddPatterns(JsonElement match, List<string> models)
    {
        foreach (var rule in match.EnumerateObject())
        {
            switch (rule.Name)
            {
                case "or":
                    foreach (var other in rule.Value.EnumerateArray()) AddPatterns(other, models);
                    break;
                case "equals": models.Add(rule.Value.GetString()!.ToLowerInvariant()); break;
                case "starts_with": models.Add(rule.Value.GetString()!.ToLowerInvariant() + "*"); break;
                case "ends_with": models.Add("*" + rule.Value.GetString()!.ToLowerInvariant()); break;
                case "contains": models.Add("*" + rule.Value.GetString()!.ToLowerInvariant() + "*"); break;
            }
        }
    }
}
